//! That findings keep their identity: over runs, over what they say, and apart from each other.
#![expect(clippy::panic_in_result_fn, reason = "an assertion is how these tests fail")]

use std::path::Path;

use datatest_stable::Result;
use noderole::audit::{Settings, audit};
use noderole::finding::{Finding, Status};
use noderole::inventory::{Inventory, load, save};
use serde_json::json;

use crate::case::{BASE, judge};
use crate::inventory::of_case;

/// The base with a change to its roles and node groups.
fn changed(roles: &serde_json::Value, node_groups: &serde_json::Value) -> std::result::Result<Inventory, String> {
    let case = json!({"roles": roles, "node_groups": node_groups});
    of_case(BASE, case.as_object().ok_or("a case is an object")?)
}

fn of_rule<'a>(findings: &'a [Finding], rule: &str) -> Option<&'a Finding> {
    findings.iter().find(|finding| finding.rule.to_string() == rule)
}

/// Passing, failing or open, another unique id behind the node group's name: the finding is the same one.
pub(crate) fn an_id_outlives_what_the_finding_says(_path: &Path) -> Result<()> {
    let passing = judge(&changed(&json!({}), &json!({}))?);
    let arn = "arn:aws:eks:eu-west-1:111122223333:nodegroup/prod/workers/created-anew";
    let failing =
        judge(&changed(&json!({"prod-nodes": "no_such_role"}), &json!({"workers": {"value": {"arn": arn}}}))?);
    let open = judge(&changed(&json!({}), &json!({"workers": {"missing": "eks:DescribeNodegroup"}}))?);
    let about_group = [&passing, &failing, &open].map(|findings| of_rule(findings, "NR001"));
    let statuses = about_group.map(|finding| finding.map(|finding| finding.status));
    assert_eq!(statuses, [Some(Status::Pass), Some(Status::Fail), Some(Status::Unknown)]);
    // The first digits of the SHA-256 of the group's ARN without its unique id, and of the role's ARN: frozen.
    let ids = about_group.map(|finding| finding.map(|finding| finding.id.as_str()));
    assert_eq!(ids, [Some("NR001-6a94b13557aab9fb"); 3]);
    let about_role = [&passing, &failing].map(|findings| of_rule(findings, "NR101").map(|finding| finding.id.as_str()));
    assert_eq!(about_role, [Some("NR101-f73e947703ebb2aa"); 2]);
    Ok(())
}

/// Settings without a rule give no result of it, not even that it does not apply.
pub(crate) fn what_is_left_out_is_not_judged(_path: &Path) -> Result<()> {
    let inventory = changed(&json!({}), &json!({}))?;
    let only = Settings { rules: ["NR102".parse()?].into(), ..Settings::default() };
    let rules: Vec<String> = audit(&inventory, &only).iter().map(|finding| finding.rule.to_string()).collect();
    assert_eq!(rules, ["NR102"]);
    let none = Settings { rules: [].into(), ..Settings::default() };
    assert_eq!(audit(&inventory, &none), []);
    Ok(())
}

/// A saved inventory is judged as the one that was read.
pub(crate) fn the_same_facts_give_the_same_results(_path: &Path) -> Result<()> {
    let inventory = changed(&json!({"prod-nodes": "no_such_role"}), &json!({"second": {"like": "workers"}}))?;
    let mut saved = Vec::new();
    save(&inventory, &mut saved)?;
    assert_eq!(judge(&load(saved.as_slice())?), judge(&inventory));
    Ok(())
}
