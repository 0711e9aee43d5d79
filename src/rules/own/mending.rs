//! What would meet the organization's requirements; never done automatically.

use crate::finding::Remediation;
use crate::rules::command;
use crate::rules::requirements::PolicyPattern;

use super::Asked;

const TEXT: &str = "bring the role in line with the organization's requirements, or change them in the configuration \
                    ([requirements], [[clusters]]), or suppress the finding with a reason";

/// The remediation with these commands.
pub(super) fn remediation(commands: Vec<String>) -> Remediation {
    Remediation::manual(TEXT.to_owned(), commands)
}

/// Attaches a required policy, where the pattern says which one.
pub(super) fn attach(asked: &Asked<'_>, wanted: &PolicyPattern) -> Option<String> {
    Some(command::attach(asked.role.arn.name(), &exact(asked, wanted)?))
}

/// Detaches a forbidden policy.
pub(super) fn detach(asked: &Asked<'_>, arn: &str) -> String {
    let name = asked.role.arn.name();
    command::aws(&["iam", "detach-role-policy", "--role-name", name, "--policy-arn", arn])
}

/// Sets the required boundary, where the pattern says which one.
pub(super) fn bound(asked: &Asked<'_>, wanted: &PolicyPattern) -> Option<String> {
    let (name, arn) = (asked.role.arn.name(), exact(asked, wanted)?);
    let words = ["iam", "put-role-permissions-boundary", "--role-name", name, "--permissions-boundary", &arn];
    Some(command::aws(&words))
}

/// The ARN that a pattern without wildcards means.
fn exact(asked: &Asked<'_>, pattern: &PolicyPattern) -> Option<String> {
    let arn = pattern.filled(asked.node_role.facts.inventory.partition, &asked.node_role.account.id);
    (pattern.is_arn() && !arn.contains(['*', '?', '{'])).then_some(arn)
}
