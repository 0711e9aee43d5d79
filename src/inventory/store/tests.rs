//! Tests of saving and loading: what is saved is what is loaded, and what is wrong is told by place.

use std::collections::BTreeMap;
use std::error::Error;

use serde_json::{Value, json};

use super::{InventoryError, load, load_within, save};
use crate::failure::FailureClass;
use crate::inventory::{
    Access, Account, Cluster, Inventory, PolicyVersion, RegionFacts, Role, RoleRecord, SCHEMA, Target, UNLISTED,
};
use crate::known::{Gap, Known};
use crate::report::sample;

fn gap() -> Gap {
    Gap {
        api: "eks:DescribeCluster".to_owned(),
        resource: "arn:aws:eks:eu-west-1:111122223333:cluster/prod".to_owned(),
        class: FailureClass::Denied,
        error: "AccessDeniedException".to_owned(),
        message: "no \u{201c}way\u{201d}".to_owned(),
    }
}

fn inventory() -> Inventory {
    let role = Role {
        arn: "arn:aws:iam::111122223333:role/eks/nodes".parse().unwrap(),
        id: "AROA1".to_owned(),
        created_at: Some("2024-05-06T07:08:09Z".parse().unwrap()),
        trust: "{\"Statement\":[]}".to_owned(),
        attached: Known::Value(Vec::new()),
        inline: Known::Value(vec![Known::Missing(gap())]),
        boundary: None,
        tags: [("team".to_owned(), "a".to_owned())].into(),
        instance_profiles: Known::Missing(gap()),
        last_used_at: None,
    };
    let roles = [
        ("nodes", RoleRecord::Found(Box::new(role))),
        ("lost", RoleRecord::NoSuchRole),
        ("hidden", RoleRecord::Missing(gap())),
    ];
    let account = Account {
        id: "111122223333".parse().unwrap(),
        name: Some("prod".to_owned()),
        organization_path: Some("o-1/r-1/ou-1".to_owned()),
        access: Access::Entered,
        regions: vec![RegionFacts {
            name: "eu-west-1".parse().unwrap(),
            clusters: Known::Value(vec![Cluster::unread(UNLISTED, &gap()), Cluster::unread("prod", &gap())]),
            compute: None,
            gaps: vec![gap()],
        }],
        roles: roles.map(|(name, record)| (name.to_owned(), record)).into(),
        role_list: Known::Value(()),
        instance_profiles: BTreeMap::new(),
        service_control_gap: None,
        service_control_policies: Some(vec![Vec::new()]),
        gaps: Vec::new(),
    };
    let refused = Account {
        id: "222233334444".parse().unwrap(),
        access: Access::Refused(gap()),
        regions: Vec::new(),
        roles: BTreeMap::new(),
        role_list: Known::Missing(gap()),
        ..account.clone()
    };
    let version = PolicyVersion { version_id: "v3".to_owned(), document: "{}".to_owned() };
    Inventory {
        schema: SCHEMA.to_owned(),
        run_id: "r-1".to_owned(),
        tool_version: "0.1.0".to_owned(),
        started_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        finished_at: "2026-01-01T00:01:00.5Z".parse().unwrap(),
        partition: crate::ids::Partition::Aws,
        organization_id: None,
        target: Some(Target { clusters: vec!["prod".to_owned()], roles: Vec::new() }),
        accounts: vec![account, refused],
        policies: [
            ("arn:aws:iam::aws:policy/A".to_owned(), Known::Value(version)),
            ("arn:aws:iam::aws:policy/B".to_owned(), Known::Missing(gap())),
        ]
        .into(),
        api_calls: [("eks:DescribeCluster".to_owned(), 1)].into(),
        throttled: 0,
        retries: BTreeMap::new(),
        throttles: BTreeMap::new(),
    }
}

