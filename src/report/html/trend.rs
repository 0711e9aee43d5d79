//! The report against its baseline, and how the counts went over the runs before it.

use crate::finding::Severity;
use crate::report::harmless::line;
use crate::report::model::{BySeverity, Changes, Report, TrendPoint};

use super::severity::{Counts, Part, parts, spoken};

/// How many runs have a row, the latest ones.
const RUNS_SHOWN: usize = 30;

/// What is told of a report that was compared.
#[derive(Debug)]
pub(super) struct Comparison {
    /// The baseline's run.
    pub(super) run_id: String,
    /// When its last fact was read.
    pub(super) finished_at: String,
    /// How many findings are what.
    pub(super) changes: Changes,
    /// Of how many of the baseline's findings this run cannot say whether they are still there, by reason.
    pub(super) not_compared: Vec<String>,
    /// The runs, the oldest first.
    pub(super) runs: Vec<Point>,
}

/// A run in the row.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) run_id: String,
    pub(super) finished_at: String,
    pub(super) coverage: &'static str,
    pub(super) counts: Counts,
    pub(super) unknown: usize,
    pub(super) advice: usize,
    pub(super) spoken: String,
    pub(super) parts: Vec<Part>,
}

/// What is told; none where the report was not compared.
pub(super) fn of(report: &Report) -> Option<Comparison> {
    let baseline = report.baseline.as_ref()?;
    let latest = report.trend.len().saturating_sub(RUNS_SHOWN);
    let points = || report.trend.iter().skip(latest);
    let longest = points().map(|point| counts(&point.by_severity).iter().sum()).max().unwrap_or(1_usize).max(1);
    let mut reasons: Vec<&str> = baseline.not_compared.iter().map(|one| one.reason.as_str()).collect();
    reasons.sort_unstable();
    let alike = reasons.chunk_by(|one, other| one == other);
    let not_compared = alike.filter_map(|same| Some(format!("{} {}", same.len(), same.first()?.replace('_', " "))));
    Some(Comparison {
        run_id: line(&baseline.run_id).into_owned(),
        finished_at: format!("{:.0}", baseline.finished_at),
        changes: report.summary.changes.unwrap_or_default(),
        not_compared: not_compared.collect(),
        runs: points().map(|point| Point::of(point, longest)).collect(),
    })
}

impl Point {
    fn of(point: &TrendPoint, longest: usize) -> Self {
        let counts = counts(&point.by_severity);
        Self {
            run_id: line(&point.run_id).into_owned(),
            finished_at: format!("{:.0}", point.finished_at),
            coverage: if point.complete { "complete" } else { "incomplete" },
            unknown: point.unknown,
            advice: point.advice,
            spoken: spoken(&counts),
            parts: parts(&counts, longest),
            counts,
        }
    }
}

/// The numbers in the order of [`Severity::WORST_FIRST`].
fn counts(by: &BySeverity) -> Counts {
    Severity::WORST_FIRST.map(|severity| match severity {
        Severity::Critical => by.critical,
        Severity::High => by.high,
        Severity::Medium => by.medium,
        Severity::Low => by.low,
    })
}
