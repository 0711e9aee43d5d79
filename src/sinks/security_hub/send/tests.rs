//! Security Hub against a server in memory: nothing is lost, one account does not cost another, and the pace is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::aws::wire::{Answer, CALLER, Request, Wire, default_answer, json_error, ok, xml_error};
use crate::report::Report;
use crate::report::model::{Delivery, ReportedEvidence};
use crate::sinks::Sink;
use crate::sinks::settings::{FileUnder, SecurityHub};
use crate::sinks::trial::{body, report_of, send, wire};

use super::{BETWEEN, MAX_FINDINGS};

const IMPORT: &str = "POST /findings/import";

fn hub() -> Sink {
    Sink::SecurityHub(SecurityHub::default())
}

fn auditor() -> Sink {
    Sink::SecurityHub(SecurityHub { file_under: FileUnder::Auditor, ..SecurityHub::default() })
}

fn findings(body: &Value) -> &Vec<Value> {
    body["Findings"].as_array().unwrap()
}

/// An answer in which `fails` says the error code of a finding, by its id.
fn partly(body: &Value, fails: impl Fn(&str) -> Option<&'static str>) -> Answer {
    let ids = findings(body).iter().map(|finding| finding["Id"].as_str().unwrap());
    let failed: Vec<Value> =
        ids.filter_map(|id| fails(id).map(|code| json!({"Id": id, "ErrorCode": code, "ErrorMessage": "no"}))).collect();
    let (all, bad) = (findings(body).len(), failed.len());
    ok(json!({"FailedCount": bad, "SuccessCount": all - bad, "FailedFindings": failed}).to_string())
}

fn all_taken(_: usize, body: &Value) -> Answer {
    partly(body, |_| None)
}

/// Three accounts with two findings each.
fn three_accounts() -> Report {
    let mut report = report_of(6);
    for (finding, account) in report.findings.iter_mut().zip([CALLER, "000000000002", "000000000003"].repeat(2)) {
        finding.account = account.parse().unwrap();
    }
    report
}

