//! The Lambda's handler without a Lambda: an inventory in, log lines and answer out; and its binary with a runtime API
//! that has one event.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use noderole::audit::Settings;
use noderole::inventory::{Inventory, load};
use noderole::lambda::{Response, tell};
use noderole::sinks::cloudwatch::MAX_LINE_BYTES;
use serde_json::{Value, json};

use crate::loopback;

/// When invocations end: 2100-01-01, which no test sees.
const IN_2100: Duration = Duration::from_hours(47_482 * 24);

/// An organization of which one account was read, one refused, and one not reached.
fn inventory() -> Inventory {
    let gap = |class: &str, error: &str| json!({"api": "sts:AssumeRole", "resource": "the member role", "class": class, "error": error, "message": "no"});
    let not_listed = json!({"missing": gap("not_reached", "NotReached")});
    let account = |id: &str, access: Value| {
        json!({"id": id, "name": null, "organization_path": null, "access": access, "regions": [], "roles": {},
               "role_list": not_listed, "service_control_policies": null, "gaps": []})
    };
    let mut entered = account("111122223333", json!("entered"));
    entered["role_list"] = json!({"value": null});
    entered["regions"] = json!([{"name": "eu-west-1", "clusters": {"value": []}, "gaps": []}]);
    let accounts = [
        entered,
        account("222233334444", json!({"refused": gap("denied", "AccessDenied")})),
        account("333344445555", json!({"refused": gap("not_reached", "NotReached")})),
    ];
    let text = json!({
        "schema": "noderole.inventory/1", "run_id": "run-1", "tool_version": "0.1.0",
        "started_at": "2026-11-23T03:00:00Z", "finished_at": "2026-11-23T03:00:07Z", "partition": "aws",
        "organization_id": "o-a1", "target": null, "accounts": accounts, "policies": {},
        "api_calls": {"sts:AssumeRole": 2, "eks:ListClusters": 1}, "throttled": 3
    })
    .to_string();
    load(text.as_bytes()).unwrap()
}

fn told(inventory: &Inventory) -> (Response, Vec<String>) {
    let mut log = Vec::new();
    let response = tell(inventory, &Settings::default(), &mut log).unwrap();
    (response, String::from_utf8(log).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn the_answer_counts_accounts_by_how_far_they_were_audited() {
    let (response, _) = told(&inventory());
    let answer = serde_json::to_value(&response).unwrap();
    assert_eq!(answer["run_id"], "run-1");
    assert_eq!(answer["complete"], false);
    let counts = ["audited", "denied", "not_reached", "partial"].map(|status| answer["coverage"][status].as_u64());
    assert_eq!(counts, [Some(1), Some(1), Some(1), Some(0)]);
    assert_eq!(answer["summary"]["accounts"], 3);
    assert_eq!(answer["summary"]["throttled"], 3);
}

#[test]
fn an_audit_of_no_account_at_all_is_never_complete() {
    let mut nobody = inventory();
    nobody.accounts.clear();
    let (response, lines) = told(&nobody);
    assert_eq!((response.complete, response.summary.accounts), (false, 0));
    let metrics: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(metrics["Complete"], 0);
    let mut one = inventory();
    one.accounts.truncate(1);
    assert!(told(&one).0.complete, "an account that was read makes it so");
}

#[test]
fn the_last_line_of_the_log_is_the_run_as_metrics() {
    let (_, lines) = told(&inventory());
    let line: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "NodeRole");
    assert_eq!(line["AccountsDenied"], 1);
    assert_eq!(line["ApiCalls"], 3);
    assert_eq!(line["Duration"], 7_000);
}

#[test]
fn a_log_that_cannot_be_written_is_an_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is full"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = tell(&inventory(), &Settings::default(), &mut Full).unwrap_err();
    assert_eq!(error.to_string(), "the disk is full");
}

