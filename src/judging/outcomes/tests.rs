//! What came of roles: with which audit it is told, and that the rest is told alone.

use std::future::pending;
use std::pin::pin;

use serde_json::Value;

use super::*;
use crate::audit::Settings;
use crate::aws::wire::{Answer, CALLER, Request, Wire, default_answer};
use crate::collect::member::MemberRole;
use crate::remediate::drive::{Carried, Ran};
use crate::remediate::journal::Outcome;
use crate::sinks::settings::{CloudWatch, EventBridge};

const OTHER: &str = "000000000002";

fn carried(account: &str, outcome: Outcome) -> Carried {
    Carried {
        account: account.parse().unwrap(),
        role: format!("arn:aws:iam::{account}:role/{outcome:?}").parse().unwrap(),
        outcome: Some(outcome),
        message: String::new(),
    }
}

/// In one account a role was changed and another refused, in the other one nothing was changed.
fn outcomes() -> Outcomes {
    let roles =
        vec![carried(OTHER, Outcome::Refused), carried(CALLER, Outcome::Applied), carried(CALLER, Outcome::Refused)];
    let findings = [(roles[1].role.clone(), vec!["NR202-0123456789abcdef".to_owned()])].into();
    let ran = Ran { journal: "kept/journal-1.jsonl".to_owned(), roles, notes: Vec::new() };
    Outcomes::of(&Applied { journal_id: "journal-1".to_owned(), ran, findings })
}

#[test]
fn an_account_with_a_changed_role_is_audited_for_that_role_and_tells_all_of_its_outcomes() {
    let outcomes = outcomes();
    let account: AccountId = CALLER.parse().unwrap();
    let changed = outcomes.changed();
    assert_eq!(changed.keys().collect::<Vec<_>>(), [&account]);
    assert_eq!(changed[&account].roles.iter().map(crate::ids::RoleArn::name).collect::<Vec<_>>(), ["Applied"]);
    let done = outcomes.done(&account);
    assert_eq!((done.journal.as_deref(), done.remediations.len()), (Some("journal-1"), 2));
    assert_eq!(done.remediations[0].findings, ["NR202-0123456789abcdef"]);
    let order: Vec<Option<Outcome>> = outcomes.roles().iter().map(|role| role.outcome).collect();
    assert_eq!(order, [Outcome::Refused, Outcome::Applied, Outcome::Refused].map(Some));
}

/// The details of the events that the bus was put, and the report.
async fn told(outcomes: Outcomes) -> (Vec<Value>, Option<Report>) {
    let wire = Wire::new(|request: &Request| match request.operation.as_str() {
        "PutEvents" => {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            let entries = body["Entries"].as_array().unwrap().iter().map(|_| r#"{"EventId": "e"}"#);
            let entries: Vec<&str> = entries.collect();
            Answer::Text(200, format!(r#"{{"FailedEntryCount": 0, "Entries": [{}]}}"#, entries.join(",")))
        }
        _ => default_answer(),
    });
    let (sdk, settings, member) = (wire.sdk(), Settings::default(), MemberRole::default());
    let desk = Desk { sdk: &sdk, audit: &settings, member: &member, today: "2026-11-24".parse().unwrap() };
    let sinks = [Sink::Eventbridge(EventBridge::default())];
    let within = Duration::from_mins(1);
    let told = outcomes.tell_the_rest(desk, &sinks, "run-1", within, pin!(pending())).await;
    let put = wire.log().into_iter().filter(|request| request.operation == "PutEvents");
    let bodies = put.map(|request| serde_json::from_str::<Value>(&request.body).unwrap());
    let details = bodies.flat_map(|body| body["Entries"].as_array().unwrap().clone());
    let details = details.map(|entry| serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap()).collect();
    (details, told.map(|told| told.report))
}

#[tokio::test(start_paused = true)]
async fn what_no_audit_tells_is_told_alone_and_nothing_where_all_is_told() {
    let mut outcomes = outcomes();
    outcomes.told(&CALLER.parse().unwrap());
    let (details, report) = told(outcomes.clone()).await;
    let report = report.unwrap();
    assert!(report.complete && report.is_of_remediations_alone() && report.deliveries[0].is_whole(), "{report:?}");
    let [refused] = details.as_slice() else { panic!("one: {details:?}") };
    assert_eq!(
        (&refused["remediation"]["outcome"], &refused["remediation"]["account"]),
        (&"refused".into(), &OTHER.into())
    );
    outcomes.told(&OTHER.parse().unwrap());
    let (details, report) = told(outcomes).await;
    assert!(details.is_empty() && report.is_none());
}

#[tokio::test(start_paused = true)]
async fn where_the_audit_failed_the_outcomes_are_told_all_the_same_and_the_report_says_so() {
    let mut outcomes = outcomes();
    let note = outcomes.not_audited(&CALLER.parse().unwrap());
    let (details, report) = told(outcomes).await;
    let report = report.unwrap();
    assert_eq!((details.len(), report.complete, report.notes), (3, false, vec![note]));
}

#[test]
fn no_sink_takes_it_for_a_whole_run_or_waits_for_facts() {
    let bucket = S3 { inventory: true, ..S3::of("reports".to_owned()) };
    let Sink::S3(bucket) = without_facts(Sink::S3(bucket)) else { panic!() };
    assert!(!bucket.latest && !bucket.inventory);
    let Sink::Cloudwatch(logs) = without_facts(Sink::Cloudwatch(CloudWatch::default())) else { panic!() };
    assert!(!logs.metrics);
}
