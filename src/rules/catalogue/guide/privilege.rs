//! The guides of NR301 to NR305.

use super::{Fix, Guide};

/// How rights move from the node role to a service account, in eksctl's configuration.
const OWN_ROLE_BY_EKSCTL: &str = "iam:
  podIdentityAssociations:
    - namespace: NAMESPACE
      serviceAccountName: SERVICE_ACCOUNT
      permissionPolicyARNs: [arn:aws:iam::ACCOUNT:policy/POLICY]";

pub(in super::super) const NO_ADMIN: Guide = Guide {
    why: "Pods share the node's network, and unless the metadata service is closed to them they get its credentials with one HTTP \
          request. With an administrator as node role, one vulnerable container is the account.",
    decided: "Three questions are put to the role's effective permissions, for the region of its nodes and every region that its \
              policies tell apart. (1) An action that no statement names, on a resource that no statement names: only `*`, or a \
              NotAction or NotResource that leaves nearly everything, grants it; a Deny of single actions does not take it \
              away. (2) Such an action of IAM, together with one by which rights are given to others. (3) Every action of a \
              representative list of writing actions, each on arbitrary resources. So PowerUserAccess counts by its first \
              statement, IAMFullAccess by its second question, and a copy of either under any name as well.",
    outcomes: &[
        "`fail` critical: one of the questions is answered with yes, for certain.",
        "`unknown`: one of them hangs on a condition that only a live request decides, or on a policy that could not be read.",
        "`pass`: all are answered with no, by the role's policies, its boundary or the service control policies.",
        "`not_applicable`: there is no such role (NR001).",
    ],
    evidence: "The statement and policy that grant it, Deny statements that take away too little, and what of the list the role may \
               not do.",
    fix: Fix {
        console: "IAM, Roles, the node role, Permissions: remove the policy that the finding names. Before that, give pods that \
                  need its rights a role of their own (EKS, the cluster, Access, Pod Identity associations).",
        cli: "aws iam detach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam attach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy
aws iam attach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        terraform: "resource \"aws_iam_role_policy_attachments_exclusive\" \"nodes\" {
  role_name = aws_iam_role.nodes.name
  policy_arns = [
    \"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy\",
    \"arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly\",
  ]
}",
        eksctl: "managedNodeGroups:
  - name: NODE_GROUP
    iam:
      attachPolicyARNs:
        - arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy
        - arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
    },
};

pub(in super::super) const NO_PRIVILEGE_ESCALATION: Guide = Guide {
    why: "A pod that reads the node's credentials has the node's rights. By some of them it gets more: it writes a policy into its \
          own role, starts an instance with a stronger role, or runs commands on other instances. Karpenter's controller role in \
          the place of the node role is a case from the field (karpenter-provider-aws #6659).",
    decided: "Each way of the table below is a set of actions that are needed together, with the \
              resources and a published source. A way counts where every one of its actions is granted. Actions are asked for on \
              a resource that no statement names, so that a grant on named resources passes and a Deny of named resources takes \
              nothing away; what changes the role itself, its own policies or its own clusters counts for these alone. \
              iam:PassRole is asked for with the service that the way passes the role to, so that a condition on \
              iam:PassedToService decides.",
    outcomes: &[
        "`fail` high: all actions of a way are granted, for certain.",
        "`unknown`: a way hangs on a condition that only a live request decides, or on a policy that could not be read.",
        "`pass`: of every way at least one action is not granted. What only a Deny, the boundary or a service control policy \
         keeps away is in the evidence.",
        "`not_applicable`: there is no such role (NR001).",
    ],
    evidence: "For each way: the statements that grant its actions, what one becomes by it, and the source. Deny statements that \
               concern the action and take away too little.",
    fix: Fix {
        console: "IAM, Roles, the node role, Permissions: remove the policy, or edit the statement that the finding names so that \
                  it names the resources that are meant. Rights of a controller go to a role of its own (EKS, the cluster, \
                  Access, Pod Identity associations).",
        cli: "aws iam get-role-policy --role-name NODE_ROLE --policy-name POLICY
aws iam delete-role-policy --role-name NODE_ROLE --policy-name POLICY
aws eks create-pod-identity-association --cluster-name CLUSTER --namespace NAMESPACE --service-account SERVICE_ACCOUNT --role-arn arn:aws:iam::ACCOUNT:role/OWN_ROLE",
        terraform: "data \"aws_iam_policy_document\" \"pass_one_role\" {
  statement {
    actions   = [\"iam:PassRole\"]
    resources = [aws_iam_role.job.arn] # never \"*\"
    condition {
      test     = \"StringEquals\"
      variable = \"iam:PassedToService\"
      values   = [\"ec2.amazonaws.com\"]
    }
  }
}",
        eksctl: OWN_ROLE_BY_EKSCTL,
    },
};

pub(in super::super) const NO_BROAD_DATA_ACCESS: Guide = Guide {
    why: "Where the credentials of a pod's own role fail to arrive, the SDK falls back to the node's without a word \
          (eks-pod-identity-agent #153, amazon-eks-pod-identity-webhook #228). Then the node role's rights on data are every pod's.",
    decided: "Each right on data is asked for on a resource that no statement names: every secret, parameter, key, object, table, \
              queue and database cluster of the account. Grants on named resources pass. ssm:GetParameter and \
              ssm:GetParameters are information where nothing grants them but a statement that names the actions of the agent \
              of Systems Manager, one by one.",
    outcomes: &[
        "`fail` medium: a right on data is granted on everything of its kind, for certain.",
        "`unknown`: one hangs on a condition that only a live request decides (kms:ViaService, say), or on a policy that could \
         not be read.",
        "`pass`: none is granted on everything, but perhaps the agent's on parameters, which the evidence then tells.",
        "`not_applicable`: there is no such role (NR001).",
    ],
    evidence: "The statements that grant it, Deny statements that take away too little, and the customary right of the agent.",
    fix: Fix {
        console: "IAM, Roles, the node role, Permissions: remove the policy, or name the bucket, secret or table in its statement. \
                  Better: give the pods that read the data a role of their own (EKS, the cluster, Access, Pod Identity \
                  associations).",
        cli: "aws iam detach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
aws eks create-pod-identity-association --cluster-name CLUSTER --namespace NAMESPACE --service-account SERVICE_ACCOUNT --role-arn arn:aws:iam::ACCOUNT:role/OWN_ROLE",
        terraform: "resource \"aws_eks_pod_identity_association\" \"reader\" {
  cluster_name    = aws_eks_cluster.this.name
  namespace       = \"NAMESPACE\"
  service_account = \"SERVICE_ACCOUNT\"
  role_arn        = aws_iam_role.reader.arn
}",
        eksctl: OWN_ROLE_BY_EKSCTL,
    },
};

