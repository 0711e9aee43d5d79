//! The guides of NR101 and NR102.

use super::{Fix, Guide};

/// The trust policy of AWS's page, in Terraform.
const TRUST_IN_TERRAFORM: &str = "data \"aws_iam_policy_document\" \"nodes_trust\" {
  statement {
    actions = [\"sts:AssumeRole\"]
    principals {
      type        = \"Service\"
      identifiers = [\"ec2.amazonaws.com\"]
    }
  }
}

resource \"aws_iam_role\" \"nodes\" {
  name               = \"NODE_ROLE\"
  assume_role_policy = data.aws_iam_policy_document.nodes_trust.json
}";

/// eksctl writes the trust policy itself, for roles that it makes.
const TRUST_BY_EKSCTL: &str = "managedNodeGroups:
  - name: NODE_GROUP # without iam.instanceRoleARN eksctl makes a role that EC2 alone may assume";

pub(in super::super) const TRUST_EC2: Guide = Guide {
    why: "Nodes get credentials through EC2. Where EC2 may not assume the role, no new node joins; nodes that run go on for hours, so \
          that the break shows long after the change that caused it.",
    decided: "The trust policy is evaluated for the EC2 service principal of the partition and sts:AssumeRole: every Allow and Deny \
              statement, wildcards and NotAction included. Which condition keys EC2 sends is not documented, so that a condition \
              on the statement decides nothing.",
    outcomes: &[
        "`fail` critical: no statement lets EC2 assume the role, or one denies it.",
        "`advice` low: in China, ec2.amazonaws.com is there and ec2.amazonaws.com.cn is not.",
        "`unknown`: a condition stands on the statement, or the trust policy could not be read.",
        "`pass`: EC2 may assume the role, unconditionally.",
        "`not_applicable`: there is no such role (NR001).",
    ],
    evidence: "The statement that allows or denies it, and its condition.",
    fix: Fix {
        console: "IAM, Roles, the node role, Trust relationships, Edit trust policy: add a statement that allows the service \
                  ec2.amazonaws.com sts:AssumeRole; keep the other statements.",
        cli: "aws iam get-role --role-name NODE_ROLE --query Role.AssumeRolePolicyDocument
aws iam update-assume-role-policy --role-name NODE_ROLE --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}'",
        terraform: TRUST_IN_TERRAFORM,
        eksctl: TRUST_BY_EKSCTL,
    },
};

pub(in super::super) const TRUST_ONLY_EC2: Guide = Guide {
    why: "Whoever else may assume the node role has all its rights, and, where an access entry maps it, is a node to Kubernetes. \
          AWS's page gives the trust policy in full: EC2 alone.",
    decided: "Every principal that the trust policy lets assume the role, by any action that opens a session, is named and classed; \
              what a Deny takes away is left out. A condition lessens `*` only where it names an account, an organization or a \
              principal.",
    outcomes: &[
        "`fail` critical: anyone may assume it. High: another account or an identity provider may. Medium: another service or a \
         principal of the same account may.",
        "`advice` low: a principal is named that was deleted.",
        "`unknown`: the trust policy could not be read.",
        "`pass`: EC2 alone may assume it.",
        "`not_applicable`: there is no such role (NR001).",
    ],
    evidence: "Each foreign principal with its statement and the condition on it.",
    fix: Fix {
        console: "IAM, Roles, the node role, Trust relationships, Edit trust policy: remove the principals that the finding names. \
                  Where a controller comes in through the cluster's identity provider, give it a role of its own first.",
        cli: "aws iam update-assume-role-policy --role-name NODE_ROLE --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}'",
        terraform: TRUST_IN_TERRAFORM,
        eksctl: TRUST_BY_EKSCTL,
    },
};
