//! The entries of NR001 to NR005.

use crate::finding::Status::{Advice, Fail, NotApplicable, Pass, Unknown};
use crate::finding::{RemediationClass, Severity};
use crate::rules::existence;

use super::guide::existence as guides;
use super::{ALL_NODES, Check, NODE_ROLE_PAGE, Rule, RuleId, compliance};

pub(super) const ROLE_EXISTS: Rule = Rule {
    id: RuleId::new(1),
    slug: "role-exists",
    title: "The role that a node group names exists in its account",
    severity: Severity::Critical,
    applies: ALL_NODES,
    about: "The role must exist before nodes are launched, and it must be a role of the account of the cluster, under the \
            very ARN that the node group names. Without it no node starts, and nodes that run lose their credentials within \
            hours. A role of the same name under another path is medium: IAM knows one role by that name, but the node group \
            names it wrongly.",
    blind_spots: "A role that was deleted and created again under the same name passes here, though an access entry that is \
                  older than the role no longer lets its nodes in. A role of another account is not followed.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Guarded,
    outcomes: &[Fail, Unknown, Pass],
    guide: guides::ROLE_EXISTS,
    compliance: compliance::CONFIGURED,
    check: Check::NodeGroup(existence::role_exists),
};

pub(super) const NOT_CLUSTER_ROLE: Rule = Rule {
    id: RuleId::new(2),
    slug: "not-cluster-role",
    title: "The node role is not the role that any cluster runs as or was created by",
    severity: Severity::High,
    applies: ALL_NODES,
    about: "AWS's page says that the role used to create any cluster cannot be the node role. The role is compared with the \
            cluster role of every cluster of the account, in every region that was asked for, and with the administrators \
            that access entries name, for the principal that creates a cluster becomes one: its nodes would be \
            administrators too. A role that trusts eks.amazonaws.com without being a cluster's role is medium. Where a \
            region or a cluster could not be read, nothing is proven and the answer is unknown.",
    blind_spots: "Regions that were not asked for. The creator of a cluster with authentication mode CONFIG_MAP, which no AWS \
                  API shows; the evidence says so. Cluster roles of other accounts.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: guides::NOT_CLUSTER_ROLE,
    compliance: compliance::CONFIGURED,
    check: Check::Role(existence::not_cluster_role),
};

pub(super) const NOT_FARGATE_ROLE: Rule = Rule {
    id: RuleId::new(3),
    slug: "not-fargate-role",
    title: "The node role is no Fargate profile's pod execution role",
    severity: Severity::High,
    applies: ALL_NODES,
    about: "A cluster can map a role to one Kubernetes identity only, and Fargate pods need another than nodes: where one role \
            serves both, nodes of the cluster stop being Ready. In the same cluster it is high, in another cluster of the \
            account medium. Fargate profiles, what EKS reports of them (PodExecutionRoleAlreadyInUse) and access entries of \
            type FARGATE_LINUX are looked at. A node role that merely trusts eks-fargate-pods.amazonaws.com is advice.",
    blind_spots: "Regions that were not asked for. The mappings in an aws-auth ConfigMap, which no AWS API shows.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: guides::NOT_FARGATE_ROLE,
    compliance: compliance::CONFIGURED,
    check: Check::Role(existence::not_fargate_role),
};

pub(super) const UNUSED_NODE_ROLE: Rule = Rule {
    id: RuleId::new(5),
    slug: "unused-node-role",
    title: "Every role that looks like a node role is used by a node group",
    severity: Severity::Low,
    applies: ALL_NODES,
    about: "AWS's page begins with a look for a node role that is there already. Roles whose name contains eksNodeRole, \
            AmazonEKSNodeRole, AmazonEKSAutoNodeRole or NodeInstanceRole, and roles that trust EC2 and carry one of AWS's \
            policies for nodes, are compared with the node groups of the account. One that nothing uses is a right that \
            nobody needs. Never deleted automatically. Accounts without clusters are not looked at.",
    blind_spots: "Self-managed and Karpenter nodes are seen only by their access entries and by Karpenter's instance profiles: \
                  with an aws-auth ConfigMap a role that they use may be called unused, so look at when it was last used.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Manual,
    outcomes: &[Advice, Unknown, Pass, NotApplicable],
    guide: guides::UNUSED_NODE_ROLE,
    compliance: compliance::CONFIGURED,
    check: Check::Account(existence::unused_node_roles),
};
