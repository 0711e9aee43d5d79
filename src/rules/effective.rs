//! Effective permissions of a role: its policies, boundary and SCPs, with all of the request's context that is known.

mod context;
mod documents;

pub use context::Session;
pub use documents::Documents;

use std::sync::Arc;

use crate::ids::Region;
use crate::inventory::{Account, InlinePolicy, Inventory, Role};
use crate::known::{Gap, Known};
use crate::policy::{Context, Decision, Layer, NamedPolicy, PolicySet, Request};

use context::Caller;

/// Condition keys that are known of one request beyond those of every request, with their values.
pub type Keys = [(String, Vec<String>)];

/// What one role may do.
#[derive(Debug, Clone)]
pub struct Permissions {
    policies: PolicySet,
    caller: Caller,
    /// Whether the service control policies of the account were read; where not, they are not held against the role.
    service_control_known: bool,
    /// The calls that failed behind what is not known of the policies.
    gaps: Vec<Gap>,
}

impl Permissions {
    /// Gathers the policies of a role of `account`.
    ///
    /// What could not be read or parsed stands in the set with its reason: it may allow or deny anything.
    pub fn of(inventory: &Inventory, documents: &Documents, account: &Account, role: &Role) -> Self {
        let levels = account.service_control_policies.as_deref();
        let service_control = levels
            .unwrap_or_default()
            .iter()
            .map(|level| level.iter().map(|policy| documents.written(&policy.name, &policy.document)).collect())
            .collect();
        let mut identity = attached(documents, role);
        identity.extend(inline(documents, role));
        Self {
            policies: PolicySet {
                identity,
                boundary: role.boundary.as_deref().map(|arn| documents.managed(arn)),
                session: None,
                service_control,
            },
            caller: Caller::of(inventory, account, role),
            service_control_known: levels.is_some(),
            gaps: gaps(inventory, role),
        }
    }

    /// The same role in a session of another kind, with the session policy that cuts its rights down, if there is one.
    #[must_use]
    pub fn in_session(&self, documents: &Documents, session: Session, policy: Option<(&str, &str)>) -> Self {
        let mut permissions = self.clone();
        permissions.caller = permissions.caller.in_session(session);
        permissions.policies.session = policy.map(|(name, text)| documents.written(name, text));
        permissions
    }

    /// The same role with a further policy that allows everything: what it still may not do, no policy can mend.
    #[must_use]
    pub fn with_everything(&self, documents: &Documents) -> Self {
        self.with_policy(documents.everything())
    }

    /// The same role with one more attached policy.
    #[must_use]
    pub fn with_policy(&self, policy: NamedPolicy) -> Self {
        let mut permissions = self.clone();
        permissions.policies.identity.push(policy);
        permissions
    }

    /// The same role without one of its attached policies.
    #[must_use]
    pub fn without_policy(&self, arn: &str) -> Self {
        let mut permissions = self.clone();
        permissions.policies.identity.retain(|policy| policy.name != arn);
        permissions
    }

    /// Whether the service control policies were read.
    pub fn service_control_known(&self) -> bool {
        self.service_control_known
    }

    /// The calls that failed behind what is not known of the role's policies.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// The Resource patterns of the Allow statements in the role's policies that cover an action: where to look for a grant
    /// that is scoped. Whether one of them is granted, [`Permissions::decide`] says.
    pub fn granted_resources(&self, action: &str) -> Vec<String> {
        let documents = self.policies.identity.iter().filter_map(|policy| policy.document.as_deref().ok());
        documents.flat_map(|document| document.allowed_resources(action)).map(str::to_owned).collect()
    }

    /// Whether any of the role's own policies may allow an action on anything: a question about any other need not be put.
    pub fn may_allow(&self, action: &str) -> bool {
        let lower_action = action.to_ascii_lowercase();
        self.policies.identity.iter().any(|policy| match &policy.document {
            Ok(document) => document.allows_on_something(&lower_action),
            Err(_) => true,
        })
    }

