//! Trust policies: who may assume a role, by which action, under which conditions.

use super::decision::Decision;
use super::document::Document;

/// Somebody who may appear in a trust policy's Principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// Everyone: `*`, or `{"AWS": "*"}`.
    Everyone,
    /// An AWS service: `ec2.amazonaws.com`.
    Service(String),
    /// An account (its root): 12 digits.
    Account(String),
    /// An ARN of a role, user or session.
    Arn(String),
    /// The unique id of a principal that was deleted: `AROA...`, `AIDA...`.
    Deleted(String),
    /// An identity provider: an ARN, or `accounts.google.com`.
    Federated(String),
    /// A canonical user id.
    CanonicalUser(String),
    /// Everyone but those named (`NotPrincipal`).
    EveryoneBut(Vec<String>),
}

/// One right to assume the role that a trust policy gives: an effective Allow, less what Deny statements take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustGrant {
    /// Who.
    pub principal: Principal,
    /// The sts actions it is given, of those that open a session: `sts:AssumeRole`, `sts:AssumeRoleWithWebIdentity`,
    /// `sts:AssumeRoleWithSAML`.
    pub actions: Vec<String>,
    /// The statement's position, from 0.
    pub statement: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// The condition as JSON text, if the statement has one.
    pub condition: Option<String>,
    /// The condition keys that must hold, in lower case, with operator and values as written.
    pub condition_keys: Vec<ConditionEntry>,
}

/// One test of a Condition block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionEntry {
    /// The operator as written: `StringEquals`, `ForAnyValue:StringLike`.
    pub operator: String,
    /// The key in lower case.
    pub key: String,
    /// The values as written.
    pub values: Vec<String>,
}

/// Every right to assume the role that the document gives and no Deny statement takes away.
pub fn grants(_trust: &Document) -> Vec<TrustGrant> {
    Vec::new()
}

/// Whether the AWS service may call `action` (`sts:AssumeRole`) on the role, by any spelling of the document.
///
/// `Conditional` where the statement that grants it, or one that denies it, has a condition.
pub fn service_may(_trust: &Document, _service: &str, _action: &str) -> Decision {
    Decision { outcome: super::Outcome::ImplicitDeny, by: Vec::new(), hinges: Vec::new() }
}
