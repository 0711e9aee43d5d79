//! Policy documents: JSON as AWS returns it → statements, each with its Sid and position.

mod read;
mod statement;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::decision::Effect;
use read::Purpose;
pub(crate) use read::Scalars;
pub(super) use statement::{PrincipalKind, PrincipalScope, Principals};
pub use statement::{Statement, Test};

/// The largest document that is read, in bytes of its decoded text: sixteen times what IAM's operations take (131,072
/// characters: IAM API reference, CreatePolicyVersion), and room for some ten thousand statements.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;

/// The largest trust policy that is read, in bytes of its decoded text: what IAM's operations take (IAM API reference,
/// CreateRole). What a statement says is found out once and shared, but each principal that is granted something is looked up
/// in each statement that denies (`trust/grant.rs`): the product of their numbers remains, and this bounds it.
pub const MAX_TRUST_BYTES: usize = 128 * 1024;

/// Why a text is not a policy document, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message} (line {line}, column {column})")]
pub struct DocumentError {
    /// What is wrong.
    pub message: String,
    /// Line, from 1; in the decoded text where the document was URL-encoded.
    pub line: usize,
    /// Column, from 1; that of the end of what is wrong.
    pub column: usize,
}

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `2008-10-17`, also where a document does not say: `${...}` is text.
    V2008,
    /// `2012-10-17`: `${...}` is a policy variable.
    V2012,
}

impl Version {
    /// The version as documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    version: Option<Version>,
    id: Option<String>,
    statements: Vec<Statement>,
}

impl Document {
    /// Parses a document of any kind as AWS returns it: JSON, or URL-encoded JSON (RFC 3986).
    ///
    /// What IAM would not store is an error: unknown elements, wrong types, a key twice, an unknown condition operator,
    /// a statement without Effect, without Action and NotAction or with both, with neither resources nor principals.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        Self::parse_for(text, Purpose::Any)
    }

    /// Parses an identity policy, permissions boundary, session policy or service control policy: every statement has
    /// Resource or NotResource, none has Principal or NotPrincipal.
    pub fn parse_permissions(text: &str) -> Result<Self, DocumentError> {
        Self::parse_for(text, Purpose::Permissions)
    }

    /// Parses a trust policy: every statement has Principal or NotPrincipal, none has Resource or NotResource.
    pub fn parse_trust(text: &str) -> Result<Self, DocumentError> {
        Self::parse_for(text, Purpose::Trust)
    }

    /// The version it states.
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// Its statements, in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The Resource patterns, as written, of the Allow statements that cover an action: where to look for a grant that is
    /// scoped. What `NotResource` leaves is not among them.
    pub fn allowed_resources(&self, action: &str) -> impl Iterator<Item = &str> {
        let lower_action = action.to_ascii_lowercase();
        let allowing = move |statement: &&Statement| {
            statement.effect() == Effect::Allow && !statement.is_not_resource() && statement.has_action(&lower_action)
        };
        self.statements.iter().filter(allowing).flat_map(Statement::resources)
    }

    /// Whether a statement allows an action, which must be in lower case, on any resource under any condition.
    pub(crate) fn allows_on_something(&self, lower_action: &str) -> bool {
        self.statements
            .iter()
            .any(|statement| statement.effect() == Effect::Allow && statement.has_action(lower_action))
    }

    /// The statements that concern an action, whatever they do, with their positions from 0.
    pub fn concerning(&self, action: &str) -> impl Iterator<Item = (usize, &Statement)> {
        let lower_action = action.to_ascii_lowercase();
        self.statements.iter().enumerate().filter(move |(_, statement)| statement.has_action(&lower_action))
    }

    fn parse_for(text: &str, purpose: Purpose) -> Result<Self, DocumentError> {
        // JSON documents begin with a brace, so what begins with a percent sign is encoded and nothing else is
        if !text.trim_start().starts_with('%') {
            return Self::parse_decoded(text, purpose);
        }
        match percent_decode_str(text).decode_utf8() {
            Ok(decoded) => Self::parse_decoded(&decoded, purpose),
            Err(error) => Err(at_start(format!("the URL-encoded document is not UTF-8: {error}"))),
        }
    }

    fn parse_decoded(text: &str, purpose: Purpose) -> Result<Self, DocumentError> {
        let (limit, of) = match purpose {
            Purpose::Any | Purpose::Permissions => (MAX_BYTES, "a policy document"),
            Purpose::Trust => (MAX_TRUST_BYTES, "a trust policy"),
        };
        if text.len() > limit {
            return Err(at_start(format!("{of} of {} bytes is too large: at most {limit} are read", text.len())));
        }
        read::document(text, purpose)
    }
}

/// What is wrong with a document as a whole.
fn at_start(message: String) -> DocumentError {
    DocumentError { message, line: 1, column: 1 }
}

/// Prints the document as JSON; parsing what is printed gives the same document.
impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_string(self) {
            Ok(json) => f.write_str(&json),
            // a document is strings, lists and maps of strings: writing them to memory cannot fail
            Err(_) => Err(fmt::Error),
        }
    }
}
