//! What an evaluation answers: the outcome, who decided it, and on what it hangs where it could not be decided.

use serde::{Deserialize, Serialize};

/// The answer for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Granted.
    Allowed,
    /// Nothing grants it, or the boundary or a level of SCPs does not.
    ImplicitDeny,
    /// A Deny statement forbids it.
    ExplicitDeny,
    /// It hangs on something that is not known: see [`Decision::hinges`].
    Conditional,
}

impl Outcome {
    /// The word in reports, as in the cases of `noderole simulate`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitDeny => "implicit_deny",
            Self::ExplicitDeny => "explicit_deny",
            Self::Conditional => "conditional",
        }
    }
}

/// What a statement does where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It grants.
    Allow,
    /// It forbids.
    Deny,
}

/// The layer of policies that a decider belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The role's attached and inline policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The service control policies of one level, counted from the root, 0.
    ServiceControl(usize),
    /// A session policy (that of a Pod Identity association).
    Session,
    /// The role's trust policy.
    Trust,
}

/// A statement that decided, or a layer that grants nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Decider {
    /// Where it stands.
    pub layer: Layer,
    /// The policy's name or ARN; `None` where the layer as a whole decided by granting nothing.
    pub policy: Option<String>,
    /// The statement's position in the policy, from 0.
    pub statement: Option<usize>,
    /// Its Sid, where it has one.
    pub sid: Option<String>,
    /// What the statement does; `None` with `statement`.
    pub effect: Option<Effect>,
}

/// Something unknown on which a decision hangs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hinge {
    /// A condition key that only the live request has.
    Key(String),
    /// A policy that could not be read or parsed: its name and why.
    Policy {
        /// The policy's name or ARN.
        name: String,
        /// Why its document is not known.
        reason: String,
    },
}

/// The decision on one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The outcome.
    pub outcome: Outcome,
    /// Who decided. Allowed: the statements that grant it, of each layer. Explicit deny: the statements that forbid it.
    /// Implicit deny: the layer that grants nothing. Conditional: the statements that may or may not apply.
    pub by: Vec<Decider>,
    /// What a conditional decision hangs on, sorted, each once; else empty.
    pub hinges: Vec<Hinge>,
}
