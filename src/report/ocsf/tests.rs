//! What an OCSF event tells of each kind of finding, and of places that were not audited.

use serde_json::Value;

use super::*;
use crate::report::sample;

fn text(report: &Report) -> String {
    let mut text = Vec::new();
    write(report, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn events(report: &Report) -> Vec<Value> {
    serde_json::from_str(&text(report)).unwrap()
}

#[test]
fn each_status_is_a_result_of_the_check_and_only_failures_are_severe() {
    let report = sample::every_kind("x");
    for (event, finding) in events(&report).iter().zip(&report.findings) {
        let (said, severe) = match finding.status {
            Status::Pass => (1, false),
            Status::Unknown => (2, false),
            Status::Fail => (3, true),
            Status::Advice | Status::NotApplicable => (99, false),
        };
        assert_eq!(event["compliance"]["status_id"], said, "{finding:?}");
        assert_eq!(event["severity_id"].as_u64().unwrap() > 2, severe, "{finding:?}");
        assert_eq!(event["unmapped"]["finding"], serde_json::to_value(finding).unwrap());
    }
}

#[test]
fn a_finding_is_created_updated_closed_or_suppressed() {
    let told: Vec<(u64, String)> = events(&sample::every_kind("x"))
        .iter()
        .map(|event| (event["type_uid"].as_u64().unwrap(), event["status"].as_str().unwrap().to_owned()))
        .collect();
    for expected in [(200_301, "New"), (200_302, "In Progress"), (200_303, "Resolved"), (200_302, "Suppressed")] {
        assert!(told.iter().any(|(uid, status)| (*uid, status.as_str()) == expected), "{expected:?} in {told:?}");
    }
}

#[test]
fn a_place_that_was_not_audited_is_an_event_and_one_that_was_is_none() {
    let report = sample::report();
    let events = events(&report);
    let places: Vec<&Value> = events.iter().filter(|event| event["metadata"]["event_code"] == "coverage").collect();
    let missed = report.coverage.iter().filter(|entry| entry.status != CoverageStatus::Audited).count();
    assert_eq!(places.len(), missed);
    let refused = places.iter().find(|event| event["cloud"]["account"]["uid"] == "444455556666").unwrap();
    assert_eq!((&refused["compliance"]["status_id"], &refused["severity"]), (&2.into(), &"Medium".into()));
    assert!(refused["compliance"]["status_details"][0].as_str().unwrap().starts_with("sts:AssumeRole on"));
}

#[test]
fn an_event_is_a_line() {
    let report = sample::every_kind(sample::NASTY);
    assert_eq!(text(&report).lines().count(), events(&report).len() + 2, "and the brackets");
}

#[test]
fn the_events_of_the_hostile_sample_read_well() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&events(&sample::every_kind(sample::NASTY))).unwrap());
}
