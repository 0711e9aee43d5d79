//! What a description of an organization expects: it stands beside what is planted.
//!
//! A role has `expected`, from rules to the outcomes that a report must have of it; what passes is left out. An account has
//! `expected` for roles that it does not hold, and for nodes without one (``""``). A cluster has `nodes`, a text of kind, name
//! and role for each set; instances have `i-*` for a name.

use std::collections::BTreeSet;

use noderole::report::model::Report;
use serde_json::Value;

use super::noderole::{Found, role_of};
use super::seed::Accounts;

/// Every result that is neither `pass` nor `not_applicable`.
pub(super) fn results(description: &Value) -> BTreeSet<Found> {
    let mut results = BTreeSet::new();
    for account in list(&description["accounts"]) {
        let own = list(&account["roles"]).iter().map(|role| (text(&role["name"]), &role["expected"]));
        let others = account["expected"].as_object().into_iter().flatten();
        let others = others.map(|(role, expected)| (role.as_str(), expected));
        for (role, expected) in own.chain(others) {
            for (rule, outcomes) in expected.as_object().into_iter().flatten() {
                for outcome in list(outcomes) {
                    let found = [text(&account["name"]), rule, role, text(outcome)].map(str::to_owned);
                    results.insert(found.into());
                }
            }
        }
    }
    results
}

/// The sets of nodes: account, region, cluster; then kind, name and role.
pub(super) fn nodes(description: &Value) -> BTreeSet<(String, String)> {
    let mut nodes = BTreeSet::new();
    for account in list(&description["accounts"]) {
        for cluster in list(&account["clusters"]) {
            let region = cluster["region"].as_str().unwrap_or("eu-west-1");
            let place = format!("{}/{region}/{}", text(&account["name"]), text(&cluster["name"]));
            nodes.extend(list(&cluster["nodes"]).iter().map(|set| (place.clone(), text(set).to_owned())));
        }
    }
    nodes
}

/// The sets of nodes that a report with what passes tells of.
pub(super) fn nodes_found(report: &Report, accounts: &Accounts) -> BTreeSet<(String, String)> {
    let of_each_set = report.findings.iter().filter(|finding| finding.rule == "NR001");
    of_each_set
        .flat_map(|finding| finding.node_groups.iter().map(move |group| (finding, group)))
        .map(|(finding, group)| {
            let account = finding.account.to_string();
            let name = if group.name.starts_with("i-") { "i-*" } else { &group.name };
            let place = format!("{}/{}/{}", accounts.name(&account), group.region, group.cluster);
            (place, format!("{} {name} {}", group.kind.as_str(), role_of(finding)))
        })
        .collect()
}

/// A list, one thing in the place of a list, or nothing.
pub(super) fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(many) => many,
        Value::Null => &[],
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => std::slice::from_ref(value),
    }
}

/// A text that must be there.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text is needed, not {value}"))
}
