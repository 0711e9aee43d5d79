//! Remediation of missing permissions: the exact commands, or why no command can help.

use crate::finding::{Remediation, RemediationClass};
use crate::inventory::Role;
use crate::policy::{Decider, NamedPolicy, Outcome};
use crate::remediate::Change;
use crate::rules::command::IPV6_POLICY;
use crate::rules::effective::Permissions;
use crate::rules::{Facts, NodeRole, command};

use super::ask::Answer;
use super::{called, wording};

/// The managed policies that a role may have by default (IAM's quotas).
const ATTACHED_BY_DEFAULT: usize = 10;

/// A role that lacks something, with what is needed to say how it is mended.
pub(super) struct Mend<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) role: &'a Role,
    pub(super) permissions: &'a Permissions,
    /// How the change may be made where nothing speaks against it.
    pub(super) class: RemediationClass,
}

impl<'a> Mend<'a> {
    /// For the node role itself.
    pub(super) fn of(node_role: &NodeRole<'a>, role: &'a Role, permissions: &'a Permissions) -> Self {
        Self { facts: node_role.facts, role, permissions, class: RemediationClass::Safe }
    }

    /// Attaches a managed policy of AWS, unless that cannot help.
    pub(super) fn attach(&self, policy: &str, missing: &[&Answer]) -> Remediation {
        let arn = aws_policy(self.facts, policy);
        let attached = self.role.attached.value().is_some_and(|list| list.iter().any(|policy| policy.arn == arn));
        if let Some(hindered) = self.hindered(missing) {
            return hindered;
        }
        if attached {
            return manual(format!(
                "{policy} is attached to `{}` already, but its document does not grant {}: look at its default version",
                self.role.arn.name(),
                wording::actions(missing)
            ));
        }
        let text = format!("attach {policy} to `{}`{}", self.role.arn.name(), self.quota());
        Remediation::by(self.class, text, vec![self.attachment(arn)])
    }

    /// Where an explicit deny, the boundary or an SCP would keep any further grant from taking effect.
    pub(super) fn hindered(&self, missing: &[&Answer]) -> Option<Remediation> {
        let best = self.permissions.with_everything(&self.facts.documents);
        let mut in_the_way: Vec<String> = Vec::new();
        for answer in missing {
            let ask = &answer.ask;
            let decision = best.decide_with(&ask.region, &ask.action, &ask.resource, &ask.keys);
            match decision.outcome {
                Outcome::Allowed | Outcome::Conditional => {}
                Outcome::ExplicitDeny => in_the_way.extend(decision.by.iter().map(denying)),
                Outcome::ImplicitDeny => in_the_way.push(format!("{} is {}", ask.action, wording::why(&decision))),
            }
        }
        if in_the_way.is_empty() {
            return None;
        }
        let named = wording::list(&in_the_way.iter().map(String::as_str).collect::<Vec<_>>());
        let told = manual(format!("attaching a policy cannot help while {named}: change that first"));
        Some(Remediation { hindered: true, ..told })
    }

    /// Creates AWS's IPv6 policy where the account lacks it, brings it up to date where it is older, and attaches it.
    pub(super) fn attach_ipv6(&self, missing: &[&Answer]) -> Remediation {
        if let Some(hindered) = self.hindered(missing) {
            return hindered;
        }
        let arn = command::managed_by_account(self.facts.inventory.partition, self.role.arn.account(), IPV6_POLICY);
        let document = command::ipv6_document(self.facts.inventory.partition);
        let (class, text, mut changes) = match self.facts.inventory.policies.get(&arn) {
            None => (
                self.class,
                format!("create {IPV6_POLICY} with AWS's current document and attach it to `{}`", self.role.arn.name()),
                vec![Change::CreatePolicy { policy: arn.clone(), document }],
            ),
            Some(_) if self.granted_by(self.facts.documents.managed(&arn), missing) => {
                (self.class, format!("attach {IPV6_POLICY} to `{}`", self.role.arn.name()), Vec::new())
            }
            Some(_) => (
                RemediationClass::Guarded,
                format!(
                    "{IPV6_POLICY} has an older document: give it AWS's current one, which changes every role that uses it, \
                     and see that `{}` has it",
                    self.role.arn.name()
                ),
                vec![Change::CreatePolicyVersion { policy: arn.clone(), document }],
            ),
        };
        // What is attached already stays: the attachment says for whose sake the policy is changed.
        changes.push(self.attachment(arn));
        Remediation::by(class, text + &self.quota(), changes)
    }

    /// Whether AWS's IPv6 document grants what is missing.
    pub(super) fn by_ipv6_document(&self, missing: &[&Answer]) -> bool {
        self.granted_by(
            self.facts.documents.written(IPV6_POLICY, &command::ipv6_document(self.facts.inventory.partition)),
            missing,
        )
    }

    /// Whether one more policy grants what is missing.
    fn granted_by(&self, policy: NamedPolicy, missing: &[&Answer]) -> bool {
        let with = self.permissions.with_policy(policy);
        missing.iter().all(|answer| {
            let ask = &answer.ask;
            with.decide_with(&ask.region, &ask.action, &ask.resource, &ask.keys).outcome == Outcome::Allowed
        })
    }

    fn attachment(&self, policy: String) -> Change {
        Change::Attach { role: self.role.arn.clone(), policy }
    }

    fn quota(&self) -> String {
        match self.role.attached.value().map(Vec::len) {
            Some(count) if count >= ATTACHED_BY_DEFAULT => {
                format!("; it has {count} attached policies, and IAM's default quota is {ATTACHED_BY_DEFAULT}")
            }
            Some(_) | None => String::new(),
        }
    }
}

/// What only a person can decide.
pub(super) fn manual(text: impl Into<String>) -> Remediation {
    Remediation::manual(text.into(), Vec::new())
}

/// The ARN of a managed policy of AWS in the inventory's partition.
pub(super) fn aws_policy(facts: &Facts<'_>, name: &str) -> String {
    command::managed_by_aws(facts.inventory.partition, name)
}

fn denying(decider: &Decider) -> String {
    format!("{} denies it", wording::decider(decider))
}

/// The role's name in a message, quoted.
pub(super) fn quoted(arn: &str) -> String {
    format!("`{}`", called(arn))
}