#[test]
fn an_answer_stays_small_whatever_was_audited() {
    let mut large = inventory();
    let refused = large.accounts[1].clone();
    large.accounts.extend((0..20_000_u64).map(|number| {
        let mut account = refused.clone();
        account.id = format!("{number:012}").parse().unwrap();
        account
    }));
    let (response, lines) = told(&large);
    assert!(serde_json::to_string(&response).unwrap().len() < 8 * 1024);
    assert!(lines.iter().all(|line| line.len() <= MAX_LINE_BYTES));
}

#[test]
fn each_finding_of_the_sample_organization_is_one_line_of_json() {
    let (response, lines) = told(&noderole::demo::inventory().unwrap());
    let findings: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let logged = findings.iter().filter(|line| line.get("finding").is_some()).count();
    assert_eq!(logged, response.findings_logged);
    let summary = &response.summary;
    assert_eq!(logged, summary.fail + summary.advice + summary.unknown, "passes are counted, not listed");
    assert!(findings[..logged].iter().all(|line| line.get("finding").is_some()), "findings come first");
    assert!(findings[logged..].iter().all(|line| line.get("_aws").is_some()), "the others are metrics");
    assert!(logged > 0 && lines.iter().all(|line| line.len() <= MAX_LINE_BYTES));
}

/// The function's binary, with nothing in its environment.
fn bootstrap() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bootstrap"));
    command.env_clear();
    command
}

/// What the function's binary answers to one event, `settings` in its environment.
fn invoked(event: &[u8], settings: &[(&str, &str)]) -> Value {
    let api = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut function = bootstrap()
        .env("AWS_LAMBDA_RUNTIME_API", api.local_addr().unwrap().to_string())
        .envs([("AWS_LAMBDA_FUNCTION_NAME", "audit"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")])
        .envs([
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ])
        .envs(settings.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Where it ends without an answer, what it said last is the answer.
    let (mut log, address) = (function.stderr.take().unwrap(), api.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut said = String::new();
        log.read_to_string(&mut said).unwrap();
        let said = json!(said).to_string();
        if let Ok(mut connection) = TcpStream::connect(address) {
            write!(connection, "POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{said}", said.len()).unwrap();
        }
    });
    let answer = loopback::one_event(&api, event, UNIX_EPOCH + IN_2100);
    function.kill().unwrap();
    function.wait().unwrap();
    serde_json::from_slice(&answer).unwrap()
}

#[test]
fn whatever_comes_that_is_no_event_is_refused_by_a_name_that_stays() {
    for (event, name) in [
        (&b"hello"[..], "NodeRole.MalformedEvent"),
        (b"\xff\xfe", "NodeRole.MalformedEvent"),
        (b"[1]", "NodeRole.MalformedEvent"),
        (b"\"text\"", "NodeRole.MalformedEvent"),
        (br#"{"Records": [{"eventSource": "aws:s3"}]}"#, "NodeRole.UnknownEvent"),
    ] {
        let answer = invoked(event, &[]);
        assert_eq!(answer["errorType"], name, "{answer}");
        let message = answer["errorMessage"].as_str().unwrap();
        assert!(message.contains("expected an EventBridge scheduled event"), "{message}");
        assert!(!message.contains("deserial"), "{message}");
    }
}

#[test]
fn the_documentation_has_every_name_of_an_error_and_no_other() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let names = |text: &str, mark: &str| -> Vec<String> {
        let rest = text.split(mark).skip(1);
        rest.map(|rest| rest.chars().take_while(char::is_ascii_alphabetic).collect()).collect()
    };
    let source = read("src/lambda/error.rs");
    let given: BTreeSet<String> =
        names(source.split("#[cfg(test)]").next().unwrap(), "\"NodeRole.").into_iter().collect();
    let listed = names(&read("docs/lambda.md"), "\n| `NodeRole.");
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), given, "left: in docs/lambda.md, right: in the code");
    assert!(given.len() > 10 && listed.len() == given.len(), "each stands in one row: {listed:?}");
}

#[test]
fn every_sample_starts_something() {
    // Nothing answers there: what is started ends for that, and not for its event.
    let settings = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "none"),
        ("NODEROLE_SINKS", "s3"),
        ("NODEROLE_S3_BUCKET", "noderole-runs"),
    ];
    let samples = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/events")).unwrap();
    let mut names: Vec<String> = Vec::new();
    for path in samples.map(|entry| entry.unwrap().path()) {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let event = std::fs::read(&path).unwrap();
        let answer = invoked(&event, &settings);
        let expected = match name.as_str() {
            "scheduled" | "scheduler" | "list-accounts" => {
                // The list of another attempt is looked for first.
                let error = answer["errorType"].as_str().unwrap();
                ["NodeRole.AuditFailed", "NodeRole.RunNotStored"].contains(&error)
            }
            "audit-account" | "summarize" => answer["errorType"] == "NodeRole.RunNotStored",
            "changes" => {
                let batch: Value = serde_json::from_slice(&event).unwrap();
                let sent = batch["Records"].as_array().unwrap().len();
                answer["batchItemFailures"].as_array().is_some_and(|failed| failed.len() == sent)
            }
            "plan" | "apply" | "undo" | "remediation-request" => {
                answer["errorType"] == "NodeRole.NotTheRemediationFunction"
            }
            other => panic!("events/{other}.json is not known to this test"),
        };
        assert!(expected, "{name}: {answer}");
        names.push(name);
    }
    assert_eq!(names.len(), 10, "{names:?}");
}

