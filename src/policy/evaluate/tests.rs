//! Tests of how layers, Deny statements and what is unknown combine.

use std::sync::Arc;

use super::{NamedPolicy, PolicySet};
use crate::policy::{Context, Decider, Decision, Document, Effect, Hinge, Layer, Outcome, Request};

fn policy(name: &str, statements: &str) -> NamedPolicy {
    let text = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}]}}");
    NamedPolicy { name: name.to_owned(), document: Ok(Arc::new(Document::parse_permissions(&text).unwrap())) }
}

fn lost(name: &str) -> NamedPolicy {
    NamedPolicy { name: name.to_owned(), document: Err("access denied".to_owned()) }
}

const ALLOW: &str = r#"{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}"#;
const DENY: &str = r#"{"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}"#;
const NOTHING: &str = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
const ALLOW_IN_VPC: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*",
    "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}"#;
const DENY_OUTSIDE: &str = r#"{"Effect": "Deny", "Action": "*", "Resource": "*",
    "Condition": {"StringNotEquals": {"AWS:SourceVpc": "vpc-1"}, "Bool": {"aws:ViaAWSService": "false"}}}"#;

fn identity(statements: &[&str]) -> PolicySet {
    PolicySet { identity: vec![policy("own", &statements.join(","))], ..PolicySet::default() }
}

fn decide_in(policies: &PolicySet, context: &Context) -> Decision {
    policies.decide(Request { action: "ec2:DescribeTags", resource: "*", context })
}

fn decide(policies: &PolicySet) -> Decision {
    decide_in(policies, &Context::partial())
}

fn key(name: &str) -> Hinge {
    Hinge::Key(name.to_owned())
}

#[test]
fn without_policies_nothing_is_granted() {
    let decision = decide(&PolicySet::default());
    assert_eq!(decision.outcome, Outcome::ImplicitDeny);
    let nobody = Decider { layer: Layer::Identity, policy: None, statement: None, sid: None, effect: None };
    assert_eq!(decision.by, [nobody]);
}

#[test]
fn the_statements_of_each_layer_that_grant_are_named() {
    let mut policies = identity(&[NOTHING, ALLOW]);
    policies.boundary = Some(policy("limit", ALLOW));
    policies.service_control = vec![vec![policy("FullAWSAccess", ALLOW)]];
    let decision = decide(&policies);
    assert_eq!(decision.outcome, Outcome::Allowed);
    let named: Vec<_> = decision.by.iter().map(|by| (by.layer, by.policy.as_deref(), by.statement)).collect();
    let expected = [
        (Layer::Identity, Some("own"), Some(1)),
        (Layer::Boundary, Some("limit"), Some(0)),
        (Layer::ServiceControl(0), Some("FullAWSAccess"), Some(0)),
    ];
    assert_eq!(named, expected);
    assert_eq!((decision.by[0].sid.as_deref(), decision.by[0].effect), (Some("All"), Some(Effect::Allow)));
}

#[test]
fn every_layer_must_grant() {
    let limits: [fn(&mut PolicySet); 4] = [
        |policies| policies.boundary = Some(policy("limit", NOTHING)),
        |policies| policies.session = Some(policy("session", NOTHING)),
        |policies| policies.service_control = vec![vec![policy("all", ALLOW)], vec![policy("some", NOTHING)]],
        |policies| policies.service_control = vec![vec![]],
    ];
    for limit in limits {
        let mut policies = identity(&[ALLOW]);
        assert_eq!(decide(&policies).outcome, Outcome::Allowed);
        limit(&mut policies);
        assert_eq!(decide(&policies).outcome, Outcome::ImplicitDeny, "{policies:?}");
    }
}

#[test]
fn a_deny_of_any_layer_wins_even_where_nothing_grants() {
    let mut policies = identity(&[NOTHING]);
    policies.service_control = vec![vec![policy("all", ALLOW), policy("guard", DENY)]];
    let decision = decide(&policies);
    assert_eq!(decision.outcome, Outcome::ExplicitDeny);
    assert_eq!(decision.by.len(), 1);
    assert_eq!(decision.by[0].policy.as_deref(), Some("guard"));
}

