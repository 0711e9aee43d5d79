//! What is to be done to one role: the offers that fit together, in an order that never makes a working role worse.

use crate::finding::Status;
use crate::ids::RoleArn;
use crate::inventory::{Account, Inventory};
use crate::remediate::Change;
use crate::remediate::change::name;
use crate::remediate::managed;
use crate::remediate::plan::{Planned, Reason, RolePlan, Step};
use crate::remediate::state::{State, Subject, difference};
use crate::rules::RuleId;

use super::offer::Offer;

/// A policy that another grants, too: with the second, the first is not needed.
const COVERED: (&str, &str) = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEKSWorkerNodePolicy");

/// The plan of one role in the making.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    role: RoleArn,
    planned: Vec<Planned>,
    steps: Vec<Step>,
    before: State,
    after: State,
    pub(super) notes: Vec<String>,
    pub(super) takes: Vec<String>,
}

impl Draft {
    /// The offers that fit together; none where none does. What does not goes to `refused`.
    pub(super) fn of<'o>(
        inventory: &Inventory,
        account: &Account,
        role: &RoleArn,
        offers: impl Iterator<Item = &'o Offer>,
        refused: &mut Vec<(String, (Reason, String))>,
    ) -> Option<Self> {
        let mut draft: Option<Self> = None;
        for offer in offers {
            let steps = draft.as_ref().map(|draft| draft.steps.as_slice()).unwrap_or_default();
            match with(inventory, account, role, steps, offer) {
                Ok((steps, before, after)) => {
                    let (mut planned, mut notes) = draft.map(|draft| (draft.planned, draft.notes)).unwrap_or_default();
                    planned.push(Planned {
                        id: offer.finding.id.clone(),
                        rule: offer.finding.rule,
                        status: offer.finding.status,
                        class: offer.class,
                    });
                    let note = format!("{}: {}", offer.finding.rule, offer.text);
                    if !notes.contains(&note) {
                        notes.push(note);
                    }
                    draft = Some(Self { role: role.clone(), planned, steps, before, after, notes, takes: Vec::new() });
                }
                Err(reason) => refused.push((offer.finding.id.clone(), reason)),
            }
        }
        draft
    }

    /// Ids of the findings that it mends.
    pub(super) fn findings(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.planned.iter().map(|planned| planned.id.as_str())
    }

    /// What a finding says now, if it is one of those that are mended.
    pub(super) fn mends(&self, id: &str) -> Option<Status> {
        self.planned.iter().find(|planned| planned.id == id).map(|planned| planned.status)
    }

    /// The role.
    pub(super) fn role(&self) -> &RoleArn {
        &self.role
    }

    /// Whether it creates the role.
    pub(super) fn creates_the_role(&self) -> bool {
        self.changes().any(|change| matches!(change, Change::CreateRole { .. }))
    }

    /// The changes, in order.
    pub(super) fn changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().map(|step| &step.change)
    }

    /// Puts what it leads to into the facts.
    pub(super) fn put_into(&self, inventory: &mut Inventory, now: jiff::Timestamp) {
        let changes: Vec<Change> = self.changes().cloned().collect();
        managed::add_to(inventory, &changes);
        self.after.put_into(inventory, &Subject::of(&self.role, &changes), now);
    }

    /// As it stands in the plan.
    pub(super) fn into_plan(self) -> RolePlan {
        RolePlan {
            account: self.role.account().clone(),
            role: self.role,
            findings: self.planned,
            seen: self.before.fingerprint(),
            diff: difference(&self.before, &self.after),
            steps: self.steps,
            takes: self.takes,
            notes: self.notes,
            refused: None,
        }
    }
}

/// The steps with one more offer, and the states around them.
fn with(
    inventory: &Inventory,
    account: &Account,
    role: &RoleArn,
    steps: &[Step],
    offer: &Offer,
) -> Result<(Vec<Step>, State, State), (Reason, String)> {
    let steps = ordered(steps, &offer.changes, offer.finding.rule);
    if let Some(policy) = contradiction(&steps) {
        let text = format!("another finding of the role asks for {policy}, which this one would take away");
        return Err((Reason::Conflict, text));
    }
    let subject = Subject::of(role, steps.iter().map(|step| &step.change));
    let before = State::of(inventory, account, &subject).map_err(|unread| (Reason::Unknown, unread.to_string()))?;
    let mut after = before.clone();
    for step in &steps {
        after = after
            .after(&step.change)
            .map_err(|reason| (Reason::Impossible, format!("{}: {reason}", step.change.described())))?;
    }
    Ok((steps, before, after))
}

/// The steps with further changes, each once: what creates and grants first, what takes away last.
fn ordered(steps: &[Step], changes: &[Change], rule: RuleId) -> Vec<Step> {
    let mut steps = steps.to_vec();
    for change in changes {
        match steps.iter_mut().find(|step| step.change == *change) {
            Some(step) if step.rules.contains(&rule) => {}
            Some(step) => step.rules.push(rule),
            None => steps.push(Step { change: change.clone(), rules: vec![rule] }),
        }
    }
    let (covered, by) = COVERED;
    let attaches = |step: &Step, policy: &str| matches!(&step.change, Change::Attach { policy: attached, .. } if name(attached) == policy);
    if let Some(at) = steps.iter().position(|step| attaches(step, covered)) {
        let other = steps.iter().position(|step| attaches(step, by));
        if let Some(other) = other {
            let rules = steps.remove(at).rules;
            if let Some(step) = steps.get_mut(other - usize::from(other > at)) {
                step.rules.extend(rules.into_iter().filter(|rule| !step.rules.contains(rule)).collect::<Vec<_>>());
            }
        }
    }
    steps.sort_by_key(|step| phase(&step.change));
    steps
}

/// A policy that is both attached and detached.
fn contradiction(steps: &[Step]) -> Option<String> {
    let detached = steps
        .iter()
        .filter_map(|step| if let Change::Detach { policy, .. } = &step.change { Some(policy) } else { None });
    let attached = |policy: &&String| {
        steps.iter().any(|step| matches!(&step.change, Change::Attach { policy: other, .. } if other == *policy))
    };
    detached.into_iter().find(attached).map(|policy| name(policy).to_owned())
}

/// When a change comes. Changes of a cluster's entry stay together.
fn phase(change: &Change) -> (u8, String) {
    let first = match change {
        Change::CreateRole { .. } => 0,
        Change::CreatePolicy { .. } | Change::CreatePolicyVersion { .. } => 1,
        Change::UpdateTrust { .. } => 2,
        Change::Attach { .. } => 3,
        Change::AddToProfile { .. } => 4,
        Change::DeleteEntry { .. } | Change::CreateEntry { .. } | Change::AssociateNodePolicy { .. } => 5,
        // what takes away; the rest takes back, and is in no plan
        Change::Detach { .. }
        | Change::DeletePolicy { .. }
        | Change::RestorePolicyVersion { .. }
        | Change::DeleteRole { .. }
        | Change::RemoveFromProfile { .. }
        | Change::DisassociateNodePolicy { .. } => 6,
    };
    (first, change.entry().map(|(region, cluster)| format!("{region}/{cluster}")).unwrap_or_default())
}
