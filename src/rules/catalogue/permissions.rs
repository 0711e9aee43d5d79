//! The entries of NR201 to NR207.

use crate::finding::Status::{Advice, Fail, NotApplicable, Pass, Unknown};
use crate::finding::{NodeKind, RemediationClass, Severity};
use crate::rules::permissions;

use super::guide::permissions as guides;
use super::{ALL_NODES, Check, EC2_NODES, NODE_ROLE_PAGE, OWN_EC2, Rule, RuleId, compliance};

/// Nodes whose bootstrap asks AWS: all but Auto Mode's.
const WORKERS: &[NodeKind] = &[NodeKind::Managed, NodeKind::SelfManaged, NodeKind::Karpenter, NodeKind::Hybrid];

/// Managed node groups alone.
const MANAGED: &[NodeKind] = &[NodeKind::Managed];

/// AWS's page on the role of the VPC CNI.
const CNI_ROLE_PAGE: &str = "https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html";

pub(super) const WORKER_PERMISSIONS: Rule = Rule {
    id: RuleId::new(201),
    slug: "worker-permissions",
    title: "The node role can do what nodes must do to join",
    severity: Severity::High,
    applies: WORKERS,
    about: "What counts is the effect, not the name of a policy: identity policies less explicit denies, boundary and service \
            control policies must grant ec2:DescribeInstances, and eks:DescribeCluster for the AMI types whose bootstrap asks \
            EKS (AL2, custom, Windows) and for self-managed nodes. Missing ec2:DescribeInstanceTypes, eks:DescribeCluster elsewhere, and the describing \
            calls of kubelets before 1.27, are advice. So is what nodeadm asks EKS on hybrid nodes: eks:DescribeCluster and \
            eks:ListAccessEntries.",
    blind_spots: "A node that cannot reach the endpoints of EC2 and EKS fails in the same way. Resource control policies and \
                  endpoint policies are not read.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Safe,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: guides::WORKER_PERMISSIONS,
    compliance: &[],
    check: Check::Role(permissions::nr201),
};

pub(super) const ECR_PULL: Rule = Rule {
    id: RuleId::new(202),
    slug: "ecr-pull",
    title: "The node role can pull images from ECR",
    severity: Severity::High,
    applies: ALL_NODES,
    about: "The images of EKS's own add-ons come from a registry of the region: ecr:GetAuthorizationToken on everything, and \
            ecr:BatchGetImage and ecr:GetDownloadUrlForLayer there. A grant that is scoped to repositories is legal. \
            ecr:BatchCheckLayerAvailability is not needed for a pull. That none of the account's own repositories can be \
            pulled is advice. In a region whose registry is not known a scoped grant is unknown.",
    blind_spots: "Policies of repositories and of endpoints, and missing routes, can make a pull fail. Which repositories the \
                  workloads use is not known.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Safe,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: guides::ECR_PULL,
    compliance: compliance::ECR_PULL,
    check: Check::Role(permissions::nr202),
};

pub(super) const POD_IDENTITY_PERMISSION: Rule = Rule {
    id: RuleId::new(203),
    slug: "pod-identity-permission",
    title: "The node role can serve the Pod Identity agent",
    severity: Severity::High,
    applies: EC2_NODES,
    about: "Where a cluster runs the Pod Identity agent (the add-on, an association, or Auto Mode), its nodes need \
            eks-auth:AssumeRoleForPodIdentity on the cluster. Without it pods fall back to the node role and nobody is told. \
            Boundaries from before November 2023 often cut it off.",
    blind_spots: "An agent that was installed without the add-on, in a cluster without associations.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Safe,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: guides::POD_IDENTITY_PERMISSION,
    compliance: &[],
    check: Check::Role(permissions::nr203),
};

pub(super) const CNI_PERMISSIONS: Rule = Rule {
    id: RuleId::new(204),
    slug: "cni-permissions",
    title: "Whoever serves aws-node can manage addresses",
    severity: Severity::High,
    applies: OWN_EC2,
    about: "The role that serves aws-node (that of a Pod Identity association, of the add-on, one that trusts its service \
            account, else the node role) must grant what the VPC CNI calls: by the family of addresses of the cluster, by the \
            version of the add-on (from 1.22.0 on ec2:DescribeSubnets) and by its settings. A target role and a policy of the \
            association count. Where a role of its own falls short, or does not let aws-node in, the node role does not help. \
            Where not every role of the account was looked at, one may serve aws-node, and the answer is unknown.",
    blind_spots: "The annotation of aws-node's service account stands in Kubernetes: a role that trusts it is taken for the one \
                  in use. Another CNI than Amazon's looks like one that is no add-on.",
    source: CNI_ROLE_PAGE,
    remediation: RemediationClass::Safe,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: guides::CNI_PERMISSIONS,
    compliance: &[],
    check: Check::Role(permissions::nr204),
};

pub(super) const CNI_ROLE_SEPARATE: Rule = Rule {
    id: RuleId::new(205),
    slug: "cni-role-separate",
    title: "The rights that write network interfaces belong to a role of aws-node's own",
    severity: Severity::Medium,
    applies: EC2_NODES,
    about: "AWS recommends to take the CNI's rights from the node role, for every pod on a node may come to use them. Where \
            aws-node has a working role of its own in every cluster, or where Auto Mode alone uses the role, they are surplus, \
            which fails; else it is advice. Node groups that could not be read may need them: then nothing is proven. Rights \
            that only describe do no harm.",
    blind_spots: "Other software on the nodes that uses these rights. Whether a role that trusts aws-node is really in use.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Guarded,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: guides::CNI_ROLE_SEPARATE,
    compliance: compliance::OWN_ROLES,
    check: Check::Role(permissions::nr205),
};

pub(super) const IPV6_CNI_POLICY: Rule = Rule {
    id: RuleId::new(206),
    slug: "ipv6-cni-policy",
    title: "IPv6 clusters do not carry the IPv4 policy of the CNI in the place of the IPv6 one",
    severity: Severity::Medium,
    applies: OWN_EC2,
    about: "AmazonEKS_CNI_Policy is for IPv4: it lacks ec2:AssignIpv6Addresses, without which an IPv6 cluster gives no \
            addresses to pods. AWS has no managed policy for IPv6, so the account must have its own. Carrying both is legal.",
    blind_spots: "The annotation of aws-node's service account, as for NR204.",
    source: CNI_ROLE_PAGE,
    remediation: RemediationClass::Safe,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: guides::IPV6_CNI_POLICY,
    compliance: &[],
    check: Check::Role(permissions::nr206),
};

pub(super) const LEGACY_MANAGED_POLICIES: Rule = Rule {
    id: RuleId::new(207),
    slug: "legacy-managed-policies",
    title: "Node groups from before 2023-10-03 carry the managed policies by name",
    severity: Severity::Low,
    applies: MANAGED,
    about: "Until 2023-10-03 EKS took only roles with AWS's managed policies attached. Custom policies of the same effect are \
            legal today, so this is never more than advice, and silent where NR201 or NR202 speaks.",
    blind_spots: "AWS has removed the note from its page: nothing is known to depend on it any more.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Manual,
    outcomes: &[Advice, Unknown, Pass, NotApplicable],
    guide: guides::LEGACY_MANAGED_POLICIES,
    compliance: &[],
    check: Check::Role(permissions::nr207),
};
