//! Whether a request is granted: identity policies, permissions boundary, session policy, levels of SCPs.
//!
//! Without resource policies: the resources that nodes need (EC2, EKS, ECR of the own account) have none that could
//! grant what the identity does not.

mod tally;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::decision::{Decision, Layer};
use super::document::Document;
use super::request::Request;
use super::truth::Truth;
pub(super) use tally::Tally;

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
    /// Attached and inline policies. Without any, nothing is granted.
    pub identity: Vec<NamedPolicy>,
    /// The permissions boundary, if there is one.
    pub boundary: Option<NamedPolicy>,
    /// The session policy, if there is one.
    pub session: Option<NamedPolicy>,
    /// Service control policies, one list for each level from the root down. An empty level grants nothing; without
    /// levels (the management account, an account outside of organizations) there is no limit.
    pub service_control: Vec<Vec<NamedPolicy>>,
}

impl PolicySet {
    /// Decides on one request.
    pub fn decide(&self, request: Request<'_>) -> Decision {
        let lower_action = request.action.to_ascii_lowercase();
        let mut tally = Tally::new(request.resource, request.context);
        for (layer, policies) in self.layers() {
            tally.open(layer);
            for policy in policies {
                match &policy.document {
                    Ok(document) => weigh(&mut tally, policy, document, &lower_action, request),
                    Err(reason) => tally.add_unreadable(&policy.name, reason),
                }
            }
        }
        tally.decide()
    }

    /// The layers, each of which must grant a request.
    fn layers(&self) -> impl Iterator<Item = (Layer, &[NamedPolicy])> {
        let boundary = self.boundary.as_ref().map(|policy| (Layer::Boundary, std::slice::from_ref(policy)));
        let session = self.session.as_ref().map(|policy| (Layer::Session, std::slice::from_ref(policy)));
        let levels = self.service_control.iter().enumerate();
        std::iter::once((Layer::Identity, self.identity.as_slice()))
            .chain(boundary)
            .chain(session)
            .chain(levels.map(|(level, policies)| (Layer::ServiceControl(level), policies.as_slice())))
    }
}

fn weigh<'a>(
    tally: &mut Tally<'a>,
    policy: &'a NamedPolicy,
    document: &'a Document,
    lower_action: &str,
    request: Request<'_>,
) {
    for (position, statement) in document.statements().iter().enumerate() {
        if !statement.has_action(lower_action) {
            continue;
        }
        let mut applies = statement.has_resource(request.resource, request.context);
        if applies != Truth::False {
            applies = applies.min(statement.conditions_hold(request.context));
        }
        tally.add(&policy.name, position, statement, applies);
    }
}
