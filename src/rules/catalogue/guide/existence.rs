//! The guides of NR001 to NR005.

use super::{Fix, Guide};

/// A node group cannot change its role: a new one takes its place.
const NEW_GROUP_BY_EKSCTL: &str = "eksctl create nodegroup --cluster CLUSTER --name NEW_NODE_GROUP
eksctl delete nodegroup --cluster CLUSTER --name NODE_GROUP # drains its nodes first";

/// A role of its own, in Terraform.
const OWN_ROLE_IN_TERRAFORM: &str = "resource \"aws_iam_role\" \"nodes\" {
  name               = \"NODE_ROLE\"
  assume_role_policy = data.aws_iam_policy_document.nodes_trust.json # ec2.amazonaws.com alone
}

resource \"aws_eks_node_group\" \"this\" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = \"NODE_GROUP\"
  node_role_arn   = aws_iam_role.nodes.arn # a change replaces the node group
  # ...
}";

/// A role of its own for a new node group, with the CLI.
const OWN_ROLE_BY_CLI: &str = "aws iam create-role --role-name NEW_NODE_ROLE --assume-role-policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}'
aws iam attach-role-policy --role-name NEW_NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy
aws iam attach-role-policy --role-name NEW_NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly
aws eks create-nodegroup --cluster-name CLUSTER --nodegroup-name NEW_NODE_GROUP --node-role arn:aws:iam::ACCOUNT:role/NEW_NODE_ROLE --subnets SUBNET_1 SUBNET_2
aws eks delete-nodegroup --cluster-name CLUSTER --nodegroup-name NODE_GROUP";

/// The same in the console.
const OWN_ROLE_BY_CONSOLE: &str = "IAM, Roles, Create role (AWS service, EC2) with AmazonEKSWorkerNodePolicy and \
                                   AmazonEC2ContainerRegistryPullOnly. EKS, the cluster, Compute, Add node group with that role; \
                                   when its nodes are ready, delete the old node group, which drains it.";

pub(in super::super) const ROLE_EXISTS: Guide = Guide {
    why: "Without its role a node group starts no node, and nodes that run lose their credentials within hours: kubelet and pods are \
          then cut off, though nothing in Kubernetes was changed.",
    decided: "The ARN that EKS gives for the node group is looked up among the roles of its account: name, account and path are \
              compared.",
    outcomes: &[
        "`fail` critical: the account has no role of that name. Medium: it has one under another path.",
        "`unknown`: the node group or its role could not be read, or the role belongs to another account.",
        "`pass`: the role exists under that very ARN.",
        "`not_applicable`: the nodes are of a kind that the rule is not about.",
    ],
    evidence: "The call that looked for the role, and what it answered.",
    fix: Fix {
        console: "IAM, Roles, Create role: AWS service, EC2; attach AmazonEKSWorkerNodePolicy and \
                  AmazonEC2ContainerRegistryPullOnly; give it exactly the name that the node group has. Where the cluster uses \
                  access entries, delete and create the entry of the role: it remembers the old role's id.",
        cli: "aws iam create-role --role-name NODE_ROLE --assume-role-policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}'
aws iam attach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy
aws iam attach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        terraform: "resource \"aws_iam_role\" \"nodes\" {
  name               = \"NODE_ROLE\"
  assume_role_policy = data.aws_iam_policy_document.nodes_trust.json # ec2.amazonaws.com alone
}",
        eksctl: NEW_GROUP_BY_EKSCTL,
    },
};

pub(in super::super) const NOT_CLUSTER_ROLE: Guide = Guide {
    why: "AWS's page says that the role which created a cluster cannot be the node role. The principal that creates a cluster is its \
          administrator: with that role on the nodes, every pod that reaches their credentials is one, too.",
    decided: "The role is compared with the cluster role of every cluster of the account, in every region that was asked for, and \
              with the principals that standard access entries make administrators. A role that trusts eks.amazonaws.com is told \
              even where no cluster uses it.",
    outcomes: &[
        "`fail` high: it is the role of a cluster, or an access entry makes it administrator. Medium: it trusts \
         eks.amazonaws.com, and is no cluster's role.",
        "`unknown`: a region, a cluster or its access entries could not be read.",
        "`pass`: it is neither, in any region that was asked for; the evidence names them.",
        "`not_applicable`: there is no such role (NR001).",
    ],
    evidence: "The clusters whose role it is, the access entry, and the regions that were looked at.",
    fix: Fix {
        console: OWN_ROLE_BY_CONSOLE,
        cli: OWN_ROLE_BY_CLI,
        terraform: OWN_ROLE_IN_TERRAFORM,
        eksctl: NEW_GROUP_BY_EKSCTL,
    },
};

