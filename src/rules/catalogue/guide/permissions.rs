//! The guides of NR201 to NR207.

use super::{Fix, Guide};

/// aws-node's own role, with eksctl.
const CNI_ROLE_BY_EKSCTL: &str = "addons:
  - name: vpc-cni
    podIdentityAssociations:
      - namespace: kube-system
        serviceAccountName: aws-node
        permissionPolicyARNs: [arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy]
  - name: eks-pod-identity-agent";

/// aws-node's own role, in Terraform.
const CNI_ROLE_IN_TERRAFORM: &str = "resource \"aws_iam_role_policy_attachment\" \"cni\" {
  role       = aws_iam_role.cni.name # trusts pods.eks.amazonaws.com
  policy_arn = \"arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy\"
}

resource \"aws_eks_pod_identity_association\" \"cni\" {
  cluster_name    = aws_eks_cluster.this.name
  namespace       = \"kube-system\"
  service_account = \"aws-node\"
  role_arn        = aws_iam_role.cni.arn
}";

/// One policy on the node role, with eksctl.
const POLICIES_BY_EKSCTL: &str = "managedNodeGroups:
  - name: NODE_GROUP
    iam:
      attachPolicyARNs:
        - arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy
        - arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";

pub(in super::super) const WORKER_PERMISSIONS: Guide = Guide {
    why: "At its start a node asks EC2 about itself, and by some AMIs EKS about its cluster. Where that is refused it never joins, and \
          the node group ends in NodeCreationFailure without a word of IAM.",
    decided: "The set `worker`, by AMI type and Kubernetes version of each node group, is put to the role's effective permissions: \
              policies less explicit denies, boundary and service control policies.",
    outcomes: &[
        "`fail` high: a required action is not granted.",
        "`advice` low: a recommended action is not granted.",
        "`unknown`: an action hangs on a condition or on a policy that could not be read, or whether it is needed is not known.",
        "`pass`: all that is required is granted, and nothing that is recommended is refused.",
        "`not_applicable`: only Auto Mode uses the role, or there is no such role (NR001).",
    ],
    evidence: "For each action: granted by which statement, or denied by which policy, boundary or service control policy.",
    fix: Fix {
        console: "IAM, Roles, the node role, Add permissions, Attach policies: AmazonEKSWorkerNodePolicy. Where a boundary or a service \
                  control policy denies it, that must change first.",
        cli: "aws iam attach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
        terraform: "resource \"aws_iam_role_policy_attachment\" \"worker\" {
  role       = aws_iam_role.nodes.name
  policy_arn = \"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy\"
}",
        eksctl: POLICIES_BY_EKSCTL,
    },
};

pub(in super::super) const ECR_PULL: Guide = Guide {
    why: "CoreDNS, kube-proxy and the CNI come from a registry of EKS. A node that cannot pull them joins and never becomes Ready \
          (amazon-vpc-cni-k8s #529: no basic auth credentials).",
    decided: "The set `ecr-pull` is put to the role's effective permissions: the token on everything, the pull on the registry of EKS's \
              add-ons in the region, and, as a recommendation, on the account's own repositories.",
    outcomes: &[
        "`fail` high: images of EKS's add-ons cannot be pulled.",
        "`advice` low: none of the account's own repositories can be pulled from.",
        "`unknown`: it hangs on a condition, on a policy that could not be read, or on a registry that is not known for the region.",
        "`pass`: what is required is granted.",
        "`not_applicable`: every node group is being deleted, or there is no such role (NR001).",
    ],
    evidence: "For each action and registry: granted by which statement, or denied by what.",
    fix: Fix {
        console: "IAM, Roles, the node role, Add permissions, Attach policies: AmazonEC2ContainerRegistryPullOnly.",
        cli: "aws iam attach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        terraform: "resource \"aws_iam_role_policy_attachment\" \"pull\" {
  role       = aws_iam_role.nodes.name
  policy_arn = \"arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly\"
}",
        eksctl: POLICIES_BY_EKSCTL,
    },
};

