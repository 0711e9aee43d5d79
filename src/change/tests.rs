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

/// Names that lead elsewhere where somebody takes them for what they are not.
const ELSEWHERE: [&str; 22] = [
    "",
    ".",
    "..",
    "../prod",
    "prod/../../x",
    "prod%2F..%2Fx",
    "prod%252Fx",
    "%2e%2e%2f",
    "prod%00",
    "prod\0",
    "prod\n",
    "prod x",
    "pr\u{f6}d",
    "\u{661}\u{662}",
    "\u{ff50}rod",
    "prod\u{200b}",
    "*",
    "prod?x=1",
    "prod#x",
    "arn:aws:iam::999988887777:role/node",
    "arn:aws:eks:us-east-1:999988887777:cluster/prod",
    "prod:999988887777",
];

#[test]
fn no_name_leads_out_of_the_account_cluster_or_role_that_it_names() {
    let long = "x".repeat(100_000);
    for name in ELSEWHERE.into_iter().chain([long.as_str()]) {
        for (service, operation, parameter) in [
            ("eks", "CreateNodegroup", "name"),
            ("eks", "CreateNodegroup", "clusterName"),
            ("eks", "CreatePodIdentityAssociation", "clusterName"),
            ("iam", "AttachRolePolicy", "roleName"),
            ("iam", "AddRoleToInstanceProfile", "roleName"),
            ("iam", "CreateInstanceProfile", "instanceProfileName"),
            ("iam", "SetDefaultPolicyVersion", "policyArn"),
            ("eks", "TagResource", "resourceArn"),
        ] {
            let heard = Heard::parse(&event(service, operation, json!({parameter: name})).to_string(), OWN);
            // a name that is only dots is one to IAM, and is sent as a parameter of a query
            let is_dots = parameter == "roleName" || parameter == "instanceProfileName";
            match heard {
                Err(error) => assert!(error.to_string().len() < 400, "{error}"),
                Ok(heard) => assert!(is_dots && [".", ".."].contains(&name), "{heard:?} of {name}"),
            }
        }
    }
}

#[test]
fn no_arn_of_another_partition_account_region_or_service_is_followed() {
    let tagged = |arn: &str| Heard::parse(&event("eks", "TagResource", json!({"resourceArn": arn})).to_string(), OWN);
    for arn in [
        "arn:aws-cn:eks:us-east-1:111122223333:cluster/prod",
        "arn:aws:eks:eu-west-1:111122223333:cluster/prod",
        "arn:aws:eks:us-east-1:999988887777:cluster/prod",
        "arn:aws:iam:us-east-1:111122223333:cluster/prod",
        "x:y:z:us-east-1:111122223333:cluster/prod",
        "arn:aws:eks:us-east-1:111122223333:cluster/prod%2F..",
        "arn:aws:eks:us-east-1:111122223333:cluster/",
    ] {
        assert!(matches!(tagged(arn), Err(ChangeError::Forged(_))), "{arn}");
    }
    for arn in [
        "arn:aws-cn:iam::111122223333:role/node",
        "arn:aws:iam::999988887777:role/node",
        "arn:aws:iam::111122223333:user/node",
        "arn:aws:sts::111122223333:assumed-role/node/x",
        "arn%3Aaws%3Aiam%3A%3A999988887777%3Arole%2Fnode",
    ] {
        for key in ["nodeRole", "principalArn", "roleArn", "podExecutionRoleArn"] {
            let request = json!({"name": "prod", key: arn});
            assert_eq!(subject(&event("eks", "CreateNodegroup", request)), cluster("prod", None), "{key}: {arn}");
        }
    }
    for arn in [
        "arn:aws-cn:iam::111122223333:policy/x",
        "arn:aws:iam::111122223333:policy/",
        "arn:aws:iam::111122223333:role/x",
        "arn:aws:iam::111122223333:policy/x y",
        &format!("arn:aws:iam::111122223333:policy/{}", "x".repeat(2048)),
    ] {
        let heard = Heard::parse(&event("iam", "DeletePolicy", json!({"policyArn": arn})).to_string(), OWN);
        assert!(matches!(heard, Err(ChangeError::Forged(_))), "{heard:?}");
    }
}

#[test]
fn nobody_hides_a_change_by_a_path_or_another_accounts_role() {
    let mut event = event("iam", "AttachRolePolicy", json!({"roleName": "node"}));
    for caller in [
        // a user's path may hold whatever an ARN holds
        "arn:aws:iam::111122223333:user/:assumed-role/NodeRoleRemediation/bob",
        "arn:aws:sts::999988887777:assumed-role/NodeRoleRemediation/x",
        "arn:aws-cn:sts::111122223333:assumed-role/NodeRoleRemediation/x",
        "arn:aws:sts::111122223333:assumed-role/NodeRoleRemediation2/x",
        "x:assumed-role/NodeRoleRemediation/x",
    ] {
        event["detail"]["userIdentity"]["arn"] = json!(caller);
        assert_eq!(subject(&event), Subject::Role(role("node")), "{caller}");
    }
}

#[test]
fn members_of_another_type_are_no_event_or_name_nothing() {
    let good = event("eks", "CreateNodegroup", json!({"name": "prod"}));
    for pointer in
        ["/detail", "/account", "/region", "/source", "/detail-type", "/detail/eventName", "/detail/awsRegion"]
    {
        for wrong in [json!(7), json!([good]), json!({"detail-type": good}), json!(true), json!("x".repeat(10_000))] {
            let mut event = good.clone();
            *event.pointer_mut(pointer).unwrap() = wrong;
            let error = Heard::parse(&event.to_string(), OWN).unwrap_err().to_string();
            assert!(error.len() < 700, "{error}");
        }
    }
    for wrong in [json!(7), json!(["name"]), json!({"name": {"name": "prod"}}), json!("name"), Value::Null] {
        let heard = Heard::parse(&event("eks", "CreateNodegroup", wrong).to_string(), OWN);
        assert!(matches!(heard, Err(ChangeError::Malformed(_))), "{heard:?}");
    }
    let large = format!("{good}{}", " ".repeat(MAX_BYTES));
    assert!(Heard::parse(&large, OWN).unwrap_err().to_string().contains("at most 1048576 are read"));
}

#[test]
fn an_account_is_twelve_ascii_digits_and_a_region_is_a_name() {
    for (pointer, wrong) in [
        ("/account", "11112222333"),
        ("/account", "\u{661}\u{661}\u{661}\u{661}\u{662}\u{662}\u{662}\u{662}\u{663}\u{663}\u{663}\u{663}"),
        ("/account", "111122223333 "),
        ("/account", "111122223333/.."),
        ("/region", "us-east-1.evil.example"),
        ("/region", "us-east-\u{661}"),
        ("/region", "us-east-1/"),
        ("/region", &format!("us-{}-1", "e".repeat(60))),
    ] {
        let mut event = event("iam", "AttachRolePolicy", json!({"roleName": "node"}));
        *event.pointer_mut(pointer).unwrap() = json!(wrong);
        assert!(Heard::parse(&event.to_string(), OWN).is_err(), "{wrong}");
    }
}
