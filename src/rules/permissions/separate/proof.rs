//! Whether the CNI's rights may leave a node role now: what a detach needs to have been proven, cluster by cluster.

use jiff::Timestamp;

use crate::inventory::{Addon, Cluster};
use crate::known::Known;
use crate::rules::subject::{Seen, Shown};
use crate::rules::{NodeRole, Nodes};

use super::super::aws_node::{Own, Rights, Server, Via};
use super::super::{OWN_EC2, living, one_a_cluster, pod_identity, runs_aws_node};
use crate::finding::Status;

/// Why AWS's CNI policy may not be detached from the node role, as long as it may not; the first reason of many.
///
/// A detach is safe where in every cluster aws-node has a working role of its own by a setting of EKS that is older than
/// every node that runs (a pod keeps the identity it started with: amazon-vpc-cni-k8s #1338), the add-on is healthy, nothing
/// is being updated, and all nodes of the role are in sight.
pub(crate) fn unproven(node_role: &NodeRole<'_>) -> Option<String> {
    let (facts, account) = (node_role.facts, node_role.account);
    if let Some(gap) = super::unseen(facts, account) {
        return Some(format!("not all nodes of the account were seen: {gap}"));
    }
    let nodes = living(node_role, OWN_EC2);
    if let Some(hidden) = nodes.iter().find(|nodes| matches!(nodes.shown_by, Shown::AccessEntry)) {
        return Some(format!("whether {} run is not known: an access entry alone tells of them", hidden.described()));
    }
    let unsteady = nodes.iter().filter_map(|nodes| Some((nodes, nodes.group?)));
    if let Some((nodes, group)) = unsteady.into_iter().find(|(_, group)| group.status != "ACTIVE") {
        return Some(format!("{} is {}: wait until it is ACTIVE", nodes.described(), group.status));
    }
    let with_aws_node: Vec<Nodes<'_>> = nodes.iter().copied().filter(runs_aws_node).collect();
    one_a_cluster(&with_aws_node).iter().find_map(|one| {
        let here: Vec<Nodes<'_>> = with_aws_node.iter().copied().filter(|nodes| nodes.site() == one.site()).collect();
        of_cluster(node_role, *one, &here)
    })
}

fn of_cluster(node_role: &NodeRole<'_>, one: Nodes<'_>, here: &[Nodes<'_>]) -> Option<String> {
    let (facts, account, cluster) = (node_role.facts, node_role.account, one.cluster);
    let name = &cluster.name;
    let Server::Own(own) = Server::of(facts, account, cluster) else {
        return Some(format!("aws-node of cluster `{name}` has no role of its own by a setting of EKS"));
    };
    let Rights::Known(..) = own.rights(facts, account) else {
        return Some(format!("the role `{}`, which serves aws-node of cluster `{name}`, could not be judged", own.arn));
    };
    let addon = match &cluster.vpc_cni {
        Known::Value(addon) => addon.as_ref(),
        Known::Missing(gap) => return Some(format!("the add-on vpc-cni of cluster `{name}` could not be read: {gap}")),
    };
    if let Some(reason) = addon.and_then(|addon| unhealthy("vpc-cni", name, addon)) {
        return Some(reason);
    }
    if matches!(own.via, Via::Association(_))
        && let Some(reason) = no_agent(node_role, cluster)
    {
        return Some(reason);
    }
    let Some(since) = set_at(&own, addon) else {
        return Some(format!("when aws-node of cluster `{name}` was given its own role is not known"));
    };
    match facts.fleets.region(&account.id, one.region).map(|fleet| fleet.instances) {
        Some(Seen::Whole) => {}
        Some(Seen::Failed(gap)) => return Some(format!("the instances in {} could not be read: {gap}", one.region)),
        Some(Seen::NotAsked) | None => return Some(format!("the instances in {} were not read", one.region)),
    }
    older_node(here, since).map(|instance| {
        format!(
            "the instance {instance} of cluster `{name}` is older than the setting that gave aws-node its own role ({since}), \
             and its pod keeps the identity it started with: restart aws-node or replace the nodes, then plan again"
        )
    })
}

/// An instance that may run a pod of aws-node from before the setting.
fn older_node(here: &[Nodes<'_>], since: Timestamp) -> Option<String> {
    let instances = here.iter().flat_map(|nodes| nodes.instances().iter());
    let mut older = instances.filter(|instance| instance.launched_at.is_none_or(|launched| launched <= since));
    older.next().map(|instance| instance.id.clone())
}

/// When aws-node got its own role: the latest change of what may have given it.
fn set_at(own: &Own<'_>, addon: Option<&Addon>) -> Option<Timestamp> {
    let of_addon = addon.map(|addon| addon.modified_at);
    match own.via {
        Via::Association(association) => {
            let modified = association.modified_at?;
            // an add-on without a time may have been changed since
            of_addon.map_or(Some(modified), |of_addon| Some(modified.max(of_addon?)))
        }
        Via::Addon { .. } => of_addon?,
        Via::Trust { .. } => None,
    }
}

/// Pod Identity serves nobody without its agent, nor where the node role may not ask for the credentials.
fn no_agent(node_role: &NodeRole<'_>, cluster: &Cluster) -> Option<String> {
    let name = &cluster.name;
    let auto =
        cluster.detail.value().and_then(|detail| detail.compute_config.as_ref()).is_some_and(|auto| auto.enabled);
    let reason = match &cluster.pod_identity_agent {
        Known::Value(Some(agent)) => unhealthy("eks-pod-identity-agent", name, agent),
        Known::Value(None) => Some(format!("cluster `{name}` has no Pod Identity agent")),
        Known::Missing(gap) => {
            Some(format!("whether the Pod Identity agent runs in cluster `{name}` is not known: {gap}"))
        }
    };
    let reason = reason.filter(|_| !auto);
    reason.or_else(|| {
        let verdict = pod_identity::nr203(node_role);
        let proven = verdict.status == Status::Pass;
        (!proven).then(|| format!("whether the nodes can serve Pod Identity is not proven: {}", verdict.message))
    })
}

fn unhealthy(what: &str, cluster: &str, addon: &Addon) -> Option<String> {
    if addon.status != "ACTIVE" {
        return Some(format!("the add-on {what} of cluster `{cluster}` is {}", addon.status));
    }
    let issue = addon.issues.first()?;
    Some(format!("the add-on {what} of cluster `{cluster}` has an issue: {issue}"))
}
