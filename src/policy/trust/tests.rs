//! Tests of who may assume a role.

use std::sync::Arc;

use super::{
    ConditionEntry, Principal, SESSION_ACTIONS, TrustGrant, WebIdentity, grants, service_may, web_identity_may,
};
use crate::policy::{Document, Hinge, Layer, Outcome};

const EC2: &str = "ec2.amazonaws.com";
const ISSUER: &str = "oidc.eks.us-east-1.amazonaws.com/id/ABC";

fn trust(statements: &str) -> Document {
    Document::parse_trust(&format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}]}}")).unwrap()
}

/// A statement on sts:AssumeRole.
fn statement(effect: &str, rest: &str) -> String {
    format!("{{\"Effect\": \"{effect}\", \"Action\": \"sts:AssumeRole\", {rest}}}")
}

fn allow(rest: &str) -> String {
    statement("Allow", rest)
}

fn ec2_may(statements: &[String]) -> Outcome {
    service_may(&trust(&statements.join(",")), EC2, "sts:AssumeRole").outcome
}

/// The principals of the grants, in order.
fn principals(statements: &[String]) -> Vec<Principal> {
    grants(&trust(&statements.join(","))).into_iter().map(|grant| grant.principal).collect()
}

const TO_EC2: &str = r#""Principal": {"Service": "ec2.amazonaws.com"}"#;

#[test]
fn every_spelling_of_the_ec2_statement_is_understood() {
    let spellings = [
        TO_EC2,
        r#""Principal": {"Service": ["eks.amazonaws.com", "ec2.amazonaws.com"]}"#,
        r#""Principal": {"AWS": "111122223333", "Service": ["ec2.amazonaws.com"]}, "Sid": "x""#,
        r#""Principal": "*""#,
        r#""Principal": {"AWS": "*"}"#,
        r#""NotPrincipal": {"AWS": "111122223333"}"#,
    ];
    for spelling in spellings {
        assert_eq!(ec2_may(&[allow(spelling)]), Outcome::Allowed, "{spelling}");
        for action in ["\"sts:*\"", "\"*\"", "[\"sts:TagSession\", \"STS:assumerole\"]"] {
            let statement = allow(spelling).replace("\"sts:AssumeRole\"", action);
            assert_eq!(ec2_may(&[statement]), Outcome::Allowed, "{action}");
        }
    }
    let not_action = allow(TO_EC2).replace("\"Action\": \"sts:AssumeRole\"", "\"NotAction\": \"sts:TagSession\"");
    assert_eq!(ec2_may(&[not_action]), Outcome::Allowed);
}

#[test]
fn who_is_not_named_may_not() {
    let others = [
        r#""Principal": {"Service": "eks.amazonaws.com"}"#,
        r#""Principal": {"AWS": "ec2.amazonaws.com"}"#,
        r#""Principal": {"Federated": "ec2.amazonaws.com"}"#,
        r#""NotPrincipal": {"Service": "ec2.amazonaws.com"}"#,
        r#""Principal": {"AWS": "arn:aws:iam::111122223333:root"}"#,
    ];
    for other in others {
        assert_eq!(ec2_may(&[allow(other)]), Outcome::ImplicitDeny, "{other}");
    }
    let tag = allow(TO_EC2).replace("sts:AssumeRole", "sts:TagSession");
    assert_eq!(ec2_may(&[tag]), Outcome::ImplicitDeny);
}

#[test]
fn a_condition_on_the_ec2_statement_is_conditional() {
    let condition = r#", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}"#;
    let trust = trust(&allow(&format!("{TO_EC2}{condition}")));
    let decision = service_may(&trust, EC2, "sts:AssumeRole");
    assert_eq!(decision.outcome, Outcome::Conditional);
    assert_eq!(decision.hinges, [Hinge::Key("aws:SourceAccount".to_owned())]);
    assert_eq!(decision.by[0].layer, Layer::Trust);
}

