//! Assembly: what is counted, what is listed, and in which order.

use super::*;
use crate::failure::FailureClass;
use crate::inventory::{AccessEntry, AccessEntryType, Cluster};
use crate::known::{Gap, Known};
use crate::report::model::BySeverity;
use crate::report::sample;

#[test]
fn findings_stand_worst_first_and_failures_before_all_else() {
    let report = sample::report();
    let order: Vec<(&str, &str)> = report.findings.iter().map(|f| (f.status.as_str(), f.rule.as_str())).collect();
    let expected =
        [("fail", "NR101"), ("fail", "NR202"), ("unknown", "NR001"), ("unknown", "NR102"), ("advice", "NR205")];
    assert_eq!(order, expected);
}

#[test]
fn results_that_pass_are_counted_and_listed_only_on_request() {
    let (inventory, findings) = (sample::inventory(), sample::findings());
    let open = assemble(&inventory, &findings, Listed::Open);
    let all = assemble(&inventory, &findings, Listed::All);
    assert_eq!((open.findings.len(), all.findings.len()), (5, 7));
    assert_eq!(open.summary, all.summary);
    assert_eq!((all.summary.pass, all.summary.not_applicable), (1, 1));
}

#[test]
fn the_summary_counts_what_was_seen() {
    let summary = sample::report().summary;
    assert_eq!((summary.accounts, summary.regions, summary.clusters), (3, 2, 1));
    // ng-1, ng-3 (seen, though not read), the one with the nasty name, and Auto Mode's nodes.
    assert_eq!((summary.node_groups, summary.node_roles), (4, 2));
    assert_eq!((summary.fail, summary.advice, summary.unknown), (2, 1, 2));
    assert_eq!(summary.by_severity, BySeverity { critical: 1, high: 1, medium: 0, low: 0 });
    assert_eq!(summary.api_calls.get("eks:ListClusters"), Some(&2));
    assert_eq!(summary.throttled, 1);
}

#[test]
fn what_stands_for_the_rest_of_a_list_is_not_counted_as_seen() {
    let mut inventory = sample::inventory();
    let gap = Gap {
        api: "eks:ListClusters".to_owned(),
        resource: "further clusters".to_owned(),
        class: FailureClass::Denied,
        error: "AccessDeniedException".to_owned(),
        message: String::new(),
    };
    let Known::Value(clusters) = &mut inventory.accounts[0].regions[0].clusters else { panic!("they were read") };
    let Known::Value(groups) = &mut clusters[0].node_groups else { panic!("they were read") };
    groups.insert(UNLISTED.to_owned(), Known::Missing(gap.clone()));
    clusters.push(Cluster::unread(UNLISTED, &gap));
    let summary = assemble(&inventory, &[], Listed::Open).summary;
    assert_eq!((summary.clusters, summary.node_groups), (1, 4));
}

#[test]
fn the_order_does_not_depend_on_the_order_of_the_results() {
    let inventory = sample::inventory();
    let mut findings = sample::findings();
    let one = assemble(&inventory, &findings, Listed::All);
    findings.reverse();
    assert_eq!(one, assemble(&inventory, &findings, Listed::All));
}

#[test]
fn every_form_of_the_report_fits_the_published_schema() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../../docs/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let bare: Inventory = serde_json::from_value({
        let mut bare = sample::inventory_json();
        bare["accounts"] = serde_json::json!([]);
        bare
    })
    .unwrap();
    let findings = sample::findings();
    let reports = [
        assemble(&bare, &[], Listed::Open),
        sample::report(),
        assemble(&sample::inventory(), &findings, Listed::All),
        sample::compared(),
    ];
    for report in reports {
        let mut text = Vec::new();
        crate::report::json::write(&report, &mut text).unwrap();
        let value = serde_json::from_slice(&text).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(serde_json::from_value::<Report>(value).unwrap(), report, "the report reads back as it was");
    }
    let mut lines = Vec::new();
    crate::report::jsonl::write(&sample::report(), &mut lines).unwrap();
    assert_eq!(String::from_utf8(lines).unwrap().lines().count(), sample::report().findings.len());
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../../docs/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good = serde_json::to_value(sample::compared()).unwrap();
    for (pointer, wrong) in [
        ("/schema", "noderole.report/2"),
        ("/findings/0/status", "bad"),
        ("/coverage/0/status", "fine"),
        ("/findings/0/change", "gone"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = serde_json::json!(wrong);
        assert!(!validator.is_valid(&bad), "{pointer} may be {wrong}");
    }
}

#[test]
fn nodes_that_only_access_entries_tell_of_are_counted_with_their_roles() {
    let mut inventory = sample::inventory();
    let before = assemble(&inventory, &[], Listed::Open).summary;
    let Known::Value(clusters) = &mut inventory.accounts[0].regions[0].clusters else { panic!("they were read") };
    let entry = |role: &str, kind: &str| AccessEntry {
        principal_arn: format!("arn:aws:iam::111122223333:role/{role}"),
        detail: Some(Known::Value(AccessEntryType { kind: kind.to_owned(), created_at: None, access_policies: None })),
    };
    let entries = vec![entry("edge", "HYBRID_LINUX"), entry("pod", "HYPERPOD_LINUX"), entry("person", "STANDARD")];
    clusters[0].access_entries = Known::Value(entries);
    let after = assemble(&inventory, &[], Listed::Open).summary;
    assert_eq!(after.node_groups - before.node_groups, 2);
    assert_eq!(after.node_roles - before.node_roles, 2);
}
