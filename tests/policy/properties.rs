//! What must hold for every policy, request and context.

use std::sync::Arc;

use noderole::policy::{Context, Decision, Document, NamedPolicy, Outcome, PolicySet, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::Value;

use crate::reference::{self, Known};
use crate::strategies::{
    ACTIONS, KEYS, Layers, RESOURCES, VALUES, complete, document, known, layers, named, resource_pattern, statement,
};

fn decide(policies: &PolicySet, action: &str, resource: &str, context: &Context) -> Decision {
    policies.decide(Request { action, resource, context })
}

/// How much an outcome lets through.
fn strength(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Allowed => 2,
        Outcome::Conditional => 1,
        Outcome::ImplicitDeny | Outcome::ExplicitDeny => 0,
    }
}

/// The context with some keys of which nothing is known.
fn partly(known: &Known, unknown: &[&str]) -> Context {
    let mut context = complete(known);
    for key in unknown {
        context.set_unknown(key);
    }
    context
}

fn unknown_keys() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(KEYS.to_vec(), 0..=KEYS.len())
}

/// A document with one statement more, which denies.
fn with_deny(document: &Value, statement: &Value) -> Value {
    let mut deny = statement.clone();
    deny["Effect"] = "Deny".into();
    let mut longer = document.clone();
    longer["Statement"].as_array_mut().unwrap().push(deny);
    longer
}

