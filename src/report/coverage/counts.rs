//! Coverage in numbers: accounts by how far they were audited.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ids::AccountId;
use crate::report::model::{CoverageEntry, CoverageStatus};

/// Accounts by how far they were audited, and calls that failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CoverageCounts {
    /// Everything that was asked for was read.
    pub audited: usize,
    /// Some calls or regions are missing.
    pub partial: usize,
    /// They could not be entered.
    pub denied: usize,
    /// They are not active.
    pub disabled: usize,
    /// The run ended first.
    pub not_reached: usize,
    /// They could not be read for another reason.
    pub error: usize,
    /// Calls that failed.
    pub missing_calls: usize,
}

impl CoverageCounts {
    /// Counts the accounts of a report's coverage, each once.
    #[must_use]
    pub fn of(coverage: &[CoverageEntry]) -> Self {
        let mut accounts: BTreeMap<&AccountId, Vec<CoverageStatus>> = BTreeMap::new();
        for entry in coverage {
            accounts.entry(&entry.account).or_default().push(entry.status);
        }
        let mut counts =
            Self { missing_calls: coverage.iter().map(|entry| entry.missing.len()).sum(), ..Self::default() };
        for statuses in accounts.values() {
            match together(statuses) {
                CoverageStatus::Audited => counts.audited += 1,
                CoverageStatus::Partial => counts.partial += 1,
                CoverageStatus::Denied => counts.denied += 1,
                CoverageStatus::Disabled => counts.disabled += 1,
                CoverageStatus::NotReached => counts.not_reached += 1,
                CoverageStatus::Error => counts.error += 1,
            }
        }
        counts
    }
}

/// How far an account was audited, from its regions: all alike, or in part. A region that is not enabled takes nothing
/// away from the others.
fn together(statuses: &[CoverageStatus]) -> CoverageStatus {
    let mut enabled = statuses.iter().copied().filter(|status| *status != CoverageStatus::Disabled);
    let Some(first) = enabled.next() else { return CoverageStatus::Disabled };
    if enabled.all(|status| status == first) { first } else { CoverageStatus::Partial }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureClass;
    use crate::report::model::Missing;

    fn entry(account: u64, region: &str, status: CoverageStatus, missing: usize) -> CoverageEntry {
        let call = Missing {
            api: "eks:ListClusters".into(),
            resource: "the account".into(),
            class: FailureClass::Denied,
            error: "AccessDeniedException".into(),
            message: "no".into(),
        };
        CoverageEntry {
            account: format!("{account:012}").parse().unwrap(),
            region: region.to_owned(),
            status,
            missing: vec![call; missing],
            notes: Vec::new(),
        }
    }

    #[test]
    fn each_account_is_counted_once_by_all_its_regions() {
        use CoverageStatus::{Audited, Denied, Disabled, Error, NotReached, Partial};
        let counts = CoverageCounts::of(&[
            entry(1, "eu-west-1", Audited, 0),
            entry(1, "ap-east-1", Disabled, 0),
            entry(2, "eu-west-1", Audited, 0),
            entry(2, "us-east-1", Partial, 2),
            entry(3, "*", Denied, 1),
            entry(4, "*", Disabled, 0),
            entry(5, "eu-west-1", NotReached, 0),
            entry(6, "eu-west-1", Error, 1),
            entry(7, "eu-west-1", Audited, 0),
            entry(7, "us-east-1", NotReached, 0),
        ]);
        let expected = CoverageCounts {
            audited: 1,
            partial: 2,
            denied: 1,
            disabled: 1,
            not_reached: 1,
            error: 1,
            missing_calls: 4,
        };
        assert_eq!(counts, expected);
    }
}
