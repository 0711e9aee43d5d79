//! A plan carried out on facts alone: what the account would be like, without a call. For tests, and for whoever wants to look.

use jiff::Timestamp;
use thiserror::Error;

use crate::inventory::Inventory;

use super::Change;
use super::managed;
use super::plan::RolePlan;
use super::state::{Impossible, State, Subject, Unreadable};

/// Why a plan cannot be carried out on some facts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelError {
    /// They do not tell of the account.
    #[error("the facts do not tell of the account of {0}")]
    NoAccount(String),
    /// They do not tell enough of the role.
    #[error("the state of the role is not known")]
    Unreadable(#[from] Unreadable),
    /// AWS would refuse a step.
    #[error("a step cannot be made")]
    Impossible(#[from] Impossible),
}

/// Makes every step of a role's plan on the facts; `now` is when what is new came to be.
///
/// # Errors
/// Why it cannot be made; the facts are then as they were.
pub fn carry_out(planned: &RolePlan, inventory: &mut Inventory, now: Timestamp) -> Result<(), ModelError> {
    let changes: Vec<Change> = planned.steps.iter().map(|step| step.change.clone()).collect();
    let subject = Subject::of(&planned.role, &changes);
    let account = inventory.accounts.iter().find(|account| account.id == *planned.role.account());
    let account = account.ok_or_else(|| ModelError::NoAccount(planned.role.to_string()))?;
    let before = State::of(inventory, account, &subject)?;
    let mut state = before.clone();
    for change in &changes {
        state = state.after(&before.completed(change))?;
    }
    managed::add_to(inventory, &changes);
    state.put_into(inventory, &subject, now);
    Ok(())
}
