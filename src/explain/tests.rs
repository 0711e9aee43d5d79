//! What an explanation says of a small account.

use super::*;
use crate::policy::Outcome;

fn inventory() -> Inventory {
    serde_json::from_str(include_str!("tests/account.json")).unwrap()
}

#[test]
fn a_role_is_found_by_its_arn_whatever_the_path_and_by_its_node_group() {
    for target in ["arn:aws:iam::111122223333:role/eks/nodes", "arn:aws:iam::111122223333:role/nodes", "prod/ng-1"] {
        let explanation = explain(&inventory(), &Settings::default(), target, &[]).unwrap();
        assert_eq!(explanation.roles.len(), 1, "{target}");
        assert_eq!(explanation.roles[0].node_groups[0].name, "ng-1");
    }
}

#[test]
fn each_need_names_the_statement_that_decides_it() {
    let explanation = explain(&inventory(), &Settings::default(), "prod/ng-1", &[]).unwrap();
    let role = &explanation.roles[0];
    let find = |action: &str| role.needs.iter().find(|need| need.action == action).unwrap();
    let denied = &find("ecr:BatchGetImage").grant;
    assert_eq!(denied.outcome, Outcome::ExplicitDeny);
    assert_eq!(denied.by, ["statement `DenyEcr` of inline policy `lockdown`"]);
    assert_eq!(find("ec2:DescribeInstances").grant.by, ["statement 0 of inline policy `lockdown`"]);
    assert_eq!(find("eks-auth:AssumeRoleForPodIdentity").grant.outcome, Outcome::ImplicitDeny);
    assert_eq!(role.trust.as_ref().unwrap().granted.as_ref().unwrap().outcome, Outcome::Allowed);
}

#[test]
fn who_serves_aws_node_is_told_with_what_it_grants() {
    let explanation = explain(&inventory(), &Settings::default(), "prod/ng-1", &[]).unwrap();
    let server = &explanation.roles[0].aws_node[0];
    assert_eq!(
        (server.served_by, server.role_arn.as_deref()),
        ("node_role", Some("arn:aws:iam::111122223333:role/eks/nodes"))
    );
    assert!(server.needs.iter().all(|need| need.grant.outcome == Outcome::Allowed), "{:?}", server.needs);
}

#[test]
fn what_is_not_found_is_answered_with_what_is_near() {
    let error = explain(&inventory(), &Settings::default(), "prod/ng-2", &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`prod/ng-2` is neither a node role's ARN nor CLUSTER/NODE_GROUP of what was read; near it are prod/ng-1, \
         arn:aws:iam::111122223333:role/eks/nodes"
    );
}

#[test]
fn an_explanation_is_json_with_words_for_people() {
    let explanation = explain(&inventory(), &Settings::default(), "prod/ng-1", &[]).unwrap();
    let value = serde_json::to_value(&explanation).unwrap();
    assert_eq!(value["roles"][0]["needs"][0]["set"], "worker");
    assert_eq!(value["roles"][0]["needs"][0]["grant"]["outcome"], "allowed");
}

/// The account with what `change` makes of its JSON.
fn changed(change: impl FnOnce(&mut serde_json::Value)) -> Inventory {
    let mut account: serde_json::Value = serde_json::from_str(include_str!("tests/account.json")).unwrap();
    change(&mut account);
    serde_json::from_value(account).unwrap()
}

fn cluster(account: &mut serde_json::Value) -> &mut serde_json::Value {
    &mut account["accounts"][0]["regions"][0]["clusters"]["value"][0]
}

#[test]
fn hybrid_nodes_are_explained_by_the_name_of_their_role_and_by_their_own_set() {
    let inventory = changed(|account| {
        cluster(account)["access_entries"] = serde_json::json!({"value": [{
            "principal_arn": "arn:aws:iam::111122223333:role/edge",
            "detail": {"value": {"kind": "HYBRID_LINUX", "created_at": null}},
        }]});
        let mut edge = account["accounts"][0]["roles"]["nodes"].clone();
        edge["found"]["arn"] = "arn:aws:iam::111122223333:role/edge".into();
        account["accounts"][0]["roles"]["edge"] = edge;
    });
    let explanation = explain(&inventory, &Settings::default(), "prod/edge", &[]).unwrap();
    let role = &explanation.roles[0];
    assert_eq!(role.node_groups[0].kind, NodeKind::Hybrid);
    assert!(role.needs.iter().any(|need| need.action == "eks:ListAccessEntries"));
    assert!(role.needs.iter().all(|need| need.action != "ec2:DescribeInstances"));
    let trust = role.trust.as_ref().unwrap();
    assert!(HYBRID_SERVICES.contains(&trust.principal.as_str()), "{}", trust.principal);
}

#[test]
fn nodes_that_ec2_would_tell_of_may_be_hidden_by_a_failed_call() {
    let inventory = changed(|account| {
        let gap = serde_json::json!({"missing": {"api": "ec2:DescribeInstances", "resource": "eu-west-1", "class": "denied",
            "error": "UnauthorizedOperation", "message": ""}});
        account["accounts"][0]["regions"][0]["compute"] = serde_json::json!({
            "instances": gap, "auto_scaling_groups": {"value": []}, "launch_templates": {}, "launch_configurations": {},
            "metadata_defaults": {"value": {"enabled": null, "tokens_required": null, "hop_limit": null}},
        });
    });
    let error = explain(&inventory, &Settings::default(), "prod/spot", &[]).unwrap_err();
    assert!(error.to_string().contains("ec2:DescribeInstances"), "{error}");
}
