//! Random policies over few actions, resources, keys and values, so that they meet often.

use std::collections::BTreeMap;
use std::sync::Arc;

use noderole::policy::{Context, Document, NamedPolicy, PolicySet};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::reference::Known;

/// What requests ask for.
pub(crate) const ACTIONS: [&str; 4] = ["ec2:DescribeTags", "ec2:CreateTags", "ecr:BatchGetImage", "iam:PassRole"];

/// What requests are about.
pub(crate) const RESOURCES: [&str; 6] = [
    "*",
    "arn:aws:ec2:us-east-1:111122223333:instance/i-0a",
    "arn:aws:ecr:us-east-1:111122223333:repository/team/api",
    "arn:aws:iam::111122223333:role/nodes/one",
    "arn:aws:s3:::bucket/key",
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-a",
];

/// The keys that conditions test, in lower case.
pub(crate) const KEYS: [&str; 4] = ["aws:sourcevpc", "aws:principaltag/team", "aws:securetransport", "s3:max-keys"];

/// The values that keys and conditions have.
pub(crate) const VALUES: [&str; 9] = ["vpc-1", "vpc-2", "Web", "web", "true", "false", "7", "8", ""];

/// Layers of documents: identity, then perhaps a boundary, then levels of SCPs.
#[derive(Debug, Clone)]
pub(crate) struct Layers {
    /// Identity policies.
    pub(crate) identity: Vec<Value>,
    /// The boundary.
    pub(crate) boundary: Option<Value>,
    /// Levels of SCPs.
    pub(crate) levels: Vec<Vec<Value>>,
}

impl Layers {
    /// As the evaluator takes them.
    pub(crate) fn policy_set(&self) -> PolicySet {
        PolicySet {
            identity: self.identity.iter().map(named).collect(),
            boundary: self.boundary.as_ref().map(named),
            session: None,
            service_control: self.levels.iter().map(|level| level.iter().map(named).collect()).collect(),
        }
    }

    /// As the reference takes them.
    pub(crate) fn lists(&self) -> Vec<Vec<Value>> {
        let boundary = self.boundary.iter().map(|document| vec![document.clone()]);
        [self.identity.clone()].into_iter().chain(boundary).chain(self.levels.clone()).collect()
    }
}

/// A policy of a document.
pub(crate) fn named(document: &Value) -> NamedPolicy {
    let parsed = Document::parse_permissions(&document.to_string()).unwrap();
    NamedPolicy { name: "policy".to_owned(), document: Ok(Arc::new(parsed)) }
}

/// A context with these values and nothing else.
pub(crate) fn complete(known: &Known) -> Context {
    let mut context = Context::complete();
    for (key, values) in known {
        context.set(key, values.clone());
    }
    context
}

pub(crate) fn layers() -> impl Strategy<Value = Layers> {
    let level = vec(document(), 0..3);
    (vec(document(), 1..4), proptest::option::weighted(0.3, document()), vec(level, 0..3))
        .prop_map(|(identity, boundary, levels)| Layers { identity, boundary, levels })
}

pub(crate) fn document() -> impl Strategy<Value = Value> {
    vec(statement(), 1..4).prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
}

pub(crate) fn known() -> impl Strategy<Value = Known> {
    btree_map(select(&KEYS[..]).prop_map(str::to_owned), values(), 0..5)
}

pub(crate) fn values() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        6 => select(&VALUES[..8]).prop_map(|value| vec![value.to_owned()]),
        1 => vec(select(&VALUES[..8]).prop_map(str::to_owned), 0..3),
    ]
}

pub(crate) fn statement() -> impl Strategy<Value = Value> {
    let effect = prop_oneof![2 => Just("Allow"), 1 => Just("Deny")];
    let actions = vec(action_pattern(), 1..3);
    let resources = prop_oneof![3 => Just(vec!["*".to_owned()]), 2 => vec(resource_pattern(), 1..3)];
    let inverted = || proptest::bool::weighted(0.15);
    (effect, inverted(), actions, inverted(), resources, proptest::option::weighted(0.5, condition())).prop_map(
        |(effect, not_action, actions, not_resource, resources, condition)| {
            let mut statement = Map::new();
            statement.insert("Effect".to_owned(), json!(effect));
            statement.insert(if not_action { "NotAction" } else { "Action" }.to_owned(), json!(actions));
            statement.insert(if not_resource { "NotResource" } else { "Resource" }.to_owned(), json!(resources));
            if let Some(condition) = condition {
                statement.insert("Condition".to_owned(), condition);
            }
            Value::Object(statement)
        },
    )
}

/// One of the texts, with some of it made wildcards.
fn loosened(text: &'static str) -> impl Strategy<Value = String> {
    (0..=text.len(), 0..=text.len(), select(&["", "?", "*"][..])).prop_map(move |(one, other, wildcard)| {
        let (start, end) = (one.min(other), one.max(other).min(one.min(other) + 4));
        if wildcard.is_empty() { text.to_owned() } else { format!("{}{wildcard}{}", &text[..start], &text[end..]) }
    })
}

pub(crate) fn action_pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        4 => select(&ACTIONS[..]).prop_flat_map(loosened),
        1 => select(&ACTIONS[..]).prop_map(str::to_uppercase),
    ]
}

pub(crate) fn resource_pattern() -> impl Strategy<Value = String> {
    let shortened =
        select(&RESOURCES[1..]).prop_flat_map(|text| (1..text.len()).prop_map(move |end| format!("{}*", &text[..end])));
    prop_oneof![4 => select(&RESOURCES[..]).prop_flat_map(loosened), 2 => shortened]
}

fn condition() -> impl Strategy<Value = Value> {
    let operator = select(
        &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
            "Bool",
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericGreaterThanEquals",
            "Null",
        ][..],
    );
    let prefix = prop_oneof![4 => Just(""), 1 => Just("ForAllValues:"), 1 => Just("ForAnyValue:")];
    let suffix = prop_oneof![3 => Just(""), 1 => Just("IfExists")];
    let name = (prefix, operator, suffix).prop_map(|(prefix, operator, suffix)| match operator {
        "Null" => operator.to_owned(),
        _ => format!("{prefix}{operator}{suffix}"),
    });
    let value = prop_oneof![5 => select(&VALUES[..8]).prop_map(str::to_owned), 1 => Just("*e*".to_owned())];
    let keys = btree_map(
        select(&["aws:SourceVpc", "aws:PrincipalTag/team", "aws:SecureTransport", "s3:max-keys"][..]),
        vec(value, 1..3),
        1..3,
    );
    btree_map(name, keys, 1..3).prop_map(|block: BTreeMap<String, BTreeMap<&str, Vec<String>>>| json!(block))
}