#[test]
fn deny_statements_count() {
    let deny = |rest: &str| ec2_may(&[allow(TO_EC2), statement("Deny", rest)]);
    assert_eq!(deny(TO_EC2), Outcome::ExplicitDeny);
    assert_eq!(deny(r#""Principal": "*""#), Outcome::ExplicitDeny);
    assert_eq!(deny(r#""NotPrincipal": {"AWS": "111122223333"}"#), Outcome::ExplicitDeny);
    assert_eq!(deny(r#""NotPrincipal": {"Service": "ec2.amazonaws.com"}"#), Outcome::Allowed);
    assert_eq!(deny(r#""Principal": {"AWS": "111122223333"}"#), Outcome::Allowed);
    let conditional = r#""Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#;
    assert_eq!(deny(conditional), Outcome::Conditional);
}

#[test]
fn principals_are_told_apart() {
    let names = r#""Principal": {"AWS": ["111122223333", "arn:aws:iam::444455556666:root", "arn:aws:iam::1:role/x",
        "AROAEXAMPLEEXAMPLE12", "*"], "Service": "ec2.amazonaws.com", "Federated": "accounts.google.com",
        "CanonicalUser": "abc"}"#;
    let expected = [
        Principal::Account("111122223333".to_owned()),
        Principal::Account("444455556666".to_owned()),
        Principal::Arn("arn:aws:iam::1:role/x".to_owned()),
        Principal::Deleted("AROAEXAMPLEEXAMPLE12".to_owned()),
        Principal::Everyone,
        Principal::Service(EC2.to_owned()),
        Principal::Federated("accounts.google.com".to_owned()),
        Principal::CanonicalUser("abc".to_owned()),
    ];
    assert_eq!(principals(&[allow(names)]), expected);
    let but = Principal::EveryoneBut(vec!["111122223333".to_owned(), EC2.to_owned()]);
    let not = r#""NotPrincipal": {"AWS": "111122223333", "Service": "ec2.amazonaws.com"}"#;
    assert_eq!(principals(&[allow(not)]), [but]);
    assert_eq!(principals(&[allow(r#""NotPrincipal": "*""#)]), []);
}

#[test]
fn a_grant_has_the_actions_that_open_a_session_and_its_condition() {
    let web = r#"{"Sid": "Web", "Effect": "Allow", "Action": "sts:*", "Principal": {"Federated": "accounts.google.com"},
        "Condition": {"StringLike": {"accounts.google.com:Sub": ["a", "b"]}}}"#;
    let tag = allow(TO_EC2).replace("sts:AssumeRole", "sts:TagSession");
    let found = grants(&trust(&format!("{tag}, {web}")));
    let expected = TrustGrant {
        principal: Principal::Federated("accounts.google.com".to_owned()),
        actions: SESSION_ACTIONS.to_vec(),
        statement: 1,
        sid: Some("Web".into()),
        condition: Some(r#"{"StringLike":{"accounts.google.com:Sub":["a","b"]}}"#.into()),
        condition_keys: Arc::new([ConditionEntry {
            operator: "StringLike".to_owned(),
            key: "accounts.google.com:sub".to_owned(),
            values: vec!["a".to_owned(), "b".to_owned()],
        }]),
        narrowed_by: Vec::new(),
    };
    assert_eq!(found, [expected]);
}

#[test]
fn what_is_known_of_a_statement_is_shared_by_all_whom_it_concerns() {
    let names = |from: usize| (from..from + 4_000).map(|n| format!(r#""{n}""#)).collect::<Vec<_>>().join(",");
    let condition = |key: &str| format!(r#""Condition": {{"StringLike": {{"{key}": ["{}"]}}}}"#, "x".repeat(15_000));
    let given = format!(r#""Principal": {{"Service": [{}]}}, {}"#, names(0), condition("aws:a"));
    let taken = format!(r#""Principal": {{"Service": [{}]}}"#, names(2_000));
    let narrowed = format!(r#""Principal": "*", {}"#, condition("aws:b"));
    let document = trust(&[allow(&given), statement("Deny", &taken), statement("Deny", &narrowed)].join(","));
    let found = grants(&document);
    assert_eq!(found.len(), 2_000);
    for grant in &found {
        assert!(Arc::ptr_eq(&grant.condition_keys, &found[0].condition_keys));
        assert!(Arc::ptr_eq(grant.condition.as_ref().unwrap(), found[0].condition.as_ref().unwrap()));
        assert!(grant.narrowed_by.len() == 1 && Arc::ptr_eq(&grant.narrowed_by[0], &found[0].narrowed_by[0]));
    }
}

#[test]
fn a_deny_that_covers_a_principal_removes_its_grant() {
    let role = r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/x"}"#;
    let session = r#""Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/x/me"}"#;
    let account = r#""Principal": {"AWS": "111122223333"}"#;
    let but_other = r#""NotPrincipal": {"AWS": "444455556666"}"#;
    for (granted, denied) in [
        (role, role),
        (role, account),
        (session, account),
        (session, role),
        (role, but_other),
        (TO_EC2, r#""Principal": "*""#),
    ] {
        assert_eq!(principals(&[allow(granted), statement("Deny", denied)]), [], "{granted} less {denied}");
    }
    for (granted, denied) in [(role, TO_EC2), (role, r#""NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/x"}"#)]
    {
        let found = grants(&trust(&[allow(granted), statement("Deny", denied)].join(",")));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].narrowed_by, [], "{granted} less {denied}");
    }
}

#[test]
fn a_deny_of_some_or_under_a_condition_narrows_a_grant() {
    let role = r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/x"}"#;
    let account = r#""Principal": {"AWS": "111122223333"}"#;
    let everyone = r#""Principal": "*""#;
    let outside = r#""Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}"#;
    let but_account = r#""NotPrincipal": {"AWS": "111122223333"}"#;
    for (granted, denied, keys) in [
        (account, role, 0),
        (everyone, account, 0),
        (account, outside, 1),
        (everyone, outside, 1),
        (role, but_account, 0),
    ] {
        let found = grants(&trust(&[allow(granted), statement("Deny", denied)].join(",")));
        assert_eq!(found.len(), 1, "{granted} less {denied}");
        assert_eq!(found[0].narrowed_by.len(), 1, "{granted} less {denied}");
        assert_eq!((found[0].narrowed_by[0].statement, found[0].narrowed_by[0].condition_keys.len()), (1, keys));
    }
}

#[test]
fn a_service_account_is_trusted_by_its_subject() {
    let web = |operator: &str, subject: &str| {
        let provider = format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}");
        trust(&format!(
            r#"{{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {{"Federated": "{provider}"}},
                "Condition": {{"{operator}": {{"{ISSUER}:sub": "{subject}"}}, "StringEqualsIgnoreCase": {{"{ISSUER}:aud": "sts.amazonaws.com"}}}}}}"#
        ))
    };
    let aws_node = |issuer: &'static str| WebIdentity {
        issuer,
        subject: "system:serviceaccount:kube-system:aws-node",
        audience: "sts.amazonaws.com",
    };
    let issuer = "https://oidc.eks.us-east-1.amazonaws.com/id/ABC";
    let exact = web("StringEquals", "system:serviceaccount:kube-system:aws-node");
    assert_eq!(web_identity_may(&exact, aws_node(issuer)).outcome, Outcome::Allowed);
    assert_eq!(web_identity_may(&exact, aws_node(ISSUER)).outcome, Outcome::Allowed);
    let other = aws_node("https://oidc.eks.us-east-1.amazonaws.com/id/XABC");
    assert_eq!(web_identity_may(&exact, other).outcome, Outcome::ImplicitDeny);
    let like = web("StringLike", "system:serviceaccount:kube-system:*");
    assert_eq!(web_identity_may(&like, aws_node(issuer)).outcome, Outcome::Allowed);
    let foreign = web("StringEquals", "system:serviceaccount:default:app");
    assert_eq!(web_identity_may(&foreign, aws_node(issuer)).outcome, Outcome::ImplicitDeny);
    let asks_more = web("StringEquals", "system:serviceaccount:kube-system:aws-node").to_string();
    let asks_more =
        Document::parse_trust(&asks_more.replace("\"Condition\":{", "\"Condition\":{\"Bool\":{\"aws:x\":\"true\"},"));
    assert_eq!(web_identity_may(&asks_more.unwrap(), aws_node(issuer)).outcome, Outcome::Conditional);
}
