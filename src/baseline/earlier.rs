//! What earlier reports said of each finding that the baseline knows.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Status;
use crate::report::Report;
use crate::report::model::{Previous, ReportedFinding, TrendPoint};

use super::is_open;

/// A finding of the baseline.
#[derive(Debug)]
pub(super) struct Earlier {
    /// The run that told it.
    pub(super) run_id: String,
    /// As it was told.
    pub(super) finding: ReportedFinding,
    /// What the last report said that could tell.
    pub(super) said: Previous,
}

/// The findings of the baseline by id: its open ones, and those that it carries on from runs before it. What no run of `trend`
/// has seen is let go, or an account that has left would be carried for ever.
pub(super) fn of(baseline: &Report, trend: &[TrendPoint]) -> BTreeMap<String, Earlier> {
    let runs: BTreeSet<&str> = trend.iter().map(|point| point.run_id.as_str()).collect();
    let carried = baseline.baseline.iter().flat_map(|earlier| &earlier.not_compared);
    let carried = carried.filter(|one| runs.contains(one.run_id.as_str())).map(|one| (&one.run_id, &one.finding));
    let own = baseline.findings.iter().filter(|finding| is_open(finding)).map(|finding| (&baseline.run_id, finding));
    // The baseline's own come last and win.
    let all = carried.chain(own).map(|(run_id, finding)| {
        let said = said(run_id, finding);
        (finding.id.clone(), Earlier { run_id: run_id.clone(), finding: finding.clone(), said })
    });
    all.collect()
}

/// What was said last by a report that could tell: a result that is unknown hides what was known before it.
fn said(run_id: &str, finding: &ReportedFinding) -> Previous {
    if let (Status::Unknown, Some(previous)) = (finding.status, &finding.previous)
        && previous.status != Status::Unknown
    {
        return previous.clone();
    }
    Previous {
        journal: None,
        run_id: run_id.to_owned(),
        status: finding.status,
        severity: finding.severity,
        message: finding.message.clone(),
        suppressed: finding.suppressed.is_some(),
    }
}
