//! `bootstrap`, deployed as a `provided.al2023` function and invoked: real deadlines, real log.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};

use serde_json::{Value, json};

use super::server::{Emulator, Server};

const NAME: &str = "noderole-audit";

const CLUSTERS: &str = include_str!("../../emulators/clusters.json");

/// The log group that Lambda gives to a function.
const LOG_GROUP: &str = "/aws/lambda/noderole-audit";

/// A deployed function.
struct Function<'a> {
    server: &'a Server,
}

/// What an invocation came to.
struct Answer {
    /// `Unhandled`, where it is an error.
    error: Option<String>,
    payload: Value,
    /// The findings and metrics in its log, all invocations.
    lines: Vec<Value>,
}

impl<'a> Function<'a> {
    fn deploy(server: &'a Server, timeout_s: u64, settings: &Value) -> Self {
        let mut variables = json!({"AWS_ENDPOINT_URL": server.endpoint});
        variables.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let function = json!({
            "FunctionName": NAME,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": format!("arn:aws:iam::{}:role/NodeRoleAuditor", server.emulator.home_account()),
            "Code": {"ZipFromFile": env!("CARGO_BIN_EXE_bootstrap")},
            "Timeout": timeout_s,
            "MemorySize": 512,
            "Environment": {"Variables": variables},
        });
        server.calls(server.emulator.home_account(), &[("lambda", "create_function", function)]);
        Self { server }
    }

    fn invoke(&self, event: &Value) -> Answer {
        let calls = [
            ("lambda", "invoke", json!({"FunctionName": NAME, "Payload": event.to_string()})),
            ("logs", "filter_log_events", json!({"logGroupName": LOG_GROUP})),
        ];
        let answers = self.server.calls(self.server.emulator.home_account(), &calls);
        let [invoked, log] = answers.as_slice() else { panic!("an answer for each call: {answers:?}") };
        let messages = log["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap());
        let lines = messages.flat_map(str::lines).filter_map(line).collect();
        Answer {
            error: invoked["FunctionError"].as_str().map(str::to_owned),
            payload: serde_json::from_str(invoked["Payload"].as_str().unwrap()).unwrap(),
            lines,
        }
    }
}

/// A line of the log, if it is one of a finding or of metrics.
fn line(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    (value.get("finding").is_some() || value.get("_aws").is_some()).then_some(value)
}

fn sample(name: &str) -> Value {
    let path = format!("{}/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_deployed_function_refuses_what_it_does_not_know_by_name() {
    let server = Server::start(Emulator::Ministack);
    let function = Function::deploy(&server, 60, &json!({"NODEROLE_ACCOUNTS": "own"}));
    let unknown =
        function.invoke(&json!({"source": "aws.ec2", "detail-type": "EC2 Spot Instance Interruption Warning"}));
    assert_eq!(unknown.error.as_deref(), Some("Unhandled"));
    assert_eq!(unknown.payload["errorType"], "NodeRole.UnknownEvent");
    let message = unknown.payload["errorMessage"].as_str().unwrap();
    assert!(message.contains("`aws.ec2`") && message.contains("expected an EventBridge scheduled event"), "{message}");
    // The same function, still warm, refuses again: an error does not spoil it.
    let malformed = function.invoke(&json!(["not", "an", "event"]));
    assert_eq!(malformed.payload["errorType"], "NodeRole.MalformedEvent");
    assert!(malformed.lines.is_empty(), "nothing is logged as a finding: {:?}", malformed.lines);
}

#[test]
fn a_function_that_is_configured_wrong_says_which_variable() {
    let server = Server::start(Emulator::Ministack);
    let function = Function::deploy(&server, 60, &json!({"NODEROLE_REGION": "eu-west-1"}));
    let answer = function.invoke(&sample("scheduled"));
    assert_eq!(answer.payload["errorType"], "NodeRole.InvalidConfiguration");
    let message = answer.payload["errorMessage"].as_str().unwrap();
    assert!(message.contains("`NODEROLE_REGION`") && message.contains("NODEROLE_REGIONS"), "{message}");
}

#[test]
fn a_scheduled_function_audits_logs_findings_and_metrics_and_answers_with_the_summary() {
    let server = Server::start(Emulator::Ministack);
    server.plant(&serde_json::from_str(CLUSTERS).unwrap());
    let settings =
        json!({"NODEROLE_ACCOUNTS": "own", "NODEROLE_REGIONS": "eu-west-1", "NODEROLE_EXCLUDE_RULES": "NR205"});
    let function = Function::deploy(&server, 60, &settings);
    let answer = function.invoke(&sample("scheduled"));
    assert_eq!(answer.error, None, "{}", answer.payload);
    assert_eq!(answer.payload["complete"], true, "{}", answer.payload);
    assert_eq!(answer.payload["coverage"]["audited"], 1);
    assert_eq!(answer.payload["summary"]["clusters"], 6);
    assert_eq!(answer.payload["summary"]["by_severity"]["high"], 5);
    // What the CLI finds in the same account, by the same rules.
    let report =
        server.noderole(&["audit", "--region", "eu-west-1", "--exclude-rule", "NR205", "--format", "json"]).report();
    let expected: BTreeSet<String> = report.findings.iter().map(|finding| finding.id.clone()).collect();
    let (metrics, findings): (Vec<_>, Vec<_>) = answer.lines.iter().partition(|line| line.get("_aws").is_some());
    let logged: Vec<&str> = findings.iter().map(|line| line["finding"]["id"].as_str().unwrap()).collect();
    assert_eq!(logged.len(), expected.len(), "each finding is one line");
    assert_eq!(answer.payload["findings_logged"], logged.len());
    assert_eq!(logged.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), expected);
    let of_run: Vec<_> = metrics.iter().filter(|line| line.get("FindingsHigh").is_some()).collect();
    let [metrics] = of_run.as_slice() else { panic!("one line of the whole run: {metrics:?}") };
    assert_eq!(metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"], "NodeRole");
    assert_eq!((&metrics["FindingsHigh"], &metrics["AccountsAudited"]), (&json!(5), &json!(1)));
    assert!(answer.lines.iter().all(|line| line["run_id"] == answer.payload["run_id"]), "all speak of one run");
    // A warm function takes the other schedule's event as well.
    let again = function.invoke(&sample("scheduler"));
    assert_eq!(again.error, None, "{}", again.payload);
    assert_ne!(again.payload["run_id"], answer.payload["run_id"]);
    assert_eq!(again.payload["summary"]["by_severity"], answer.payload["summary"]["by_severity"]);
}

#[test]
fn a_function_whose_time_runs_out_answers_before_it_is_ended_and_says_what_it_did_not_reach() {
    let server = Server::start(Emulator::Ministack);
    // An EKS that takes every call and answers none.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let settings = json!({
        "NODEROLE_ACCOUNTS": "own",
        "NODEROLE_REGIONS": "eu-west-1,us-east-1",
        "AWS_ENDPOINT_URL_EKS": format!("http://{}", silent.local_addr().unwrap()),
    });
    let function = Function::deploy(&server, 10, &settings);
    let answer = function.invoke(&sample("scheduled"));
    assert_eq!(answer.error, None, "{}", answer.payload);
    assert_eq!(answer.payload["complete"], false);
    assert_eq!(answer.payload["coverage"]["not_reached"], 1, "{}", answer.payload);
    assert_eq!(answer.lines.last().unwrap()["AccountsNotReached"], 1);
}

