//! The entries of NR306 and NR308.

use crate::finding::Status::{Advice, NotApplicable, Pass, Unknown};
use crate::finding::{NodeKind, RemediationClass, Severity};
use crate::rules::sharing;

use super::compliance::{CONFIGURED, LEAST_PRIVILEGE};
use super::{Check, Fix, Guide, OWN_EC2, Rule, RuleId};

/// Nodes whose role is chosen a cluster: AWS suggests one role an account for Auto Mode.
const CHOSEN: &[NodeKind] = &[NodeKind::Managed, NodeKind::SelfManaged, NodeKind::Karpenter, NodeKind::Hybrid];

pub(super) const ROLE_PER_CLUSTER: Rule = Rule {
    id: RuleId::new(306),
    slug: "role-per-cluster",
    title: "The nodes of each cluster have a role of their own",
    severity: Severity::Low,
    applies: CHOSEN,
    about: "Whoever gets the credentials of a node has its role in every cluster that the role serves. A role that serves nodes \
            of several clusters is advice. Auto Mode does not count: AWS suggests one role an account for it.",
    blind_spots: "Clusters of other accounts that share the role's name. What each workload on the nodes could reach.",
    source: "https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html",
    remediation: RemediationClass::Manual,
    outcomes: &[Advice, Unknown, Pass, NotApplicable],
    guide: Guide {
        why: "One compromised pod in a test cluster with IMDS open is then a node of the production cluster.",
        decided: "The clusters of the role's managed, self-managed, Karpenter and hybrid nodes are counted, in all regions that \
                  were asked for.",
        outcomes: &[
            "`advice`: nodes of more than one cluster have the role.",
            "`unknown`: nodes of one cluster have it, but not all clusters and nodes of the account could be read.",
            "`pass`: nodes of one cluster have it, and all were read.",
            "`not_applicable`: Auto Mode alone has the role.",
        ],
        evidence: "The node groups, one of each cluster.",
        fix: Fix {
            console: "IAM: create a role for each cluster. EKS: create new node groups with it and delete the old ones, for the \
                      role of a node group cannot be changed.",
            cli: "aws iam create-role --role-name CLUSTER-nodes --assume-role-policy-document file://trust.json\n\
                  aws eks create-nodegroup --cluster-name CLUSTER --nodegroup-name GROUP --node-role ROLE_ARN --subnets SUBNETS",
            terraform: "resource \"aws_iam_role\" \"nodes\" {\n  for_each           = var.clusters\n  name               = \
                        \"${each.key}-nodes\"\n  assume_role_policy = data.aws_iam_policy_document.ec2.json\n}",
            eksctl: "managedNodeGroups:\n  - name: GROUP   # without iam.instanceRoleARN eksctl makes a role for it",
        },
    },
    compliance: LEAST_PRIVILEGE,
    check: Check::Role(sharing::role_per_cluster),
};

pub(super) const MAPPING_SHARED: Rule = Rule {
    id: RuleId::new(308),
    slug: "mapping-shared",
    title: "Managed and other nodes do not share a mapping in aws-auth",
    severity: Severity::Medium,
    applies: OWN_EC2,
    about: "EKS writes the role of a managed node group into aws-auth, and takes it out with the last managed node group that \
            has it. Self-managed and Karpenter nodes with the same role then are no longer let in. Advice in clusters with mode \
            CONFIG_MAP or API_AND_CONFIG_MAP.",
    blind_spots: "The content of aws-auth: somebody may watch over the mapping. With API_AND_CONFIG_MAP an access entry of the \
                  role's may keep the nodes in.",
    source: "https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html",
    remediation: RemediationClass::Manual,
    outcomes: &[Advice, Unknown, Pass, NotApplicable],
    guide: Guide {
        why: "Deleting one node group takes down nodes that have nothing to do with it: they become NotReady within minutes \
              (containers-roadmap #755, #2111; eksctl #5690).",
        decided: "Within each cluster whose mode has aws-auth, the role's managed node groups and its self-managed and Karpenter \
                  nodes are looked for.",
        outcomes: &[
            "`advice`: both have the role in a cluster with aws-auth.",
            "`unknown`: only one of them was seen, and the other could not be read; or the mode could not.",
            "`pass`: nodes of one sort alone have the role in each cluster with aws-auth.",
            "`not_applicable`: no cluster of the role has aws-auth.",
        ],
        evidence: "The managed and the other nodes, by cluster.",
        fix: Fix {
            console: "IAM: create a role for the self-managed nodes. Put it into their instance profile, and map it.",
            cli: "aws iam create-role --role-name CLUSTER-self-managed --assume-role-policy-document file://trust.json\n\
                  aws eks create-access-entry --cluster-name CLUSTER --principal-arn ROLE_ARN --type EC2_LINUX",
            terraform: "resource \"aws_eks_access_entry\" \"self_managed\" {\n  cluster_name  = \"CLUSTER\"\n  principal_arn = \
                        aws_iam_role.self_managed.arn\n  type          = \"EC2_LINUX\"\n}",
            eksctl: "eksctl create iamidentitymapping --cluster CLUSTER --arn ROLE_ARN --username \
                     system:node:{{EC2PrivateDNSName}} --group system:bootstrappers --group system:nodes",
        },
    },
    compliance: CONFIGURED,
    check: Check::Role(sharing::mapping_shared),
};
