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
