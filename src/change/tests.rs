//! Each operation, each trap of its parameters, and what is refused.

use serde_json::json;

use super::*;

const ACCOUNT: &str = "111122223333";

/// The name of the remediation role.
const OWN: Option<&str> = Some("NodeRoleRemediation");

/// An event of CloudTrail with these parameters.
fn event(service: &str, name: &str, request: impl Into<Value>) -> Value {
    json!({
        "version": "0", "id": "6f87d04b-9f74-4f04-a780-7acf4b0a9b38", "detail-type": "AWS API Call via CloudTrail",
        "source": format!("aws.{service}"), "account": ACCOUNT, "time": "2026-11-23T09:15:04Z", "region": "us-east-1",
        "resources": [],
        "detail": {
            "eventVersion": "1.11", "eventTime": "2026-11-23T09:15:04Z", "eventSource": format!("{service}.amazonaws.com"),
            "eventName": name, "awsRegion": "us-east-1", "eventID": "e-1", "readOnly": false,
            "recipientAccountId": ACCOUNT, "requestParameters": request.into(), "responseElements": null,
            "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/deployer/ci"}
        }
    })
}

fn subject(event: &Value) -> Subject {
    match Heard::parse(&event.to_string(), OWN) {
        Ok(Heard::Change(change)) => change.subject,
        other => panic!("{other:?}"),
    }
}

fn role(name: &str) -> RoleArn {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}").parse().unwrap()
}

fn cluster(name: &str, role: Option<RoleArn>) -> Subject {
    Subject::Cluster { region: "us-east-1".parse().unwrap(), cluster: name.to_owned(), role }
}

#[test]
fn each_watched_operation_names_what_is_to_be_audited() {
    for watched in WATCHED {
        let request = json!({
            "name": "prod", "roleName": "node", "policyArn": format!("arn:aws:iam::{ACCOUNT}:policy/ci/own"),
            "setAsDefault": true, "instanceProfileName": "profile", "addonName": "vpc-cni",
            "resourceArn": format!("arn:aws:eks:us-east-1:{ACCOUNT}:cluster/prod"),
        });
        let service = watched.service.source().trim_start_matches("aws.");
        let found = subject(&event(service, watched.name, request));
        let expected = match watched.names {
            watched::Names::Cluster | watched::Names::Addon | watched::Names::Association | watched::Names::Tagged => {
                cluster("prod", None)
            }
            watched::Names::Role | watched::Names::RoleOfProfile => Subject::Role(role("node")),
            watched::Names::Profile => Subject::InstanceProfile("profile".to_owned()),
            watched::Names::Policy | watched::Names::PolicyVersion => {
                Subject::Policy(format!("arn:aws:iam::{ACCOUNT}:policy/ci/own"))
            }
            watched::Names::Provider => Subject::Account,
        };
        assert_eq!(found, expected, "{}", watched.name);
    }
    let names: std::collections::BTreeSet<_> = WATCHED.iter().map(|watched| (watched.service, watched.name)).collect();
    assert_eq!(names.len(), WATCHED.len(), "each stands once");
}

#[test]
fn the_account_the_operation_and_the_id_are_told() {
    let text = event("iam", "DetachRolePolicy", json!({"roleName": "node"})).to_string();
    let Ok(Heard::Change(change)) = Heard::parse(&text, OWN) else { panic!("not taken") };
    assert_eq!(
        (change.account.as_str(), change.operation.as_str(), change.event_id.as_str()),
        (ACCOUNT, "iam:DetachRolePolicy", "e-1")
    );
}

#[test]
fn an_arn_in_the_uri_arrives_percent_encoded() {
    let request = json!({"name": "prod", "principalArn": "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Feks%2Fnode"});
    assert_eq!(subject(&event("eks", "AssociateAccessPolicy", request)), cluster("prod", Some(role("eks/node"))));
}

#[test]
fn the_cluster_is_found_under_each_of_its_spellings() {
    assert_eq!(subject(&event("eks", "CreateNodegroup", json!({"clusterName": "prod"}))), cluster("prod", None));
    let mut answered = event("eks", "CreateNodegroup", Value::Null);
    answered["detail"]["responseElements"] =
        json!({"nodegroup": {"clusterName": "prod", "nodeRole": role("node").as_str()}});
    assert_eq!(subject(&answered), cluster("prod", Some(role("node"))));
}

