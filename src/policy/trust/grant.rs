//! The rights that a trust policy gives, less what its Deny statements take away.
//!
//! What a statement says is found out once and shared by all whom it concerns, so that it is never copied for each of many
//! principals. Each of them is still looked up in each statement that denies, for each may take something else away: that
//! product remains, in time and in the lists of what narrows a grant, and [`MAX_TRUST_BYTES`] bounds it.
//!
//! [`MAX_TRUST_BYTES`]: crate::policy::document::MAX_TRUST_BYTES

use std::sync::Arc;

use super::cover::{Cover, Named};
use super::{ConditionEntry, Document, Narrowing, Principal, SESSION_ACTIONS, TrustGrant, Truth, is_unconditional};
use crate::policy::Statement;
use crate::policy::decision::Effect;

/// Which of [`SESSION_ACTIONS`] a statement concerns.
type Concerned = [bool; SESSION_ACTIONS.len()];

/// A Deny statement.
struct Denial {
    concerned: Concerned,
    named: Named,
    is_unconditional: bool,
    narrowing: Arc<Narrowing>,
}

/// Every right to assume the role that the document gives and no Deny statement takes away.
///
/// A Deny without condition that names all of a grant's principals removes its actions from the grant; one that has a
/// condition, or names some of them, stands in [`TrustGrant::narrowed_by`].
pub fn grants(trust: &Document) -> Vec<TrustGrant> {
    let mut grants = Vec::new();
    let denials = denials(trust);
    for (position, statement) in trust.statements().iter().enumerate() {
        if statement.effect() == Effect::Deny || is_unconditional(statement) == Truth::False {
            continue;
        }
        let Some(principals) = statement.principals() else { continue };
        let concerned = concerned(statement);
        let given = TrustGrant {
            principal: Principal::Everyone,
            actions: Vec::new(),
            statement: position,
            sid: statement.sid().map(Arc::from),
            condition: statement.condition_json().map(Arc::from),
            condition_keys: entries(statement).into(),
            narrowed_by: Vec::new(),
        };
        for principal in principals.principals() {
            let (actions, narrowed_by) = less(concerned, &principal, &denials);
            if !actions.is_empty() {
                grants.push(TrustGrant { principal, actions, narrowed_by, ..given.clone() });
            }
        }
    }
    grants
}

/// What the Deny statements leave to a principal of the actions that it is given, and those that take a part of it away.
fn less(given: Concerned, principal: &Principal, denials: &[Denial]) -> (Vec<&'static str>, Vec<Arc<Narrowing>>) {
    let mut left = given;
    let mut narrowing = Vec::new();
    for denial in denials {
        match denial.named.cover(principal) {
            Cover::Nobody => {}
            Cover::All if denial.is_unconditional => {
                left.iter_mut().zip(denial.concerned).for_each(|(left, denied)| *left &= !denied);
            }
            Cover::Some | Cover::All => narrowing.push(denial),
        }
    }
    let concerns_left = |denial: &&Denial| denial.concerned.iter().zip(left).any(|(denied, left)| *denied && left);
    let narrowed_by = narrowing.into_iter().filter(concerns_left).map(|denial| Arc::clone(&denial.narrowing));
    (of(left), narrowed_by.collect())
}

/// The Deny statements that concern an action and may hold.
fn denials(trust: &Document) -> Vec<Denial> {
    let denial = |(position, statement): (usize, &Statement)| {
        let holds = is_unconditional(statement);
        if statement.effect() == Effect::Allow || holds == Truth::False {
            return None;
        }
        let named = Named::of(statement.principals()?);
        let concerned = concerned(statement);
        let narrowing = Narrowing {
            statement: position,
            sid: statement.sid().map(ToOwned::to_owned),
            actions: of(concerned),
            condition_keys: entries(statement),
            for_everyone: named.is_everyone(),
        };
        let is_unconditional = holds == Truth::True;
        Some(Denial { concerned, named, is_unconditional, narrowing: Arc::new(narrowing) })
    };
    trust.statements().iter().enumerate().filter_map(denial).collect()
}

fn concerned(statement: &Statement) -> Concerned {
    SESSION_ACTIONS.map(|action| statement.has_action(&action.to_ascii_lowercase()))
}

/// Their names.
fn of(concerned: Concerned) -> Vec<&'static str> {
    SESSION_ACTIONS
        .into_iter()
        .zip(concerned)
        .filter_map(|(action, is_concerned)| is_concerned.then_some(action))
        .collect()
}

fn entries(statement: &Statement) -> Vec<ConditionEntry> {
    let entry = |condition: &crate::policy::condition::Condition| ConditionEntry {
        operator: condition.operator_text.clone(),
        key: condition.lower_key().to_owned(),
        values: condition.sources.clone(),
    };
    statement.conditions().iter().map(entry).collect()
}
