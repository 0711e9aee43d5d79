//! The context that an audit knows, and what missing documents do.

use super::*;
use crate::policy::{Hinge, Outcome};

/// An account of one role, with whatever its policies are.
fn decide(role: &serde_json::Value, region: &str, action: &str, resource: &str) -> Decision {
    decide_in(role, &serde_json::json!({}), region, action, resource)
}

fn decide_in(
    role: &serde_json::Value,
    account: &serde_json::Value,
    region: &str,
    action: &str,
    resource: &str,
) -> Decision {
    let (inventory, account, role) = facts(role, account);
    let documents = Documents::of(&inventory);
    Permissions::of(&inventory, &documents, &account, &role).decide(&region.parse().unwrap(), action, resource)
}

fn facts(role: &serde_json::Value, account: &serde_json::Value) -> (Inventory, Account, Role) {
    let mut whole_role = serde_json::json!({
        "arn": "arn:aws:iam::111122223333:role/nodes/prod", "id": "AROAPROD", "created_at": null, "trust": "{}",
        "attached": {"value": []}, "inline": {"value": []}, "boundary": null, "tags": {"team": "shop"},
        "instance_profiles": {"value": []}, "last_used_at": null,
    });
    let mut whole_account = serde_json::json!({
        "id": "111122223333", "name": null, "organization_path": "o-a1/r-b2/ou-c3", "access": "entered", "regions": [],
        "roles": {}, "role_list": {"value": null}, "service_control_policies": null, "gaps": [],
    });
    for (whole, part) in [(&mut whole_role, role), (&mut whole_account, account)] {
        for (key, value) in part.as_object().unwrap() {
            whole[key] = value.clone();
        }
    }
    let inventory = serde_json::json!({
        "schema": crate::inventory::SCHEMA, "run_id": "r", "tool_version": "0",
        "started_at": "2026-11-24T06:00:00Z", "finished_at": "2026-11-24T06:00:00Z", "partition": "aws",
        "organization_id": "o-a1", "target": null, "accounts": [], "policies": {}, "api_calls": {}, "throttled": 0,
    });
    let read = |value| serde_json::from_value(value).unwrap();
    (serde_json::from_value(inventory).unwrap(), read_account(whole_account), read(whole_role))
}

fn read_account(value: serde_json::Value) -> Account {
    serde_json::from_value(value).unwrap()
}

/// A role that may do everything under one condition.
fn under(operator: &str, key: &str, value: &str) -> serde_json::Value {
    let mut condition = serde_json::json!({});
    condition[operator][key] = value.into();
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    ]});
    serde_json::json!({"inline": {"value": [{"value": {"name": "p", "document": document.to_string()}}]}})
}

const OWN: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/a";

