//! CloudWatch: one line a finding in a log group, and metrics in lines from which CloudWatch makes them without a call.

mod batch;
mod lines;
mod metrics;
#[cfg(test)]
mod queries;
#[cfg(feature = "aws")]
mod send;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::report::model::Report;

pub use batch::{Batch, Batches, EVENT_OVERHEAD, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, Piece};
pub use lines::{MAX_LINE_BYTES, finding_line, remediation_line};
pub use metrics::{MAX_ACCOUNTS, NAMESPACE, metric_lines};
#[cfg(feature = "aws")]
pub(super) use send::send;

/// The lines of a run: its findings, what came of roles, then its metrics, that of the whole run last.
#[derive(Debug)]
pub struct Log<'a> {
    report: &'a Report,
    metrics: Vec<String>,
}

impl<'a> Log<'a> {
    /// The lines of a report whose metrics are of the time `at`.
    #[must_use]
    pub fn new(report: &'a Report, at: Timestamp) -> Self {
        Self { report, metrics: metric_lines(report, at) }
    }

    /// The lines of findings and outcomes alone.
    #[must_use]
    pub fn without_metrics(report: &'a Report) -> Self {
        Self { report, metrics: Vec::new() }
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.report.findings.len() + self.report.remediations.len() + self.metrics.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The line of that number, without its end; none where there is none.
    ///
    /// # Errors
    /// Those of the serializer, which plain data does not raise.
    pub fn line(&self, number: usize) -> Result<Option<String>, serde_json::Error> {
        let Report { run_id, findings, remediations, .. } = self.report;
        if let Some(finding) = findings.get(number) {
            return finding_line(run_id, finding).map(Some);
        }
        let number = number.saturating_sub(findings.len());
        match remediations.get(number) {
            Some(remediation) => remediation_line(remediation).map(Some),
            None => Ok(self.metrics.get(number.saturating_sub(remediations.len())).cloned()),
        }
    }

    /// Whether the line of that number is one of what came of a role.
    #[must_use]
    pub fn is_of_remediation(&self, number: usize) -> bool {
        let before = self.report.findings.len();
        (before..before + self.report.remediations.len()).contains(&number)
    }
}

/// The lines that were not taken so far, by number.
#[derive(Debug, Default)]
pub struct Pending(Mutex<BTreeSet<usize>>);

impl Pending {
    /// These are to be sent.
    #[cfg(feature = "aws")]
    pub(crate) fn add(&self, lines: impl IntoIterator<Item = usize>) {
        self.held().extend(lines);
    }

    /// These were taken.
    #[cfg(feature = "aws")]
    fn took(&self, lines: &[usize]) {
        let mut held = self.held();
        for line in lines {
            held.remove(line);
        }
    }

    /// What is left.
    #[must_use]
    pub fn left(&self) -> BTreeSet<usize> {
        self.held().clone()
    }

    fn held(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
