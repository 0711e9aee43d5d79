//! What is planned, judged by the rules: every planned finding must be gone, and none may be worse.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::audit::{Settings, audit};
use crate::finding::{Finding, Status};
use crate::ids::RoleArn;
use crate::inventory::Inventory;
use crate::remediate::plan::Reason;

use super::draft::Draft;
use super::offer::{Desk, Offer};
use super::taken;

/// Roles of an account at most whose plans are judged one by one: each takes an audit of the account.
const MOST_ALONE: usize = 32;

/// The results of all rules on what the drafts lead to.
pub(super) fn after(
    inventory: &Inventory,
    settings: &Settings,
    drafts: &BTreeMap<RoleArn, Draft>,
    now: Timestamp,
) -> Vec<Finding> {
    let mut changed = inventory.clone();
    for draft in drafts.values() {
        draft.put_into(&mut changed, now);
    }
    audit(&changed, settings)
}

/// What a role that is created needs besides, and is offered: its instance profile stands empty, say. What was not there
/// could not be found wanting before.
pub(super) fn follow_ups(
    desk: &Desk<'_>,
    before: &[Finding],
    after: &[Finding],
    drafts: &BTreeMap<RoleArn, Draft>,
) -> Vec<Offer> {
    let created = |finding: &&Finding| {
        let creates =
            |draft: &Draft| draft.creates_the_role() && finding.role_arn.as_deref() == Some(draft.role().as_str());
        drafts.values().any(|draft| creates(draft) && draft.mends(&finding.id).is_none())
    };
    let was = |id: &str| before.iter().find(|finding| finding.id == id);
    let worse = after.iter().filter(created).filter(|finding| is_worse(was(&finding.id), finding));
    let of_the_role = |offer: &Offer| offer.finding.role_arn.as_deref() == Some(offer.role.as_str());
    worse.filter_map(|finding| desk.offer(finding).ok()).filter(of_the_role).collect()
}

/// The findings that must not be planned for, with the reason; one for each role at a time.
pub(super) fn objections(
    before: &[Finding],
    after: &[Finding],
    drafts: &BTreeMap<RoleArn, Draft>,
) -> Vec<(String, (Reason, String))> {
    let was: BTreeMap<&str, &Finding> = before.iter().map(|finding| (finding.id.as_str(), finding)).collect();
    let mut objections: BTreeMap<String, (Reason, String)> = BTreeMap::new();
    for finding in after {
        let planned = drafts.values().find_map(|draft| draft.mends(&finding.id));
        if let Some(status) = planned {
            if !is_gone(status, finding.status) {
                let text = format!("the rule would still say: {}", finding.message);
                objections.insert(finding.id.clone(), (Reason::WouldNotPass, text));
            }
        } else if is_worse(was.get(finding.id.as_str()).copied(), finding) {
            let text = format!("{} would then say: {}", finding.rule, finding.message);
            objections.extend(blamed(finding, drafts).map(|id| (id.to_owned(), (Reason::WouldBreak, text.clone()))));
        }
    }
    objections.into_iter().collect()
}

/// The findings that must not be planned for because their role's plan does not stand for itself: roles are changed one after
/// the other, each after a check of its own, and any of them may be left out on the way. Of more than [`MOST_ALONE`] roles
/// that check alone finds it out, and refuses.
pub(super) fn objections_to_each(
    inventory: &Inventory,
    settings: &Settings,
    before: &[Finding],
    drafts: &BTreeMap<RoleArn, Draft>,
    now: Timestamp,
) -> Vec<(String, (Reason, String))> {
    if !(2..=MOST_ALONE).contains(&drafts.len()) {
        return Vec::new();
    }
    let alone = |(role, draft): (&RoleArn, &Draft)| {
        let alone = BTreeMap::from([(role.clone(), draft.clone())]);
        objections(before, &after(inventory, settings, &alone, now), &alone)
    };
    let needs_another = |(id, (reason, text)): (String, (Reason, String))| {
        (id, (reason, format!("{text}; what is planned for another role mends that: plan again once it is applied")))
    };
    drafts.iter().flat_map(alone).map(needs_another).collect()
}

/// Notes what the drafts take away, and what is advised afterwards and was not before.
pub(super) fn annotate(
    inventory: &Inventory,
    before: &[Finding],
    after: &[Finding],
    drafts: &mut BTreeMap<RoleArn, Draft>,
) {
    let was: BTreeMap<&str, Status> = before.iter().map(|finding| (finding.id.as_str(), finding.status)).collect();
    for draft in drafts.values_mut() {
        draft.takes = taken::by(inventory, draft);
        let about = |finding: &&Finding| finding.role_arn.as_deref() == Some(draft.role().as_str());
        let new = after.iter().filter(about).filter(|finding| {
            finding.status == Status::Advice
                && matches!(was.get(finding.id.as_str()), Some(Status::Pass | Status::NotApplicable) | None)
        });
        let notes: Vec<String> =
            new.map(|finding| format!("{} will then advise: {}", finding.rule, finding.message)).collect();
        draft.notes.extend(notes);
    }
}

/// Whether a planned finding is mended.
pub(super) fn is_gone(before: Status, after: Status) -> bool {
    match after {
        Status::Pass | Status::NotApplicable => true,
        Status::Advice => before == Status::Fail,
        Status::Fail | Status::Unknown => false,
    }
}

/// Whether a finding that nobody planned for is worse than it was.
pub(super) fn is_worse(before: Option<&Finding>, after: &Finding) -> bool {
    match (before.map(|finding| finding.status), after.status) {
        // what did not apply and is not known now, for a role that is created, was not read: that is nobody's doing
        (_, Status::Pass | Status::NotApplicable | Status::Advice)
        | (Some(Status::Unknown | Status::Fail | Status::NotApplicable), Status::Unknown) => false,
        (Some(Status::Fail), Status::Fail) => before.is_some_and(|finding| finding.severity < after.severity),
        (Some(Status::Unknown | Status::Advice | Status::Pass | Status::NotApplicable) | None, Status::Fail)
        | (Some(Status::Advice | Status::Pass) | None, Status::Unknown) => true,
    }
}

/// The finding whose plan made another worse: of the plan of that role, or of any, what was added last.
fn blamed<'d>(finding: &Finding, drafts: &'d BTreeMap<RoleArn, Draft>) -> impl Iterator<Item = &'d str> {
    let of_role = drafts.values().find(|draft| finding.role_arn.as_deref() == Some(draft.role().as_str()));
    let blamed: Vec<&Draft> = of_role.map_or_else(|| drafts.values().collect(), |draft| vec![draft]);
    blamed.into_iter().filter_map(|draft| draft.findings().next_back())
}