#[test]
fn a_role_of_another_account_is_not_followed() {
    let request = json!({"name": "prod", "principalArn": "arn:aws:iam::999988887777:role/node"});
    assert_eq!(subject(&event("eks", "CreateAccessEntry", request)), cluster("prod", None));
}

#[test]
fn what_changes_no_verdict_starts_nothing() {
    let with = |path: &str, value: Value| {
        let mut event = event("iam", "AttachRolePolicy", json!({"roleName": "node"}));
        let (parent, key) = path.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[key] = value;
        event
    };
    let own = "arn:aws:sts::111122223333:assumed-role/NodeRoleRemediation/noderole-20261123";
    for (event, why) in [
        (with("/detail/errorCode", json!("AccessDenied")), "the call failed (AccessDenied)"),
        (with("/detail/readOnly", json!(true)), "the call only read"),
        (with("/detail/userIdentity/arn", json!(own)), "noderole's own"),
        (event("eks", "CreateAddon", json!({"name": "prod", "addonName": "coredns"})), "concerns nothing"),
        (
            event("iam", "CreatePolicyVersion", json!({"policyArn": "arn:aws:iam::111122223333:policy/x"})),
            "concerns nothing",
        ),
    ] {
        let heard = Heard::parse(&event.to_string(), OWN);
        let Ok(Heard::Nothing(told)) = &heard else { panic!("{heard:?}") };
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn nobody_hides_a_change_by_the_name_of_a_session_or_user() {
    let mut event = event("iam", "AttachRolePolicy", json!({"roleName": "node"}));
    for caller in [
        "arn:aws:sts::111122223333:assumed-role/deployer/NodeRoleRemediation",
        "arn:aws:iam::111122223333:user/NodeRoleRemediation",
        "",
    ] {
        event["detail"]["userIdentity"]["arn"] = json!(caller);
        assert_eq!(subject(&event), Subject::Role(role("node")), "{caller}");
    }
}

#[test]
fn an_event_that_contradicts_itself_is_refused() {
    let changed = |path: &str, value: &str| {
        let mut event = event("iam", "AttachRolePolicy", json!({"roleName": "node"}));
        *event.pointer_mut(path).unwrap() = json!(value);
        event
    };
    let parameters = |service, name, request: Value| event(service, name, request);
    for forged in [
        changed("/account", "999988887777"),
        changed("/region", "eu-west-1"),
        changed("/source", "aws.eks"),
        parameters("iam", "AttachRolePolicy", json!({"roleName": "../../user/root"})),
        parameters("iam", "AttachRolePolicy", json!({"roleName": "a%2Fb"})),
        parameters("iam", "SetDefaultPolicyVersion", json!({"policyArn": "arn:aws:iam::999988887777:policy/x"})),
        parameters(
            "iam",
            "SetDefaultPolicyVersion",
            json!({"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ),
        parameters("iam", "CreateInstanceProfile", json!({"instanceProfileName": "x/../y"})),
        parameters("eks", "CreateNodegroup", json!({"name": "prod/../../x"})),
        parameters("eks", "TagResource", json!({"resourceArn": "arn:aws:eks:us-east-1:999988887777:cluster/prod"})),
    ] {
        let heard = Heard::parse(&forged.to_string(), OWN);
        assert!(matches!(heard, Err(ChangeError::Forged(_))), "{heard:?} of {forged}");
    }
}

#[test]
fn what_is_no_event_of_cloudtrail_is_refused_with_what_was_expected() {
    let scheduled = include_str!("../../events/scheduled.json");
    for text in ["", "{}", "[]", "null", scheduled, &"[".repeat(100_000), r#"{"source": "aws.eks"}"#] {
        let message = match Heard::parse(text, OWN) {
            Err(error @ ChangeError::Malformed(_)) => error.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(message.contains("AWS API Call via CloudTrail") && message.len() < 400, "{message}");
    }
    let nameless = event("eks", "CreateNodegroup", json!({}));
    assert!(matches!(Heard::parse(&nameless.to_string(), OWN), Err(ChangeError::Malformed(_))));
}

#[test]
fn an_operation_that_is_not_watched_is_told_by_name_and_without_control_characters() {
    let message =
        Heard::parse(&event("iam", "ListRoles\u{1b}[31m", Value::Null).to_string(), OWN).unwrap_err().to_string();
    assert!(message.contains("`ListRoles\u{fffd}[31m of iam.amazonaws.com` starts no audit"), "{message}");
}
