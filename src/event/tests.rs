//! Each event that starts something, and each that does not.

use serde_json::json;

use super::*;

fn sample(name: &str) -> String {
    std::fs::read_to_string(format!("{}/events/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn run(id: &str) -> FanOutRun {
    FanOutRun::parse(id).unwrap()
}

#[test]
fn a_schedule_is_taken_from_each_of_its_senders() {
    for name in ["scheduled", "scheduler"] {
        assert_eq!(Trigger::parse(&sample(name)), Ok(Trigger::Schedule), "{name}");
    }
}

#[test]
fn each_step_of_the_fan_out_is_taken() {
    let id = "20261123T030000Z-6ac53e";
    for (name, task) in [
        ("list-accounts", Task::ListAccounts(run(id))),
        ("audit-account", Task::AuditAccount(run(id), "111122223333".parse().unwrap())),
        ("summarize", Task::Summarize(run(id))),
    ] {
        assert_eq!(Trigger::parse(&sample(name)), Ok(Trigger::Task(task)), "{name}");
    }
}

#[test]
fn a_batch_of_a_queue_is_taken_message_by_message() {
    let Ok(Trigger::Changes(messages)) = Trigger::parse(&sample("changes")) else { panic!("not taken") };
    assert!(messages.len() > 1);
    assert!(messages.iter().all(|message| !message.id.is_empty() && message.body.starts_with('{')));
}

#[test]
fn a_batch_that_no_queue_sent_is_refused() {
    let from_sns = json!({"Records": [{"EventSource": "aws:sns", "Sns": {}}]}).to_string();
    assert_eq!(Trigger::parse(&from_sns), Err(EventError::UnknownBatch("aws:sns".to_owned())));
    for (records, problem) in [
        (json!([]), "its `Records` are empty"),
        (json!({}), "its `Records` are an object and not a list"),
        (json!([1]), "a record has no `eventSource`"),
        (json!([{"eventSource": "aws:sqs", "body": "{}"}]), "a record has no `messageId`"),
        (json!([{"eventSource": "aws:sqs", "messageId": "m", "body": {}}]), "a record has no `body`"),
    ] {
        let event = json!({"Records": records}).to_string();
        assert_eq!(Trigger::parse(&event), Err(malformed(problem)), "{event}");
    }
}

#[test]
fn a_task_that_is_not_complete_is_refused_with_what_is_wrong() {
    for (event, problem) in [
        (json!({"task": "list-accounts"}), "it names no `run_id`"),
        (json!({"task": "summarize", "run_id": 7}), "it names no `run_id`"),
        (json!({"task": "summarize", "run_id": "../latest"}), "`../latest` is not the id of a run"),
        (json!({"task": "summarize", "run_id": "a/b"}), "`a/b` is not the id of a run"),
        (json!({"task": "summarize", "run_id": ""}), "`` is not the id of a run"),
        (json!({"task": "summarize", "run_id": "x".repeat(81)}), "is not the id of a run"),
        (json!({"task": "audit-account", "run_id": "run"}), "it names no `account`"),
        (json!({"task": "audit-account", "run_id": "run", "account": "*"}), "`*` is not the id of an account"),
    ] {
        let error = Trigger::parse(&event.to_string()).unwrap_err();
        let EventError::Task { problem: found, .. } = &error else { panic!("{error:?}") };
        assert!(found.contains(problem), "{found}");
        assert!(error.to_string().contains("see events/"), "{error}");
    }
    let unknown = json!({"task": "audit", "run_id": "run"}).to_string();
    assert_eq!(Trigger::parse(&unknown), Err(EventError::UnknownTask("audit".to_owned())));
}

fn request(name: &str) -> Request {
    match Trigger::parse(&sample(name)) {
        Ok(Trigger::Request(request)) => request,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn each_request_for_a_remediation_is_taken_with_what_it_is_narrowed_to() {
    let account = "111122223333".parse().unwrap();
    let Request::Plan(only) = request("plan") else { panic!("no plan") };
    assert_eq!((only.accounts, only.rules.len()), ([account].into(), 2));
    let Request::Apply { plan, only } = request("apply") else { panic!("no apply") };
    assert_eq!((plan.as_str(), only.roles.len()), ("20261124T050000Z-6ac53e", 1));
    let Request::Undo { journal, roles } = request("undo") else { panic!("no undo") };
    assert_eq!((journal.as_str(), roles.len()), ("20261124T050210Z-9be012", 0));
    let Request::Mend(only) = request("remediation-request") else { panic!("no request") };
    assert_eq!(only.findings, ["NR202-0123456789abcdef".to_owned()].into());
}

#[test]
fn a_request_that_is_not_complete_or_says_more_than_is_understood_is_refused() {
    let event = |detail: Value| json!({"source": "s", "detail-type": "noderole remediation request", "detail": detail});
    for (event, problem) in [
        (json!({"task": "apply"}), "it names no `plan`"),
        (json!({"task": "apply", "plan": "../../latest/report"}), "is not an id"),
        (json!({"task": "undo", "journal": ""}), "is not an id"),
        (json!({"task": "undo", "journal": "j", "force": true}), "`force` is none of its members"),
        (json!({"task": "undo", "journal": "j", "accounts": ["111122223333"]}), "`accounts` is none of its members"),
        (json!({"task": "undo", "journal": "j", "findings": ["NR202-0123456789abcdef"]}), "(task, journal, roles)"),
        (json!({"task": "plan", "role": ["arn:aws:iam::111122223333:role/x"]}), "`role` is none of its members"),
        (
            json!({"task": "plan", "roles": "arn:aws:iam::111122223333:role/x"}),
            "its `roles` is a string and not a list",
        ),
        (json!({"task": "plan", "accounts": []}), "its `accounts` has not 1 to 1000 elements"),
        (json!({"task": "plan", "accounts": ["1111"]}), "its `accounts`"),
        (json!({"task": "plan", "rules": ["NR999"]}), "its `rules`"),
        (json!({"task": "plan", "findings": ["NR202"]}), "is not the id of a finding"),
        (event(json!({"bucket": "elsewhere"})), "`bucket` is none of its members"),
        (event(json!([])), "its `detail` is a list and not an object"),
    ] {
        let error = Trigger::parse(&event.to_string()).unwrap_err();
        let EventError::Task { problem: found, .. } = &error else { panic!("{error:?}") };
        assert!(found.contains(problem), "{found}");
    }
}

#[test]
fn an_event_of_another_service_is_refused_with_what_was_expected() {
    let event = json!({"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "detail": {}});
    let message = Trigger::parse(&event.to_string()).unwrap_err().to_string();
    assert!(message.contains("`aws.ec2`") && message.contains("expected an EventBridge scheduled event"), "{message}");
}

#[test]
fn what_is_no_event_is_refused_with_what_is_wrong() {
    for (event, problem) in [
        (json!(null), "it is null and not an object"),
        (json!([1]), "it is a list and not an object"),
        (json!({}), "it has no `source`"),
        (json!({"source": 7}), "its `source` is a number and not a string"),
        (json!({"source": "aws.events"}), "it has no `detail-type`"),
        (json!({"source": "aws.events", "detail-type": {}}), "its `detail-type` is an object and not a string"),
        (json!({"task": ["audit-account"]}), "its `task` is a list and not a string"),
    ] {
        assert_eq!(Trigger::parse(&event.to_string()), Err(malformed(problem)), "{event}");
    }
}

#[test]
fn what_is_not_json_is_refused_with_the_place() {
    let nested = "[".repeat(100_000);
    for (text, problem) in [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("hello", "it is not JSON (line 1, column 1)"),
        ("{\"source\": ", "it is not JSON (line 1, column 11)"),
        (&format!("{} x", sample("scheduled").trim_end()), "it is not JSON"),
        (&nested, "it is not JSON"),
    ] {
        let Err(EventError::Malformed { problem: found }) = Trigger::parse(text) else { panic!("{text} was taken") };
        assert!(found.starts_with(problem), "{found}");
    }
}

#[test]
fn a_refusal_repeats_little_of_a_hostile_event() {
    let event = json!({"source": "x".repeat(1_000_000), "detail-type": "line\nbreak\u{1b}[31m"});
    let message = Trigger::parse(&event.to_string()).unwrap_err().to_string();
    assert!(message.len() < 700 && !message.chars().any(char::is_control), "{message}");
}

#[test]
fn no_id_of_a_run_leads_out_of_its_folder_and_no_account_is_another() {
    let long = "x".repeat(100_000);
    for id in [
        "..",
        ".",
        "-x",
        "/x",
        "x/",
        "x/../y",
        "x%2F..",
        "x\\y",
        "x\0",
        "x\n",
        "x y",
        "\u{661}",
        "x\u{202e}",
        "s3://bucket/key",
        "*",
        &long,
    ] {
        for task in ["list-accounts", "audit-account", "summarize"] {
            let event = json!({"task": task, "run_id": id, "account": "111122223333"}).to_string();
            let error = Trigger::parse(&event).unwrap_err();
            assert!(matches!(&error, EventError::Task { .. }), "{error:?}");
            assert!(error.to_string().len() < 400, "{error}");
        }
    }
    for account in [
        "11112222333",
        "1111222233334",
        "\u{661}11122223333",
        "111122223333\n",
        "arn:aws:iam::111122223333:root",
        &long,
    ] {
        let event = json!({"task": "audit-account", "run_id": "run", "account": account}).to_string();
        assert!(matches!(Trigger::parse(&event), Err(EventError::Task { .. })), "{account}");
    }
}

#[test]
fn what_else_an_event_names_is_not_looked_at() {
    for extra in [
        json!({"regions": ["eu-west-1"], "accounts": ["999988887777"], "role_name": "Admin", "bucket": "evil", "prefix": "../"}),
        json!({"detail": {"task": "audit-account", "account": "999988887777"}, "config": "s3://evil/config.toml"}),
        json!({"detail": {"detail-type": {"detail-type": "Scheduled Event"}}, "account": "999988887777"}),
    ] {
        for name in ["scheduled", "audit-account", "summarize"] {
            let plain: Value = serde_json::from_str(&sample(name)).unwrap();
            let mut more = plain.clone();
            for (key, value) in extra.as_object().unwrap() {
                if name != "audit-account" || key != "account" {
                    more[key] = value.clone();
                }
            }
            assert_eq!(Trigger::parse(&more.to_string()), Trigger::parse(&plain.to_string()), "{more}");
        }
    }
}

#[test]
fn an_event_or_an_id_of_a_message_above_the_limit_is_refused_with_the_limit() {
    let large = format!("{}{}", sample("scheduled"), " ".repeat(MAX_EVENT_BYTES));
    let error = Trigger::parse(&large).unwrap_err().to_string();
    assert!(error.contains("at most 8388608 are read"), "{error}");
    let record = json!({"eventSource": "aws:sqs", "messageId": "m".repeat(129), "body": "{}"});
    let error = Trigger::parse(&json!({"Records": [record]}).to_string()).unwrap_err().to_string();
    assert!(error.contains("at most 128 bytes") && error.len() < 700, "{error}");
}