#[test]
fn the_remediation_function_takes_requests_and_its_schedule_and_audits_nothing() {
    let settings = [
        ("NODEROLE_FUNCTION", "remediation"),
        ("NODEROLE_JOURNAL", "s3://noderole-runs/remediation"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "none"),
    ];
    for (name, expected) in [
        ("plan", "NodeRole.AuditFailed"),
        ("remediation-request", "NodeRole.AuditFailed"),
        ("apply", "NodeRole.RemediationFailed"),
        ("undo", "NodeRole.RemediationFailed"),
        ("changes", "NodeRole.NotTheAuditFunction"),
        ("audit-account", "NodeRole.NotTheAuditFunction"),
    ] {
        let path = format!("{}/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let answer = invoked(&std::fs::read(path).unwrap(), &settings);
        assert_eq!(answer["errorType"], expected, "{name}: {answer}");
    }
    // Nothing is to be mended by itself where the configuration does not say so.
    let event = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/events/scheduler.json")).unwrap();
    assert_eq!(invoked(&event, &settings)["roles"], serde_json::json!([]));
    let answer = invoked(&event, &[("NODEROLE_FUNCTION", "remediation")]);
    assert_eq!(answer["errorType"], "NodeRole.InvalidConfiguration", "{answer}");
    assert!(answer["errorMessage"].as_str().unwrap().contains("NODEROLE_JOURNAL"), "{answer}");
}

#[test]
fn a_function_that_is_told_to_audit_nobody_refuses() {
    let event = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/events/scheduled.json")).unwrap();
    let answer = invoked(&event, &[("NODEROLE_ACCOUNTS", ","), ("NODEROLE_LOG", "noderole=debug")]);
    assert_eq!(answer["errorType"], "NodeRole.InvalidConfiguration", "{answer}");
    assert!(answer["errorMessage"].as_str().unwrap().contains("`NODEROLE_ACCOUNTS`"), "{answer}");
}

#[test]
fn the_binary_outside_of_lambda_names_the_one_for_a_command_line() {
    let out = bootstrap().output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!((out.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("Lambda function") && said.contains("use `noderole`"), "{said}");
    let out = bootstrap().env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1").output().unwrap();
    assert_eq!(out.status.code(), Some(2), "{}", String::from_utf8_lossy(&out.stderr));
}
