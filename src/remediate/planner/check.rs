//! The check of a plan, whoever made it: the same facts, read anew, must lead to the same plan. And the verification of what was
//! done, by the same rules.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::audit::{Settings, audit};
use crate::inventory::Inventory;
use crate::remediate::plan::{Planned, RolePlan};
use crate::remediate::state::{State, Subject};

use super::judged::{is_gone, is_worse};
use super::{Made, Wish, plan};

/// What fresh facts say of a role's plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// They lead to the same plan.
    Same,
    /// Nothing is left to do: none of its findings is open any more.
    Done,
    /// What the plan was made from is not so any more, or it would be another today; the text says what.
    Refused(String),
}

/// Plans again for the same findings from fresh facts, and compares.
///
/// `wish` is what the configuration allows to plan for at all; which findings, the plan says.
pub fn check(planned: &RolePlan, fresh: &Inventory, settings: &Settings, wish: &Wish, now: Timestamp) -> Checked {
    let ids: BTreeSet<String> = planned.findings.iter().map(|finding| finding.id.clone()).collect();
    let judged = audit(fresh, settings);
    let is_open = |one: &Planned| {
        let now = judged.iter().find(|finding| finding.id == one.id);
        // one that fresh facts do not know was not mended: it was not read, or never was
        now.is_none_or(|now| !is_gone(one.status, now.status))
    };
    if !planned.findings.iter().any(is_open) {
        return Checked::Done;
    }
    let wish = Wish { findings: Some(ids.clone()), rules: None, roles: BTreeSet::new(), ..wish.clone() };
    let made = Made { plan_id: String::new(), created_at: now, expires_at: now };
    let anew = plan(fresh, settings, &wish, made);
    if let Some(same) = anew.roles.iter().find(|role| role.role == planned.role) {
        let moved = planned.moved(&same.seen);
        if !moved.is_empty() {
            let text = format!("changed since the plan was made: {}; plan again", moved.join(", "));
            return Checked::Refused(text);
        }
        let found: BTreeSet<&String> = same.findings.iter().map(|finding| &finding.id).collect();
        let changes = |role: &RolePlan| role.steps.iter().map(|step| step.change.clone()).collect::<Vec<_>>();
        if changes(planned) == changes(same) && found.len() == ids.len() {
            if planned.takes != same.takes || planned.diff != same.diff {
                let text = "what the plan shows of itself is not what it does: plan again";
                return Checked::Refused(text.to_owned());
            }
            return Checked::Same;
        }
    }
    if let Some(left) = anew.left.iter().find(|left| ids.contains(&left.id)) {
        return Checked::Refused(format!("{} is not offered any more: {}", left.rule, left.text));
    }
    if let Some(unread) = planned.findings.iter().find(|one| judged.iter().all(|finding| finding.id != one.id)) {
        let gap = fresh.accounts.iter().flat_map(|account| &account.gaps).next();
        let why = gap.map_or_else(String::new, |gap| format!(": {gap}"));
        return Checked::Refused(format!("{} is not found any more in what could be read anew{why}", unread.rule));
    }
    Checked::Refused("the same findings would be mended otherwise today: plan again".to_owned())
}

/// Judges a role's state by the rules, in the place of what the facts say of it.
///
/// # Errors
/// Which rule does not pass, or is worse than it was.
pub fn verify(
    planned: &RolePlan,
    facts: &Inventory,
    settings: &Settings,
    state: &State,
    now: Timestamp,
) -> Result<(), String> {
    let before = audit(facts, settings);
    let mut changed = facts.clone();
    state.put_into(&mut changed, &Subject::of(&planned.role, planned.steps.iter().map(|step| &step.change)), now);
    for finding in audit(&changed, settings) {
        let mended = planned.findings.iter().find(|mended| mended.id == finding.id);
        let was = before.iter().find(|was| was.id == finding.id);
        let right = match mended {
            Some(mended) => is_gone(mended.status, finding.status),
            None => !is_worse(was, &finding),
        };
        if !right {
            return Err(format!("{} says: {}", finding.rule, finding.message));
        }
    }
    Ok(())
}