#[test]
fn an_allow_under_an_unknown_condition_is_conditional_unless_another_grants() {
    let decision = decide(&identity(&[ALLOW_IN_VPC]));
    assert_eq!((decision.outcome, decision.hinges), (Outcome::Conditional, vec![key("aws:SourceVpc")]));
    assert_eq!(decide(&identity(&[ALLOW_IN_VPC, ALLOW])).outcome, Outcome::Allowed);
}

#[test]
fn a_deny_under_an_unknown_condition_makes_an_allow_conditional() {
    let decision = decide(&identity(&[ALLOW, DENY_OUTSIDE]));
    assert_eq!(decision.outcome, Outcome::Conditional);
    assert_eq!(decision.hinges, [key("AWS:SourceVpc"), key("aws:ViaAWSService")]);
    let named: Vec<_> = decision.by.iter().map(|by| (by.statement, by.effect)).collect();
    assert_eq!(named, [(Some(1), Some(Effect::Deny))]);
}

#[test]
fn a_deny_whose_condition_fails_for_certain_is_none() {
    let mut context = Context::partial();
    context.set("aws:ViaAWSService", vec!["true".to_owned()]);
    assert_eq!(decide_in(&identity(&[ALLOW, DENY_OUTSIDE]), &context).outcome, Outcome::Allowed);
    context.set("aws:ViaAWSService", vec!["false".to_owned()]);
    context.set_absent("aws:SourceVpc");
    assert_eq!(decide_in(&identity(&[ALLOW, DENY_OUTSIDE]), &context).outcome, Outcome::ExplicitDeny);
}

#[test]
fn an_implicit_deny_stays_one_whatever_an_unknown_deny_says() {
    assert_eq!(decide(&identity(&[NOTHING, DENY_OUTSIDE])).outcome, Outcome::ImplicitDeny);
}

#[test]
fn a_known_deny_wins_over_what_is_unknown() {
    let mut policies = identity(&[ALLOW_IN_VPC, DENY]);
    policies.identity.push(lost("lost"));
    let decision = decide(&policies);
    assert_eq!((decision.outcome, decision.hinges.len()), (Outcome::ExplicitDeny, 0));
}

#[test]
fn one_key_in_several_spellings_is_one_hinge() {
    let decision = decide(&identity(&[ALLOW_IN_VPC, DENY_OUTSIDE]));
    assert_eq!(decision.hinges, [key("AWS:SourceVpc"), key("aws:ViaAWSService")]);
}

#[test]
fn a_policy_that_cannot_be_read_never_disappears() {
    let hinge = |name: &str| Hinge::Policy { name: name.to_owned(), reason: "access denied".to_owned() };
    for layer in [Layer::Identity, Layer::Boundary, Layer::Session, Layer::ServiceControl(0)] {
        let mut policies = identity(&[ALLOW]);
        match layer {
            Layer::Identity | Layer::Trust => policies.identity.push(lost("lost")),
            Layer::Boundary => policies.boundary = Some(lost("lost")),
            Layer::Session => policies.session = Some(lost("lost")),
            Layer::ServiceControl(_) => policies.service_control = vec![vec![policy("all", ALLOW), lost("lost")]],
        }
        let decision = decide(&policies);
        assert_eq!((decision.outcome, decision.hinges), (Outcome::Conditional, vec![hinge("lost")]), "{layer:?}");
        assert_eq!(decision.by[0].layer, layer);
    }
}

#[test]
fn a_variable_of_an_unknown_key_in_a_resource_is_a_hinge() {
    let own = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:PrincipalTag/team}/*"}"#;
    let context = Context::partial();
    let request = Request { action: "s3:GetObject", resource: "arn:aws:s3:::a/b", context: &context };
    let decision = identity(&[own]).decide(request);
    assert_eq!((decision.outcome, decision.hinges), (Outcome::Conditional, vec![key("aws:PrincipalTag/team")]));
}
