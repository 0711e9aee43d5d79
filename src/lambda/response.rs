//! What the function answers: the summary, small whatever was audited; findings are in the log.

use serde::Serialize;

use crate::report::coverage::CoverageCounts;
use crate::report::model::{Delivery, Report, ReportedSuppression, Summary};

/// The function's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Response {
    /// The run.
    pub run_id: String,
    /// Whether everything that was asked for could be read, and was anything at all.
    pub complete: bool,
    /// Findings that were written as lines, to the sink's log group or the function's own log.
    pub findings_logged: usize,
    /// Accounts by how far they were audited.
    pub coverage: CoverageCounts,
    /// The report's counts.
    pub summary: Summary,
    /// What the configuration's suppressions matched; left out where it has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<ReportedSuppression>,
    /// What is wrong with tags that are to exempt from rules; left out where nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What each sink took; left out where no sink was used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
}

impl Response {
    /// The answer for a report of which `findings_logged` findings were written.
    #[must_use]
    pub fn of(report: &Report, findings_logged: usize) -> Self {
        Self {
            run_id: report.run_id.clone(),
            complete: report.complete,
            findings_logged,
            coverage: CoverageCounts::of(&report.coverage),
            summary: report.summary.clone(),
            suppressions: report.suppressions.clone(),
            notes: report.notes.clone(),
            deliveries: report.deliveries.clone(),
        }
    }
}
