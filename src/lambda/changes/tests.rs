//! Changes: what is read again for them, and which messages come back.

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::aws::wire::{self, CALLER, Request, Wire, default_answer, json_error, xml_error};
use crate::lambda::{Invocation, Settings};

/// Another account that is audited.
const OTHER: &str = "000000000002";

/// What the function audits, told nowhere but in its own log.
fn settings() -> Settings {
    let vars = [
        ("NODEROLE_ACCOUNTS", "000000000001,000000000002"),
        ("NODEROLE_REGIONS", "eu-west-1"),
        ("NODEROLE_SCP", "off"),
    ];
    Settings::from_vars(vars.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap()
}

/// A message: somebody did that to the role `node` of an account.
fn message(id: &str, account: &str, operation: &str) -> Message {
    let body = json!({
        "version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
        "account": account, "time": "2026-11-24T09:15:04Z", "region": "us-east-1", "resources": [],
        "detail": {
            "eventSource": "iam.amazonaws.com", "eventName": operation, "awsRegion": "us-east-1",
            "readOnly": false,
            "recipientAccountId": account, "eventID": "e-1", "userIdentity": {},
            "requestParameters": {"roleName": "node"},
        },
    });
    Message { id: id.to_owned(), body: body.to_string() }
}

/// What became of the messages in an invocation of that length, and what is in the function's log.
async fn worked_off(wire: &Wire, messages: &[Message], time_left: Duration) -> (Changes, Vec<serde_json::Value>) {
    let (sdk, settings) = (wire.sdk(), settings());
    let invocation = Invocation::new("8f507cfc", Timestamp::UNIX_EPOCH, time_left);
    let work = Work { sdk: &sdk, settings: &settings, invocation: &invocation, began: sdk.now() };
    let mut log = Vec::new();
    let Answer::Changes(changes) = Box::pin(work_off(&work, messages, &mut log)).await.unwrap() else {
        panic!("a batch is answered as one");
    };
    let lines = String::from_utf8(log).unwrap();
    (changes, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn came_back(changes: &Changes) -> Vec<&str> {
    changes.batch_item_failures.iter().map(|failed| failed.item_identifier.as_str()).collect()
}

/// An AWS that says who asks, and nothing else to anybody.
fn denied(request: &Request) -> wire::Answer {
    if request.operation == "GetCallerIdentity" { default_answer() } else { xml_error(403, "AccessDenied") }
}

#[tokio::test(start_paused = true)]
async fn messages_come_back_whose_account_was_not_reached_in_time() {
    let silent = Wire::new(|request: &Request| match request.service.as_str() {
        "sts" => default_answer(),
        _ => wire::Answer::Never,
    });
    let reading = message("reading", CALLER, "UpdateRole").body;
    let messages = [
        message("first", CALLER, "DetachRolePolicy"),
        message("later", OTHER, "DetachRolePolicy"),
        message("again", CALLER, "AttachRolePolicy"),
        Message { id: "reading".to_owned(), body: reading.replace(r#""readOnly":false"#, r#""readOnly":true"#) },
    ];
    // Less than the SDK's own patience with a call: the time ends first.
    let (changes, _) = worked_off(&silent, &messages, Duration::from_mins(3)).await;
    assert_eq!(came_back(&changes), ["again", "first", "later"], "nothing is said of what was not read");
    let [only] = changes.audits.as_slice() else { panic!("no account is begun without time for it: {changes:?}") };
    assert!(!only.complete, "{only:?}");
}

#[tokio::test(start_paused = true)]
async fn messages_come_back_whose_account_was_read_in_part_and_may_be_read_whole_another_time() {
    let wire = Wire::new(|request: &Request| match request.service.as_str() {
        "sts" => default_answer(),
        "iam" => xml_error(500, "ServiceFailure"),
        _ => json_error(403, "AccessDeniedException"),
    });
    let (changes, _) = worked_off(&wire, &[message("a", CALLER, "DetachRolePolicy")], Duration::from_mins(15)).await;
    assert_eq!(came_back(&changes), ["a"]);
    assert_eq!(changes.audits.len(), 1, "what was read is told all the same");
}

#[tokio::test(start_paused = true)]
async fn without_time_for_an_account_nothing_is_asked_and_all_messages_come_back() {
    let wire = Wire::new(denied);
    let messages = [message("a", CALLER, "DetachRolePolicy"), message("b", OTHER, "DetachRolePolicy")];
    let (changes, log) = worked_off(&wire, &messages, Duration::from_mins(1)).await;
    assert_eq!(came_back(&changes), ["a", "b"]);
    assert!(changes.audits.is_empty() && log.is_empty() && wire.log().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_account_that_may_not_be_read_is_told_and_its_messages_do_not_come_back() {
    let mut broken = message("broken", CALLER, "DetachRolePolicy");
    broken.body.truncate(40);
    let messages = [message("a", CALLER, "DetachRolePolicy"), broken, message("b", OTHER, "DetachRolePolicy")];
    let (changes, _) = worked_off(&Wire::new(denied), &messages, Duration::from_mins(15)).await;
    assert_eq!(came_back(&changes), ["broken"], "trying again would not help the others");
    assert_eq!(
        changes.audits.iter().map(|audit| audit.coverage.denied + audit.coverage.partial).sum::<usize>(),
        2,
        "{changes:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_functions_own_log_has_metrics_of_a_whole_run_and_none_of_a_part() {
    let are_metrics = |line: &serde_json::Value| line.get("_aws").is_some();
    let wire = Wire::new(denied);
    let messages = [message("a", CALLER, "DetachRolePolicy")];
    let (changes, part) = worked_off(&wire, &messages, Duration::from_mins(15)).await;
    assert_eq!(changes.audits.len(), 1);
    assert!(!part.iter().any(are_metrics), "{part:?}");

    let (sdk, settings) = (wire.sdk(), settings());
    let invocation = Invocation::new("8f507cfc", Timestamp::UNIX_EPOCH, Duration::from_mins(15));
    let work = Work { sdk: &sdk, settings: &settings, invocation: &invocation, began: sdk.now() };
    let mut log = Vec::new();
    Box::pin(work.audit_all(&mut log)).await.unwrap();
    let whole = String::from_utf8(log).unwrap();
    assert!(whole.lines().any(|line| are_metrics(&serde_json::from_str(line).unwrap())), "{whole}");
}
