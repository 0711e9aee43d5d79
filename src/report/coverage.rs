//! Coverage: each account and region that was asked for, and every call that failed there.
//!
//! Nothing that is missing in an inventory is missing here: besides the lists of gaps every fact is looked at, and every
//! policy text is parsed once, for a document that does not parse is a fact that could not be had.

mod counts;
pub(super) mod documents;
mod gaps;

use std::collections::{BTreeMap, BTreeSet};

use crate::failure::FailureClass;
use crate::ids::AccountId;
use crate::inventory::{Access, Account, Inventory, LeftOvers, RegionFacts, RoleRecord};
use crate::known::Gap;

pub use counts::CoverageCounts;
use documents::Readings;

use super::model::{CoverageEntry, CoverageStatus, Missing, Report};

/// The region of what concerns IAM and the account as a whole.
pub const GLOBAL: &str = "global";

/// The region of an account in which nothing was read: all regions that were asked for.
pub const EVERY_REGION: &str = "*";

/// The operation that finds an account's regions; without its answer no region is known.
pub(super) const LIST_REGIONS: &str = "account:ListRegions";

/// One entry for each account and region that was asked for, `global` ones only where something was missed or is noted.
pub fn of(inventory: &Inventory) -> Vec<CoverageEntry> {
    let mut read = Readings::default();
    let mut entries: Vec<CoverageEntry> =
        inventory.accounts.iter().flat_map(|account| of_account(inventory, account, &mut read)).collect();
    let seen: BTreeSet<&str> =
        entries.iter().flat_map(|entry| &entry.missing).map(|missing| missing.resource.as_str()).collect();
    // A policy that no role here names is nobody's fact, but the call for it failed all the same.
    let unclaimed: Vec<Gap> = inventory
        .policies
        .values()
        .filter_map(|policy| policy.gap())
        .filter(|gap| !seen.contains(gap.resource.as_str()))
        .cloned()
        .collect();
    if let Some(first) = inventory.accounts.first()
        && !unclaimed.is_empty()
    {
        match entries.iter_mut().find(|entry| entry.account == first.id && entry.region == GLOBAL) {
            Some(entry) => entry.missing.extend(unclaimed.iter().map(missing)),
            None => entries.push(entry(first, GLOBAL, CoverageStatus::Partial, &unclaimed)),
        }
    }
    entries
}

/// Whether everything that was asked for could be read: no call failed, and there was something to read.
///
/// An account that is not active was not asked for (an organization's *active* accounts are) and is listed for the
/// record. A region that was named and is not enabled counts as missed: what may run there cannot be seen.
pub fn complete(coverage: &[CoverageEntry]) -> bool {
    !coverage.is_empty() && coverage.iter().all(|entry| entry.missing.is_empty())
}

/// The notes of a report, each once, with the accounts that it is about.
pub(super) fn notes_of(report: &Report) -> BTreeMap<&str, BTreeSet<&AccountId>> {
    let mut notes: BTreeMap<&str, BTreeSet<&AccountId>> = BTreeMap::new();
    for entry in &report.coverage {
        for note in &entry.notes {
            notes.entry(note).or_default().insert(&entry.account);
        }
    }
    notes
}

/// The entries of one account.
fn of_account<'a>(inventory: &'a Inventory, account: &'a Account, read: &mut Readings<'a>) -> Vec<CoverageEntry> {
    match &account.access {
        Access::Inactive(_) => return vec![entry(account, EVERY_REGION, CoverageStatus::Disabled, &[])],
        Access::Refused(gap) => {
            let mut all = vec![gap.clone()];
            all.extend(account.gaps.iter().cloned());
            return vec![entry(account, EVERY_REGION, closed(gap.class), &all)];
        }
        Access::Entered => {}
    }
    let mut entries: Vec<CoverageEntry> =
        account.regions.iter().map(|region| of_region(account, region, read)).collect();
    let mut global = of_iam(inventory, account, read);
    if account.regions.is_empty()
        && let Some(at) = global.iter().position(|gap| gap.api == LIST_REGIONS)
    {
        let gap = global.remove(at);
        entries.push(entry(account, EVERY_REGION, closed(gap.class), &[gap]));
    }
    let notes = notes(inventory, account);
    if !global.is_empty() || !notes.is_empty() {
        let status = if global.is_empty() { CoverageStatus::Audited } else { CoverageStatus::Partial };
        entries.push(CoverageEntry { notes, ..entry(account, GLOBAL, status, &global) });
    }
    entries
}

