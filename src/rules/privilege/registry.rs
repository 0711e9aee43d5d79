//! NR304: whether the node role may write to registries.

use crate::finding::{Remediation, RemediationClass, Severity, Status};
use crate::remediate::Change;
use crate::rules::permissions::called;
use crate::rules::permissions::wording::list;
use crate::rules::{NodeRole, Verdict, command};

use super::inquiry::{Answer, Inquiry};
use super::mend;
use super::power::{Power, Step, on, regional};
use super::weighed::{Weighed, Words};

const SEVERITY: Severity = Severity::Medium;

const PULL_ONLY: &str = "AmazonEC2ContainerRegistryPullOnly";

/// AWS's policies that write, which PullOnly replaces.
const WRITING: [&str; 2] = ["AmazonEC2ContainerRegistryPowerUser", "AmazonEC2ContainerRegistryFullAccess"];

/// AWS's policies that let nodes pull.
const PULLING: [&str; 2] = [PULL_ONLY, "AmazonEC2ContainerRegistryReadOnly"];

/// The managed policies that a role may have by default (IAM's quotas).
const ATTACHED_BY_DEFAULT: usize = 10;

const ACTIONS: &str =
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_id-based-policy-examples.html";

/// Actions that write to a registry or administer it. `ecr:CreateRepository` and `ecr:BatchImportUpstreamImage` are not among
/// them: nodes need them to pull through a cache.
pub(super) const WRITES: &[Power] = &[
    write("ecr:PutImage", "pushes an image under a tag that others pull", &[repository("ecr:PutImage")]),
    write("ecr:UploadLayerPart", "uploads layers", &[repository("ecr:UploadLayerPart")]),
    write("ecr:InitiateLayerUpload", "uploads layers", &[repository("ecr:InitiateLayerUpload")]),
    write("ecr:CompleteLayerUpload", "uploads layers", &[repository("ecr:CompleteLayerUpload")]),
    write("ecr:BatchDeleteImage", "deletes images that others pull", &[repository("ecr:BatchDeleteImage")]),
    write("ecr:DeleteRepository", "deletes repositories", &[repository("ecr:DeleteRepository")]),
    write("ecr:SetRepositoryPolicy", "lets others push or pull", &[repository("ecr:SetRepositoryPolicy")]),
    write("ecr:DeleteRepositoryPolicy", "locks others out", &[repository("ecr:DeleteRepositoryPolicy")]),
    write("ecr:PutImageTagMutability", "makes tags changeable", &[repository("ecr:PutImageTagMutability")]),
    write("ecr:PutLifecyclePolicy", "has images deleted by age", &[repository("ecr:PutLifecyclePolicy")]),
    write("ecr:PutRegistryPolicy", "lets other accounts in", &[registry("ecr:PutRegistryPolicy")]),
    write(
        "ecr:PutReplicationConfiguration",
        "copies images to other accounts",
        &[registry("ecr:PutReplicationConfiguration")],
    ),
    write("any action of ECR", "administers the registry", &[repository("ecr:*")]),
];

const fn write(name: &'static str, gains: &'static str, steps: &'static [Step]) -> Power {
    Power { name, gains, steps, source: ACTIONS }
}

const fn repository(action: &'static str) -> Step {
    regional(action, "ecr", "repository/*")
}

const fn registry(action: &'static str) -> Step {
    on(action, super::power::On::Nothing)
}

/// NR304 ecr-read-only: rights that write to ECR or administer it, on whatever repositories: an image that a node may push is
/// an image that a pod may replace.
///
/// Blind to what the policies of repositories grant.
pub fn nr304(node_role: &NodeRole<'_>) -> Verdict {
    let inquiry = match Inquiry::of(node_role, SEVERITY, true) {
        Ok(inquiry) => inquiry,
        Err(verdict) => return verdict,
    };
    let weighed = Weighed::of(&inquiry, WRITES);
    let name = called(node_role.arn);
    let words = Words {
        holds: format_args!("`{name}` may write to ECR"),
        open: format_args!("whether `{name}` may write to ECR"),
        none: format_args!("`{name}` may only read from ECR"),
        status: Status::Fail,
        severity: SEVERITY,
    };
    weighed.verdict(&inquiry, &words, |granted| remediation(&inquiry, granted))
}

/// AWS's writing policies give way to PullOnly; other policies are for a person to edit.
fn remediation(inquiry: &Inquiry<'_, '_>, granted: &[&Answer]) -> Remediation {
    let partition = inquiry.node_role.facts.inventory.partition;
    let arns = |names: [&str; 2]| names.map(|name| command::managed_by_aws(partition, name));
    let attached: Vec<&str> =
        inquiry.role.attached.value().into_iter().flatten().map(|policy| policy.arn.as_str()).collect();
    let writing = arns(WRITING);
    let swapped: Vec<&str> = writing.iter().map(String::as_str).filter(|arn| attached.contains(arn)).collect();
    if swapped.is_empty() {
        return mend::take_away(inquiry, granted, "whatever pushes images");
    }
    let name = inquiry.role.arn.name();
    let role = &inquiry.role.arn;
    let detach = |arn: &&str| Change::Detach { role: role.clone(), policy: (*arn).to_owned() };
    let mut changes: Vec<Change> = swapped.iter().map(detach).collect();
    let short: Vec<&str> = swapped.iter().filter_map(|arn| arn.rsplit('/').next()).collect();
    let pulls = arns(PULLING).iter().any(|arn| attached.contains(&arn.as_str()));
    let mut text = format!("detach {} from `{name}`", list(&short));
    if !pulls {
        text = format!("swap {} for {PULL_ONLY} on `{name}`", list(&short));
        let attach = Change::Attach { role: role.clone(), policy: command::managed_by_aws(partition, PULL_ONLY) };
        // Where there is room, nodes can pull all the time.
        let at = if attached.len() < ATTACHED_BY_DEFAULT { 0 } else { changes.len() };
        changes.insert(at, attach);
    }
    let granting = mend::granting(granted);
    let others = granting.iter().map(|granting| granting.policy).filter(|policy| !swapped.contains(policy));
    let others: Vec<String> = others.map(|policy| format!("`{policy}`")).collect();
    if !others.is_empty() {
        text =
            format!("{text}; {} must be edited by hand", list(&others.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    Remediation::by(RemediationClass::Guarded, text, changes)
}
