//! Sinks in servers: what noderole sends is read back by boto3.

use std::collections::BTreeMap;

use noderole::finding::Status;
use noderole::report::Report;
use noderole::sinks::SinkKind;
use noderole::sinks::cloudwatch::finding_line;
use serde_json::{Value, json};

use super::server::{Emulator, Server};

const CONFIG: &str = "\
[sinks]
deliver = [\"cloudwatch\", \"s3\"]

[sinks.cloudwatch]
log-group = \"/audit/findings\"
retention-days = 30

[sinks.s3]
bucket = \"reports\"
prefix = \"eks\"
inventory = true
";

/// A server with the bucket, and the configuration in its folder.
fn start(emulator: Emulator) -> Server {
    let server = Server::start(emulator);
    std::fs::write(server.folder().join("noderole.toml"), CONFIG).unwrap();
    let bucket = json!({"Bucket": "reports", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    server.calls(emulator.home_account(), &[("s3", "create_bucket", bucket)]);
    server
}

fn call(server: &Server, service: &str, operation: &str, parameters: Value) -> Value {
    server.calls(server.emulator.home_account(), &[(service, operation, parameters)]).remove(0)
}

/// Every message of the log group, stream by stream.
fn messages(server: &Server) -> Vec<String> {
    let log = call(server, "logs", "filter_log_events", json!({"logGroupName": "/audit/findings", "limit": 10_000}));
    let events = log["events"].as_array().unwrap();
    events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

fn object(server: &Server, key: &str) -> Value {
    call(server, "s3", "get_object", json!({"Bucket": "reports", "Key": key}))
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn every_finding_every_metric_and_every_object_of_a_run_is_read_back() {
    for emulator in [Emulator::Moto, Emulator::Ministack] {
        let server = start(emulator);
        let run = server.noderole(&["audit", "--demo", "--config", "noderole.toml", "--format", "json"]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        let report = run.report();
        let kinds: Vec<SinkKind> = report.deliveries.iter().map(|delivery| delivery.sink).collect();
        assert_eq!(kinds, [SinkKind::Cloudwatch, SinkKind::S3]);
        for delivery in &report.deliveries {
            assert!(delivery.is_whole() && delivery.failures.is_empty(), "{emulator:?}: {delivery:?}");
        }
        lines_are_those_of(&server, &report);
        objects_are_those_of(&server, &report);
        // The same run again: the group, the stream and the objects are there.
        let again = server.noderole(&["audit", "--demo", "--config", "noderole.toml", "--format", "json"]).report();
        assert!(
            again.deliveries.iter().all(|delivery| delivery.is_whole() && delivery.failures.is_empty()),
            "{again:?}"
        );
        assert_eq!(messages(&server).len(), 2 * report.deliveries[0].delivered);
    }
}

/// Holds the log group against the report.
fn lines_are_those_of(server: &Server, report: &Report) {
    let groups = call(server, "logs", "describe_log_groups", json!({"logGroupNamePrefix": "/audit/findings"}));
    assert_eq!(groups["logGroups"][0]["retentionInDays"], 30, "{groups}");
    let streams = call(server, "logs", "describe_log_streams", json!({"logGroupName": "/audit/findings"}));
    assert_eq!(streams["logStreams"][0]["logStreamName"], report.run_id.as_str());
    let (findings, metrics): (Vec<String>, Vec<String>) =
        messages(server).into_iter().partition(|line| line.contains("\"finding\":"));
    let expected = report.findings.iter().map(|finding| finding_line(&report.run_id, finding).unwrap()).collect();
    assert_eq!(sorted(findings), sorted(expected));
    let metrics: Vec<Value> = metrics.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(metrics.iter().all(|line| line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "NodeRole"));
    let of_run = metrics.iter().find(|line| line.get("FindingsCritical").is_some()).unwrap();
    let summary = &report.summary;
    assert_eq!(of_run["FindingsCritical"], summary.by_severity.critical);
    assert_eq!(of_run["FindingsHigh"], summary.by_severity.high);
    assert_eq!((&of_run["Unknown"], &of_run["Advice"]), (&json!(summary.unknown), &json!(summary.advice)));
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.status == Status::Fail && finding.counts()) {
        *by_rule.entry(finding.rule.as_str()).or_default() += 1;
    }
    for (rule, number) in by_rule {
        let line = metrics.iter().find(|line| line["Rule"] == rule).unwrap();
        assert_eq!(line["Findings"], number, "{rule}");
    }
}

/// Holds the bucket against the report.
fn objects_are_those_of(server: &Server, report: &Report) {
    let mut expected = report.clone();
    expected.deliveries.retain(|delivery| delivery.sink != SinkKind::S3);
    for key in [format!("eks/runs/{}/report.json", report.run_id), "eks/latest/report.json".to_owned()] {
        let kept = object(server, &key);
        assert_eq!(kept["ContentType"], "application/json");
        assert_eq!(kept["Metadata"]["noderole-of"], report.finished_at.to_string());
        let kept: Report = serde_json::from_str(kept["Body"].as_str().unwrap()).unwrap();
        assert_eq!(kept, expected, "{key}");
    }
    // The facts that are kept lead to the same findings.
    let inventory = object(server, &format!("eks/runs/{}/inventory.json", report.run_id));
    std::fs::write(server.folder().join("facts.json"), inventory["Body"].as_str().unwrap()).unwrap();
    let again = server.noderole(&["audit", "--inventory", "facts.json", "--format", "json"]).report();
    assert_eq!(again.findings, report.findings);
}

#[test]
fn a_bucket_that_is_missing_hides_nothing_and_the_exit_code_tells() {
    for emulator in [Emulator::Moto, Emulator::Ministack] {
        let server = Server::start(emulator);
        std::fs::write(server.folder().join("noderole.toml"), CONFIG).unwrap();
        let audit = |more: &[&str]| {
            let arguments = ["audit", "--demo", "--config", "noderole.toml", "--format", "json"];
            server.noderole(&[&arguments, more].concat())
        };
        let run = audit(&["--fail-on", "never"]);
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(run.stderr.contains("the sink s3 (s3://reports/eks/) took 0 of 3"), "{}", run.stderr);
        let report = run.report();
        assert_eq!(report.deliveries[1].failures[0].error, "NoSuchBucket", "{:?}", report.deliveries);
        assert!(report.deliveries[0].is_whole());
        lines_are_those_of(&server, &report);
        let run = audit(&["--sink", "s3"]);
        assert_eq!((run.code, run.report().deliveries.len()), (Some(1), 1), "the flag replaces the list");
    }
}
