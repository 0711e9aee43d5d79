//! One case: its request, its policies, and what is known of the request's context.

mod context;
mod members;

use std::sync::Arc;

use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

use super::{MAX_ACTION_BYTES, MAX_CONTEXT_BYTES, MAX_LEVELS, MAX_POLICY_NAME_BYTES, MAX_RESOURCE_BYTES};
use crate::echo::echo;
use crate::policy::{Context, Decision, Document, DocumentError, NamedPolicy, PolicySet, Request};
use context::GivenContext;
use members::{Members, malformed, typed, without_place};

/// The name of the permissions boundary in an answer: a case gives it none.
const BOUNDARY: &str = "permissions_boundary";

/// In `unknown_context`: every key that the context does not have.
const EVERY_OTHER_KEY: &str = "*";

/// Why a case cannot be decided.
#[derive(Debug, Error)]
pub enum CaseError {
    /// The line is no case.
    #[error("malformed: {problem}")]
    Malformed {
        /// What is wrong with it.
        problem: String,
    },
    /// The line is longer than what is read.
    #[error("the line is longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: u64,
    },
    /// A member of the case is larger than what is read.
    #[error("malformed: {what} is too large: at most {limit} {unit}")]
    TooLarge {
        /// The member.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// What it counts.
        unit: &'static str,
    },
    /// A policy of the case is no policy document.
    #[error("the policy `{policy}` is malformed: {error}")]
    Policy {
        /// Its name, or the position of a service control policy.
        policy: String,
        /// What is wrong with it; lines and columns count from the beginning of the document.
        error: DocumentError,
    },
}

/// What a case is called in errors.
const THE_CASE: &str = "the case";

/// The members of a case. `expected` and `description` are its author's and are not read; any other member would be a
/// slip of the pen that changes the decision in silence.
const MEMBERS: &[&str] = &[
    "id",
    "principal",
    "action",
    "resource",
    "context",
    "unknown_context",
    "identity_policies",
    "permissions_boundary",
    "service_control_policies",
    "expected",
    "description",
];

/// The members of an identity policy.
const POLICY_MEMBERS: &[&str] = &["name", "document"];

/// A case as `noderole simulate --help` has it.
struct Case<'a> {
    id: Value,
    action: String,
    resource: String,
    context: GivenContext,
    unknown_context: Vec<String>,
    identity_policies: Vec<IdentityPolicy<'a>>,
    permissions_boundary: Option<&'a RawValue>,
    service_control_policies: Vec<Vec<&'a RawValue>>,
}

struct IdentityPolicy<'a> {
    name: String,
    document: &'a RawValue,
}

/// Decides the case on a line.
pub(super) fn decide(line: &[u8]) -> Result<(Value, Decision), CaseError> {
    let case = Case::read(line)?;
    let policies = case.policies()?;
    let context = case.context();
    let request = Request { action: &case.action, resource: &case.resource, context: &context };
    let decision = policies.decide(request);
    Ok((case.id, decision))
}

/// The id of a line, if it has one at least.
pub(super) fn id(line: &[u8]) -> Option<Value> {
    let members = Members::read(line.trim_ascii(), THE_CASE).ok()?;
    serde_json::from_str::<Value>(members.find("id")?.get()).ok().filter(|id| !id.is_null())
}

impl<'a> Case<'a> {
    fn read(line: &'a [u8]) -> Result<Self, CaseError> {
        let members = Members::read(line.trim_ascii(), THE_CASE)?;
        members.check(MEMBERS, THE_CASE)?;
        // Not part of the decision: what conditions ask of the principal is in the context.
        members.get::<String>("principal", THE_CASE, "a string")?;
        let context = members.raw("context", THE_CASE)?;
        let unknown_context =
            members.find("unknown_context").map(|value| typed(value, "unknown_context", "a list of strings"));
        // must be there: a boundary that is forgotten would grant too much
        let boundary = members.raw("permissions_boundary", THE_CASE)?;
        let policies: Vec<&RawValue> = members.get("identity_policies", THE_CASE, "a list of {name, document}")?;
        let case = Self {
            id: members.get("id", THE_CASE, "a JSON value")?,
            action: members.get("action", THE_CASE, "a string")?,
            resource: members.get("resource", THE_CASE, "a string")?,
            context: serde_json::from_str(context.get())
                .map_err(|error| malformed(format!("`context` is malformed, {}", without_place(&error))))?,
            unknown_context: unknown_context.transpose()?.unwrap_or_default(),
            identity_policies: policies.into_iter().enumerate().map(identity_policy).collect::<Result<_, _>>()?,
            permissions_boundary: (boundary.get() != "null").then_some(boundary),
            service_control_policies: members.get(
                "service_control_policies",
                THE_CASE,
                "a list of levels, each of them a list of documents",
            )?,
        };
        case.check()?;
        Ok(case)
    }

