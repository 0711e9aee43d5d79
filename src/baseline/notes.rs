//! What is to be said to whoever compares two reports: what could not be compared, and what makes the comparison doubtful.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::AccountId;
use crate::report::Report;
use crate::report::model::NotComparedReason;

/// One sentence each; `report` is compared with `baseline` already.
pub fn notes(report: &Report, baseline: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    let accounts = |report: &Report| -> BTreeSet<AccountId> {
        report.coverage.iter().map(|entry| entry.account.clone()).collect()
    };
    if accounts(report).is_disjoint(&accounts(baseline)) {
        notes.push("the baseline has no account in common with the report: is it the right one?".to_owned());
    }
    if baseline.finished_at > report.finished_at {
        notes.push(format!(
            "the baseline is later than the report ({:.0} and {:.0}): new and resolved are the other way round",
            baseline.finished_at, report.finished_at
        ));
    }
    if baseline.tool_version != report.tool_version {
        notes.push(format!(
            "the baseline is of noderole {}, the report of {}: the rules may have changed in between (CHANGELOG.md)",
            baseline.tool_version, report.tool_version
        ));
    }
    let mut reasons: BTreeMap<NotComparedReason, usize> = BTreeMap::new();
    for one in report.baseline.iter().flat_map(|baseline| &baseline.not_compared) {
        *reasons.entry(one.reason).or_default() += 1;
    }
    if !reasons.is_empty() {
        let why: Vec<String> = reasons.iter().map(|(reason, number)| format!("{number} {}", words(*reason))).collect();
        notes.push(format!(
            "{} of the baseline could not be compared ({}): `baseline.not_compared` in the JSON report lists them",
            findings(reasons.values().sum()),
            why.join(", ")
        ));
    }
    let runs: BTreeSet<&str> = report.trend.iter().map(|point| point.run_id.as_str()).collect();
    let carried = baseline.baseline.iter().flat_map(|earlier| &earlier.not_compared);
    let dropped = carried.filter(|one| !runs.contains(one.run_id.as_str())).count();
    if dropped > 0 {
        notes.push(format!(
            "{} that no run has looked at since {} runs are let go: they count as new where they are seen again",
            findings(dropped),
            super::TREND_POINTS
        ));
    }
    notes
}

/// A number of findings.
fn findings(number: usize) -> String {
    format!("{number} finding{}", if number == 1 { "" } else { "s" })
}

/// The reason for people.
fn words(reason: NotComparedReason) -> &'static str {
    match reason {
        NotComparedReason::RuleNotJudged => "by rules that were not judged",
        NotComparedReason::NotAskedFor => "outside of what was asked for",
        NotComparedReason::NotRead => "in accounts that were not read whole",
        NotComparedReason::ScopeNotKnown => "for the report is older than `scope`",
    }
}
