//! Policy documents: of permissions, of trust, of either.

use std::path::Path;
use std::sync::Arc;

use noderole::policy::trust::{self, WebIdentity};
use noderole::policy::{Context, Document, DocumentError, NamedPolicy, Outcome, PolicySet, Request};
use serde_json::Value;

use super::{seeds, told};

/// AWS's own policies, trust policies, and policies with conditions and variables of the independent evaluator's cases.
///
/// # Panics
/// Where they cannot be read.
pub fn seeds(root: &Path) -> Vec<Vec<u8>> {
    let mut found = seeds::files(&root.join("tests/policy/managed"), "json");
    found.extend(seeds::files(&root.join("fuzz/seeds/trust"), "json"));
    for case in seeds::lines(&root.join("tests/policy/iam-cases.jsonl"), 40) {
        documents(&serde_json::from_slice(&case).unwrap(), &mut found);
    }
    found
}

fn documents(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::Object(members) => {
            let texts = members.get("document").map(|document| document.to_string().into_bytes());
            found.extend(texts.filter(|text| text.len() < 24_000));
            members.values().for_each(|member| documents(member, found));
        }
        Value::Array(list) => list.iter().for_each(|element| documents(element, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A document is read or refused with its place; one that is read prints itself, and decides.
pub fn hold(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for parse in [Document::parse, Document::parse_permissions, Document::parse_trust] {
        match parse(text) {
            Ok(document) => is_whole(document),
            Err(error) => is_placed(&error, text),
        }
    }
}

fn is_whole(document: Document) {
    let printed = document.to_string();
    let again = Document::parse(&printed).unwrap_or_else(|error| panic!("{error} in {printed}"));
    assert_eq!(again, document, "printed and read again it is another");
    let identity = WebIdentity { issuer: "https://oidc.example", subject: "system:serviceaccount:a:b", audience: "c" };
    trust::service_may(&document, "ec2.amazonaws.com", "sts:AssumeRole");
    trust::web_identity_may(&document, identity);
    assert!(trust::grants(&document).iter().all(|grant| !grant.actions.is_empty()));
    let policy = NamedPolicy { name: "fuzzed".to_owned(), document: Ok(Arc::new(document)) };
    let set = PolicySet { identity: vec![policy.clone()], boundary: Some(policy), ..PolicySet::default() };
    for context in [Context::partial(), Context::complete()] {
        for (action, resource) in [
            ("ec2:DescribeInstances", "*"),
            ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:111122223333:repository/team/api"),
            ("iam:PassRole", "arn:aws:iam::111122223333:role/nodes/one"),
        ] {
            let decision = set.decide(Request { action, resource, context: &context });
            assert!(!decision.by.is_empty(), "nobody decided");
            let is_open = decision.outcome == Outcome::Conditional;
            assert_eq!(is_open, !decision.hinges.is_empty(), "{:?}", decision.hinges);
            assert!(!(is_open && context == Context::complete()), "everything was known");
        }
    }
}

fn is_placed(error: &DocumentError, text: &str) {
    told::is_clear(&error.to_string());
    // a document that is URL-encoded can have more lines than its text
    let lines = text.lines().count().max(1) + text.matches('%').count() + 1;
    assert!((1..=lines).contains(&error.line) && error.column > 0, "{error} of {lines} lines");
}
