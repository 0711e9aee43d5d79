//! The lines that go out: a mirror of the decision that stays as it is, whatever becomes of the types inside.

use serde::Serialize;
use serde_json::Value;

use super::CaseError;
use crate::policy::{Decider, Decision, Effect, Hinge, Layer};

/// A case that was decided.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    id: &'a Value,
    decision: &'static str,
    by: Vec<By<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hinges: Vec<On<'a>>,
}

/// A case that could not be decided.
#[derive(Serialize)]
pub(super) struct Failed {
    id: Value,
    error: String,
}

#[derive(Serialize)]
struct By<'a> {
    layer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<usize>,
    policy: Option<&'a str>,
    statement: Option<usize>,
    sid: Option<&'a str>,
    effect: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum On<'a> {
    Key(&'a str),
    Policy { name: &'a str, reason: &'a str },
}

impl<'a> Answer<'a> {
    /// The answer to a case.
    pub(super) fn of(id: &'a Value, decision: &'a Decision) -> Self {
        Self {
            id,
            decision: decision.outcome.as_str(),
            by: decision.by.iter().map(By::of).collect(),
            hinges: decision.hinges.iter().map(On::of).collect(),
        }
    }
}

impl Failed {
    /// The answer to a malformed case: where its id is not known, the line is named.
    pub(super) fn of(id: Option<Value>, line: usize, error: &CaseError) -> Self {
        match id {
            Some(id) => Self { id, error: error.to_string() },
            None => Self { id: Value::Null, error: format!("line {line}: {error}") },
        }
    }
}

impl<'a> By<'a> {
    fn of(decider: &'a Decider) -> Self {
        let (layer, level) = match decider.layer {
            Layer::Identity => ("identity", None),
            Layer::Boundary => ("permissions_boundary", None),
            Layer::Session => ("session", None),
            Layer::Trust => ("trust", None),
            Layer::ServiceControl(level) => ("service_control", Some(level)),
        };
        let effect = decider.effect.map(|effect| match effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        });
        Self {
            layer,
            level,
            policy: decider.policy.as_deref(),
            statement: decider.statement,
            sid: decider.sid.as_deref(),
            effect,
        }
    }
}

impl<'a> On<'a> {
    fn of(hinge: &'a Hinge) -> Self {
        match hinge {
            Hinge::Key(key) => Self::Key(key),
            Hinge::Policy { name, reason } => Self::Policy { name, reason },
        }
    }
}