    /// Whether it can be a request at all, and does not contradict itself.
    fn check(&self) -> Result<(), CaseError> {
        self.check_sizes()?;
        if !is_action(&self.action) {
            let action = echo(&self.action);
            return Err(malformed(format!(
                "`action` is `{action}`: expected one action, such as ec2:DescribeInstances"
            )));
        }
        // the context has its keys in lower case
        match self.unknown_context.iter().find(|key| self.context.0.contains_key(&key.to_ascii_lowercase())) {
            Some(key) => {
                let key = echo(key);
                Err(malformed(format!(
                    "the key `{key}` is both in `context` and in `unknown_context`: remove one of them"
                )))
            }
            None => Ok(()),
        }
    }
}

impl Case<'_> {
    /// What is held against each other is small, so that a case takes no longer than its length lets expect.
    fn check_sizes(&self) -> Result<(), CaseError> {
        let bytes = "bytes";
        let context =
            self.context.0.iter().map(|(key, values)| key.len() + values.iter().map(String::len).sum::<usize>());
        let values: usize = self.context.0.values().map(Vec::len).sum();
        let name = self.identity_policies.iter().map(|policy| policy.name.len()).max().unwrap_or_default();
        for (what, size, limit, unit) in [
            ("`action`", self.action.len(), MAX_ACTION_BYTES, bytes),
            ("`resource`", self.resource.len(), MAX_RESOURCE_BYTES, bytes),
            // a value may be empty: it counts all the same
            ("`context`", context.sum::<usize>() + values, MAX_CONTEXT_BYTES, bytes),
            ("the name of an identity policy", name, MAX_POLICY_NAME_BYTES, bytes),
            ("`service_control_policies`", self.service_control_policies.len(), MAX_LEVELS, "levels"),
        ] {
            if size > limit {
                return Err(CaseError::TooLarge { what, limit, unit });
            }
        }
        Ok(())
    }
}

/// One of the identity policies.
fn identity_policy((at, value): (usize, &RawValue)) -> Result<IdentityPolicy<'_>, CaseError> {
    let what = format!("identity policy {at}");
    let members = Members::of(value, &what)?;
    members.check(POLICY_MEMBERS, &what)?;
    Ok(IdentityPolicy { name: members.get("name", &what, "a string")?, document: members.raw("document", &what)? })
}

/// Whether the text names one action, `service:Name`: patterns are for policies.
fn is_action(text: &str) -> bool {
    let legal = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    text.split_once(':').is_some_and(|(service, name)| legal(service) && legal(name))
}

impl Case<'_> {
    fn policies(&self) -> Result<PolicySet, CaseError> {
        let identity = self.identity_policies.iter().map(|policy| named(&policy.name, policy.document));
        let boundary = self.permissions_boundary.map(|document| named(BOUNDARY, document)).transpose()?;
        let level = |(level, documents): (usize, &Vec<&RawValue>)| -> Result<Vec<NamedPolicy>, CaseError> {
            let documents = documents.iter().enumerate();
            documents.map(|(at, document)| named(&format!("scp level {level} policy {at}"), document)).collect()
        };
        Ok(PolicySet {
            identity: identity.collect::<Result<_, _>>()?,
            boundary,
            session: None,
            service_control: self.service_control_policies.iter().enumerate().map(level).collect::<Result<_, _>>()?,
        })
    }

    /// The context is exact: a key that it does not have is absent, unless the case calls it unknown.
    fn context(&self) -> Context {
        let others_unknown = self.unknown_context.iter().any(|key| key == EVERY_OTHER_KEY);
        let mut context = if others_unknown { Context::partial() } else { Context::complete() };
        for (key, values) in &self.context.0 {
            context.set(key, values.clone());
        }
        for key in self.unknown_context.iter().filter(|key| *key != EVERY_OTHER_KEY) {
            context.set_unknown(key);
        }
        context
    }
}

/// A document of a case: JSON, or a string that holds JSON.
fn named(name: &str, raw: &RawValue) -> Result<NamedPolicy, CaseError> {
    let in_string = serde_json::from_str::<String>(raw.get());
    let text = in_string.as_deref().unwrap_or(raw.get());
    match Document::parse_permissions(text) {
        Ok(document) => Ok(NamedPolicy { name: name.to_owned(), document: Ok(Arc::new(document)) }),
        Err(error) => Err(CaseError::Policy { policy: name.to_owned(), error }),
    }
}