/// What is to be known of the account besides: SCPs that nobody could read are no gap, for no role is judged by them; nor
/// are machines of clusters that are not there, for they are nodes of none.
fn notes(inventory: &Inventory, account: &Account) -> Vec<String> {
    let unread = account.service_control_gap.as_ref();
    let unread =
        unread.map(|gap| format!("service control policies are not known, and not held against any role: {gap}"));
    // A targeted audit holds some of the clusters alone.
    let whole = account.regions.iter().filter(|_| inventory.target.is_none());
    unread.into_iter().chain(whole.filter_map(left_overs)).collect()
}

/// The machines of a region that are tagged for clusters that EKS does not list there.
fn left_overs(region: &RegionFacts) -> Option<String> {
    let left = region.left_overs();
    let of_cluster = |(cluster, left): (&&str, &LeftOvers)| {
        let LeftOvers { instances, groups } = left;
        format!("`{cluster}` ({instances} instances, {groups} Auto Scaling groups)")
    };
    let clusters: Vec<String> = left.iter().map(of_cluster).collect();
    (!clusters.is_empty()).then(|| {
        format!(
            "machines in {} are tagged for clusters that EKS does not list there, and their roles are not judged: {}",
            region.name,
            clusters.join(", ")
        )
    })
}

/// The entry of one region that was asked for.
fn of_region<'a>(account: &Account, region: &'a RegionFacts, read: &mut Readings<'a>) -> CoverageEntry {
    let mut all = region.gaps.clone();
    let status = match region.clusters.as_result() {
        Err(gap) => {
            all.push(gap.clone());
            closed(gap.class)
        }
        Ok(clusters) => {
            all.extend(clusters.iter().flat_map(gaps::of_cluster).cloned());
            all.extend(clusters.iter().filter_map(|cluster| documents::of_cluster(cluster, read)));
            if all.is_empty() { CoverageStatus::Audited } else { CoverageStatus::Partial }
        }
    };
    entry(account, region.name.as_str(), status, &all)
}

/// What was missed of an account outside its regions.
fn of_iam<'a>(inventory: &'a Inventory, account: &'a Account, read: &mut Readings<'a>) -> Vec<Gap> {
    let mut all = account.gaps.clone();
    all.extend(account.role_list.gap().filter(|gap| gaps::failed(gap)).cloned());
    // A targeted audit judges some of the node roles alone.
    let judged = if inventory.target.is_none() { gaps::node_roles(account) } else { BTreeSet::new() };
    for (name, record) in &account.roles {
        match record {
            RoleRecord::Found(role) => {
                all.extend(gaps::of_role(role).cloned());
                all.extend(documents::of_role(role, read));
                for arn in gaps::policies_of(role) {
                    match inventory.policies.get(arn).map(|policy| policy.as_result()) {
                        Some(Err(gap)) => all.push(gap.clone()),
                        Some(Ok(version)) => all.extend(documents::of_managed_policy(arn, version, read)),
                        // Of roles that are kept for comparison alone the documents are not read.
                        None if judged.contains(name.as_str()) => all.push(gaps::absent(arn)),
                        None => {}
                    }
                }
            }
            RoleRecord::Missing(gap) => all.push(gap.clone()),
            RoleRecord::NoSuchRole => {}
        }
    }
    all.extend(documents::of_service_control_policies(account, read));
    all
}

/// The status of what could not be entered or listed at all.
fn closed(class: FailureClass) -> CoverageStatus {
    match class {
        FailureClass::Denied => CoverageStatus::Denied,
        FailureClass::NotEnabled => CoverageStatus::Disabled,
        FailureClass::NotReached => CoverageStatus::NotReached,
        FailureClass::Throttled
        | FailureClass::Gone
        | FailureClass::NotAsked
        | FailureClass::Transient
        | FailureClass::Malformed
        | FailureClass::Expired
        | FailureClass::Other => CoverageStatus::Error,
    }
}

/// An entry with each call once, in the order in which they are first named.
fn entry(account: &Account, region: &str, status: CoverageStatus, gaps: &[Gap]) -> CoverageEntry {
    let mut seen = BTreeSet::new();
    let missing = gaps.iter().map(missing).filter(|missing| seen.insert(missing.clone())).collect();
    CoverageEntry { account: account.id.clone(), region: region.to_owned(), status, missing, notes: Vec::new() }
}

/// A gap as the report tells it.
fn missing(gap: &Gap) -> Missing {
    Missing {
        api: gap.api.clone(),
        resource: gap.resource.clone(),
        error: gap.error.clone(),
        message: gap.message.clone(),
        class: gap.class,
    }
}

#[cfg(test)]
mod tests;