fn saved() -> String {
    let mut bytes = Vec::new();
    save(&inventory(), &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn refusal(text: &str) -> InventoryError {
    load(text.as_bytes()).expect_err("it was taken")
}

/// The saved form with one value changed.
fn with(pointer: &str, value: Value) -> String {
    let mut document: Value = serde_json::from_str(&saved()).unwrap();
    *document.pointer_mut(pointer).unwrap() = value;
    document.to_string()
}

#[test]
fn what_is_saved_is_what_is_loaded() {
    assert_eq!(load(saved().as_bytes()).unwrap(), inventory());
}

#[test]
fn an_inventory_is_one_line_and_always_the_same() {
    let text = saved();
    assert_eq!((text.matches('\n').count(), text.ends_with('\n')), (1, true));
    assert_eq!(text, saved());
}

#[test]
fn facts_and_missing_facts_look_as_documented() {
    let document: Value = serde_json::from_str(&saved()).unwrap();
    let missing = json!({ "missing": {
        "api": "eks:DescribeCluster", "resource": "arn:aws:eks:eu-west-1:111122223333:cluster/prod", "class": "denied",
        "error": "AccessDeniedException", "message": "no \u{201c}way\u{201d}" } });
    for (pointer, expected) in [
        ("/accounts/0/role_list", json!({ "value": null })),
        ("/accounts/0/access", json!("entered")),
        ("/accounts/0/roles/lost", json!("no_such_role")),
        ("/accounts/0/roles/hidden", missing.clone()),
        ("/accounts/0/roles/nodes/found/inline/value/0", missing.clone()),
        ("/accounts/0/regions/0/clusters/value/0/name", json!("*")),
        ("/accounts/0/regions/0/clusters/value/1/detail", missing.clone()),
        ("/accounts/1/access/refused", missing["missing"].clone()),
        ("/policies/arn:aws:iam::aws:policy~1B", missing),
        ("/finished_at", json!("2026-01-01T00:01:00.5Z")),
    ] {
        assert_eq!(document.pointer(pointer), Some(&expected), "{pointer}");
    }
}

#[test]
fn another_version_is_named_before_anything_else_is_looked_at() {
    let text = r#"{"schema":"noderole.inventory/2","accounts":"of another form"}"#;
    let error = refusal(text);
    assert!(matches!(&error, InventoryError::Schema { found: Some(found) } if found == "noderole.inventory/2"));
    let message = error.to_string();
    assert!(
        message.contains("noderole.inventory/2") && message.contains(SCHEMA) && message.contains("--save-inventory")
    );
}

#[test]
fn json_that_is_no_inventory_is_told_apart() {
    for text in ["{}", "[]", "42", r#"{"schema":null}"#, r#"{"schema":3}"#, r#"{"findings":[]}"#] {
        let error = refusal(text);
        assert!(matches!(error, InventoryError::Schema { found: None }), "{text}");
        assert!(error.to_string().contains("names no schema"), "{error}");
    }
}

#[test]
fn truncated_json_is_refused_wherever_it_is_cut() {
    let text = saved();
    for (cut, part) in (0..text.trim_end().len()).filter_map(|cut| Some((cut, text.get(..cut)?))) {
        let error = refusal(part);
        assert!(matches!(error, InventoryError::Json { line: 0 | 1, .. }), "cut at {cut}: {error}");
        assert!(error.source().is_some() && error.to_string().contains("not complete JSON"));
    }
}

#[test]
fn text_that_is_no_json_or_no_text_is_refused() {
    let error = refusal("account,region\n");
    assert!(matches!(error, InventoryError::Json { line: 1, column: 1, .. }));
    assert!(error.to_string().contains("is not JSON"), "{error}");
    assert!(matches!(load(b"{\"a\": \"\xff".as_slice()), Err(InventoryError::NotUtf8 { at: 7 })));
    let error = load_within(10, b"{\"schema\": 1}".as_slice()).unwrap_err();
    assert!(error.to_string().contains("larger than the 10 bytes that are read"), "{error}");
}

#[test]
fn a_wrong_form_is_told_with_its_place() {
    for (pointer, value, path) in [
        ("/accounts/0/id", json!("12"), "accounts[0].id"),
        ("/accounts/0/regions/0/name", json!("Mars"), "accounts[0].regions[0].name"),
        ("/accounts/0/role_list", json!({ "perhaps": 1 }), "accounts[0].role_list"),
        ("/accounts/0/gaps", json!(null), "accounts[0].gaps"),
        ("/started_at", json!("yesterday"), "started_at"),
        ("/partition", json!("aws-moon"), "partition"),
    ] {
        let error = refusal(&with(pointer, value));
        let InventoryError::Form { path: found, message } = &error else { panic!("{pointer}: {error}") };
        assert!(found.starts_with(path), "{found} is not {path}");
        assert!(!message.is_empty() && error.to_string().contains(path));
        assert!(!message.contains("column") && error.to_string().contains("--save-inventory"), "{error}");
    }
}

#[test]
fn a_field_that_is_unknown_or_lacking_is_refused() {
    let mut document: Value = serde_json::from_str(&saved()).unwrap();
    document["accounts"][0]["colour"] = json!("red");
    assert!(
        matches!(refusal(&document.to_string()), InventoryError::Form { message, .. } if message.contains("colour"))
    );
    let mut document: Value = serde_json::from_str(&saved()).unwrap();
    document["accounts"][0].as_object_mut().unwrap().remove("roles");
    assert!(
        matches!(refusal(&document.to_string()), InventoryError::Form { message, .. } if message.contains("roles"))
    );
}

#[test]
fn two_documents_in_one_file_are_refused() {
    assert!(load(format!("{}{}", saved(), saved()).as_bytes()).is_err());
}

#[test]
fn an_account_or_a_region_that_is_there_twice_and_no_account_at_all_are_refused() {
    let document: Value = serde_json::from_str(&saved()).unwrap();
    let account = document["accounts"][0].clone();
    for (pointer, value, path) in [
        ("/accounts", json!([account, account]), "accounts[1].id"),
        ("/accounts/0/regions", json!([account["regions"][0], account["regions"][0]]), "accounts[0].regions[1].name"),
        ("/accounts", json!([]), "accounts"),
    ] {
        let error = refusal(&with(pointer, value));
        assert!(matches!(&error, InventoryError::Form { path: found, .. } if found == path), "{error}");
    }
}

#[test]
fn a_refusal_repeats_little_of_a_hostile_inventory_and_nesting_is_no_end() {
    let long = r"x\u001b[31m\u202e".repeat(50_000);
    let deep = "[".repeat(100_000);
    let good = sample::inventory_json();
    let with = |pointer: &str, instead: &str| {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = json!("PLACE");
        document.to_string().replace("\"PLACE\"", instead)
    };
    for text in [
        format!(r#"{{"schema": "{long}"}}"#),
        with("/accounts/0/id", &format!("\"{long}\"")),
        with("/accounts/0/roles", &format!(r#"{{"{long}": 1}}"#)),
        with("/accounts/0", &deep),
        with("/accounts/0/roles", &format!(r#"{{"x": {{"found": {deep}"#)),
        with("/policies", &format!(r#"{{"x": {{"value": {deep}"#)),
        good.to_string().replacen('{', &format!(r#"{{"tomorrow": {deep}"#), 1),
    ] {
        let error = refusal(&text).to_string();
        assert!(error.len() < 1300 && !error.chars().any(crate::echo::deceives), "{} bytes: {error:.300}", error.len());
    }
}
