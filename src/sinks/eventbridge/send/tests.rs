//! The bus against a server in memory: nothing is lost, whatever fails.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::aws::wire::{Answer, Wire, json_error, ok};
use crate::failure::FailureClass;
use crate::report::model::{Delivery, ReportedEvidence};
use crate::sinks::Sink;
use crate::sinks::eventbridge::events::{FINDING, RUN_COMPLETED};
use crate::sinks::settings::EventBridge;
use crate::sinks::trial::{body, report_of, send, wire};

use super::MAX_ENTRIES;

fn bus() -> Sink {
    Sink::Eventbridge(EventBridge { event_bus: "audit".into(), ..EventBridge::default() })
}

fn entries(body: &Value) -> &Vec<Value> {
    body["Entries"].as_array().unwrap()
}

/// What is in an event: the finding's id, or the type of the event.
fn subject(entry: &Value) -> String {
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    let id = detail["finding"]["id"].as_str().or(entry["DetailType"].as_str());
    id.unwrap().to_owned()
}

/// An answer in which `fails` says the error code of an event.
fn partly(body: &Value, fails: impl Fn(&str) -> Option<&'static str>) -> Answer {
    let told: Vec<Value> = entries(body)
        .iter()
        .map(|entry| match fails(&subject(entry)) {
            Some(code) => json!({"ErrorCode": code, "ErrorMessage": "no"}),
            None => json!({"EventId": "e"}),
        })
        .collect();
    let failed = told.iter().filter(|entry| entry.get("ErrorCode").is_some()).count();
    ok(json!({"FailedEntryCount": failed, "Entries": told}).to_string())
}

/// How often each event came.
fn came(wire: &Wire) -> BTreeMap<String, usize> {
    let mut came = BTreeMap::new();
    for request in wire.log_of("PutEvents") {
        for entry in entries(&body(&request)) {
            *came.entry(subject(entry)).or_default() += 1;
        }
    }
    came
}

fn codes(delivery: &Delivery) -> Vec<&str> {
    delivery.failures.iter().map(|failure| failure.error.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_finding_and_the_run_are_put_once_within_the_limits() {
    let wire = wire("PutEvents", |_, body| partly(body, |_| None));
    let delivery = send(&wire, &mut report_of(95), bus()).await;
    assert_eq!((delivery.offered, delivery.delivered), (96, 96));
    assert!(delivery.is_whole() && delivery.failures.is_empty());
    let came = came(&wire);
    assert_eq!(came.len(), 96);
    assert!(came.values().all(|times| *times == 1));
    let requests = wire.log_of("PutEvents");
    assert!(requests.iter().all(|request| entries(&body(request)).len() <= MAX_ENTRIES));
    let last = body(requests.last().unwrap());
    assert_eq!(entries(&last)[0]["DetailType"], RUN_COMPLETED);
    let first = &entries(&body(&requests[0]))[0].clone();
    assert_eq!((&first["Source"], &first["DetailType"]), (&json!("noderole"), &json!(FINDING)));
    assert_eq!(first["EventBusName"], "audit");
    assert_eq!(first["Resources"], json!(["arn:aws:iam::111122223333:role/auto-node"]));
}

#[tokio::test(start_paused = true)]
async fn of_a_batch_that_is_taken_in_part_the_rest_alone_comes_again() {
    let wire = wire("PutEvents", |call, body| {
        partly(body, |subject| (call == 0 && subject.ends_with('3')).then_some("InternalFailure"))
    });
    let delivery = send(&wire, &mut report_of(8), bus()).await;
    assert!(delivery.is_whole() && delivery.failures.is_empty(), "{delivery:?}");
    let twice: Vec<String> = came(&wire).into_iter().filter(|(_, times)| *times == 2).map(|(id, _)| id).collect();
    assert_eq!(twice, ["NR101-0000000000000003"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_bus_never_takes_is_told_by_its_id_and_the_others_are_put() {
    let wire = wire("PutEvents", |_, body| {
        partly(body, |subject| match subject.chars().last() {
            Some('3') => Some("NotAuthorizedForDetailTypeException"),
            Some('4') => Some("ThrottlingException"),
            _ => None,
        })
    });
    let delivery = send(&wire, &mut report_of(8), bus()).await;
    assert_eq!((delivery.offered, delivery.delivered), (9, 7));
    assert_eq!(codes(&delivery), ["NotAuthorizedForDetailTypeException", "ThrottlingException"]);
    assert_eq!(delivery.failures[1].what, "NR101-0000000000000004");
    assert_eq!(delivery.failures[1].class, FailureClass::Throttled);
    assert_eq!(came(&wire)["NR101-0000000000000004"], 4);
}

#[tokio::test(start_paused = true)]
async fn throttling_server_errors_and_lost_connections_pass() {
    let wire = wire("PutEvents", |call, body| match call {
        0 => json_error(400, "ThrottlingException"),
        1 => json_error(500, "InternalException"),
        2 => Answer::Text(503, String::new()),
        3 => Answer::CutOff,
        _ => partly(body, |_| None),
    });
    let delivery = send(&wire, &mut report_of(4), bus()).await;
    assert!(delivery.is_whole() && delivery.failures.is_empty(), "{delivery:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_refuses_everything_is_not_asked_for_every_event() {
    let wire = wire("PutEvents", |_, _| json_error(400, "AccessDeniedException"));
    let delivery = send(&wire, &mut report_of(1_000), bus()).await;
    assert_eq!((delivery.offered, delivery.delivered), (1_001, 0));
    assert!(wire.log_of("PutEvents").len() <= 8);
    assert_eq!(codes(&delivery), ["AccessDeniedException"]);
    assert_eq!((delivery.failures[0].what.as_str(), delivery.more_failures), ("80 events, and all after them", 0));
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_hangs_ends_with_the_time_and_nothing_counts_as_taken() {
    let wire = wire("PutEvents", |_, _| Answer::Never);
    let delivery = send(&wire, &mut report_of(3), bus()).await;
    assert_eq!((delivery.offered, delivery.delivered), (4, 0));
    assert!(!delivery.is_whole());
    assert!(!delivery.failures.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_finding_that_is_too_large_is_cut_and_put() {
    let wire = wire("PutEvents", |_, body| partly(body, |_| None));
    let mut report = report_of(30);
    for finding in &mut report.findings {
        finding.evidence = vec![ReportedEvidence::fact("x".repeat(4_000)); 40];
    }
    let sink = Sink::Eventbridge(EventBridge { max_request_kb: 64, ..EventBridge::default() });
    let delivery = send(&wire, &mut report, sink).await;
    assert!(delivery.is_whole() && delivery.failures.is_empty(), "{delivery:?}");
    for request in wire.log_of("PutEvents") {
        let body = body(&request);
        let bytes = |entry: &Value| 14 + entry["Detail"].as_str().unwrap().len() + "noderolenoderole finding".len();
        assert!(entries(&body).iter().map(bytes).sum::<usize>() <= 64 * 1024);
    }
    assert_eq!(came(&wire).len(), 31);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_refused_for_one_event_does_not_cost_the_others() {
    let wire = wire("PutEvents", |_, body| {
        let is_bad = entries(body).iter().any(|entry| subject(entry).ends_with('5'));
        if is_bad { json_error(400, "ValidationException") } else { partly(body, |_| None) }
    });
    let delivery = send(&wire, &mut report_of(10), bus()).await;
    assert_eq!((delivery.offered, delivery.delivered), (11, 10));
    assert_eq!(delivery.failures[0].what, "NR101-0000000000000005");
}