#[test]
fn conditions_on_what_an_audit_knows_are_decided() {
    for (operator, key, value, expected) in [
        ("StringEquals", "aws:RequestedRegion", "eu-west-1", Outcome::Allowed),
        ("StringEquals", "aws:RequestedRegion", "us-east-1", Outcome::ImplicitDeny),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/nodes/*", Outcome::Allowed),
        ("StringEquals", "aws:PrincipalAccount", "111122223333", Outcome::Allowed),
        ("StringEquals", "aws:PrincipalOrgID", "o-a1", Outcome::Allowed),
        ("StringEquals", "aws:PrincipalOrgID", "o-b2", Outcome::ImplicitDeny),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1/r-b2/ou-c3/*", Outcome::Allowed),
        ("StringEquals", "aws:PrincipalTag/team", "shop", Outcome::Allowed),
        ("StringEquals", "aws:PrincipalTag/TEAM", "shop", Outcome::Allowed),
        ("Null", "aws:PrincipalTag/other", "true", Outcome::Allowed),
        ("StringEquals", "aws:PrincipalTag/other", "x", Outcome::ImplicitDeny),
        ("Bool", "aws:SecureTransport", "true", Outcome::Allowed),
        ("Bool", "aws:ViaAWSService", "true", Outcome::ImplicitDeny),
        ("StringEquals", "aws:ResourceAccount", "111122223333", Outcome::Allowed),
        ("StringEquals", "aws:ResourceOrgID", "o-a1", Outcome::Allowed),
        ("Null", "aws:username", "true", Outcome::Allowed),
    ] {
        let decision = decide(&under(operator, key, value), "eu-west-1", "ecr:BatchGetImage", OWN);
        assert_eq!(decision.outcome, expected, "{operator} {key} {value}: {decision:?}");
    }
}

#[test]
fn conditions_on_the_live_request_stay_open_and_name_their_key() {
    for key in ["aws:SourceVpc", "aws:SourceIp", "ec2:SourceInstanceARN", "aws:CurrentTime", "aws:RequestTag/x"] {
        let decision = decide(&under("StringEquals", key, "x"), "eu-west-1", "ec2:DescribeInstances", "*");
        assert_eq!((decision.outcome, decision.hinges), (Outcome::Conditional, vec![Hinge::Key(key.to_owned())]));
    }
}

#[test]
fn whose_a_foreign_repository_is_in_the_organization_is_not_known() {
    let role = under("StringEquals", "aws:ResourceOrgID", "o-a1");
    let decision = decide(&role, "eu-west-1", "ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:602401143452:repository/a");
    assert_eq!(decision.outcome, Outcome::Conditional);
}

#[test]
fn a_policy_that_cannot_be_read_leaves_everything_open() {
    let gap = serde_json::json!({"api": "iam:GetRolePolicy", "resource": "prod/x", "class": "denied", "error": "AccessDenied", "message": ""});
    let everything = serde_json::json!({"value": {"name": "all", "document": EVERYTHING}});
    for role in [
        serde_json::json!({"inline": {"missing": gap}}),
        serde_json::json!({"inline": {"value": [everything, {"missing": gap}]}}),
        serde_json::json!({"inline": {"value": [everything]}, "attached": {"missing": gap}}),
        serde_json::json!({"inline": {"value": [everything]}, "boundary": "arn:aws:iam::111122223333:policy/gone"}),
        serde_json::json!({"inline": {"value": [everything, {"value": {"name": "broken", "document": "{"}}]}}),
    ] {
        let decision = decide(&role, "eu-west-1", "ec2:DescribeInstances", "*");
        assert_eq!(decision.outcome, Outcome::Conditional, "{role}");
        assert!(matches!(decision.hinges.as_slice(), [Hinge::Policy { .. }]), "{decision:?}");
    }
}

const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

#[test]
fn a_level_of_service_control_policies_that_grants_nothing_denies_and_none_at_all_does_not() {
    let role = serde_json::json!({"inline": {"value": [{"value": {"name": "all", "document": EVERYTHING}}]}});
    let of = |levels: serde_json::Value| {
        let account = serde_json::json!({"service_control_policies": levels});
        decide_in(&role, &account, "eu-west-1", "ec2:DescribeInstances", "*").outcome
    };
    assert_eq!(of(serde_json::json!(null)), Outcome::Allowed);
    assert_eq!(of(serde_json::json!([[{"name": "Full", "document": EVERYTHING}]])), Outcome::Allowed);
    assert_eq!(of(serde_json::json!([[{"name": "Full", "document": EVERYTHING}], []])), Outcome::ImplicitDeny);
}

#[test]
fn session_tags_of_pod_identity_are_open_and_those_of_instances_are_absent() {
    let role = under("StringEquals", "aws:PrincipalTag/kubernetes-namespace", "kube-system");
    let (inventory, account, role) = facts(&role, &serde_json::json!({}));
    let documents = Documents::of(&inventory);
    let permissions = documents.permissions(&inventory, &account, &role);
    let region: Region = "eu-west-1".parse().unwrap();
    let decide = |permissions: &Permissions| permissions.decide(&region, "ec2:DescribeTags", "*").outcome;
    assert_eq!(decide(&permissions), Outcome::ImplicitDeny);
    assert_eq!(decide(&permissions.in_session(&documents, Session::WebIdentity, None)), Outcome::ImplicitDeny);
    assert_eq!(decide(&permissions.in_session(&documents, Session::PodIdentity, None)), Outcome::Conditional);
}

#[test]
fn the_boundary_that_grants_nothing_is_named() {
    let role = serde_json::json!({
        "inline": {"value": [{"value": {"name": "all", "document": EVERYTHING}}]},
        "boundary": "arn:aws:iam::111122223333:policy/b",
    });
    let (mut inventory, account, role) = facts(&role, &serde_json::json!({}));
    let document = EVERYTHING.replace("\"Action\":\"*\"", "\"Action\":\"s3:*\"");
    let version = crate::inventory::PolicyVersion { version_id: "v1".to_owned(), document };
    inventory.policies.insert("arn:aws:iam::111122223333:policy/b".to_owned(), Known::Value(version));
    let documents = Documents::of(&inventory);
    let permissions = Permissions::of(&inventory, &documents, &account, &role);
    let decision = permissions.decide(&"eu-west-1".parse().unwrap(), "ec2:DescribeTags", "*");
    assert_eq!(decision.by[0].policy.as_deref(), Some("arn:aws:iam::111122223333:policy/b"));
}

#[test]
fn a_trust_policy_is_read_to_its_own_limit_though_the_same_text_is_a_document_that_is_short_enough() {
    let (inventory, ..) = facts(&serde_json::json!({}), &serde_json::json!({}));
    let documents = Documents::of(&inventory);
    let of_sid = |letters: usize| {
        let sid = "x".repeat(letters);
        format!(r#"{{"Statement":[{{"Sid":"{sid}","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}]}}"#)
    };
    let (short, long) = (of_sid(1_000), of_sid(crate::policy::document::MAX_TRUST_BYTES));
    assert!(documents.parsed(&short).is_ok() && documents.trust(&short).is_ok());
    assert!(documents.parsed(&long).is_ok());
    assert!(documents.trust(&long).unwrap_err().contains("a trust policy of"));
}
