//! Whether a request is granted: identity policies, permissions boundary, session policy, levels of SCPs.

use std::sync::Arc;

use super::decision::Decision;
use super::document::Document;
use super::request::Request;

/// A policy with the name that evidence gives it.
#[derive(Debug, Clone)]
pub struct NamedPolicy {
    /// The name of an inline policy, the ARN of a managed one.
    pub name: String,
    /// The parsed document, or why it is not known. What is not known may allow or deny anything.
    pub document: Result<Arc<Document>, String>,
}

/// The policies that decide on a principal's requests.
#[derive(Debug, Clone, Default)]
pub struct PolicySet {
    /// Attached and inline policies.
    pub identity: Vec<NamedPolicy>,
    /// The permissions boundary, if there is one.
    pub boundary: Option<NamedPolicy>,
    /// The session policy, if there is one.
    pub session: Option<NamedPolicy>,
    /// Service control policies, one list for each level from the root down.
    pub service_control: Vec<Vec<NamedPolicy>>,
}

impl PolicySet {
    /// Decides on one request.
    pub fn decide(&self, _request: Request<'_>) -> Decision {
        Decision { outcome: super::Outcome::ImplicitDeny, by: Vec::new(), hinges: Vec::new() }
    }
}
