//! The mapping to the AWS Security Finding Format, and that nothing in it is larger than Security Hub takes.

use super::limits::{FIELD, FIELDS, FINDING_BYTES, ID, RESOURCES, length};
use super::*;
use crate::finding::{NodeGroupRef, NodeKind};
use crate::report::model::{ReportedControl, ReportedEvidence};
use crate::report::sample;

/// A report in which one finding has more and longer of everything than fits.
fn oversize() -> Report {
    let long = "😀\"\\".repeat(3_000);
    let mut report = sample::every_kind(&long);
    let finding = &mut report.findings[0];
    finding.title.clone_from(&long);
    finding.role_arn = Some(format!("arn:aws:iam::111122223333:role/{}/x", "p".repeat(600)));
    finding.compliance = (0..100).map(|n| ReportedControl { benchmark: long.clone(), id: n.to_string() }).collect();
    finding.node_groups = (0..500)
        .map(|n| NodeGroupRef {
            kind: NodeKind::Managed,
            cluster: format!("c-{n}"),
            region: "eu-west-1".parse().unwrap(),
            name: long.clone(),
        })
        .collect();
    finding.evidence = (0..500).map(|_| ReportedEvidence::fact(long.clone())).collect();
    report
}

#[test]
fn every_limit_holds_for_a_finding_that_is_too_large_everywhere() {
    let report = oversize();
    let mut seen = 0;
    for told in of_report(&report, &Filing::default()) {
        assert!(fields::bytes(&told) <= FINDING_BYTES, "{} bytes", fields::bytes(&told));
        assert!(length(&told.id) <= ID && length(&told.title) <= TITLE && length(&told.description) <= DESCRIPTION);
        assert!(told.product_fields.len() <= FIELDS);
        assert!(told.product_fields.iter().all(|(name, text)| name.len() <= 128 && length(text) <= FIELD));
        assert!((1..=RESOURCES).contains(&told.resources.len()));
        assert!(told.resources.iter().all(|resource| length(&resource.id) <= ID));
        let requirements = &told.compliance.related_requirements;
        assert!(requirements.len() <= REQUIREMENTS && requirements.iter().all(|text| length(text) <= REQUIREMENT));
        let text = told.remediation.as_ref().map(|remediation| length(&remediation.recommendation.text));
        assert!(text.is_none_or(|length| length <= RECOMMENDATION));
        seen += 1;
    }
    let missed = report.coverage.iter().filter(|entry| entry.status != CoverageStatus::Audited).count();
    assert_eq!(seen, report.findings.len() + missed);
}

#[test]
fn half_of_a_command_is_never_told() {
    let report = oversize();
    let filing = Filing::default();
    let told = of_report(&report, &filing);
    let commands: Vec<String> = told
        .flat_map(|told| told.product_fields)
        .filter_map(|(name, text)| name.starts_with("noderole/Command/").then_some(text))
        .collect();
    assert!(commands.iter().any(|text| text.starts_with("aws iam attach-role-policy")), "{commands:?}");
    assert!(commands.iter().all(|text| !text.contains('😀')), "{commands:?}");
    assert!(commands.iter().any(|text| text.contains("see the JSON report")), "{commands:?}");
}

#[test]
fn ids_are_those_of_the_findings_and_no_two_are_alike() {
    let report = sample::every_kind("x");
    let mut ids: Vec<String> = of_report(&report, &Filing::default()).map(|told| told.id).collect();
    for finding in &report.findings {
        assert!(ids.contains(&format!("noderole/{}", finding.id)));
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn each_status_is_a_compliance_status_and_only_failures_have_a_severity() {
    let report = sample::every_kind("x");
    for finding in &report.findings {
        let told = of_finding(&report, finding, &Filing::default());
        let label = told.finding_provider_fields.severity.label;
        let expected = match finding.status {
            Status::Fail => (ComplianceStatus::Failed, finding.severity.as_str().to_uppercase()),
            Status::Advice => (ComplianceStatus::Failed, "LOW".to_owned()),
            Status::Unknown => (ComplianceStatus::Warning, "INFORMATIONAL".to_owned()),
            Status::Pass => (ComplianceStatus::Passed, "INFORMATIONAL".to_owned()),
            Status::NotApplicable => (ComplianceStatus::NotAvailable, "INFORMATIONAL".to_owned()),
        };
        assert_eq!((told.compliance.status, label.to_owned()), expected);
        let hidden = finding.suppressed.is_some() || finding.change == Some(Change::Resolved);
        assert_eq!(told.record_state == RecordState::Archived, hidden, "{finding:?}");
        // What people decided there is theirs: a word about it would outlive the suppression.
        assert!(serde_json::to_value(&told).unwrap().get("Workflow").is_none());
    }
}

#[test]
fn a_finding_is_filed_under_its_own_account_and_region_or_where_it_is_told() {
    let report = sample::report();
    let finding = &report.findings[0];
    let own = of_finding(&report, finding, &Filing::default());
    assert_eq!(own.product_arn, "arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default");
    let central = Filing {
        product_arn: None,
        region: Some("us-east-1".parse().unwrap()),
        account: Some("999988887777".parse().unwrap()),
    };
    let told = of_finding(&report, finding, &central);
    assert_eq!(told.product_arn, "arn:aws:securityhub:us-east-1:999988887777:product/999988887777/default");
    assert_eq!(told.aws_account_id, "999988887777");
    assert_eq!(told.product_fields["noderole/Account"], "111122223333");
    assert_eq!(told.id, own.id, "the id does not depend on where it is filed");
    let product = "arn:aws:securityhub:us-east-1::product/acme/noderole";
    let partner = Filing { product_arn: Some(product.to_owned()), ..Filing::default() };
    assert_eq!(of_finding(&report, finding, &partner).product_arn, product);
}

#[test]
fn what_belongs_to_no_region_is_filed_in_the_home_region() {
    let mut report = sample::report();
    report.findings[0].region = "global".to_owned();
    let told = of_finding(&report, &report.findings[0], &Filing::default());
    assert!(told.product_arn.starts_with("arn:aws:securityhub:us-east-1:"), "{}", told.product_arn);
}

#[test]
fn a_place_that_is_audited_in_full_closes_the_finding_about_it() {
    let mut report = sample::report();
    let refused = report.coverage.iter().position(|entry| entry.account.as_str() == "444455556666").unwrap();
    let open = of_coverage(&report, &report.coverage[refused], &Filing::default());
    assert_eq!((open.compliance.status, open.record_state), (ComplianceStatus::Warning, RecordState::Active));
    assert!(open.description.contains("sts:AssumeRole on arn:aws:iam::444455556666:role/NodeRoleAudit"));
    report.coverage[refused].status = CoverageStatus::Audited;
    report.coverage[refused].missing.clear();
    let closed = of_coverage(&report, &report.coverage[refused], &Filing::default());
    assert_eq!(closed.id, open.id);
    assert_eq!((closed.compliance.status, closed.record_state), (ComplianceStatus::Passed, RecordState::Archived));
}

#[test]
fn the_findings_of_the_hostile_sample_read_well() {
    let report = sample::every_kind(sample::NASTY);
    let told: Vec<AsffFinding> = of_report(&report, &Filing::default()).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
}