pub(in super::super) const POD_IDENTITY_PERMISSION: Guide = Guide {
    why: "The Pod Identity agent gets the credentials of pods with the node's rights. Where it may not, pods fall back to the node role \
          and nobody is told: they fail, or have rights that nobody meant them to have.",
    decided: "Where a cluster runs the agent (the add-on, an association, Auto Mode), eks-auth:AssumeRoleForPodIdentity on that cluster \
              is put to the role's effective permissions.",
    outcomes: &[
        "`fail` high: it is not granted.",
        "`unknown`: it hangs on a condition or on what could not be read of the role or the cluster.",
        "`pass`: it is granted for every cluster with the agent.",
        "`not_applicable`: no cluster runs the agent, the partition has no eks-auth, or there is no such role (NR001).",
    ],
    evidence: "The statement that grants it, or the boundary (often one from before November 2023) or Deny that takes it away.",
    fix: Fix {
        console: "IAM, Roles, the node role, Add permissions, Attach policies: AmazonEKSWorkerNodeMinimalPolicy (or \
                  AmazonEKSWorkerNodePolicy where NR201 fails too). A boundary must allow eks-auth:AssumeRoleForPodIdentity as well.",
        cli: "aws iam attach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy",
        terraform: "resource \"aws_iam_role_policy_attachment\" \"pod_identity\" {
  role       = aws_iam_role.nodes.name
  policy_arn = \"arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy\"
}",
        eksctl: POLICIES_BY_EKSCTL,
    },
};

pub(in super::super) const CNI_PERMISSIONS: Guide = Guide {
    why: "aws-node gives pods their addresses. Where its role falls short, pods hang in ContainerCreating, or aws-node crashes in a loop \
          and the node never becomes Ready (amazon-vpc-cni-k8s #3704).",
    decided: "First, who serves aws-node: the role of its Pod Identity association, of the add-on, one that trusts its service account, \
              else the node role. Then the set of the cluster's family of addresses and of the add-on's version is put to that \
              role's effective permissions.",
    outcomes: &[
        "`fail` high: whoever serves aws-node lacks a required action, or does not let aws-node in.",
        "`advice` low: a recommended action is not granted.",
        "`unknown`: it hangs on a condition, or on what could not be read of the roles, the add-on or the associations.",
        "`pass`: what is required is granted.",
        "`not_applicable`: no nodes of the role run aws-node (Auto Mode, Windows), or there is no such role (NR001).",
    ],
    evidence: "Which role serves aws-node and by which setting, and for each action by which statement it is granted or denied.",
    fix: Fix {
        console: "EKS, the cluster, Add-ons, Amazon VPC CNI, Edit: a role for the service account with AmazonEKS_CNI_Policy (IPv6: the \
                  account's AmazonEKS_CNI_IPv6_Policy). For a node role that serves aws-node: IAM, Roles, Attach policies.",
        cli: "aws iam attach-role-policy --role-name CNI_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy
kubectl -n kube-system rollout restart daemonset aws-node",
        terraform: CNI_ROLE_IN_TERRAFORM,
        eksctl: CNI_ROLE_BY_EKSCTL,
    },
};

pub(in super::super) const CNI_ROLE_SEPARATE: Guide = Guide {
    why: "The CNI's rights attach, detach and delete network interfaces anywhere in the account. On the node role every pod has them; \
          AWS's page recommends to take them away.",
    decided: "The rights that write network interfaces are put to the role's effective permissions, and who serves aws-node is found as \
              for NR204, in every cluster whose nodes use the role.",
    outcomes: &[
        "`fail` medium: they are granted, and aws-node has a working role of its own everywhere, or Auto Mode alone uses the role.",
        "`advice` low: they are granted, and aws-node needs them: move them.",
        "`unknown`: who serves aws-node, which node groups use the role, or whether they are granted is not certain.",
        "`pass`: they are not granted.",
        "`not_applicable`: there is no such role (NR001).",
    ],
    evidence: "The statements that grant them, and for each cluster who serves aws-node.",
    fix: Fix {
        console: "EKS, the cluster, Add-ons, Amazon VPC CNI, Edit: a role of its own by Pod Identity. Restart aws-node. Then IAM, Roles, \
                  the node role, Permissions: remove AmazonEKS_CNI_Policy, once no node is older than the change.",
        cli: "aws eks create-pod-identity-association --cluster-name CLUSTER --namespace kube-system --service-account aws-node --role-arn arn:aws:iam::ACCOUNT:role/CNI_ROLE
kubectl -n kube-system rollout restart daemonset aws-node
aws iam detach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
        terraform: CNI_ROLE_IN_TERRAFORM,
        eksctl: CNI_ROLE_BY_EKSCTL,
    },
};

