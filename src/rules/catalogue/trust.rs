//! The entries of NR101 and NR102.

use crate::finding::Status::{Advice, Fail, NotApplicable, Pass, Unknown};
use crate::finding::{RemediationClass, Severity};
use crate::rules::trust;

use super::guide::trust as guides;
use super::{ALL_NODES, Check, NODE_ROLE_PAGE, Rule, RuleId, compliance};

pub(super) const TRUST_EC2: Rule = Rule {
    id: RuleId::new(101),
    slug: "trust-ec2",
    title: "The trust policy lets EC2 assume the role",
    severity: Severity::Critical,
    applies: ALL_NODES,
    about: "Nodes get the role's credentials from EC2, which must be allowed sts:AssumeRole by the trust policy, by whatever \
            spelling and less what a Deny statement takes away. The service principal is that of the partition; in China a \
            role that trusts ec2.amazonaws.com alone is advice, for CreateNodegroup has insisted on ec2.amazonaws.com.cn. A \
            condition on the EC2 statement makes the answer unknown: which keys EC2 sends is not documented, so remove it or \
            prove that new nodes get credentials.",
    blind_spots: "Nodes that run keep their credentials for hours after a trust policy was broken: nothing has to be seen yet. \
                  Whether a condition holds for EC2.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Safe,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: guides::TRUST_EC2,
    compliance: compliance::TRUST,
    check: Check::Role(trust::trust_ec2),
};

pub(super) const TRUST_ONLY_EC2: Rule = Rule {
    id: RuleId::new(102),
    slug: "trust-only-ec2",
    title: "Nobody but EC2 may assume the node role",
    severity: Severity::Medium,
    applies: ALL_NODES,
    about: "AWS's page gives the trust policy in full, and EC2 alone stands in it. Everyone (`*`) or NotPrincipal is critical \
            unless a condition names account, organization or principal; an external id does not. Another account or an \
            identity provider is high; another service or a principal of the same account is medium. A principal that was \
            deleted, which IAM shows by its unique id, is advice.",
    blind_spots: "Who in another account or behind an identity provider can really come: their policies are not read. \
                  Principals that an organization means to be there, such as ssm.amazonaws.com, are listed all the same.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Advice, Unknown, Pass, NotApplicable],
    guide: guides::TRUST_ONLY_EC2,
    compliance: compliance::TRUST,
    check: Check::Role(trust::trust_only_ec2),
};
