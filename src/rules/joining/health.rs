//! NR403: what EKS reports of a managed node group, as far as IAM is the cause.

mod codes;

use crate::finding::{Evidence, Remediation, Severity, Status};
use crate::inventory::HealthIssue;
use crate::rules::subject::{NodeRole, Nodes};
use crate::rules::verdict::Verdict;
use crate::rules::{RuleId, existence, permissions, trust};

use super::{access_entry, access_entry_stale, one_os_per_role, role_path};
use codes::Cause;

const SEVERITY: Severity = Severity::High;

/// The check of a rule, of whichever kind.
type Asked = fn(&NodeRole<'_>, &Nodes<'_>) -> Verdict;

/// The rules whose failure can keep nodes from joining, by number. That another rule fails explains no report of EKS: a
/// role that may do too much lets its nodes join.
const EXPLAINING: [(u16, Asked); 10] = [
    (1, existence::role_exists),
    (3, |role, _| existence::not_fargate_role(role)),
    (4, |role, nodes| existence::in_instance_profile(role.facts, role.account, Some(role), nodes)),
    (101, |role, _| trust::trust_ec2(role)),
    (201, |role, _| permissions::nr201(role)),
    (202, |role, _| permissions::nr202(role)),
    (204, |role, _| permissions::nr204(role)),
    (401, access_entry),
    (402, role_path),
    (405, |role, _| access_entry_stale(role)),
];

/// NR403 node-group-health: EKS reports no issue of the node group that IAM has caused.
pub fn node_group_health(role: &NodeRole<'_>, nodes: &Nodes<'_>) -> Verdict {
    let Some(group) = nodes.group else {
        return Verdict::new(Status::NotApplicable, SEVERITY, "EKS reports the health of managed node groups alone");
    };
    let place = nodes.described();
    let evidence: Vec<Evidence> = group.health.iter().map(reported).collect();
    if group.health.is_empty() {
        let message = format!("EKS reports no issue of {place}");
        let status = Evidence::from_api("eks:DescribeNodegroup", format!("status {}, no health issues", group.status));
        return Verdict::new(Status::Pass, SEVERITY, message).with([status]);
    }
    let of_cause = |cause: Cause| group.health.iter().find(|issue| codes::cause(issue) == cause);
    if let Some(issue) = of_cause(Cause::Iam) {
        let message = format!("EKS reports {} of {place}, which IAM has caused: {}", issue.code, issue.message);
        return Verdict::new(Status::Fail, SEVERITY, message).with(evidence).mend(mend(issue));
    }
    if let Some(issue) = of_cause(Cause::PerhapsIam) {
        return perhaps(role, nodes, issue).with(evidence).mend(mend(issue));
    }
    if let Some(issue) = of_cause(Cause::NotKnown) {
        let message = format!(
            "EKS reports {} of {place}, a code that this version does not know: whether IAM has caused it is open: {}",
            issue.code, issue.message
        );
        return Verdict::new(Status::Unknown, SEVERITY, message).with(evidence);
    }
    if let Some(issue) = of_cause(Cause::Passing) {
        let message = format!("EKS was slowed down by IAM at {place} ({}): it tries again by itself", issue.code);
        return Verdict::new(Status::Advice, Severity::Low, message).with(evidence);
    }
    let codes: Vec<&str> = group.health.iter().map(|issue| issue.code.as_str()).collect();
    let message = format!("EKS reports {} of {place}, which IAM does not cause", codes.join(", "));
    Verdict::new(Status::Pass, SEVERITY, message).with(evidence)
}

/// A report that IAM or something else may have caused: another rule of the role must fail before it is held against it.
fn perhaps(role: &NodeRole<'_>, nodes: &Nodes<'_>, issue: &HealthIssue) -> Verdict {
    let place = nodes.described();
    let (mut failing, mut open) = (Vec::new(), Vec::new());
    // Of two systems with one role (NR406) one is refused, and that may be this one.
    let of_systems = (406, one_os_per_role(role));
    for (number, verdict) in
        EXPLAINING.map(|(number, asked)| (number, asked(role, nodes))).into_iter().chain([of_systems])
    {
        match verdict.status {
            Status::Fail => failing.push(RuleId::new(number).to_string()),
            Status::Unknown => open.push((RuleId::new(number).to_string(), verdict)),
            Status::Pass | Status::Advice | Status::NotApplicable => {}
        }
    }
    if failing.is_empty() && !open.is_empty() {
        let rules: Vec<&str> = open.iter().map(|(rule, _)| rule.as_str()).collect();
        let message = format!(
            "EKS reports {} of {place}, and whether its role explains it is not known (open: {}): {}",
            issue.code,
            rules.join(", "),
            issue.message
        );
        let evidence = open.iter().map(|(rule, verdict)| Evidence::fact(format!("{rule}: {}", verdict.message)));
        return Verdict::new(Status::Unknown, SEVERITY, message).with(evidence);
    }
    if failing.is_empty() {
        let message = format!(
            "EKS reports {} of {place}, but nothing that was read of its role explains it: look at the network, and at what \
             AWS's APIs do not show, such as aws-auth: {}",
            issue.code, issue.message
        );
        return Verdict::new(Status::Advice, Severity::Medium, message);
    }
    let rules = failing.join(", ");
    let message = format!("EKS reports {} of {place}, which is explained by {rules}: {}", issue.code, issue.message);
    Verdict::new(Status::Fail, SEVERITY, message)
        .with([Evidence::fact(format!("rules that fail for the same role or node group: {rules}"))])
}

fn reported(issue: &HealthIssue) -> Evidence {
    let about = if issue.resources.is_empty() { String::new() } else { format!(" ({})", issue.resources.join(", ")) };
    Evidence::from_api("eks:DescribeNodegroup", format!("EKS reports {}{about}: {}", issue.code, issue.message))
}

fn mend(issue: &HealthIssue) -> Remediation {
    let text = match issue.code.as_str() {
        "IamInstanceProfileNotFound" => {
            "The instance profile that EKS made for the node group is gone: create the node group anew, or the profile under \
             the same name with the role in it"
        }
        "IamNodeRoleNotFound" => "The node role is gone: see NR001",
        "IamLimitExceeded" => {
            "A quota of IAM is used up (instance profiles, roles): raise it or delete what is not used"
        }
        "AccessDenied" => {
            "Nodes may not speak to the cluster: see that the role's access entry or its mapping in aws-auth is there and right \
             (for Windows with the group eks:kube-proxy-windows), and that eks:node-manager still has its RBAC objects"
        }
        _ => "Mend what the other rules say of the role, then look at the node group's health again",
    };
    Remediation::manual(text.to_owned(), Vec::new())
}