pub(in super::super) const IPV6_CNI_POLICY: Guide = Guide {
    why: "AmazonEKS_CNI_Policy lacks ec2:AssignIpv6Addresses: with it alone an IPv6 cluster gives no address to any pod. The mistake is \
          easily made, for AWS has no managed policy for IPv6.",
    decided: "For IPv6 clusters: whether whoever serves aws-node has the rights of the IPv4 set and not those of the IPv6 set.",
    outcomes: &[
        "`fail` medium: the IPv4 rights stand in the place of the IPv6 ones.",
        "`unknown`: either is not certain, or the cluster could not be described.",
        "`pass`: the IPv6 rights are granted; the IPv4 ones beside them are legal.",
        "`not_applicable`: no IPv6 cluster runs aws-node on the role's nodes, or there is no such role (NR001).",
    ],
    evidence: "The family of the cluster, and which of the two sets is granted by which policy.",
    fix: Fix {
        console: "IAM, Policies, Create policy: AmazonEKS_CNI_IPv6_Policy with the document of AWS's page in its form of July 2026; \
                  attach it to the role that serves aws-node.",
        cli: "aws iam create-policy --policy-name AmazonEKS_CNI_IPv6_Policy --policy-document file://vpc-cni-ipv6-policy.json
aws iam attach-role-policy --role-name CNI_ROLE --policy-arn arn:aws:iam::ACCOUNT:policy/AmazonEKS_CNI_IPv6_Policy",
        terraform: "data \"aws_iam_policy_document\" \"cni_ipv6\" {
  statement {
    actions = [
      \"ec2:AssignIpv6Addresses\", \"ec2:DescribeInstances\", \"ec2:DescribeTags\", \"ec2:DescribeNetworkInterfaces\",
      \"ec2:DescribeInstanceTypes\", \"ec2:DescribeSubnets\", \"ec2:DescribeSecurityGroups\",
    ]
    resources = [\"*\"]
  }
  statement {
    actions   = [\"ec2:CreateTags\"]
    resources = [\"arn:aws:ec2:*:*:network-interface/*\"]
  }
}",
        eksctl: "addons:
  - name: vpc-cni # eksctl makes the IPv6 policy where kubernetesNetworkConfig.ipFamily is IPv6
    useDefaultPodIdentityAssociations: true",
    },
};

pub(in super::super) const LEGACY_MANAGED_POLICIES: Guide = Guide {
    why: "Until 2023-10-03 EKS took only roles that carried its managed policies by name (aws/containers-roadmap #1610). A node group from \
          then, whose role has since got custom policies, works; the note helps whoever sees it refused by an old tool.",
    decided: "Only where NR201 and NR202 are content: managed node groups that were created before that day, and whether the two policies \
              are attached by name.",
    outcomes: &[
        "`advice` low: such a node group's role lacks one of them.",
        "`unknown`: EKS does not say when the node group was created, or the attached policies could not be read.",
        "`pass`: both are attached.",
        "`not_applicable`: no node group is that old, NR201 or NR202 speaks, or there is no such role (NR001).",
    ],
    evidence: "The node groups with their age.",
    fix: Fix {
        console: "Nothing has to change. Whoever wants the policies by name: IAM, Roles, the node role, Attach policies.",
        cli: "aws iam attach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy
aws iam attach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        terraform: "resource \"aws_iam_role_policy_attachment\" \"worker\" {
  role       = aws_iam_role.nodes.name
  policy_arn = \"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy\"
}",
        eksctl: POLICIES_BY_EKSCTL,
    },
};
