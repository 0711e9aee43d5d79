//! The run as one line of CloudWatch's embedded metric format, from which CloudWatch makes metrics without a call.
//!
//! Form: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
//! No dimensions: each combination of their values would be a metric that is paid for.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::report::model::Report;

use super::response::CoverageCounts;

/// The namespace of the metrics.
const NAMESPACE: &str = "NodeRole";

/// A metric's name and unit.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

/// The metric line of a run, without its end.
#[must_use]
pub fn metric_line(report: &Report) -> String {
    let values = values(report);
    let metrics: Vec<Metric> = values.iter().map(|(name, unit, _)| Metric { name, unit }).collect();
    let mut root = Map::new();
    root.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": report.finished_at.as_millisecond(),
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": metrics }],
        }),
    );
    root.extend(values.into_iter().map(|(name, _, value)| (name.to_owned(), value)));
    // Beside the metrics, for whoever reads the log: which run it was.
    root.insert("run_id".to_owned(), Value::from(report.run_id.as_str()));
    root.insert("tool_version".to_owned(), Value::from(report.tool_version.as_str()));
    Value::Object(root).to_string()
}

/// Each metric with its unit and value.
fn values(report: &Report) -> Vec<(&'static str, &'static str, Value)> {
    let summary = &report.summary;
    let coverage = CoverageCounts::of(&report.coverage);
    let duration_ms = report.finished_at.as_millisecond().saturating_sub(report.started_at.as_millisecond()).max(0);
    let calls: u64 = summary.api_calls.values().sum();
    let count = |name, number: usize| (name, "Count", Value::from(number));
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
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::ids::Partition;
    use crate::report::model::{BySeverity, SCHEMA, Summary};

    fn report() -> Report {
        let summary = Summary {
            fail: 10,
            unknown: 5,
            by_severity: BySeverity { critical: 1, high: 2, medium: 3, low: 4 },
            api_calls: [("eks:ListClusters".to_owned(), 17), ("iam:GetRole".to_owned(), 3)].into(),
            throttled: 6,
            ..Summary::default()
        };
        Report {
            schema: SCHEMA.to_owned(),
            run_id: "run-1".to_owned(),
            tool_version: "0.1.0".to_owned(),
            started_at: "2026-11-23T03:00:00Z".parse().unwrap(),
            finished_at: "2026-11-23T03:00:07.250Z".parse().unwrap(),
            partition: Partition::Aws,
            complete: true,
            coverage: Vec::new(),
            summary,
            suppressions: Vec::new(),
            notes: Vec::new(),
            scope: None,
            account_names: BTreeMap::new(),
            baseline: None,
            trend: Vec::new(),
            findings: Vec::new(),
        }
    }

    #[test]
    fn the_line_keeps_to_the_specification() {
        let line = metric_line(&report());
        assert!(!line.contains('\n') && line.len() < 256 * 1024);
        let value: Value = serde_json::from_str(&line).unwrap();
        let aws = value["_aws"].as_object().unwrap();
        assert_eq!(
            aws.keys().map(String::as_str).collect::<BTreeSet<_>>(),
            BTreeSet::from(["CloudWatchMetrics", "Timestamp"])
        );
        assert_eq!(aws["Timestamp"], 1_795_402_807_250_u64);
        let [directive] = aws["CloudWatchMetrics"].as_array().unwrap().as_slice() else { panic!("one directive") };
        assert_eq!(
            directive.as_object().unwrap().keys().map(String::as_str).collect::<BTreeSet<_>>(),
            BTreeSet::from(["Namespace", "Dimensions", "Metrics"])
        );
        assert_eq!(directive["Namespace"], "NodeRole");
        assert_eq!(directive["Dimensions"], json!([[]]));
        let metrics = directive["Metrics"].as_array().unwrap();
        assert!(metrics.len() <= 100);
        let names: BTreeSet<&str> = metrics.iter().map(|metric| metric["Name"].as_str().unwrap()).collect();
        assert_eq!(names.len(), metrics.len(), "a metric stands once");
        for metric in metrics {
            assert!(["Count", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()));
            assert!(value[metric["Name"].as_str().unwrap()].is_number(), "the value of {metric} is a root member");
        }
    }

    #[test]
    fn the_values_are_those_of_the_run() {
        let value: Value = serde_json::from_str(&metric_line(&report())).unwrap();
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
            assert_eq!(value[name], number, "{name}");
        }
        assert_eq!(value["run_id"], "run-1");
    }
}
