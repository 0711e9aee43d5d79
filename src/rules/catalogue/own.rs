//! The entry of NR307.

use crate::finding::Status::{Fail, NotApplicable, Pass, Unknown};
use crate::finding::{RemediationClass, Severity};
use crate::rules::own;

use super::{ALL_NODES, Check, Fix, Guide, NODE_ROLE_PAGE, Rule, RuleId};

/// Other names of the rule: the keys of the requirements that it is about.
pub(super) const ALIASES: [&str; 4] = ["required-boundary", "required-policies", "forbidden-actions", "required-tags"];

pub(super) const ORGANIZATION_REQUIREMENTS: Rule = Rule {
    id: RuleId::new(307),
    slug: "organization-requirements",
    title: "The role meets the organization's own requirements: boundary, policies, actions, tags and name",
    severity: Severity::Medium,
    applies: ALL_NODES,
    about: "The configuration can ask more of node roles than AWS does ([requirements], and [[clusters]] for chosen \
            clusters): policies that must or must not be attached, actions that must or must not be granted by effect, a \
            permissions boundary, tags, and a pattern for the name. The severity is the configuration's, else medium. \
            Where nothing is configured the rule does not apply.",
    blind_spots: "What serves the same end by another way, such as Systems Manager's default host management in the place of \
                  a policy on the role. Forbidden actions are looked for by the actions that are named, one by one.",
    source: NODE_ROLE_PAGE,
    remediation: RemediationClass::Manual,
    outcomes: &[Fail, Unknown, Pass, NotApplicable],
    guide: Guide {
        why: "Nodes run every pod of the cluster, so that an organization's rules for roles (a boundary that nothing may \
              leave, an agent that must report, tags by which cost and owners are found) matter more here than elsewhere. \
              AWS does not know them, and a role that works is not yet a role that is allowed.",
        decided: "The requirements of every cluster that uses the role count: those of `[requirements]` and of each entry of \
                  `[[clusters]]` that matches. Policies and the boundary are compared by name or ARN, with `*` and `?`. \
                  Actions are decided as everywhere, by all policies, the boundary and the service control policies; a \
                  forbidden action is also asked for on each resource to which a statement narrows its grant.",
        outcomes: &[
            "`fail` medium: a requirement of one of the role's clusters is not met; the finding names each.",
            "`unknown`: none is known to be unmet, but a policy list could not be read, a decision hangs on a condition, or it is not \
             known whether an entry of `[[clusters]]` holds for a cluster.",
            "`pass`: every requirement is met.",
            "`not_applicable`: the configuration asks nothing of the role's clusters, or the role does not exist (NR001).",
        ],
        evidence: "Each requirement with what was found: the policy, the decision with its statement, the boundary, the tag.",
        fix: Fix {
            console: "IAM, Roles, the role: attach or detach policies under *Permissions*, set the boundary under \
                      *Permissions boundary*, and tags under *Tags*. A name cannot be changed: create a role under the new \
                      name and move the node groups to it.",
            cli: "aws iam attach-role-policy --role-name NAME --policy-arn ARN\n\
                  aws iam put-role-permissions-boundary --role-name NAME --permissions-boundary ARN\n\
                  aws iam tag-role --role-name NAME --tags Key=KEY,Value=VALUE",
            terraform: "resource \"aws_iam_role\" \"node\" {\n  name                 = \"eks-prod-node\"\n  \
                        permissions_boundary = aws_iam_policy.node_boundary.arn\n  tags = { team = \"platform\" }\n}",
            eksctl: "managedNodeGroups:\n  - name: ng-1\n    iam:\n      attachPolicyARNs: [ARN]\n      \
                     instanceRolePermissionsBoundary: ARN",
        },
    },
    compliance: &[],
    check: Check::Role(own::nr307),
};
