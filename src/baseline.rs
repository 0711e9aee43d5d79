//! A report against an earlier one, its baseline: what is new, unchanged and resolved, and at what nobody looked. Pure.
//!
//! Findings are the same by their id. Nothing is called resolved that was not looked at: either the run judged the same rule
//! about the same role or node group and it passes or does not apply, or what it was about is gone from an account that was
//! read whole, wherever the baseline looked. What remains of the baseline is carried on in `baseline.not_compared`, so that
//! it is known, and not new, when it is seen again.

mod earlier;
mod looked;
mod notes;
mod trend;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::finding::Status;
use crate::ids::Partition;
use crate::report::Report;
use crate::report::model::{Baseline, Change, Changes, NotCompared, Previous, ReportedEvidence, ReportedFinding};
use crate::report::sort;

use earlier::Earlier;
use looked::Looked;

pub use notes::notes;
pub use trend::TREND_POINTS;

/// What a resolved finding says where the run has no result of its rule any more: every result was at hand.
const GONE: &str =
    "nothing is left here that this rule would judge: the role or node group is gone, or it is used in another way";

/// The same where the report does not list what passes.
const NOT_FOUND: &str = "this was not found any more: it passes, or does not apply, or the role or node group is gone";

/// Why two reports cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BaselineError {
    /// No account is in two partitions.
    #[error("the baseline is of partition {baseline}, the report of {report}: compare reports of the same accounts")]
    Partition {
        /// The report's.
        report: Partition,
        /// The baseline's.
        baseline: Partition,
    },
}

/// The results that are not open, and how much is known of them.
#[derive(Debug)]
pub enum Closed {
    /// Of a run whose every result was at hand: those that pass or do not apply, of the ids in [`watched`].
    Judged(Vec<ReportedFinding>),
    /// Of a saved report: it may list them, and may not.
    Saved,
}

/// Whether the two can be compared at all.
///
/// # Errors
/// [`BaselineError`]
pub fn comparable(report: &Report, baseline: &Report) -> Result<(), BaselineError> {
    if report.partition == baseline.partition {
        return Ok(());
    }
    Err(BaselineError::Partition { report: report.partition, baseline: baseline.partition })
}

/// The ids of the findings that the baseline knows: of these a run keeps what passes.
pub fn watched(baseline: &Report) -> BTreeSet<String> {
    let carried = baseline.baseline.iter().flat_map(|earlier| &earlier.not_compared).map(|one| &one.finding);
    baseline
        .findings
        .iter()
        .filter(|finding| is_open(finding))
        .chain(carried)
        .map(|finding| finding.id.clone())
        .collect()
}

/// Marks the report's findings against the baseline. An earlier comparison that is in the report is replaced.
#[must_use]
pub fn compare(mut report: Report, closed: Closed, baseline: &Report) -> Report {
    let was_listed = take_comparison(&mut report);
    let (closed, otherwise) = match closed {
        Closed::Judged(closed) => (closed, GONE),
        Closed::Saved => (was_listed, NOT_FOUND),
    };
    let mut closed: BTreeMap<String, ReportedFinding> =
        closed.into_iter().map(|finding| (finding.id.clone(), finding)).collect();
    report.trend = trend::up_to(&report, baseline);
    let earlier = earlier::of(baseline, &report.trend);
    let mut open = BTreeSet::new();
    for finding in report.findings.iter_mut().filter(|finding| is_open(finding)) {
        mark(finding, earlier.get(&finding.id));
        open.insert(finding.id.clone());
    }
    let looked = Looked::new(&report, baseline);
    let (mut resolved, mut not_compared) = (Vec::new(), Vec::new());
    for (id, before) in earlier.into_iter().filter(|(id, _)| !open.contains(id)) {
        let now = match (closed.remove(&id), looked.why_not(&before.finding)) {
            (Some(now), _) => now,
            (None, None) => gone(&before.finding, otherwise),
            (None, Some(reason)) => {
                let Earlier { run_id, finding, said: _ } = before;
                not_compared.push(NotCompared { reason, run_id, finding });
                continue;
            }
        };
        resolved.push(ReportedFinding { change: Some(Change::Resolved), previous: Some(before.said), ..now });
    }
    let replaced: BTreeSet<String> = resolved.iter().map(|finding| finding.id.clone()).collect();
    report.findings.retain(|finding| !replaced.contains(&finding.id));
    report.findings.append(&mut resolved);
    sort(&mut report.findings);
    report.summary.changes = Some(changes(&report.findings));
    report.baseline = Some(Baseline {
        run_id: baseline.run_id.clone(),
        tool_version: baseline.tool_version.clone(),
        finished_at: baseline.finished_at,
        complete: baseline.complete,
        not_compared,
    });
    report
}

/// Takes an earlier comparison out of the report, and tells which of its results are known not to be open.
fn take_comparison(report: &mut Report) -> Vec<ReportedFinding> {
    report.baseline = None;
    report.summary.changes = None;
    report.trend.clear();
    let mut closed = Vec::new();
    report.findings.retain_mut(|finding| {
        let was_resolved = finding.is_resolved();
        (finding.change, finding.previous) = (None, None);
        if !is_open(finding) {
            closed.push(finding.clone());
        }
        !was_resolved
    });
    closed
}

/// Whether a finding is one that reports list of themselves.
fn is_open(finding: &ReportedFinding) -> bool {
    match finding.status {
        Status::Fail | Status::Advice | Status::Unknown => true,
        Status::Pass | Status::NotApplicable => false,
    }
}

/// Marks a finding that is open.
fn mark(finding: &mut ReportedFinding, earlier: Option<&Earlier>) {
    let Some(Earlier { said, .. }) = earlier else {
        finding.change = Some(Change::New);
        return;
    };
    finding.change = Some(against(finding, said));
    let is_suppressed = finding.suppressed.is_some();
    let same = (finding.status, finding.severity, is_suppressed) == (said.status, said.severity, said.suppressed);
    finding.previous = (!same).then(|| said.clone());
}

/// What an open finding is against what was said of it. New is what calls for attention and did not: somebody has to hear of
/// it. What merely can no longer be told is as it was, and so is what was accepted since.
fn against(now: &ReportedFinding, said: &Previous) -> Change {
    let urgency = |status| match status {
        Status::Fail => 2,
        Status::Advice => 1,
        Status::Unknown | Status::Pass | Status::NotApplicable => 0,
    };
    if now.suppressed.is_some() {
        Change::Unchanged
    } else if said.suppressed || urgency(now.status) > urgency(said.status) {
        Change::New
    } else {
        Change::Unchanged
    }
}

/// What became of a finding that no result tells of any more.
fn gone(before: &ReportedFinding, message: &str) -> ReportedFinding {
    ReportedFinding {
        status: Status::NotApplicable,
        message: message.to_owned(),
        evidence: vec![ReportedEvidence::fact("this run looked wherever the baseline had looked in the account")],
        remediation: None,
        suppressed: None,
        suppression_expired: None,
        ..before.clone()
    }
}

/// Counts.
fn changes(findings: &[ReportedFinding]) -> Changes {
    let mut changes = Changes::default();
    for finding in findings.iter().filter(|finding| finding.counts()) {
        match finding.change {
            Some(Change::New) => changes.new += 1,
            Some(Change::Unchanged) => changes.unchanged += 1,
            Some(Change::Resolved) => changes.resolved += 1,
            None => {}
        }
    }
    changes
}

#[cfg(test)]
mod tests;
