//! What would take a surplus right away. Always for a person to do: only they know who uses it.

use crate::finding::Remediation;
use crate::policy::Layer;
use crate::rules::command;
use crate::rules::permissions::wording::list;

use super::inquiry::{Answer, Inquiry};

/// A policy that grants something, with what it grants here.
pub(super) struct Granting<'a> {
    pub(super) policy: &'a str,
    pub(super) actions: Vec<&'static str>,
}

/// The role's policies that grant some answers.
pub(super) fn granting<'a>(granted: &[&'a Answer]) -> Vec<Granting<'a>> {
    let mut policies: Vec<Granting<'a>> = Vec::new();
    for answer in granted {
        let own = answer.decision.by.iter().filter(|decider| decider.layer == Layer::Identity);
        for policy in own.filter_map(|decider| decider.policy.as_deref()) {
            let action = answer.step.action;
            match policies.iter_mut().find(|known| known.policy == policy) {
                Some(known) if known.actions.contains(&action) => {}
                Some(known) => known.actions.push(action),
                None => policies.push(Granting { policy, actions: vec![action] }),
            }
        }
    }
    policies
}

/// Take the rights away from the node role, and give them to those that need them.
pub(super) fn take_away(inquiry: &Inquiry<'_, '_>, granted: &[&Answer], owner: &str) -> Remediation {
    let name = inquiry.role.arn.name();
    let policies = granting(granted);
    let parts: Vec<String> = policies.iter().map(|policy| step(inquiry, policy)).collect();
    let text = format!(
        "give {owner} a role of its own (EKS Pod Identity or IAM roles for service accounts), then {}; see with `noderole \
         explain {}` that the nodes keep what they need",
        parts.join("; "),
        inquiry.role.arn
    );
    let commands = policies.iter().map(|policy| command_for(inquiry, name, policy.policy)).collect();
    Remediation::manual(text, commands)
}

/// What becomes of one policy: one of AWS is detached, for nobody can change it; any other is edited.
fn step(inquiry: &Inquiry<'_, '_>, granting: &Granting<'_>) -> String {
    let Granting { policy, actions } = granting;
    if by_aws(inquiry, policy) {
        format!("detach {} from `{}`", short(policy), inquiry.role.arn.name())
    } else {
        // Where a scoped grant counts as well, to scope it would not do.
        let or_scope = if inquiry.scoped { "" } else { ", or name the resources that are meant" };
        format!("take {} out of `{}`{or_scope}", list(actions), short(policy))
    }
}

/// The command that detaches the policy, or shows what is to be edited.
fn command_for(inquiry: &Inquiry<'_, '_>, role: &str, policy: &str) -> String {
    if by_aws(inquiry, policy) {
        return detach(role, policy);
    }
    if !policy.starts_with("arn:") {
        return command::aws(&["iam", "get-role-policy", "--role-name", role, "--policy-name", policy]);
    }
    let version = inquiry.node_role.facts.inventory.policies.get(policy).and_then(|version| version.value());
    let version = version.map_or("v1", |version| version.version_id.as_str());
    command::aws(&["iam", "get-policy-version", "--policy-arn", policy, "--version-id", version])
}

/// Detaches a managed policy.
pub(super) fn detach(role: &str, policy: &str) -> String {
    command::aws(&["iam", "detach-role-policy", "--role-name", role, "--policy-arn", policy])
}

/// Whether the policy is one of AWS's own: nobody else can make one under that ARN.
fn by_aws(inquiry: &Inquiry<'_, '_>, policy: &str) -> bool {
    policy.starts_with(&format!("arn:{}:iam::aws:policy/", inquiry.node_role.facts.inventory.partition))
}

/// A policy's name without the rest of its ARN.
fn short(policy: &str) -> &str {
    policy.rsplit('/').next().unwrap_or(policy)
}
