//! Which findings are imported, and where: one lane for each account and region that is called.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Status;
use crate::ids::{AccountId, Region};
use crate::report::Report;
use crate::report::model::{Change, ReportedFinding};
use crate::sinks::settings::{FileUnder, SecurityHub};

/// Who calls where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The account of whoever runs noderole.
    pub(crate) account: AccountId,
    /// The region of what has none.
    pub(crate) region: Region,
}

/// The findings of each account and region that is called, in the report's order.
pub(crate) type Lanes<'a> = BTreeMap<AccountId, BTreeMap<Region, Vec<&'a ReportedFinding>>>;

/// The findings of a report that are imported: those that are open; and those that are resolved or suppressed, so that they
/// are archived where they were imported before. What passes is not. Of one id, the first alone: Security Hub keeps one.
pub(crate) fn imported(report: &Report) -> Vec<&ReportedFinding> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let wanted = report.findings.iter().filter(|finding| match finding.status {
        Status::Fail | Status::Advice | Status::Unknown => true,
        Status::Pass | Status::NotApplicable => finding.change == Some(Change::Resolved),
    });
    wanted.filter(|finding| seen.insert(&finding.id)).collect()
}

/// Parts findings by where they are imported.
pub(crate) fn lanes<'a>(findings: Vec<&'a ReportedFinding>, settings: &SecurityHub, caller: &Caller) -> Lanes<'a> {
    let one_region = settings.region();
    let mut lanes = Lanes::new();
    for finding in findings {
        let account = match settings.file_under {
            FileUnder::Finding => &finding.account,
            FileUnder::Auditor => &caller.account,
        };
        let region = one_region.clone().or_else(|| finding.region.parse().ok());
        let region = region.unwrap_or_else(|| caller.region.clone());
        lanes.entry(account.clone()).or_default().entry(region).or_default().push(finding);
    }
    lanes
}

#[cfg(test)]
mod tests;
