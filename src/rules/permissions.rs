//! NR201 to NR207: what the role must be able to do, and what it need not.
//!
//! All are judged by effect: documents, boundary and service control policies decide, names never do.

pub(crate) mod ask;
pub(crate) mod aws_node;
mod cni;
pub(crate) mod judged;
mod legacy;
mod mend;
mod pod_identity;
mod pull;
mod separate;
pub(crate) mod wording;
mod worker;

pub use cni::{nr204, nr206};
pub use legacy::nr207;
pub use pod_identity::nr203;
pub use pull::nr202;
pub use separate::nr205;
pub use worker::nr201;

use crate::finding::{NodeKind, Severity, Status};
use crate::inventory::{Role, RoleRecord};

use super::effective::Shared;
use super::{NodeRole, Nodes, Verdict};

/// The name by which messages call a role: without account and path, as long as it is of this account.
pub(crate) fn called(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The role and its permissions, or the verdict where there is nothing to judge.
fn readable<'a>(node_role: &NodeRole<'a>, severity: Severity) -> Result<(&'a Role, Shared), Box<Verdict>> {
    let name = called(node_role.arn);
    let verdict = |status, message: String| Err(Box::new(Verdict::new(status, severity, message)));
    let Some(arn) = node_role.parsed() else {
        return verdict(Status::NotApplicable, format!("`{}` is not the ARN of a role: see NR001", node_role.arn));
    };
    if *arn.account() != node_role.account.id {
        let message = format!("the role `{}` is in another account and is not followed there", node_role.arn);
        return verdict(Status::Unknown, message);
    }
    match node_role.record() {
        Some(RoleRecord::Found(role)) => {
            let facts = node_role.facts;
            Ok((role, facts.documents.permissions(facts.inventory, node_role.account, role)))
        }
        Some(RoleRecord::NoSuchRole) => {
            verdict(Status::NotApplicable, format!("the role `{name}` does not exist: see NR001"))
        }
        Some(RoleRecord::Missing(gap)) => Err(Box::new(Verdict::unread(severity, gap, &format!("the role `{name}`")))),
        None => verdict(Status::Unknown, format!("the role `{name}` was not read")),
    }
}

/// The node groups of a kind, less those that are being deleted.
fn living<'a>(node_role: &NodeRole<'a>, kinds: &[NodeKind]) -> Vec<Nodes<'a>> {
    let of_kind = node_role.nodes.iter().copied().filter(|nodes| kinds.contains(&nodes.kind));
    of_kind.filter(|nodes| nodes.group.is_none_or(|group| group.status != "DELETING")).collect()
}

/// The managed node groups whose nodes run aws-node: not those of Windows, whose addresses the cluster role manages.
pub(crate) fn with_aws_node<'a>(node_role: &NodeRole<'a>) -> Vec<Nodes<'a>> {
    let windows = |nodes: &Nodes<'_>| nodes.group.is_some_and(|group| group.ami_type.starts_with("WINDOWS"));
    living(node_role, &[NodeKind::Managed]).into_iter().filter(|nodes| !windows(nodes)).collect()
}

/// One of the node groups for each cluster.
pub(crate) fn one_a_cluster<'a>(nodes: &[Nodes<'a>]) -> Vec<Nodes<'a>> {
    let mut first: Vec<Nodes<'a>> = Vec::new();
    for candidate in nodes {
        let same = |known: &Nodes<'_>| known.region == candidate.region && known.cluster.name == candidate.cluster.name;
        if !first.iter().any(same) {
            first.push(*candidate);
        }
    }
    first
}
