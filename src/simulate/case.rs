//! One case: its request, its policies, and what is known of the request's context.

mod context;

use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::policy::{Context, Decision, Document, DocumentError, NamedPolicy, PolicySet, Request};
use context::GivenContext;

/// The name of the permissions boundary in an answer: a case gives it none.
const BOUNDARY: &str = "permissions_boundary";

/// In `unknown_context`: every key that the context does not have.
const EVERY_OTHER_KEY: &str = "*";

/// Why a case cannot be decided.
#[derive(Debug, Error)]
pub enum CaseError {
    /// The line is no case.
    #[error("the case is malformed: {0}")]
    Malformed(serde_json::Error),
    /// The line is longer than what is read.
    #[error("the line is longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: u64,
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

/// A case as `noderole simulate --help` has it; other fields, as `expected`, are not read.
#[derive(Deserialize)]
struct Case<'a> {
    id: Value,
    /// Not part of the decision: what conditions ask of the principal is in the context.
    #[serde(rename = "principal")]
    _principal: String,
    action: String,
    resource: String,
    context: GivenContext,
    #[serde(default)]
    unknown_context: Vec<String>,
    #[serde(borrow)]
    identity_policies: Vec<IdentityPolicy<'a>>,
    // must be there: a boundary that is forgotten would grant too much
    #[serde(borrow, deserialize_with = "boundary")]
    permissions_boundary: Option<&'a RawValue>,
    #[serde(borrow)]
    service_control_policies: Vec<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct IdentityPolicy<'a> {
    name: String,
    #[serde(borrow)]
    document: &'a RawValue,
}

fn boundary<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok((raw.get() != "null").then_some(raw))
}

/// Decides the case on a line.
pub(super) fn decide(line: &[u8]) -> Result<(Value, Decision), CaseError> {
    let case: Case<'_> = serde_json::from_slice(line).map_err(CaseError::Malformed)?;
    let policies = case.policies()?;
    let context = case.context();
    let request = Request { action: &case.action, resource: &case.resource, context: &context };
    let decision = policies.decide(request);
    Ok((case.id, decision))
}

/// The id of a line, if it has one at least.
pub(super) fn id(line: &[u8]) -> Option<Value> {
    #[derive(Deserialize)]
    struct OnlyId {
        id: Value,
    }
    serde_json::from_slice::<OnlyId>(line).ok().map(|only| only.id).filter(|id| !id.is_null())
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
