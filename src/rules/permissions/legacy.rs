//! NR207: the admission rule of the past.

use jiff::Timestamp;

use crate::finding::{Evidence, NodeKind, Severity, Status};
use crate::rules::{NodeRole, Verdict};

use super::mend::{aws_policy, manual};
use super::{called, living, nr201, nr202, readable};

const SEVERITY: Severity = Severity::Low;

/// 2023-10-03T00:00:00Z: from then on EKS takes custom policies (aws/containers-roadmap #1610).
const CUSTOM_TAKEN_SINCE: i64 = 1_696_291_200;

/// NR207 legacy-managed-policies: a managed node group from before 2023-10-03 whose role has the effect of AWS's managed
/// policies without the policies. EKS asked for them by name then; it no longer does, so this is advice at most.
pub fn nr207(node_role: &NodeRole<'_>) -> Verdict {
    let na = |message: &str| Verdict::new(Status::NotApplicable, SEVERITY, message);
    let nodes = living(node_role, &[NodeKind::Managed]);
    let since = Timestamp::constant(CUSTOM_TAKEN_SINCE, 0);
    let groups = || nodes.iter().filter_map(|nodes| nodes.group.map(|group| (nodes, group)));
    let old: Vec<String> = groups()
        .filter(|(_, group)| group.created_at.is_some_and(|created| created < since))
        .map(|(nodes, _)| format!("{}/{}", nodes.cluster.name, nodes.name))
        .collect();
    let undated = groups().any(|(_, group)| group.created_at.is_none());
    if old.is_empty() && !undated {
        return na("no managed node group of the role is from before 2023-10-03");
    }
    let (role, _) = match readable(node_role, SEVERITY) {
        Ok(readable) => readable,
        Err(verdict) => return verdict,
    };
    let attached = match role.attached.as_result() {
        Ok(attached) => attached,
        Err(gap) => return Verdict::unread(SEVERITY, gap, "the attached policies of the role"),
    };
    let has = |name: &str| {
        let arn = aws_policy(node_role.facts, name);
        attached.iter().any(|policy| policy.arn == arn)
    };
    let worker = has("AmazonEKSWorkerNodePolicy");
    let pull = has("AmazonEC2ContainerRegistryReadOnly") || has("AmazonEC2ContainerRegistryPullOnly");
    let name = called(node_role.arn);
    if worker && pull {
        return Verdict::new(Status::Pass, SEVERITY, format!("`{name}` has the managed policies that EKS asked for"));
    }
    if old.is_empty() {
        return Verdict::new(Status::Unknown, SEVERITY, "EKS does not say when the node groups were created");
    }
    let by_effect = |verdict: &Verdict| matches!(verdict.status, Status::Pass | Status::Advice);
    if !by_effect(&nr201(node_role)) || !by_effect(&nr202(node_role)) {
        return na("NR201 and NR202 speak of what the role lacks");
    }
    let lacking: Vec<&str> =
        [(worker, "AmazonEKSWorkerNodePolicy"), (pull, "AmazonEC2ContainerRegistryReadOnly or -PullOnly")]
            .into_iter()
            .filter_map(|(has, policy)| if has { None } else { Some(policy) })
            .collect();
    let message = format!(
        "`{name}` serves a node group from before 2023-10-03 without the managed policies that EKS asked for by name then \
         ({}): its custom policies grant the same",
        lacking.join(", ")
    );
    Verdict::new(Status::Advice, SEVERITY, message)
        .with(old.iter().map(|group| Evidence::fact(format!("{group} was created before 2023-10-03"))))
        .mend(manual(
            "nothing has to change: EKS takes custom policies today, and AWS has removed the note from its page",
        ))
}
