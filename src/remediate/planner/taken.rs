//! What a plan takes away: rights that the role has now and not afterwards.

use std::collections::BTreeSet;

use crate::ids::Region;
use crate::inventory::{Inventory, Role};
use crate::policy::{Document, Effect, Outcome};
use crate::remediate::Change;
use crate::remediate::change::name;
use crate::rules::effective::{Documents, Permissions};

use super::draft::Draft;

/// What the steps of a draft take, each in words.
pub(super) fn by(inventory: &Inventory, draft: &Draft) -> Vec<String> {
    let mut taken = Vec::new();
    let mut detached = Vec::new();
    for change in draft.changes() {
        if let Change::Detach { policy, .. } = change {
            detached.push(policy.as_str());
        } else if let Change::DeleteEntry { cluster, .. } = change {
            taken.push(format!(
                "the entry to cluster `{cluster}`, until it is created anew a moment later: no node of the role is let in \
                 meanwhile"
            ));
        } else if let Change::CreatePolicyVersion { policy, .. } = change {
            taken.push(format!(
                "what the present document of {} grants beyond the new one, from every role that carries it",
                name(policy)
            ));
        }
    }
    if let Some(account) = inventory.accounts.first()
        && let Some(role) = account.found_roles().find(|role| role.arn.same_role(draft.role()))
    {
        let home = account.regions.first().map(|region| region.name.clone());
        let region = home.or_else(|| inventory.partition.home_region().parse().ok());
        if let Some(region) = region {
            taken.extend(of_policies(inventory, role, draft, &detached, &region));
        }
    }
    taken
}

/// The actions that only the detached policies grant.
fn of_policies(
    inventory: &Inventory,
    role: &Role,
    draft: &Draft,
    detached: &[&str],
    region: &Region,
) -> Option<String> {
    let account = inventory.accounts.first()?;
    let mut changed = inventory.clone();
    draft.put_into(&mut changed, inventory.finished_at);
    let later = changed.accounts.first()?;
    let after = later.found_roles().find(|found| found.arn.same_role(&role.arn))?;
    let documents = Documents::of(&changed);
    let permissions = Permissions::of(&changed, &documents, account, after);
    let mut lost = BTreeSet::new();
    for policy in detached {
        let version = inventory.policies.get(*policy).and_then(|known| known.value())?;
        let document = Document::parse_permissions(&version.document).ok()?;
        for statement in document.statements().iter().filter(|statement| statement.effect() == Effect::Allow) {
            for action in statement.actions().filter(|_| !statement.is_not_action()) {
                let resource = statement.resources().next().unwrap_or("*");
                let kept = !action.contains(['*', '?'])
                    && permissions.decide(region, action, resource).outcome == Outcome::Allowed;
                if !kept {
                    lost.insert(action.to_owned());
                }
            }
            if statement.is_not_action() {
                lost.insert(format!("what {} grants by NotAction", name(policy)));
            }
        }
    }
    (!lost.is_empty()).then(|| lost.into_iter().collect::<Vec<_>>().join(", "))
}
