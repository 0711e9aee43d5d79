//! Whether a run looked where a finding of the baseline was, so that its silence means that it is gone.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::AccountId;
use crate::report::Report;
use crate::report::coverage::{EVERY_REGION, GLOBAL};
use crate::report::model::{CoverageEntry, CoverageStatus, NotComparedReason, ReportedFinding, Scope};

/// Where a run looked, and where the baseline had.
#[derive(Debug)]
pub(super) struct Looked<'a> {
    scope: Option<&'a Scope>,
    rules: BTreeSet<&'a str>,
    /// Whether clusters or roles were asked for that are not those of the baseline.
    narrowed: bool,
    now: BTreeMap<&'a AccountId, Vec<&'a CoverageEntry>>,
    before: BTreeMap<&'a AccountId, Vec<&'a CoverageEntry>>,
}

impl<'a> Looked<'a> {
    /// The report, and its baseline.
    pub(super) fn new(report: &'a Report, baseline: &'a Report) -> Self {
        let scope = report.scope.as_ref();
        let target = |scope: &'a Scope| (&scope.clusters, &scope.roles);
        let is_whole = scope.is_none_or(|scope| scope.clusters.is_empty() && scope.roles.is_empty());
        Self {
            scope,
            rules: scope.into_iter().flat_map(|scope| &scope.rules).map(String::as_str).collect(),
            narrowed: !is_whole && scope.map(target) != baseline.scope.as_ref().map(target),
            now: by_account(report),
            before: by_account(baseline),
        }
    }

    /// Why nothing can be said of a finding of which the run has no result; none: what it was about is gone.
    pub(super) fn why_not(&self, finding: &ReportedFinding) -> Option<NotComparedReason> {
        if self.scope.is_none() {
            return Some(NotComparedReason::ScopeNotKnown);
        }
        if !self.rules.contains(finding.rule.as_str()) {
            return Some(NotComparedReason::RuleNotJudged);
        }
        let Some(now) = self.now.get(&finding.account).filter(|_| !self.narrowed) else {
            return Some(NotComparedReason::NotAskedFor);
        };
        let before = self.before.get(&finding.account).map_or(&[][..], Vec::as_slice);
        let before = before.iter().filter(|entry| is_region(entry) && entry.status != CoverageStatus::Disabled);
        let mut regions: BTreeSet<&str> = before.map(|entry| entry.region.as_str()).collect();
        regions.extend(finding.node_groups.iter().map(|group| group.region.as_str()));
        // A role may have moved anywhere in its account, so that all of it counts.
        let was_read = |entry: &&CoverageEntry| match entry.status {
            CoverageStatus::Audited => entry.missing.is_empty(),
            // Nothing runs there that was not looked for.
            CoverageStatus::Disabled => {
                is_region(entry) && entry.missing.is_empty() && !regions.contains(entry.region.as_str())
            }
            CoverageStatus::Partial | CoverageStatus::Denied | CoverageStatus::NotReached | CoverageStatus::Error => {
                false
            }
        };
        if !now.iter().all(was_read) || regions.is_empty() {
            return Some(NotComparedReason::NotRead);
        }
        let asked_for = |region: &&str| now.iter().any(|entry| entry.region == *region);
        (!regions.iter().all(asked_for)).then_some(NotComparedReason::NotAskedFor)
    }
}

/// Whether an entry is of a region, and not of the account.
fn is_region(entry: &CoverageEntry) -> bool {
    entry.region != GLOBAL && entry.region != EVERY_REGION
}

fn by_account(report: &Report) -> BTreeMap<&AccountId, Vec<&CoverageEntry>> {
    let mut entries: BTreeMap<&AccountId, Vec<&CoverageEntry>> = BTreeMap::new();
    for entry in &report.coverage {
        entries.entry(&entry.account).or_default().push(entry);
    }
    entries
}
