//! Decisions in words, for messages and evidence.

use std::collections::HashSet;

use crate::finding::Evidence;
use crate::policy::{Decider, Decision, Hinge, Layer, Outcome};

use super::ask::Answer;

/// How many names a sentence lists before it only counts.
const NAMES_IN_A_SENTENCE: usize = 3;

/// `ec2:A`, `ec2:A and ec2:B`, `ec2:A, ec2:B, ec2:C and 4 more`.
pub(crate) fn list(names: &[&str]) -> String {
    // looked up, not searched: ten thousand statements of a policy may grant the same
    let mut seen: HashSet<&str> = HashSet::with_capacity(names.len());
    let unique: Vec<&str> = names.iter().copied().filter(|name| seen.insert(name)).collect();
    let shown: Vec<&str> = unique.iter().copied().take(NAMES_IN_A_SENTENCE).collect();
    match (unique.len().saturating_sub(shown.len()), shown.split_last()) {
        (_, None) => String::new(),
        (0, Some((last, []))) => (*last).to_owned(),
        (0, Some((last, rest))) => format!("{} and {last}", rest.join(", ")),
        (more, Some(_)) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The actions of some answers, each once, in a sentence.
pub(crate) fn actions(answers: &[&Answer]) -> String {
    list(&answers.iter().map(|answer| answer.ask.action.as_str()).collect::<Vec<_>>())
}

/// Why the first of some answers is what it is, and which others share its fate: `ecr:X is denied by ..., as is ecr:Y`.
pub(crate) fn reasons(answers: &[&Answer]) -> String {
    let Some(first) = answers.first() else { return String::new() };
    let reason = why(&first.decision);
    let alike = |answer: &&&Answer| why(&answer.decision) == reason;
    let same: Vec<&str> = answers.iter().filter(alike).map(|answer| answer.ask.action.as_str()).collect();
    let others: Vec<&Answer> = answers
        .iter()
        .copied()
        .filter(|answer| !alike(&answer) && !same.contains(&answer.ask.action.as_str()))
        .collect();
    let verb = if same.iter().all(|action| *action == first.ask.action) { "is" } else { "are" };
    let sentence = format!("{} {verb} {reason}", list(&same));
    if others.is_empty() { sentence } else { format!("{sentence}; {}", reasons(&others)) }
}

/// `denied by statement ...`, `not granted by any policy`, ...: what stands behind "is".
pub(crate) fn why(decision: &Decision) -> String {
    match decision.outcome {
        Outcome::Allowed => format!("allowed by {}", granting(decision)),
        Outcome::ExplicitDeny => format!("denied by {}", deciders(decision)),
        Outcome::ImplicitDeny => match decision.by.first().map(|decider| decider.layer) {
            Some(layer @ (Layer::Boundary | Layer::Session)) => {
                let policy = decision.by.first().and_then(|decider| decider.policy.as_deref());
                format!("not granted by {}", policy_in_words(layer, policy))
            }
            Some(Layer::ServiceControl(level)) => {
                format!("not granted by the service control policies of level {level} below the root")
            }
            Some(Layer::Identity | Layer::Trust) | None => "not granted by any policy".to_owned(),
        },
        Outcome::Conditional => format!("undecided for want of {}", hinges(decision)),
    }
}

/// What a conditional decision hangs on.
pub(crate) fn hinges(decision: &Decision) -> String {
    let names: Vec<String> = decision
        .hinges
        .iter()
        .map(|hinge| match hinge {
            Hinge::Key(key) => format!("the condition key {key}"),
            Hinge::Policy { name, reason } => format!("`{name}`: {reason}"),
        })
        .collect();
    list(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The role's own statements that grant it; that boundary and SCPs grant it too goes without saying.
fn granting(decision: &Decision) -> String {
    let own = decision.by.iter().filter(|decider| matches!(decider.layer, Layer::Identity | Layer::Trust));
    let names: Vec<String> = own.map(decider).collect();
    list(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn deciders(decision: &Decision) -> String {
    let names: Vec<String> = decision.by.iter().map(decider).collect();
    list(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// `statement `DenyEcr` of inline policy `lockdown``.
pub(crate) fn decider(decider: &Decider) -> String {
    let policy = policy_in_words(decider.layer, decider.policy.as_deref());
    match (&decider.sid, decider.statement) {
        (Some(sid), _) => format!("statement `{sid}` of {policy}"),
        (None, Some(position)) => format!("statement {position} of {policy}"),
        (None, None) => policy,
    }
}

/// `inline policy `lockdown``, `the permissions boundary `ARN``, ...
fn policy_in_words(layer: Layer, name: Option<&str>) -> String {
    match (name, layer) {
        (Some(name), Layer::Identity) if name.starts_with("arn:") => format!("policy `{name}`"),
        (Some(name), Layer::Identity) => format!("inline policy `{name}`"),
        (Some(name), Layer::Boundary) => format!("the permissions boundary `{name}`"),
        (Some(name), Layer::ServiceControl(level)) => format!("service control policy `{name}` of level {level}"),
        (Some(name), Layer::Session) => format!("the session policy of `{name}`"),
        (Some(_) | None, Layer::Trust) => "the trust policy".to_owned(),
        (None, Layer::Identity) => "the role's policies".to_owned(),
        (None, Layer::Boundary) => "the permissions boundary".to_owned(),
        (None, Layer::ServiceControl(level)) => format!("the service control policies of level {level}"),
        (None, Layer::Session) => "the session policy".to_owned(),
    }
}

/// The Sid of a statement, or its position.
pub(crate) fn statement(decider: &Decider) -> Option<String> {
    decider.sid.clone().or_else(|| decider.statement.map(|position| position.to_string()))
}

/// An answer as evidence. The decider that is named first is the one that the outcome rests on.
pub(crate) fn evidence(answer: &Answer) -> Evidence {
    let decision = &answer.decision;
    let first = decision.by.first();
    let on = if answer.ask.resource == "*" { String::new() } else { format!(" on {}", answer.ask.resource) };
    Evidence {
        action: Some(answer.ask.action.clone()),
        resource: Some(answer.ask.resource.clone()),
        outcome: Some(decision.outcome),
        policy: first.and_then(|decider| decider.policy.clone()),
        statement: first.and_then(statement),
        ..Evidence::fact(format!("{}{on} is {}", answer.ask.action, why(decision)))
    }
}
