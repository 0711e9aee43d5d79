//! What is told of a report where only news are: findings that are new or resolved. Without a baseline all are new.

use serde::{Deserialize, Serialize};

use crate::finding::{Severity, Status};
use crate::report::Report;
use crate::report::model::ReportedFinding;

/// TEMPORARY
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// n
    New,
    /// u
    Unchanged,
    /// r
    Resolved,
}

/// What became of a finding; where there is no baseline to compare with, it is new.
pub(crate) fn change(_finding: &ReportedFinding) -> Change {
    Change::New
}

/// Whether a finding is open: it wants attention, and is there.
pub(crate) fn is_open(finding: &ReportedFinding) -> bool {
    let listed = match finding.status {
        Status::Fail | Status::Advice | Status::Unknown => true,
        Status::Pass | Status::NotApplicable => false,
    };
    listed && finding.counts() && change(finding) != Change::Resolved
}

/// The findings that are told as news, in the report's order: those that are new and count, and those that are resolved.
pub(crate) fn told(report: &Report) -> impl Iterator<Item = (&ReportedFinding, Change)> {
    let with_change = report.findings.iter().map(|finding| (finding, change(finding)));
    with_change.filter(|(finding, change)| match change {
        Change::New => is_open(finding),
        Change::Resolved => true,
        Change::Unchanged => false,
    })
}

/// How many of a report's findings are what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Open, and not in the baseline; without a baseline all that are open.
    pub new: usize,
    /// Open, and in the baseline.
    pub unchanged: usize,
    /// In the baseline, and not found any more.
    pub resolved: usize,
}

impl Changes {
    /// Counts.
    pub(crate) fn of(report: &Report) -> Self {
        let mut counted = Self::default();
        for finding in &report.findings {
            match change(finding) {
                Change::Resolved => counted.resolved += 1,
                Change::New => counted.new += usize::from(is_open(finding)),
                Change::Unchanged => counted.unchanged += usize::from(is_open(finding)),
            }
        }
        counted
    }
}

/// The worst severity of failing findings.
pub(crate) fn worst<'a>(findings: impl Iterator<Item = &'a ReportedFinding>) -> Option<Severity> {
    findings.filter(|finding| finding.status == Status::Fail).map(|finding| finding.severity).max()
}

/// Whether the report was compared with an earlier one.
pub(crate) fn has_baseline(_report: &Report) -> bool {
    false
}
