//! The catalogue: one table from which the checks, `noderole rules`, reports and docs come.

mod compliance;
mod existence;
mod guide;
mod joining;
mod own;
mod permissions;
mod privilege;
mod sharing;
mod trust;

pub use compliance::{Benchmark, Control};
pub use guide::{Fix, Guide};

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::finding::{NodeKind, RemediationClass, Severity, Status};

use crate::inventory::{Account, Cluster};

use super::subject::{AccountRoles, Facts, NodeRole, Nodes};
use super::verdict::{RoleVerdict, Verdict};

/// The permanent id of a rule: `NR202`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RuleId(u16);

/// Not the id of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a rule: `noderole rules` lists them")]
pub struct UnknownRule(pub String);

impl RuleId {
    /// The rule of that number.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NR{:03}", self.0)
    }
}

impl FromStr for RuleId {
    type Err = UnknownRule;
    /// Takes an id or a slug of the catalogue, or another name of NR307, without regard to case.
    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        if own::ALIASES.iter().any(|alias| alias.eq_ignore_ascii_case(text)) {
            return Ok(own::ORGANIZATION_REQUIREMENTS.id);
        }
        CATALOGUE
            .iter()
            .find(|rule| rule.id.to_string().eq_ignore_ascii_case(text) || rule.slug.eq_ignore_ascii_case(text))
            .map(|rule| rule.id)
            .ok_or_else(|| UnknownRule(text.to_owned()))
    }
}

