//! The entries of NR301 to NR305.

use crate::finding::Status::{Advice, Fail, NotApplicable, Pass, Unknown};
use crate::finding::{NodeKind, RemediationClass, Severity};
use crate::rules::privilege;

use super::guide::privilege as guides;
use super::{ALL_NODES, Check, Rule, RuleId, compliance};

/// AWS's best practices for identities in EKS.
const BEST_PRACTICES: &str =
    "https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html";

/// Nodes on which somebody's controllers run.
const WITH_CONTROLLERS: &[NodeKind] = &[NodeKind::Managed, NodeKind::SelfManaged, NodeKind::Karpenter];

pub(super) const NO_ADMIN: Rule = Rule {
    id: RuleId::new(301),
    slug: "no-admin",
    title: "The node role is no administrator",
    severity: Severity::Critical,
    applies: ALL_NODES,
    about: "Every pod that reaches the credentials of its node may do all that the node role may do. A role that may do \
            everything, or everything in IAM, hands the account to the first pod that is broken into. It is judged by effect: \
            `*`, a NotAction that leaves nearly everything, and a list of every service count alike, whatever the policy is \
            called; explicit denies, boundary and service control policies count too.",
    blind_spots: "A grant that several statements add up to, none of which covers everything. Resource control policies and the \
                  policies of resources.",
    source: BEST_PRACTICES,
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: guides::NO_ADMIN,
    compliance: compliance::ADMINISTRATOR,
    check: Check::Role(privilege::nr301),
};

pub(super) const NO_PRIVILEGE_ESCALATION: Rule = Rule {
    id: RuleId::new(302),
    slug: "no-privilege-escalation",
    title: "Nobody can become more by the rights of the node role",
    severity: Severity::High,
    applies: ALL_NODES,
    about: "Some rights can be turned into others: whoever may pass any role and start an instance has the rights of any role. \
            The known ways are a table; one counts where all its actions are granted on arbitrary resources of the account, or \
            on the role itself, its policies and its clusters.",
    blind_spots: "Ways that lead over one named resource: a single role that may be passed, a single function that may be \
                  changed. Ways that nobody has published.",
    source: BEST_PRACTICES,
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: guides::NO_PRIVILEGE_ESCALATION,
    compliance: compliance::LEAST_PRIVILEGE,
    check: Check::Role(privilege::nr302),
};

pub(super) const NO_BROAD_DATA_ACCESS: Rule = Rule {
    id: RuleId::new(303),
    slug: "no-broad-data-access",
    title: "The node role does not reach all data of a kind",
    severity: Severity::Medium,
    applies: ALL_NODES,
    about: "Pods without a role of their own silently use the node role, and nobody notices until it reads too much. Secrets, \
            parameters, keys, objects, tables and queues are asked for, each on everything of its kind in the account. The \
            statement for the agent of Systems Manager (AmazonSSMManagedInstanceCore) grants ssm:GetParameter on everything: \
            that is told and never held against the role; the same right from another statement counts.",
    blind_spots: "What the policies of buckets, keys, secrets and queues add or take away. Data in services that are not in the \
                  table. A grant on one bucket that holds everything.",
    source: BEST_PRACTICES,
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: guides::NO_BROAD_DATA_ACCESS,
    compliance: compliance::DATA_ACCESS,
    check: Check::Role(privilege::nr303),
};

pub(super) const ECR_READ_ONLY: Rule = Rule {
    id: RuleId::new(304),
    slug: "ecr-read-only",
    title: "The node role may only read from ECR",
    severity: Severity::Medium,
    applies: ALL_NODES,
    about: "Nodes pull images and never push them. A node role that may push lets a pod replace an image that other pods, other \
            clusters and other accounts run. Any repository counts. ecr:BatchImportUpstreamImage and ecr:CreateRepository are \
            not held against the role: pulling through a cache takes them.",
    blind_spots: "What the policies of repositories grant. Public repositories (ecr-public).",
    source: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_EKS.html",
    remediation: RemediationClass::Guarded,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: guides::ECR_READ_ONLY,
    compliance: compliance::ECR_READ_ONLY,
    check: Check::Role(privilege::nr304),
};

pub(super) const CONTROLLERS_ON_NODE_ROLE: Rule = Rule {
    id: RuleId::new(305),
    slug: "controllers-on-node-role",
    title: "Controllers have roles of their own",
    severity: Severity::Low,
    applies: WITH_CONTROLLERS,
    about: "The cluster autoscaler, the AWS load balancer controller, the EBS and EFS CSI drivers, external-dns, cert-manager and \
            Karpenter need rights that nodes do not need. On the node role every pod of the node has them. A controller is \
            known by a few telling actions, on whatever resources, under the tags that it sets itself.",
    blind_spots: "Whether the controller runs in the cluster, and controllers that are not in the table.",
    source: BEST_PRACTICES,
    remediation: RemediationClass::Manual,
    outcomes: &[Advice, Unknown, Pass, NotApplicable],
    guide: guides::CONTROLLERS_ON_NODE_ROLE,
    compliance: compliance::OWN_ROLES,
    check: Check::Role(privilege::nr305),
};
