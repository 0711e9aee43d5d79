//! The run as lines of CloudWatch's embedded metric format, from which CloudWatch makes metrics without a call.
//!
//! Form: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
//! One line tells of the whole run, without dimensions; then there is one for each severity, each rule, and the accounts
//! with the most findings. Each combination of a name and a dimension's value is a metric that is paid for: `docs/sinks.md`
//! has how many there are.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::finding::{Severity, Status};
use crate::report::coverage::CoverageCounts;
use crate::report::harmless;
use crate::report::model::{Report, ReportedFinding};
use crate::rules::CATALOGUE;

/// The namespace of the metrics.
pub const NAMESPACE: &str = "NodeRole";

/// Accounts that have metrics of their own at most: those with the most failing findings.
pub const MAX_ACCOUNTS: usize = 20;

/// A metric's name and unit.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

/// A metric with its value.
type Measured = (&'static str, &'static str, Value);

/// The metric lines of a run, without their ends; the one of the whole run is the last. The metrics are of the time `at`,
/// which CloudWatch takes where it is at most two weeks ago.
#[must_use]
pub fn metric_lines(report: &Report, at: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    for (severity, number) in by_severity(report) {
        let of = Some(("Severity", severity.as_str()));
        lines.push(line(report, at, of, vec![count("Findings", number)]));
    }
    let by_rule = tallies(report, |finding| finding.rule.clone());
    for rule in CATALOGUE {
        let id = rule.id.to_string();
        let tally = by_rule.get(&id).copied().unwrap_or_default();
        lines.push(line(report, at, Some(("Rule", &id)), tally.measured()));
    }
    for (account, tally) in worst_accounts(report) {
        lines.push(line(report, at, Some(("Account", &account)), tally.measured()));
    }
    lines.push(line(report, at, None, of_the_run(report)));
    lines
}

/// One line: metrics with at most one dimension.
fn line(report: &Report, at: Timestamp, of: Option<(&str, &str)>, values: Vec<Measured>) -> String {
    let metrics: Vec<Metric> = values.iter().map(|(name, unit, _)| Metric { name, unit }).collect();
    let dimensions: Vec<&str> = of.iter().map(|(name, _)| *name).collect();
    let mut root = Map::new();
    root.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics }],
        }),
    );
    if let Some((name, value)) = of {
        root.insert(name.to_owned(), Value::from(value));
    }
    root.extend(values.into_iter().map(|(name, _, value)| (name.to_owned(), value)));
    // Beside the metrics, for whoever reads the log: which run it was.
    root.insert("run_id".to_owned(), Value::from(report.run_id.as_str()));
    root.insert("tool_version".to_owned(), Value::from(report.tool_version.as_str()));
    harmless::json(&Value::Object(root).to_string()).into_owned()
}

fn count(name: &'static str, number: usize) -> Measured {
    (name, "Count", Value::from(number))
}

/// Findings of one rule or account that count, by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Tally {
    fail: usize,
    unknown: usize,
    advice: usize,
}

impl Tally {
    fn measured(self) -> Vec<Measured> {
        vec![count("Findings", self.fail), count("Advice", self.advice), count("Unknown", self.unknown)]
    }
}

/// Findings by what `key` says of them; those that are suppressed are left out.
fn tallies(report: &Report, key: impl Fn(&ReportedFinding) -> String) -> BTreeMap<String, Tally> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.counts()) {
        let tally = tallies.entry(key(finding)).or_default();
        match finding.status {
            Status::Fail => tally.fail += 1,
            Status::Advice => tally.advice += 1,
            Status::Unknown => tally.unknown += 1,
            Status::Pass | Status::NotApplicable => {}
        }
    }
    tallies
}

/// The accounts with the most failing findings, then the most open ones: at most [`MAX_ACCOUNTS`], in that order.
fn worst_accounts(report: &Report) -> Vec<(String, Tally)> {
    let mut accounts: Vec<(String, Tally)> = tallies(report, |finding| finding.account.to_string())
        .into_iter()
        .filter(|(_, tally)| *tally != Tally::default())
        .collect();
    accounts.sort_by(|(a, of_a), (b, of_b)| (Reverse(of_a), a).cmp(&(Reverse(of_b), b)));
    accounts.truncate(MAX_ACCOUNTS);
    accounts
}

fn by_severity(report: &Report) -> [(Severity, usize); 4] {
    let number = &report.summary.by_severity;
    [
        (Severity::Critical, number.critical),
        (Severity::High, number.high),
        (Severity::Medium, number.medium),
        (Severity::Low, number.low),
    ]
}

/// Each metric of the whole run with its unit and value.
fn of_the_run(report: &Report) -> Vec<Measured> {
    let summary = &report.summary;
    let coverage = CoverageCounts::of(&report.coverage);
    let duration_ms = report.finished_at.as_millisecond().saturating_sub(report.started_at.as_millisecond()).max(0);
    let calls: u64 = summary.api_calls.values().sum();
    vec![
        count("FindingsCritical", summary.by_severity.critical),
        count("FindingsHigh", summary.by_severity.high),
        count("FindingsMedium", summary.by_severity.medium),
        count("FindingsLow", summary.by_severity.low),
        count("Advice", summary.advice),
        count("Unknown", summary.unknown),
        count("Passed", summary.pass),
        count("Suppressed", summary.suppressed),
        count("NodeRoles", summary.node_roles),
        count("AccountsAudited", coverage.audited),
        count("AccountsPartial", coverage.partial),
        count("AccountsDenied", coverage.denied),
        count("AccountsNotReached", coverage.not_reached),
        count("AccountsInError", coverage.error),
        count("Complete", usize::from(report.complete)),
        ("Duration", "Milliseconds", Value::from(duration_ms)),
        ("ApiCalls", "Count", Value::from(calls)),
        ("ThrottledCalls", "Count", Value::from(summary.throttled)),
    ]
}

#[cfg(test)]
mod tests;