impl From<RuleId> for String {
    fn from(id: RuleId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for RuleId {
    type Error = UnknownRule;
    fn try_from(text: String) -> Result<Self, UnknownRule> {
        text.parse()
    }
}

/// What a rule is asked about, and the function that answers.
#[derive(Clone, Copy)]
pub enum Check {
    /// Once for each node role.
    Role(fn(&NodeRole<'_>) -> Verdict),
    /// Once for each node group.
    NodeGroup(fn(&NodeRole<'_>, &Nodes<'_>) -> Verdict),
    /// Once for each cluster that settles it for all of its nodes, and elsewhere once for each node group.
    Cluster {
        /// What the cluster settles.
        settled: fn(&Cluster) -> Option<Verdict>,
        /// What is asked about nodes of other clusters.
        nodes: fn(&NodeRole<'_>, &Nodes<'_>) -> Verdict,
    },
    /// Once for each node group, and once for nodes that have no role.
    Profile(fn(&Facts<'_>, &Account, Option<&NodeRole<'_>>, &Nodes<'_>) -> Verdict),
    /// Once for each account: about single roles that no node group uses, or (none) about the account's roles as a whole.
    Account(for<'a> fn(&AccountRoles<'a>) -> Vec<RoleVerdict<'a>>),
}

/// One rule.
pub struct Rule {
    /// The permanent id.
    pub id: RuleId,
    /// The short name: `ecr-pull`.
    pub slug: &'static str,
    /// The requirement, in one line.
    pub title: &'static str,
    /// The severity where nothing lessens or raises it.
    pub severity: Severity,
    /// The kinds of nodes that it applies to.
    pub applies: &'static [NodeKind],
    /// What is checked and why it matters.
    pub about: &'static str,
    /// What the rule cannot see.
    pub blind_spots: &'static str,
    /// The AWS page or other source that it rests on.
    pub source: &'static str,
    /// How a remediation may be carried out.
    pub remediation: RemediationClass,
    /// What it can answer, in the order of [`Status`]; there is a golden case of each in `tests/rules`.
    pub outcomes: &'static [Status],
    /// What its documentation says beyond this.
    pub guide: Guide,
    /// The controls of benchmarks that it speaks to.
    pub compliance: &'static [Control],
    /// The check.
    pub check: Check,
}

/// Every rule, in order of the ids.
pub static CATALOGUE: &[Rule] = &[
    existence::ROLE_EXISTS,
    existence::NOT_CLUSTER_ROLE,
    existence::NOT_FARGATE_ROLE,
    existence::IN_INSTANCE_PROFILE,
    existence::UNUSED_NODE_ROLE,
    trust::TRUST_EC2,
    trust::TRUST_ONLY_EC2,
    permissions::WORKER_PERMISSIONS,
    permissions::ECR_PULL,
    permissions::POD_IDENTITY_PERMISSION,
    permissions::CNI_PERMISSIONS,
    permissions::CNI_ROLE_SEPARATE,
    permissions::IPV6_CNI_POLICY,
    permissions::LEGACY_MANAGED_POLICIES,
    privilege::NO_ADMIN,
    privilege::NO_PRIVILEGE_ESCALATION,
    privilege::NO_BROAD_DATA_ACCESS,
    privilege::ECR_READ_ONLY,
    privilege::CONTROLLERS_ON_NODE_ROLE,
    sharing::ROLE_PER_CLUSTER,
    own::ORGANIZATION_REQUIREMENTS,
    sharing::MAPPING_SHARED,
    joining::ACCESS_ENTRY,
    joining::ROLE_PATH,
    joining::NODE_GROUP_HEALTH,
    joining::IMDS_REACH,
    joining::ACCESS_ENTRY_STALE,
    joining::ONE_OS_PER_ROLE,
];

/// AWS's page *Amazon EKS node IAM role*.
const NODE_ROLE_PAGE: &str = "https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html";

/// Every kind of node.
const ALL_NODES: &[NodeKind] =
    &[NodeKind::Managed, NodeKind::SelfManaged, NodeKind::Karpenter, NodeKind::AutoMode, NodeKind::Hybrid];

/// Nodes in EC2 whose machines the account's owner launches.
const OWN_EC2: &[NodeKind] = &[NodeKind::Managed, NodeKind::SelfManaged, NodeKind::Karpenter];

/// Nodes in EC2.
const EC2_NODES: &[NodeKind] = &[NodeKind::Managed, NodeKind::SelfManaged, NodeKind::Karpenter, NodeKind::AutoMode];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_and_slugs_are_unique_and_in_order() {
        let ids: Vec<RuleId> = CATALOGUE.iter().map(|rule| rule.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        let slugs: BTreeSet<&str> = CATALOGUE.iter().map(|rule| rule.slug).collect();
        assert_eq!(slugs.len(), CATALOGUE.len());
    }

    #[test]
    fn a_rule_is_found_by_its_id_and_by_its_slug() {
        for rule in CATALOGUE {
            assert_eq!(rule.id.to_string().to_lowercase().parse(), Ok(rule.id));
            assert_eq!(rule.slug.parse(), Ok(rule.id));
        }
        for alias in own::ALIASES {
            assert_eq!(alias.parse(), Ok(RuleId::new(307)));
        }
        assert_eq!("NR999".parse::<RuleId>(), Err(UnknownRule("NR999".to_owned())));
    }

    #[test]
    fn every_rule_is_told_in_full_and_rests_on_a_page_of_aws() {
        for rule in CATALOGUE {
            assert!(rule.source.starts_with("https://docs.aws.amazon.com/"), "{}: {}", rule.id, rule.source);
            for text in [rule.title, rule.about, rule.blind_spots] {
                let sentence = text.ends_with('.') || text == rule.title;
                assert!(sentence && text.len() > 20, "{}: `{text}`", rule.id);
            }
            assert!(!rule.applies.is_empty() && !rule.outcomes.is_empty(), "{}", rule.id);
            assert!(rule.outcomes.is_sorted(), "{}: outcomes are listed in the order of Status", rule.id);
        }
    }

    #[test]
    fn every_guide_is_told_in_full_and_explains_each_outcome_in_order() {
        for Rule { id, guide, outcomes, .. } in CATALOGUE {
            for text in [guide.why, guide.decided, guide.evidence, guide.fix.console] {
                assert!(text.ends_with('.') && text.len() > 20, "{id}: `{text}`");
            }
            assert!(!guide.fix.cli.is_empty() && !guide.fix.terraform.is_empty(), "{id}");
            assert_eq!(guide.outcomes.len(), outcomes.len(), "{id}: one line for each outcome");
            for (line, outcome) in guide.outcomes.iter().zip(*outcomes) {
                let (word, worst) = (format!("`{}`", outcome.as_str()), *outcome == Status::Fail);
                assert!(line.starts_with(&word) && line.ends_with('.'), "{id}: `{line}`");
                assert!(!worst || line.contains(&format!("{word} ")), "{id}: a failure has a severity: `{line}`");
            }
        }
    }

    #[test]
    fn every_control_is_told_once_and_in_the_order_of_the_benchmarks() {
        for Rule { id, compliance, .. } in CATALOGUE {
            assert!(compliance.is_sorted_by_key(|control| control.benchmark), "{id}: {compliance:?}");
            let distinct: BTreeSet<&Control> = compliance.iter().collect();
            assert_eq!(distinct.len(), compliance.len(), "{id}: {compliance:?}");
        }
    }
}
