//! What a SARIF run tells of each kind of finding, and of the run itself.

use serde_json::Value;

use super::*;
use crate::report::sample;

fn run(report: &Report) -> Value {
    let mut text = Vec::new();
    write(report, &mut text).unwrap();
    let mut log: Value = serde_json::from_slice(&text).unwrap();
    log["runs"][0].take()
}

#[test]
fn each_status_has_a_kind_and_level_and_only_failures_have_one() {
    let report = sample::every_kind("x");
    let run = run(&report);
    for (result, finding) in run["results"].as_array().unwrap().iter().zip(&report.findings) {
        let told = (result["kind"].as_str().unwrap(), result["level"].as_str().unwrap());
        let expected = match (finding.status, finding.severity) {
            (Status::Fail, Severity::Critical | Severity::High) => ("fail", "error"),
            (Status::Fail, Severity::Medium) => ("fail", "warning"),
            (Status::Fail, Severity::Low) | (Status::Advice, _) => ("fail", "note"),
            (Status::Unknown, _) => ("open", "none"),
            (Status::Pass, _) => ("pass", "none"),
            (Status::NotApplicable, _) => ("notApplicable", "none"),
        };
        assert_eq!(told, expected, "{finding:?}");
        let place = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][place]["id"], finding.rule.as_str());
        assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"], finding.id.as_str());
    }
}

#[test]
fn what_is_suppressed_new_or_resolved_says_so() {
    let run = run(&sample::every_kind("x"));
    let results = run["results"].as_array().unwrap();
    let states: Vec<&str> = results.iter().filter_map(|result| result["baselineState"].as_str()).collect();
    assert!(["new", "unchanged", "absent"].iter().all(|state| states.contains(state)), "{states:?}");
    let suppressed: Vec<_> =
        results.iter().filter(|result| !result["suppressions"].as_array().unwrap().is_empty()).collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["suppressions"][0]["justification"], "x, x, until 2027-01-01");
    let expired = results[1]["message"]["text"].as_str().unwrap();
    assert!(expired.contains("Its suppression has expired: x, x, until 2027-01-01"), "{expired}");
}

#[test]
fn each_failed_call_and_each_place_that_was_not_read_is_a_notification_and_the_run_no_success() {
    let report = sample::report();
    let run = run(&report);
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = invocation["toolExecutionNotifications"].as_array().unwrap();
    let missing: usize = report.coverage.iter().map(|entry| entry.missing.len()).sum();
    assert_eq!(told.iter().filter(|told| told["level"] == "error").count(), missing);
    let suspended = told.iter().find(|told| told["properties"]["account"] == "777788889999").unwrap();
    assert_eq!((&suspended["level"], &suspended["descriptor"]["id"]), (&"note".into(), &"coverage/disabled".into()));
    let every_kind = &self::run(&sample::every_kind("x"))["invocations"][0];
    let configuration = every_kind["toolConfigurationNotifications"].as_array().unwrap();
    assert_eq!(configuration.len(), 3, "two suppressions and a note");
    let told = every_kind["toolExecutionNotifications"].as_array().unwrap();
    let delivery = told.iter().find(|told| told["descriptor"]["id"] == "delivery").unwrap();
    assert_eq!((&delivery["level"], &delivery["properties"]["sink"]), (&"error".into(), &"s3".into()));
    assert_eq!(delivery["message"]["text"], "the sink s3 (x) took 1 of 2: x: NotFound: x");
}

#[test]
fn a_role_is_a_path_that_leads_nowhere_else() {
    for (arn, expected) in [
        ("arn:aws:iam::111122223333:role/eks/prod-node", "arn/aws/iam/111122223333/role/eks/prod-node"),
        ("arn:aws:iam::111122223333:role/../..//x", "arn/aws/iam/111122223333/role/_/_/x"),
        ("arn:aws:iam::111122223333:role/a%2fb?c#d", "arn/aws/iam/111122223333/role/a%252fb%3Fc%23d"),
        ("https://evil.example", "https/evil.example"),
    ] {
        assert_eq!(path(arn), expected);
    }
}

#[test]
fn no_name_in_a_message_is_a_placeholder_or_a_link() {
    assert_eq!(text("a {0} [b](https://evil.example)").text, "a {{0}} [b] (https://evil.example)");
}

#[test]
fn a_rule_that_the_catalogue_does_not_have_is_listed_all_the_same() {
    let mut report = sample::report();
    report.findings[0].rule = "NR999".to_owned();
    let run = run(&report);
    let place = usize::try_from(run["results"][0]["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][place]["id"], "NR999");
}

#[test]
fn the_results_of_the_hostile_sample_read_well() {
    let mut run = run(&sample::every_kind(sample::NASTY));
    // The rules are the catalogue's texts.
    run["tool"]["driver"]["rules"].take();
    insta::assert_snapshot!(serde_json::to_string_pretty(&run).unwrap());
}
