//! An explanation as people see it.

use super::*;
use crate::explain::TrustExplained;
use crate::report::table::Colour;
use crate::rules::requirements::SetName;

fn grant(outcome: Outcome, why: &str, by: &[&str]) -> Grant {
    Grant { outcome, why: why.to_owned(), by: by.iter().map(|by| (*by).to_owned()).collect(), hangs_on: None }
}

fn need(set: SetName, action: &str, needed: &'static str, grant: Grant) -> NeedExplained {
    NeedExplained {
        set,
        action: action.to_owned(),
        resource: "*".to_owned(),
        region: "eu-west-1".parse().unwrap(),
        needed,
        symptom: String::new(),
        source: String::new(),
        grant,
    }
}

/// The text about a role with an open trust and needs of two sets.
fn text() -> String {
    let hinge = "the condition key aws:SourceVpc";
    let open = || Grant {
        hangs_on: Some(hinge.to_owned()),
        ..grant(Outcome::Conditional, &format!("undecided for want of {hinge}"), &[])
    };
    let allowed = || {
        let by = ["statement 0 of policy `arn:p`", "statement 0 of service control policy `Full` of level 0"];
        grant(Outcome::Allowed, "allowed by statement 0 of policy `arn:p`", &by)
    };
    let trust = grant(Outcome::ImplicitDeny, "not granted by any policy", &[]);
    let role = RoleExplained {
        account: "111122223333".parse().unwrap(),
        role_arn: "arn:aws:iam::111122223333:role/prod-node".to_owned(),
        node_groups: Vec::new(),
        unread: None,
        service_control_policies_read: true,
        trust: Some(TrustExplained { principal: "ec2.amazonaws.com".to_owned(), granted: Some(trust), unread: None }),
        needs: vec![
            need(SetName::Worker, "ec2:One", "required", allowed()),
            need(SetName::Worker, "ec2:Two", "unsure", open()),
            need(SetName::Worker, "ec2:Three", "required", grant(Outcome::ImplicitDeny, "not granted", &[])),
            need(SetName::Worker, "ec2:Four", "required", allowed()),
            need(SetName::EcrPull, "ecr:One", "required", open()),
        ],
        aws_node: Vec::new(),
    };
    let mut text = Vec::new();
    let explanation = Explanation { target: "prod/ng-1".to_owned(), roles: vec![role], missing: Vec::new() };
    write(&explanation, Look { width: 80, colour: Colour::Off }, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_trust_policy_that_lets_nobody_in_is_no_missing_grant() {
    let text = text();
    let expected = "May ec2.amazonaws.com assume it? no: no statement of the trust policy lets it";
    assert!(text.contains(expected) && !text.contains("any policy"), "{text}");
}

#[test]
fn what_is_missing_stands_first_and_what_is_granted_is_one_line() {
    let text = text();
    let at = |needle: &str| text.find(needle).unwrap_or_else(|| panic!("no {needle} in:\n{text}"));
    assert!(at("ec2:Three") < at("ec2:Two") && at("ec2:Two") < at("2 more, by policy `arn:p`\n"), "{text}");
    assert!(!text.contains("ec2:One") && !text.contains("Full"), "{text}");
    assert!(at("--format json") > at("2 more"), "{text}");
}

#[test]
fn a_reason_is_told_once_over_all_sets_and_doubt_is_told_in_words() {
    let text = text();
    assert_eq!(text.matches("aws:SourceVpc").count(), 1, "{text}");
    assert_eq!(text.matches("for the same reason").count(), 1, "{text}");
    assert!(text.contains("(whether the nodes need it is not known)") && !text.contains("unsure"), "{text}");
}
