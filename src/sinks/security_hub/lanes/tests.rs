//! Which findings go where.

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::finding::{Suppressed, SuppressedBy};
use crate::report::asff::form::{ComplianceStatus, RecordState};
use crate::report::asff::{AsffFinding, Filing, of_finding};
use crate::report::sample::report;

fn caller() -> Caller {
    Caller { account: "999999999999".parse().unwrap(), region: "eu-central-1".parse().unwrap() }
}

/// The lanes of a report: account, region, number of findings.
fn of(report: &Report, settings: &SecurityHub) -> Vec<(String, String, usize)> {
    let lanes = lanes(imported(report), settings, &caller());
    let each = lanes.into_iter().flat_map(|(account, regions)| {
        regions.into_iter().map(move |(region, all)| (account.to_string(), region.to_string(), all.len()))
    });
    each.collect()
}

fn lane(account: &str, region: &str, number: usize) -> (String, String, usize) {
    (account.to_owned(), region.to_owned(), number)
}

#[test]
fn findings_are_filed_in_their_own_account_and_region_and_what_has_none_in_the_callers() {
    let mut report = report();
    report.findings[0].region = "global".into();
    report.findings[1].account = "444455556666".parse().unwrap();
    let expected = [
        lane("111122223333", "eu-central-1", 1),
        lane("111122223333", "eu-west-1", 3),
        lane("444455556666", "eu-west-1", 1),
    ];
    assert_eq!(of(&report, &SecurityHub::default()), expected);
}

#[test]
fn under_the_auditor_all_are_filed_in_its_account_and_in_one_region_where_that_is_said() {
    let mut report = report();
    report.findings[1].account = "444455556666".parse().unwrap();
    let under = SecurityHub { file_under: FileUnder::Auditor, ..SecurityHub::default() };
    assert_eq!(of(&report, &under), [lane("999999999999", "eu-west-1", 5)]);
    let region = Some("us-east-1".parse().unwrap());
    assert_eq!(of(&report, &SecurityHub { region, ..under }), [lane("999999999999", "us-east-1", 5)]);
}

#[test]
fn a_product_that_is_named_says_the_region() {
    let arn = "arn:aws:securityhub:eu-north-1:111122223333:product/111122223333/default";
    let settings = SecurityHub { product_arn: Some(arn.into()), ..SecurityHub::default() };
    assert_eq!(of(&report(), &settings), [lane("111122223333", "eu-north-1", 5)]);
}

proptest! {
    #[test]
    fn every_finding_is_in_one_lane(
        places in vec((0_usize..4, 0_usize..4), 0..60), under_auditor in any::<bool>(),
    ) {
        let mut report = report();
        let one = report.findings[0].clone();
        report.findings = places
            .iter()
            .enumerate()
            .map(|(number, (account, region))| ReportedFinding {
                id: format!("NR101-{number}"),
                account: format!("{account:012}").parse().unwrap(),
                region: ["global", "eu-west-1", "eu-west-2", "us-east-1"][*region].into(),
                ..one.clone()
            })
            .collect();
        let file_under = if under_auditor { FileUnder::Auditor } else { FileUnder::Finding };
        let settings = SecurityHub { file_under, ..SecurityHub::default() };
        let mut ids = Vec::new();
        for (account, regions) in lanes(imported(&report), &settings, &caller()) {
            for (region, findings) in regions {
                prop_assert!(!findings.is_empty());
                for finding in findings {
                    prop_assert!(under_auditor || finding.account == account);
                    prop_assert!(finding.region == region.as_str() || finding.region == "global");
                    ids.push(finding.id.clone());
                }
            }
        }
        ids.sort();
        let mut all: Vec<String> = report.findings.iter().map(|finding| finding.id.clone()).collect();
        all.sort();
        prop_assert_eq!(ids, all);
    }
}

#[test]
fn what_passes_is_not_imported_and_an_id_once() {
    let mut report = report();
    let number = imported(&report).len();
    report.findings.push(report.findings[0].clone());
    report.findings.push(ReportedFinding { id: "NR999-0".into(), status: Status::Pass, ..report.findings[0].clone() });
    assert_eq!(imported(&report).len(), number);
}

#[test]
fn what_is_resolved_or_suppressed_is_archived() {
    let mut report = report();
    report.findings[0].status = Status::Pass;
    report.findings[0].change = Some(Change::Resolved);
    let known = Suppressed { reason: "known".into(), owner: None, expires: None, by: SuppressedBy::Configuration };
    report.findings[1].suppressed = Some((&known).into());
    let all: Vec<AsffFinding> =
        imported(&report).into_iter().map(|finding| of_finding(&report, finding, &Filing::default())).collect();
    assert_eq!((all[0].record_state, all[0].compliance.status), (RecordState::Archived, ComplianceStatus::Passed));
    assert_eq!(all[1].record_state, RecordState::Archived);
    assert_eq!(all[2].record_state, RecordState::Active);
}
