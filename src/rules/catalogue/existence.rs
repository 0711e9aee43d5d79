//! The entries of NR001 to NR005.

use crate::finding::Status::{Advice, Fail, NotApplicable, Pass, Unknown};
use crate::finding::{RemediationClass, Severity};
use crate::rules::existence;

use super::guide::existence as guides;
use super::{ALL_NODES, Check, EC2_NODES, Fix, Guide, NODE_ROLE_PAGE, OWN_EC2, Rule, RuleId, compliance};

pub(super) const ROLE_EXISTS: Rule = Rule {
    id: RuleId::new(1),
    slug: "role-exists",
    title: "The role that a node group names exists in its account",
    severity: Severity::Critical,
    applies: ALL_NODES,
    about: "The role must exist before nodes are launched, and it must be a role of the account of the cluster, under the \
            very ARN that the node group names. Without it no node starts, and nodes that run lose their credentials within \
            hours. A role of the same name under another path is medium: IAM knows one role by that name, but the node group \
            names it wrongly. So is a role that only an access entry names: nothing shows that nodes have it.",
    blind_spots: "A role that was deleted and created again under the same name passes here, though an access entry that is \
                  older than the role no longer lets its nodes in. A role of another account is not followed.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Guarded,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
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
    applies: EC2_NODES,
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

pub(super) const IN_INSTANCE_PROFILE: Rule = Rule {
    id: RuleId::new(4),
    slug: "in-instance-profile",
    title: "Nodes get their role through an instance profile that holds it",
    severity: Severity::High,
    applies: OWN_EC2,
    about: "EC2 gives a role to instances through an instance profile. It must exist and hold the role, and the live instances \
            must carry that very profile: one that was deleted and created again under the same name has another id, and \
            instances keep the association with the one that is gone. For managed node groups, whose profile EKS makes, live \
            instances with another profile fail too.",
    blind_spots: "Instances without the cluster's tags. Whether the credentials that a running instance has already are still \
                  good: they last for hours.",
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html",
    remediation: RemediationClass::Guarded,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: Guide {
        why: "Without a role in its profile an instance has no credentials: the kubelet cannot ask EC2 and EKS and never joins, \
              or a node that runs loses its rights within hours. Systems Manager's Quick Setup has replaced the profiles of all \
              nodes daily (eksctl #2573).",
        decided: "The profiles that live instances carry and that launch templates and configurations in use name are looked up \
                  in IAM, by name. Instances tell the unique id of the profile that they were associated with; it is compared \
                  with the profile's id of today. A managed node group without instances passes where a profile of EKS's \
                  (`eks-...`) holds its role.",
        outcomes: &[
            "`fail` high: a profile is gone, empty, holds another role or was created anew; instances or a template have none; or no \
             profile holds the role of a managed node group.",
            "`unknown`: EC2, the template or the profile could not be read.",
            "`pass`: every profile that was seen holds the role, and instances carry that very one.",
            "`not_applicable`: no machine of the nodes is known, or the role does not exist (NR001).",
        ],
        evidence: "The profiles with what is wrong with each, and the instances that show it.",
        fix: Fix {
            console: "EC2, the instance, *Actions*, *Security*, *Modify IAM role*: choose the profile with the node role. For a \
                      profile that was created anew choose it again.",
            cli: "aws iam add-role-to-instance-profile --instance-profile-name PROFILE --role-name ROLE\n\
                  aws ec2 describe-iam-instance-profile-associations --filters Name=instance-id,Values=INSTANCE\n\
                  aws ec2 replace-iam-instance-profile-association --association-id ASSOCIATION --iam-instance-profile \
                  Name=PROFILE",
            terraform: "resource \"aws_iam_instance_profile\" \"nodes\" {\n  name = \"PROFILE\"\n  role = \
                        aws_iam_role.nodes.name\n}",
            eksctl: "nodeGroups:\n  - name: GROUP\n    iam:\n      instanceProfileARN: PROFILE_ARN\n      instanceRoleARN: \
                     ROLE_ARN",
        },
    },
    compliance: compliance::CONFIGURED,
    check: Check::Profile(existence::in_instance_profile),
};

pub(super) const UNUSED_NODE_ROLE: Rule = Rule {
    id: RuleId::new(5),
    slug: "unused-node-role",
    title: "Every role that looks like a node role is used by a node group",
    severity: Severity::Low,
    applies: ALL_NODES,
    about: "AWS's page begins with a look for a node role that is there already. Roles whose name contains eksNodeRole, \
            AmazonEKSNodeRole, AmazonEKSAutoNodeRole, AmazonEKSHybridNodesRole, KarpenterNodeRole or NodeInstanceRole, and roles that trust EC2 and carry one of AWS's \
            policies for nodes, are compared with the node groups of the account. One that nothing uses is a right that \
            nobody needs. Never deleted automatically. Accounts without clusters are not looked at.",
    blind_spots: "Self-managed nodes without the cluster's tag, and hybrid nodes, are seen only by their access entries: with \
                  an aws-auth ConfigMap a role that they use may be called unused, so look at when it was last used.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Manual,
    outcomes: &[Advice, Unknown, Pass, NotApplicable],
    guide: guides::UNUSED_NODE_ROLE,
    compliance: compliance::CONFIGURED,
    check: Check::Account(existence::unused_node_roles),
};