/// The same statements in another order.
fn reversed(document: &Value) -> Value {
    let mut other = document.clone();
    other["Statement"].as_array_mut().unwrap().reverse();
    other
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, ..ProptestConfig::default() })]

    #[test]
    fn the_decision_is_that_of_the_reference(
        layers in layers(), action in select(&ACTIONS[..]), resource in select(&RESOURCES[..]), known in known(),
    ) {
        let decision = decide(&layers.policy_set(), action, resource, &complete(&known));
        let expected = reference::outcome(&layers.lists(), action, resource, &known);
        prop_assert_eq!(decision.outcome.as_str(), expected);
        prop_assert!(!decision.by.is_empty());
        prop_assert!(decision.hinges.is_empty());
    }

    #[test]
    fn a_resource_pattern_matches_what_the_reference_matches(
        pattern in resource_pattern(), resource in select(&RESOURCES[..]),
    ) {
        let document = serde_json::json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": pattern}});
        let policies = PolicySet { identity: vec![named(&document)], ..PolicySet::default() };
        let decision = decide(&policies, "s3:GetObject", resource, &Context::complete());
        prop_assert_eq!(decision.outcome == Outcome::Allowed, reference::arn(&pattern, resource));
    }

    #[test]
    fn adding_a_deny_never_allows_more(
        layers in layers(), deny in statement(), place in any::<Index>(), action in select(&ACTIONS[..]),
        resource in select(&RESOURCES[..]), known in known(), unknown in unknown_keys(),
    ) {
        let context = partly(&known, &unknown);
        let before = decide(&layers.policy_set(), action, resource, &context);
        let mut more = layers;
        let changed = place.get_mut(&mut more.identity);
        *changed = with_deny(changed, &deny);
        let after = decide(&more.policy_set(), action, resource, &context);
        prop_assert!(strength(after.outcome) <= strength(before.outcome), "{before:?} became {after:?}");
    }

    #[test]
    fn the_order_of_statements_and_policies_never_matters(
        layers in layers(), action in select(&ACTIONS[..]), resource in select(&RESOURCES[..]), known in known(),
        unknown in unknown_keys(),
    ) {
        let other = Layers {
            identity: layers.identity.iter().rev().map(reversed).collect(),
            boundary: layers.boundary.as_ref().map(reversed),
            levels: layers.levels.iter().map(|level| level.iter().rev().map(reversed).collect()).collect(),
        };
        let context = partly(&known, &unknown);
        let one = decide(&layers.policy_set(), action, resource, &context);
        let two = decide(&other.policy_set(), action, resource, &context);
        prop_assert_eq!(one.outcome, two.outcome);
        prop_assert_eq!(one.hinges, two.hinges);
    }

    #[test]
    fn what_is_decided_without_a_key_holds_whatever_the_key_is(
        layers in layers(), action in select(&ACTIONS[..]), resource in select(&RESOURCES[..]), known in known(),
        unknown in unknown_keys(),
        completions in vec(vec(prop_oneof![
            1 => Just(Vec::new()),
            4 => select(&VALUES[..]).prop_map(|value| vec![value.to_owned()]),
            1 => vec(select(&VALUES[..]).prop_map(str::to_owned), 2..4),
        ], KEYS.len()), 12),
    ) {
        let policies = layers.policy_set();
        let decision = decide(&policies, action, resource, &partly(&known, &unknown));
        prop_assert_eq!(decision.outcome == Outcome::Conditional, !decision.hinges.is_empty());
        for completion in completions {
            let mut completed = known.clone();
            for (key, values) in unknown.iter().zip(completion) {
                completed.insert((*key).to_owned(), values);
            }
            let complete = decide(&policies, action, resource, &complete(&completed));
            prop_assert_ne!(complete.outcome, Outcome::Conditional);
            match decision.outcome {
                Outcome::Allowed | Outcome::ExplicitDeny => prop_assert_eq!(complete.outcome, decision.outcome),
                // a Deny that may apply may make it explicit, but it stays a denial
                Outcome::ImplicitDeny => prop_assert_ne!(complete.outcome, Outcome::Allowed),
                Outcome::Conditional => {}
            }
        }
    }

    #[test]
    fn a_policy_that_cannot_be_read_may_grant_and_forbid(
        layers in layers(), action in select(&ACTIONS[..]), resource in select(&RESOURCES[..]), known in known(),
        instead in document(),
    ) {
        let context = complete(&known);
        let unreadable = NamedPolicy { name: "lost".to_owned(), document: Err("access denied".to_owned()) };
        let mut unknown = layers.policy_set();
        unknown.identity.push(unreadable);
        let unknown = decide(&unknown, action, resource, &context);
        let mut read = layers;
        read.identity.push(instead);
        let read = decide(&read.policy_set(), action, resource, &context);
        match unknown.outcome {
            Outcome::Conditional => prop_assert!(!unknown.hinges.is_empty()),
            Outcome::ExplicitDeny => prop_assert_eq!(read.outcome, Outcome::ExplicitDeny),
            Outcome::ImplicitDeny => prop_assert_ne!(read.outcome, Outcome::Allowed),
            Outcome::Allowed => prop_assert!(false, "a policy that may forbid cannot leave it allowed"),
        }
    }

    #[test]
    fn parsing_what_is_printed_gives_the_same_document(document in document()) {
        let parsed = Document::parse(&document.to_string()).unwrap();
        let printed = parsed.to_string();
        let again = Document::parse(&printed).unwrap();
        prop_assert_eq!(&again, &parsed);
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>(), bytes in vec(any::<u8>(), 0..64)) {
        let encoded = format!("%7B{text}");
        for text in [text.as_str(), &String::from_utf8_lossy(&bytes), &encoded] {
            if let Err(error) = Document::parse(text) {
                prop_assert!(error.line > 0 && error.column > 0 && !error.message.is_empty());
            }
        }
    }

    #[test]
    fn no_damaged_document_makes_the_parser_or_the_evaluation_panic(
        document in document(), at in any::<Index>(), instead in select(&["", "\"", "{", "}", "[", ":", "${", "*", "é", "%", "\\u0000"][..]),
        action in any::<String>(), resource in any::<String>(),
    ) {
        let mut text = document.to_string();
        let at = at.index(text.len());
        if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
            text.replace_range(at..=at, instead);
        }
        if let Ok(parsed) = Document::parse(&text) {
            let policy = NamedPolicy { name: "damaged".to_owned(), document: Ok(Arc::new(parsed)) };
            let policies = PolicySet { identity: vec![policy], ..PolicySet::default() };
            let decision = decide(&policies, &action, &resource, &Context::partial());
            prop_assert!(!decision.by.is_empty());
        }
    }
}