#[test]
fn a_function_with_sinks_tells_them_and_keeps_its_own_log_for_what_they_do_not_take() {
    let server = Server::start(Emulator::Ministack);
    server.plant(&serde_json::from_str(CLUSTERS).unwrap());
    let home = server.emulator.home_account();
    let bucket = json!({"Bucket": "reports", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    server.calls(home, &[("s3", "create_bucket", bucket)]);
    let settings = json!({
        "NODEROLE_ACCOUNTS": "own", "NODEROLE_REGIONS": "eu-west-1", "NODEROLE_SINKS": "cloudwatch, s3",
        "NODEROLE_LOG_GROUP": "/audit/findings", "NODEROLE_S3_BUCKET": "reports",
    });
    let answer = Function::deploy(&server, 60, &settings).invoke(&sample("scheduled"));
    assert_eq!(answer.error, None, "{}", answer.payload);
    assert!(answer.lines.is_empty(), "they are in the group: {:?}", answer.lines);
    let run_id = answer.payload["run_id"].as_str().unwrap();
    let calls = [
        ("logs", "filter_log_events", json!({"logGroupName": "/audit/findings"})),
        ("s3", "get_object", json!({"Bucket": "reports", "Key": format!("runs/{run_id}/report.json")})),
    ];
    let [log, object] = server.calls(home, &calls).try_into().unwrap();
    let lines: Vec<Value> =
        log["events"].as_array().unwrap().iter().filter_map(|event| line(event["message"].as_str().unwrap())).collect();
    let findings = lines.iter().filter(|line| line.get("finding").is_some()).count();
    assert_eq!(answer.payload["findings_logged"], findings);
    assert_eq!(lines.last().unwrap()["AccountsAudited"], 1);
    let report: Value = serde_json::from_str(object["Body"].as_str().unwrap()).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), findings);
    assert_eq!(report["deliveries"][0]["delivered"], lines.len());
    assert_eq!(answer.payload["deliveries"][1]["delivered"], 2, "{}", answer.payload);
}