fn told(delivery: &Delivery) -> Vec<(&str, &str)> {
    delivery.failures.iter().map(|failure| (failure.what.as_str(), failure.error.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn findings_are_imported_from_within_their_own_account_under_its_default_product() {
    let wire = wire(IMPORT, all_taken);
    let delivery = send(&wire, &mut three_accounts(), hub()).await;
    assert_eq!((delivery.offered, delivery.delivered), (6, 6));
    let mut seen = BTreeSet::new();
    for request in wire.log_of(IMPORT) {
        for finding in findings(&body(&request)) {
            assert_eq!(finding["AwsAccountId"], request.account);
            let account = &request.account;
            let product = format!("arn:aws:securityhub:eu-west-1:{account}:product/{account}/default");
            assert_eq!((request.region.as_str(), &finding["ProductArn"]), ("eu-west-1", &json!(product)));
            for member in ["SchemaVersion", "GeneratorId", "CreatedAt", "UpdatedAt", "Title", "Description"] {
                assert!(finding[member].is_string(), "{member}");
            }
            assert!(finding["FindingProviderFields"]["Severity"]["Label"].is_string());
            assert!(!finding["Resources"].as_array().unwrap().is_empty() && finding.get("Workflow").is_none());
            seen.insert(finding["Id"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(seen.len(), 6);
    assert_eq!(wire.log_of("AssumeRole").len(), 2, "into its own account the caller needs no role");
}

#[tokio::test(start_paused = true)]
async fn under_the_auditor_no_role_is_assumed_and_the_real_account_is_told() {
    let wire = wire(IMPORT, all_taken);
    let delivery = send(&wire, &mut three_accounts(), auditor()).await;
    assert_eq!((delivery.offered, delivery.delivered), (6, 6));
    assert!(wire.log_of("AssumeRole").is_empty());
    let [request] = wire.log_of(IMPORT).try_into().unwrap();
    let body = body(&request);
    let real: BTreeSet<&str> = findings(&body)
        .iter()
        .map(|finding| {
            assert_eq!(finding["AwsAccountId"], CALLER);
            finding["ProductFields"]["noderole/Account"].as_str().unwrap()
        })
        .collect();
    assert_eq!(real, BTreeSet::from([CALLER, "000000000002", "000000000003"]));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_entered_costs_its_own_findings_alone() {
    let wire = Wire::new(|request: &Request| match request.operation.as_str() {
        "AssumeRole" if request.text.contains("iam::000000000002:") => xml_error(403, "AccessDenied"),
        IMPORT => partly(&body(request), |_| None),
        _ => default_answer(),
    });
    let delivery = send(&wire, &mut three_accounts(), hub()).await;
    assert_eq!((delivery.offered, delivery.delivered), (6, 4));
    assert_eq!(told(&delivery), [("account 000000000002: its 2 findings", "AccessDenied")]);
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_asked_once_to_slow_down_in_an_unknown_spelling_costs_nothing() {
    let entered = AtomicUsize::new(0);
    let wire = Wire::new(move |request: &Request| match request.operation.as_str() {
        // 429 without a code: the SDK does not ask again by itself
        "AssumeRole" if entered.fetch_add(1, Ordering::SeqCst) == 0 => Answer::Text(429, String::new()),
        IMPORT => partly(&body(request), |_| None),
        _ => default_answer(),
    });
    let delivery = send(&wire, &mut three_accounts(), hub()).await;
    assert_eq!((delivery.offered, delivery.delivered), (6, 6), "{delivery:?}");
    assert_eq!(wire.log_of("AssumeRole").len(), 3, "two accounts, and one of them again");
}

#[tokio::test(start_paused = true)]
async fn a_region_without_security_hub_is_told_once_with_the_number_of_its_findings() {
    let wire = wire(IMPORT, |_, _| json_error(401, "InvalidAccessException"));
    let delivery = send(&wire, &mut report_of(450), auditor()).await;
    assert_eq!((delivery.offered, delivery.delivered), (450, 0));
    let place = format!("account {CALLER}, region eu-west-1: 450 findings");
    assert_eq!(told(&delivery), [(place.as_str(), "InvalidAccessException")]);
    assert_eq!(wire.log_of(IMPORT).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_fails_for_the_moment_comes_again_and_what_never_passes_is_told_by_its_id() {
    let wire = wire(IMPORT, |call, body| match call {
        0 => json_error(429, "LimitExceededException"),
        1 => json_error(500, "InternalException"),
        _ => partly(body, |id| match id.chars().last() {
            Some('3') if call == 2 => Some("InternalException"),
            Some('4') => Some("InvalidInputException"),
            _ => None,
        }),
    });
    let delivery = send(&wire, &mut report_of(8), auditor()).await;
    assert_eq!((delivery.offered, delivery.delivered), (8, 7));
    let what = format!("account {CALLER}, region eu-west-1: noderole/NR101-0000000000000004");
    assert_eq!(told(&delivery), [(what.as_str(), "InvalidInputException")]);
    let sizes: Vec<usize> = wire.log_of(IMPORT).iter().map(|request| findings(&body(request)).len()).collect();
    assert_eq!(sizes, [8, 8, 8, 1]);
}

#[tokio::test(start_paused = true)]
async fn batches_are_within_the_limits_and_the_pace_beneath_ten_a_second() {
    let wire = wire(IMPORT, all_taken);
    let mut report = report_of(2_050);
    for finding in report.findings.iter_mut().take(200) {
        finding.evidence = vec![ReportedEvidence::fact("é".repeat(3_000)); 60];
    }
    let delivery = send(&wire, &mut report, auditor()).await;
    assert_eq!((delivery.offered, delivery.delivered), (2_050, 2_050));
    let requests = wire.log_of(IMPORT);
    let mut came: BTreeMap<String, usize> = BTreeMap::new();
    for request in &requests {
        let body = body(request);
        assert!(findings(&body).len() <= MAX_FINDINGS);
        for finding in findings(&body) {
            assert!(finding.to_string().len() <= 240_000);
            *came.entry(finding["Id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    assert!(came.len() == 2_050 && came.values().all(|times| *times == 1));
    for pair in requests.windows(2) {
        assert!(pair[1].at >= pair[0].at + BETWEEN.mul_f64(0.99), "{:?} {:?}", pair[0].at, pair[1].at);
    }
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_hangs_in_one_account_does_not_hold_up_another() {
    let wire = Wire::new(|request: &Request| match (request.operation.as_str(), request.account.as_str()) {
        (IMPORT, "000000000002") => Answer::Never,
        (IMPORT, _) => partly(&body(request), |_| None),
        _ => default_answer(),
    });
    let delivery = send(&wire, &mut three_accounts(), hub()).await;
    assert_eq!((delivery.offered, delivery.delivered), (6, 4));
    assert!(!delivery.failures.is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_more_failed_than_is_named_nothing_counts_as_taken() {
    let wire = wire(IMPORT, |_, _| ok(r#"{"FailedCount": 2, "SuccessCount": 1, "FailedFindings": []}"#));
    let delivery = send(&wire, &mut report_of(3), auditor()).await;
    assert_eq!((delivery.offered, delivery.delivered), (3, 0));
    assert_eq!(delivery.failures.len(), 3);
}