pub(in super::super) const ECR_READ_ONLY: Guide = Guide {
    why: "Who may push to a registry decides what all its users run. A pod with the node's credentials could replace the image of a \
          system component under the same tag, or delete what a rollback would need.",
    decided: "Writing and administering actions of ECR are asked for, on a repository that no statement names and on each that one \
              names: writing to one repository is writing.",
    outcomes: &[
        "`fail` medium: one of them is granted, for certain.",
        "`unknown`: one hangs on a condition that only a live request decides, or on a policy that could not be read.",
        "`pass`: none is granted.",
        "`not_applicable`: there is no such role (NR001).",
    ],
    evidence: "The statements that grant it, and Deny statements that take away too little.",
    fix: Fix {
        console: "IAM, Roles, the node role, Permissions: attach AmazonEC2ContainerRegistryPullOnly, then remove \
                  AmazonEC2ContainerRegistryPowerUser or AmazonEC2ContainerRegistryFullAccess. Builds that push get a role of \
                  their own.",
        cli: "aws iam attach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly
aws iam detach-role-policy --role-name NODE_ROLE --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser",
        terraform: "resource \"aws_iam_role_policy_attachment\" \"pull\" {
  role       = aws_iam_role.nodes.name
  policy_arn = \"arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly\"
}",
        eksctl: "managedNodeGroups:
  - name: NODE_GROUP
    iam:
      withAddonPolicies:
        imageBuilder: false # true attaches AmazonEC2ContainerRegistryPowerUser",
    },
};

pub(in super::super) const CONTROLLERS_ON_NODE_ROLE: Guide = Guide {
    why: "What one controller needs, every pod of the node has: to scale groups, to attach volumes of others, to rewrite DNS. eksctl's \
          `withAddonPolicies` puts such rights on the node role; EKS Pod Identity gives them to the controller alone.",
    decided: "For each controller of the table below a few telling actions are asked for, on any \
              resource and on each that a statement names, with the tags that the controller sets or looks for. Names of \
              policies (eksctl's PolicyAutoScaling, PolicyExternalDNSChangeSet and their like) are shown, and decide nothing.",
    outcomes: &[
        "`advice` low: all telling actions of a controller are granted.",
        "`unknown`: they hang on a condition other than the controller's own tags, or on a policy that could not be read.",
        "`pass`: no controller has all of its telling actions.",
        "`not_applicable`: only Auto Mode or hybrid nodes use the role, or there is no such role (NR001).",
    ],
    evidence: "The statements that grant the telling actions, for each controller, and where its own documentation asks for a role.",
    fix: Fix {
        console: "EKS, the cluster, Access, Pod Identity associations, Create: the controller's role for its service account. \
                  Restart the controller, then remove the policy from the node role (IAM, Roles, Permissions).",
        cli: "aws eks create-pod-identity-association --cluster-name CLUSTER --namespace kube-system --service-account cluster-autoscaler --role-arn arn:aws:iam::ACCOUNT:role/CONTROLLER_ROLE
kubectl -n kube-system rollout restart deployment cluster-autoscaler
aws iam delete-role-policy --role-name NODE_ROLE --policy-name POLICY",
        terraform: "resource \"aws_eks_pod_identity_association\" \"autoscaler\" {
  cluster_name    = aws_eks_cluster.this.name
  namespace       = \"kube-system\"
  service_account = \"cluster-autoscaler\"
  role_arn        = aws_iam_role.autoscaler.arn
}",
        eksctl: "iam:
  podIdentityAssociations:
    - namespace: kube-system
      serviceAccountName: cluster-autoscaler
      wellKnownPolicies:
        autoScaler: true",
    },
};
