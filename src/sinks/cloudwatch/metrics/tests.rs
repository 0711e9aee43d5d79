//! The metric lines: held against the specification, against the report, and counted.

use std::collections::BTreeSet;

use super::*;
use crate::report::model::{BySeverity, Summary};
use crate::report::sample;

/// What CloudWatch takes as one line, in bytes (256 KB for long, 1 MB today).
const LARGEST_LINE: usize = 256 * 1024;

fn at() -> Timestamp {
    "2026-11-23T03:00:07.250Z".parse().unwrap()
}

fn report() -> Report {
    let mut report = sample::report();
    report.run_id = "run-1".to_owned();
    report.started_at = "2026-11-23T03:00:00Z".parse().unwrap();
    report.finished_at = at();
    report.complete = true;
    report.summary = Summary {
        fail: 10,
        unknown: 5,
        by_severity: BySeverity { critical: 1, high: 2, medium: 3, low: 4 },
        api_calls: [("eks:ListClusters".to_owned(), 17), ("iam:GetRole".to_owned(), 3)].into(),
        throttled: 6,
        ..Summary::default()
    };
    report
}

/// The findings of the sample in each of so many accounts; in the one of number `n` they fail `n` times over.
fn large(accounts: usize) -> Report {
    let mut report = report();
    let of_one = report.findings.clone();
    report.findings.clear();
    for number in 1..=accounts {
        for finding in &of_one {
            let times = if finding.status == Status::Fail { number % 100 } else { 1 };
            for _ in 0..times {
                let mut finding = finding.clone();
                finding.account = format!("{number:012}").parse().unwrap();
                report.findings.push(finding);
            }
        }
    }
    report
}

fn values(report: &Report) -> Vec<Value> {
    metric_lines(report, at()).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The names of an object's members.
fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Each metric as it is paid for: name, dimension, value of the dimension.
fn metrics(values: &[Value]) -> Vec<(String, String, String)> {
    let mut metrics = Vec::new();
    for value in values {
        let directive = &value["_aws"]["CloudWatchMetrics"][0];
        let dimension = directive["Dimensions"][0][0].as_str().unwrap_or_default();
        let of = value.get(dimension).and_then(Value::as_str).unwrap_or_default();
        for metric in directive["Metrics"].as_array().unwrap() {
            metrics.push((metric["Name"].as_str().unwrap().to_owned(), dimension.to_owned(), of.to_owned()));
        }
    }
    metrics
}

#[test]
fn every_line_keeps_to_the_specification() {
    let lines = metric_lines(&large(30), at());
    for line in lines {
        assert!(!line.contains('\n') && line.len() < LARGEST_LINE);
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(names(&value["_aws"]), BTreeSet::from(["CloudWatchMetrics", "Timestamp"]));
        assert_eq!(value["_aws"]["Timestamp"], 1_795_402_807_250_u64);
        let [directive] = value["_aws"]["CloudWatchMetrics"].as_array().unwrap().as_slice() else {
            panic!("one directive")
        };
        assert_eq!(names(directive), BTreeSet::from(["Namespace", "Dimensions", "Metrics"]));
        assert_eq!(directive["Namespace"], "NodeRole");
        let [dimensions] = directive["Dimensions"].as_array().unwrap().as_slice() else { panic!("one set") };
        for dimension in dimensions.as_array().unwrap() {
            let of = value[dimension.as_str().unwrap()].as_str().unwrap();
            assert!((1..=1024).contains(&of.len()), "the value of {dimension} is a root member");
        }
        let metrics = directive["Metrics"].as_array().unwrap();
        assert!((1..=100).contains(&metrics.len()));
        let distinct: BTreeSet<&str> = metrics.iter().map(|metric| metric["Name"].as_str().unwrap()).collect();
        assert_eq!(distinct.len(), metrics.len(), "a metric stands once");
        for metric in metrics {
            assert!(["Count", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()));
            assert!(value[metric["Name"].as_str().unwrap()].is_number(), "the value of {metric} is a root member");
        }
    }
}

#[test]
fn the_values_of_the_whole_run_are_in_the_last_line() {
    let values = values(&report());
    let last = values.last().unwrap();
    assert_eq!(last["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));
    for (name, number) in [
        ("FindingsCritical", 1),
        ("FindingsHigh", 2),
        ("FindingsMedium", 3),
        ("FindingsLow", 4),
        ("Unknown", 5),
        ("ThrottledCalls", 6),
        ("Duration", 7_250),
        ("ApiCalls", 20),
        ("Complete", 1),
    ] {
        assert_eq!(last[name], number, "{name}");
    }
    assert_eq!(last["run_id"], "run-1");
}

#[test]
fn findings_are_counted_by_severity_by_rule_and_by_account() {
    let mut report = report();
    let suppressed = crate::finding::Suppressed {
        reason: "known".to_owned(),
        owner: None,
        expires: None,
        by: crate::finding::SuppressedBy::Configuration,
    };
    let mut accepted = report.findings[0].clone();
    accepted.suppressed = Some((&suppressed).into());
    report.findings.push(accepted);
    let values = values(&report);
    let of = |dimension: &str, name: &str| values.iter().find(|value| value[dimension] == name).unwrap();
    assert_eq!(of("Severity", "high")["Findings"], 2);
    assert_eq!(of("Rule", "NR202")["Findings"], 1);
    assert_eq!(of("Rule", "NR101")["Findings"], 1, "what is suppressed does not count");
    assert_eq!((&of("Rule", "NR205")["Advice"], &of("Rule", "NR205")["Findings"]), (&json!(1), &json!(0)));
    assert_eq!(of("Rule", "NR204")["Findings"], 0, "a rule that nothing fails is told as such");
    let account = of("Account", "111122223333");
    assert_eq!((&account["Findings"], &account["Unknown"], &account["Advice"]), (&json!(2), &json!(2), &json!(1)));
}

#[test]
fn a_thousand_accounts_make_a_few_hundred_metrics_and_those_of_the_worst_accounts() {
    let (small, large) = (values(&large(1)), values(&large(1_000)));
    let metrics_of_large = metrics(&large);
    let distinct: BTreeSet<_> = metrics_of_large.iter().collect();
    assert_eq!(distinct.len(), metrics_of_large.len(), "no metric is told twice");
    let bound = 18 + 4 + 3 * CATALOGUE.len() + 3 * MAX_ACCOUNTS;
    assert_eq!(distinct.len(), bound);
    assert!(bound < 300, "{bound}");
    assert_eq!(metrics(&small).len(), bound - 3 * (MAX_ACCOUNTS - 1));
    let accounts: Vec<&str> = large.iter().filter_map(|value| value["Account"].as_str()).collect();
    assert_eq!(accounts.len(), MAX_ACCOUNTS);
    // Ten of the thousand fail 99 times over, the ids in order; then those that do 98 times.
    assert_eq!((accounts[0], accounts[9], accounts[10]), ("000000000099", "000000000999", "000000000098"));
}

#[test]
fn an_account_in_which_nothing_is_open_has_no_metrics_of_its_own() {
    let mut report = report();
    report.findings.clear();
    assert!(values(&report).iter().all(|value| value.get("Account").is_none()));
}