    /// Every policy of every layer that decides on the role's requests.
    pub fn policies(&self) -> impl Iterator<Item = (Layer, &NamedPolicy)> {
        let identity = self.policies.identity.iter().map(|policy| (Layer::Identity, policy));
        let boundary = self.policies.boundary.iter().map(|policy| (Layer::Boundary, policy));
        let session = self.policies.session.iter().map(|policy| (Layer::Session, policy));
        let levels = self.policies.service_control.iter().enumerate();
        let service_control = levels
            .flat_map(|(level, policies)| policies.iter().map(move |policy| (Layer::ServiceControl(level), policy)));
        identity.chain(boundary).chain(session).chain(service_control)
    }

    /// Decides on one action in a region, with the context that is known at audit time.
    pub fn decide(&self, region: &Region, action: &str, resource: &str) -> Decision {
        self.decide_with(region, action, resource, &[])
    }

    /// Decides on one action in a region, with further condition keys that are known of this request.
    pub fn decide_with(&self, region: &Region, action: &str, resource: &str, keys: &Keys) -> Decision {
        let known = self.caller.context(region, resource);
        let of_request = (!keys.is_empty()).then(|| {
            let mut context = Context::over(Arc::clone(&known));
            for (key, values) in keys {
                context.set(key, values.clone());
            }
            context
        });
        let context = of_request.as_ref().unwrap_or(&known);
        let mut decision = self.policies.decide(Request { action, resource, context });
        // A layer of one policy that grants nothing is that policy: evidence names it.
        for decider in decision.by.iter_mut().filter(|decider| decider.policy.is_none()) {
            decider.policy = self.only_policy_of(decider.layer);
        }
        decision
    }

    fn only_policy_of(&self, layer: Layer) -> Option<String> {
        let policy = match layer {
            Layer::Boundary => self.policies.boundary.as_ref(),
            Layer::Session => self.policies.session.as_ref(),
            Layer::Identity | Layer::ServiceControl(_) | Layer::Trust => None,
        };
        policy.map(|policy| policy.name.clone())
    }
}

/// The calls that failed while the role's policies were read.
fn gaps(inventory: &Inventory, role: &Role) -> Vec<Gap> {
    let of_lists = role.attached.gap().into_iter().chain(role.inline.gap());
    let of_inline = role.inline.value().into_iter().flatten().filter_map(Known::gap);
    let attached = role.attached.value().into_iter().flatten().map(|policy| policy.arn.as_str());
    let of_documents =
        attached.chain(role.boundary.as_deref()).filter_map(|arn| inventory.policies.get(arn).and_then(Known::gap));
    of_lists.chain(of_inline).chain(of_documents).cloned().collect()
}

/// The attached managed policies; a list that is missing is a policy that could not be read.
fn attached(documents: &Documents, role: &Role) -> Vec<NamedPolicy> {
    match &role.attached {
        Known::Value(list) => list.iter().map(|policy| documents.managed(&policy.arn)).collect(),
        Known::Missing(gap) => vec![unreadable("the attached policies", gap.to_string())],
    }
}

/// The inline policies; the list may be missing, or single documents of it.
fn inline(documents: &Documents, role: &Role) -> Vec<NamedPolicy> {
    match &role.inline {
        Known::Value(list) => list
            .iter()
            .map(|policy| match policy {
                Known::Value(InlinePolicy { name, document }) => documents.written(name, document),
                Known::Missing(gap) => unreadable(&gap.resource, gap.to_string()),
            })
            .collect(),
        Known::Missing(gap) => vec![unreadable("the inline policies", gap.to_string())],
    }
}

fn unreadable(name: &str, reason: String) -> NamedPolicy {
    NamedPolicy { name: name.to_owned(), document: Err(reason) }
}

/// Permissions that several rules share.
pub type Shared = Arc<Permissions>;

#[cfg(test)]
mod tests;
