//! Events: one for each finding that is news, one for the run, none beyond the limit.

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use serde_json::Value;

use super::*;
use crate::remediate::journal::Outcome;
use crate::report::sample::{NASTY, remediation, report};

/// What EventBridge takes by default, in bytes.
const LIMIT: usize = 256 * 1024;

/// All events, that of the run last.
fn events(report: &Report, limit: usize) -> Vec<Event> {
    let events: Vec<Event> = of_findings(report, limit)
        .chain(of_remediations(report, limit))
        .chain(has_run(report).then(|| of_run(report)))
        .map(Result::unwrap)
        .collect();
    assert_eq!(events.len(), count(report));
    events
}

fn detail(event: &Event) -> Value {
    serde_json::from_str(&event.detail).unwrap()
}

#[test]
fn every_finding_that_counts_is_an_event_and_the_run_is_the_last() {
    let report = report();
    let events = events(&report, LIMIT);
    let (run, findings) = events.split_last().unwrap();
    let ids: Vec<String> = findings.iter().map(|event| detail(event)["finding"]["id"].to_string()).collect();
    let expected: Vec<String> = report.findings.iter().map(|finding| format!("{:?}", finding.id)).collect();
    assert_eq!(ids, expected);
    assert!(findings.iter().all(|event| event.detail_type == FINDING && detail(event)["change"] == "new"));
    assert_eq!(run.detail_type, RUN_COMPLETED);
    assert_eq!(detail(run)["complete"], false);
    assert_eq!(detail(run)["changes"]["new"], findings.len());
    assert_eq!(detail(run)["summary"]["fail"], 2);
    assert_eq!(detail(run)["coverage"]["disabled"], 1);
}

#[test]
fn an_event_holds_the_whole_finding_and_names_the_role() {
    let report = report();
    let event = &events(&report, LIMIT)[0];
    let finding = &report.findings[0];
    assert_eq!(detail(event)["schema"], SCHEMA);
    assert_eq!(detail(event)["run_id"], report.run_id);
    assert_eq!(detail(event)["finding"], serde_json::to_value(finding).unwrap());
    assert_eq!(event.resources, [finding.role_arn.clone().unwrap()]);
    assert_eq!(event.time, report.finished_at);
}

#[test]
fn what_came_of_each_role_is_an_event_of_its_own_kind_and_alone_there_is_no_run() {
    let mut report = report();
    let refused = remediation(Some(Outcome::Refused));
    report.remediations = vec![refused.clone(), remediation(Some(Outcome::Unchanged))];
    let all = events(&report, LIMIT);
    let outcomes: Vec<&Event> = all.iter().filter(|event| event.detail_type == REMEDIATION).collect();
    assert_eq!((outcomes.len(), all.last().unwrap().detail_type), (2, RUN_COMPLETED));
    assert_eq!(detail(outcomes[0])["remediation"], serde_json::to_value(&refused).unwrap());
    assert_eq!(outcomes[0].resources, [refused.role.to_string()]);
    assert_ne!(REMEDIATION, "noderole remediation request", "it would be a request of its own");

    let at = report.finished_at;
    let long = ReportedRemediation { message: NASTY.repeat(100_000), ..refused };
    let alone = Report::of_remediations("run-1".to_owned(), report.partition, at, true, vec![long]);
    let events = events(&alone, 64 * 1024);
    assert_eq!(events.iter().map(|event| event.detail_type).collect::<Vec<_>>(), [REMEDIATION]);
    assert!(events[0].size() <= 64 * 1024, "{}", events[0].size());
}

#[test]
fn a_finding_that_is_suppressed_is_no_event() {
    let mut report = report();
    let reason = crate::finding::Suppressed {
        reason: "known".into(),
        owner: None,
        expires: None,
        by: crate::finding::SuppressedBy::Configuration,
    };
    report.findings[0].suppressed = Some((&reason).into());
    let id = report.findings[0].id.clone();
    let told = events(&report, LIMIT);
    assert_eq!(told.len(), report.findings.len());
    assert!(told.iter().all(|event| event.subject != id));
}

#[test]
fn names_that_attack_are_escaped_and_still_the_same_names() {
    let events = events(&report(), LIMIT);
    let event = events.iter().find(|event| event.subject.starts_with("NR101")).unwrap();
    assert!(!event.detail.chars().any(|c| c.is_control() || c == '\u{202e}'), "{}", event.detail);
    let message = detail(event)["finding"]["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with(NASTY), "{message}");
}

#[test]
fn a_size_is_what_eventbridge_counts() {
    let event = Event {
        subject: "x".into(),
        detail_type: FINDING,
        detail: "{\"ü\":1}".into(),
        resources: vec!["abc".into(), "de".into()],
        time: Timestamp::UNIX_EPOCH,
    };
    assert_eq!(event.size(), 14 + "noderole".len() + "noderole finding".len() + 8 + 5);
}

proptest! {
    #[test]
    fn no_event_is_beyond_the_limit_and_what_is_cut_is_counted(
        evidence in 0_usize..60, length in 0_usize..4_000, groups in 0_usize..800, limit in 16_usize..64, text in any::<String>(),
    ) {
        let mut report = report();
        let finding = &mut report.findings[0];
        let piece = crate::report::model::ReportedEvidence::fact("x".repeat(length));
        finding.evidence = vec![piece; evidence];
        finding.node_groups = vec![finding.node_groups[0].clone(); groups];
        finding.message = text.repeat(50);
        let limit = limit * 1024;
        let events = events(&report, limit);
        prop_assert!(events.iter().all(|event| event.size() <= limit));
        let told = detail(&events[0]);
        match told.get("left_out") {
            None => prop_assert_eq!(&told["finding"], &serde_json::to_value(&report.findings[0]).unwrap()),
            Some(left_out) => {
                let count = |what: &str| usize::try_from(left_out[what].as_u64().unwrap()).unwrap();
                let gone = count("evidence");
                let kept = told["finding"]["evidence"].as_array().unwrap().len() - usize::from(gone > 0);
                prop_assert_eq!(kept + gone, evidence);
                let kept = told["finding"]["node_groups"].as_array().unwrap().len();
                prop_assert_eq!(kept + count("node_groups"), groups);
            }
        }
    }
}
