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
pub(crate) use separate::unproven;
pub(super) use separate::unseen;
pub use worker::nr201;

use crate::finding::{NodeKind, Severity, Status};
use crate::inventory::Role;

use super::effective::Shared;
use super::requirements::Cni;
use super::{NodeRole, Nodes, Verdict};

/// The name by which messages call a role: without account and path, as long as it is of this account.
pub(crate) fn called(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The role and its permissions, or the verdict where there is nothing to judge.
fn readable<'a>(node_role: &NodeRole<'a>, severity: Severity) -> Result<(&'a Role, Shared), Verdict> {
    let role = node_role.required(severity, "what it may do")?;
    let facts = node_role.facts;
    Ok((role, facts.documents.permissions(facts.inventory, node_role.account, role)))
}

/// The node groups of a kind, less those that are being deleted.
fn living<'a>(node_role: &NodeRole<'a>, kinds: &[NodeKind]) -> Vec<Nodes<'a>> {
    let of_kind = node_role.nodes.iter().copied().filter(|nodes| kinds.contains(&nodes.kind));
    of_kind.filter(|nodes| nodes.group.is_none_or(|group| group.status != "DELETING")).collect()
}

/// Nodes whose machines the account's owner launches in EC2.
const OWN_EC2: &[NodeKind] = &[NodeKind::Managed, NodeKind::SelfManaged, NodeKind::Karpenter];

/// Nodes in EC2, those that EKS launches among them.
const EC2: &[NodeKind] = &[NodeKind::Managed, NodeKind::SelfManaged, NodeKind::Karpenter, NodeKind::AutoMode];

/// Whether nodes run aws-node: those of Auto Mode do not, nor those outside AWS, nor those of Windows, whose addresses the
/// cluster role manages.
pub(crate) fn runs_aws_node(nodes: &Nodes<'_>) -> bool {
    nodes.is_own_ec2() && nodes.windows != Some(true)
}

/// The node groups whose nodes run aws-node.
pub(crate) fn with_aws_node<'a>(node_role: &NodeRole<'a>) -> Vec<Nodes<'a>> {
    let amazons = |nodes: &Nodes<'_>| runs_aws_node(nodes) && !has_another_cni(node_role, nodes);
    living(node_role, OWN_EC2).into_iter().filter(amazons).collect()
}

/// Whether the configuration says that the nodes run another CNI than Amazon's.
fn has_another_cni(node_role: &NodeRole<'_>, nodes: &Nodes<'_>) -> bool {
    node_role.facts.requirements(node_role.account, nodes.cluster).cni == Cni::Other
}

/// The answer of the rules about the VPC CNI where all nodes of the role that might run it run another one.
fn another_cni(node_role: &NodeRole<'_>, severity: Severity) -> Option<Verdict> {
    let nodes: Vec<Nodes<'_>> = living(node_role, OWN_EC2).into_iter().filter(runs_aws_node).collect();
    if nodes.is_empty() || !nodes.iter().all(|nodes| has_another_cni(node_role, nodes)) {
        return None;
    }
    let clusters: Vec<&str> = nodes.iter().map(|nodes| nodes.cluster.name.as_str()).collect();
    let clusters = wording::list(&clusters);
    let message =
        format!("the configuration says that another CNI than Amazon's runs here (cni = \"other\"): {clusters}");
    Some(Verdict::new(Status::NotApplicable, severity, message))
}

/// One of the node groups for all that ask the same of their role: managed ones of a cluster, of the same image and version.
pub(crate) fn one_of_each<'a>(nodes: &[Nodes<'a>]) -> Vec<Nodes<'a>> {
    let image = |nodes: &Nodes<'a>| nodes.group.map(|group| (&group.ami_type, &group.version, nodes.windows));
    let mut first: Vec<Nodes<'a>> = Vec::new();
    for candidate in nodes {
        // What is known of other nodes hangs on each machine.
        let same = |known: &Nodes<'a>| {
            candidate.kind == NodeKind::Managed
                && known.kind == candidate.kind
                && known.region == candidate.region
                && std::ptr::eq(known.cluster, candidate.cluster)
                && image(candidate).is_some()
                && image(known) == image(candidate)
        };
        if !first.iter().any(same) {
            first.push(*candidate);
        }
    }
    first
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
