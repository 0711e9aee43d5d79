//! What a rule found: status, severity, evidence, and what would mend it. A finding's id is stable over runs.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{AccountId, Region};
use crate::known::Gap;
use crate::policy::Outcome;
use crate::remediate::Change;
use crate::rules::RuleId;

/// How much harm is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Mend it in the ordinary course.
    Medium,
    /// Nodes or their pods are harmed, or may do harm.
    High,
    /// Nodes cannot work, or anyone may become the role.
    Critical,
}

impl Severity {
    /// Every severity, the worst first.
    pub const WORST_FIRST: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word in reports and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a finding says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The requirement is not met.
    Fail,
    /// AWS recommends otherwise; nothing is broken.
    Advice,
    /// A fact that the rule needs is missing, or the answer hangs on a live request.
    Unknown,
    /// Met; listed only on request.
    Pass,
    /// The rule does not apply; listed only on request.
    NotApplicable,
}

impl Status {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Advice => "advice",
            Self::Unknown => "unknown",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// The place in a list of findings: what is broken, then what nobody can tell, then what could be better.
    pub(crate) fn rank(self) -> u8 {
        match self {
            Self::Fail => 0,
            Self::Unknown => 1,
            Self::Advice => 2,
            Self::Pass => 3,
            Self::NotApplicable => 4,
        }
    }
}

/// A node group that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeGroupRef {
    /// What kind of nodes.
    pub kind: NodeKind,
    /// The cluster's name.
    pub cluster: String,
    /// The region.
    pub region: Region,
    /// The node group's name; of self-managed nodes the Auto Scaling group's, else the instance's id; of Karpenter's the node
    /// pool's, or the instance profile's where no node runs; of Auto Mode's the cluster's. The role's name where nothing but
    /// an access entry tells of the nodes: of hybrid and HyperPod nodes, and of self-managed ones without tags.
    pub name: String,
}

/// The kinds of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A managed node group.
    Managed,
    /// Nodes of an Auto Scaling group, or single instances, that somebody joined to the cluster.
    SelfManaged,
    /// Nodes that Karpenter launches.
    Karpenter,
    /// An EKS Auto Mode cluster's nodes.
    AutoMode,
    /// Machines outside AWS: EKS Hybrid Nodes.
    Hybrid,
    /// Nodes of SageMaker HyperPod: listed and counted, outside the rules.
    Hyperpod,
}

impl NodeKind {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::SelfManaged => "self_managed",
            Self::Karpenter => "karpenter",
            Self::AutoMode => "auto_mode",
            Self::Hybrid => "hybrid",
            Self::Hyperpod => "hyperpod",
        }
    }
}

/// A fact, or a decision about one action, that decided. `text` is for people; the other members are for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// One line for people.
    pub text: String,
    /// The action that was decided on.
    pub action: Option<String>,
    /// The resource it was decided on.
    pub resource: Option<String>,
    /// The decision.
    pub outcome: Option<Outcome>,
    /// The policy that decided: its ARN or name.
    pub policy: Option<String>,
    /// The Sid, or the position from 0, of the statement in it.
    pub statement: Option<String>,
    /// The API operation that the fact comes from, or that failed.
    pub api: Option<String>,
}

impl Evidence {
    /// A fact in words.
    pub fn fact(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            action: None,
            resource: None,
            outcome: None,
            policy: None,
            statement: None,
            api: None,
        }
    }

    /// A fact in words with the operation that it comes from.
    pub fn from_api(api: &str, text: impl Into<String>) -> Self {
        Self { api: Some(api.to_owned()), ..Self::fact(text) }
    }

    /// A fact that is missing: the call that failed, and what it was about.
    pub fn gap(gap: &Gap) -> Self {
        Self { resource: Some(gap.resource.clone()), ..Self::from_api(&gap.api, gap.to_string()) }
    }
}

/// How a remediation may be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemediationClass {
    /// May be applied automatically where the configuration allows it.
    Safe,
    /// Needs its precondition proven at apply time.
    Guarded,
    /// Only ever explained.
    Manual,
}

impl RemediationClass {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Guarded => "guarded",
            Self::Manual => "manual",
        }
    }
}

/// What would mend a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remediation {
    /// How it may be carried out.
    pub class: RemediationClass,
    /// What to do, in words.
    pub text: String,
    /// Exact `aws` commands, in order; empty where no command can mend it.
    pub commands: Vec<String>,
    /// The same as changes that a plan may hold; none for what is only ever explained. Not told in reports: a plan is made
    /// from facts.
    #[serde(skip)]
    pub changes: Vec<Change>,
    /// Whether a deny, the boundary or an SCP keeps every further grant from taking effect.
    #[serde(skip)]
    pub hindered: bool,
}

impl Remediation {
    /// What only a person can decide, with commands that help.
    pub fn manual(text: impl Into<String>, commands: Vec<String>) -> Self {
        Self { class: RemediationClass::Manual, text: text.into(), commands, changes: Vec::new(), hindered: false }
    }

    /// What these changes do.
    pub fn by(class: RemediationClass, text: impl Into<String>, changes: Vec<Change>) -> Self {
        let commands = changes.iter().flat_map(Change::commands).collect();
        Self { class, text: text.into(), commands, changes, hindered: false }
    }
}

/// Why a finding is known and accepted, by whose word, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day (UTC) on which it holds; none: it does not end.
    pub expires: Option<Date>,
    /// Where it is written.
    pub by: SuppressedBy,
}

/// Where a suppression is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuppressedBy {
    /// In the configuration.
    Configuration,
    /// In a tag of the role, the cluster or the node group.
    Tag,
}

/// One result of one rule about one role or node group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable over runs: see [`Finding::id_of`].
    pub id: String,
    /// The rule.
    pub rule: RuleId,
    /// What it says.
    pub status: Status,
    /// How much harm is in it.
    pub severity: Severity,
    /// The account.
    pub account: AccountId,
    /// The region of the first node group; none for a role that no node group uses.
    pub region: Option<Region>,
    /// The node role; none for what concerns the account's roles as a whole.
    pub role_arn: Option<String>,
    /// The node groups that use the role.
    pub node_groups: Vec<NodeGroupRef>,
    /// One sentence: what is wrong here, with names.
    pub message: String,
    /// What decided.
    pub evidence: Vec<Evidence>,
    /// What would mend it; none for what needs no mending.
    pub remediation: Option<Remediation>,
    /// Why it is known and accepted, and does not count; none where it counts.
    pub suppressed: Option<Suppressed>,
    /// The suppression that covered it until it expired.
    pub suppression_expired: Option<Suppressed>,
}

impl Finding {
    /// The id of a finding of `rule` about `subject` (a role's ARN, a node group's ARN, an account): never of the text.
    ///
    /// The rule's id and the first 16 hexadecimal digits of the subject's SHA-256.
    pub fn id_of(rule: RuleId, subject: &str) -> String {
        let digest = Sha256::digest(subject.as_bytes());
        let first = digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        format!("{rule}-{first:016x}")
    }
}