pub(in super::super) const NOT_FARGATE_ROLE: Guide = Guide {
    why: "A cluster maps a role to one identity in Kubernetes. Fargate pods need another than nodes: when a Fargate profile takes the \
          nodes' role, their mapping changes and they stop being Ready (eksctl #2290).",
    decided: "The role is compared with the pod execution role of every Fargate profile, with the profiles that EKS reports as \
              PodExecutionRoleAlreadyInUse, and with access entries of type FARGATE_LINUX.",
    outcomes: &[
        "`fail` high: it serves a Fargate profile of a cluster whose nodes it serves. Medium: of another cluster.",
        "`advice` low: it trusts eks-fargate-pods.amazonaws.com, and serves no profile.",
        "`unknown`: a region, a profile or an access entry could not be read.",
        "`pass`: it serves no profile, in any region that was asked for.",
        "`not_applicable`: there is no such role (NR001).",
    ],
    evidence: "The Fargate profiles, the health code or the access entry, and the regions that were looked at.",
    fix: Fix {
        console: "IAM, Roles, Create role (AWS service, EKS, EKS - Fargate pod). EKS, the cluster, Compute, Fargate profiles: create a \
                  profile with that role, then delete the old one.",
        cli: "aws iam create-role --role-name FARGATE_ROLE --assume-role-policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"eks-fargate-pods.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}'
aws iam attach-role-policy --role-name FARGATE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy
aws eks create-fargate-profile --cluster-name CLUSTER --fargate-profile-name NEW_PROFILE --pod-execution-role-arn arn:aws:iam::ACCOUNT:role/FARGATE_ROLE --selectors namespace=NAMESPACE
aws eks delete-fargate-profile --cluster-name CLUSTER --fargate-profile-name PROFILE",
        terraform: "resource \"aws_eks_fargate_profile\" \"this\" {
  cluster_name           = aws_eks_cluster.this.name
  fargate_profile_name   = \"PROFILE\"
  pod_execution_role_arn = aws_iam_role.fargate.arn # never the node role
  # ...
}",
        eksctl: "fargateProfiles:
  - name: PROFILE
    podExecutionRoleARN: arn:aws:iam::ACCOUNT:role/FARGATE_ROLE
    selectors:
      - namespace: NAMESPACE",
    },
};

pub(in super::super) const UNUSED_NODE_ROLE: Guide = Guide {
    why: "A role that EC2 may assume and nothing uses is a right that nobody needs, and a name that the next node group may pick up \
          with whatever it was left with.",
    decided: "Roles that look like node roles, by the names that AWS's tools give them or by EC2 trust and a node policy, are \
              compared with all that use a role in the account.",
    outcomes: &[
        "`advice` low: nothing uses the role.",
        "`unknown`: what may use it, or the list of roles, could not be read.",
        "`pass`: every role that looks like a node role is used.",
        "`not_applicable`: the account has no clusters, or the audit is a targeted one.",
    ],
    evidence: "Why the role looks like a node role, and when it was last used.",
    fix: Fix {
        console: "IAM, Roles, the role, Last accessed: where it was not used for long, delete it with its instance profile.",
        cli: "aws iam get-role --role-name NODE_ROLE --query Role.RoleLastUsed
aws iam list-instance-profiles-for-role --role-name NODE_ROLE
aws iam list-attached-role-policies --role-name NODE_ROLE",
        terraform: "# remove the resource `aws_iam_role` and its attachments, then apply",
        eksctl: "eksctl delete nodegroup --cluster CLUSTER --name NODE_GROUP # takes along the role that it made",
    },
};
