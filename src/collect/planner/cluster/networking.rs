//! Who serves the CNI of a cluster, and whether the Pod Identity agent runs there.

use std::collections::BTreeSet;

use crate::collect::call::{AssociationSummary, Question, Reply};
use crate::inventory::{Addon, Cluster, PodIdentityAssociation};
use crate::known::{Gap, Known};

use crate::collect::planner::ledger::{Names, Reading};

/// The add-on that is the CNI.
const CNI: &str = "vpc-cni";

/// The add-on that is the Pod Identity agent.
const AGENT: &str = "eks-pod-identity-agent";

/// The service account of the CNI: namespace and name.
const AWS_NODE: (&str, &str) = ("kube-system", "aws-node");

/// The associations that were listed.
struct Associations<'a> {
    seen: &'a [AssociationSummary],
    gap: Option<Gap>,
    pending: bool,
}

/// An add-on as far as it is known.
struct AddonFact {
    known: Known<Option<Addon>>,
    pending: bool,
}

/// Reads the add-ons and associations.
pub(super) fn fill(reading: &mut Reading<'_>, cluster: &mut Cluster, detail_pending: bool, groups: &Names<'_>) {
    let associations = associations(reading, &cluster.name);
    let cni = managed_nodes_need(reading, cluster, groups, CNI, false);
    // each once: a list that changes while it is read may tell of one twice
    let ids: BTreeSet<&str> = associations.seen.iter().map(|one| one.id.as_str()).collect();
    cluster.pod_identity_associations = match &associations.gap {
        Some(gap) => Known::Missing(gap.clone()),
        None => Known::Value(ids.len() as u64),
    };
    cluster.aws_node_association = aws_node_association(reading, &cluster.name, &associations, &cni);
    cluster.vpc_cni = cni.known;
    cluster.pod_identity_agent = agent(reading, cluster, detail_pending, groups, &associations);
}

/// `eks:ListPodIdentityAssociations`.
fn associations<'a>(reading: &mut Reading<'a>, cluster: &str) -> Associations<'a> {
    let answer = reading.ask(Question::ListPodIdentityAssociations { cluster: cluster.to_owned() });
    let seen = match answer.reply {
        Some(Reply::Associations { associations, .. }) => associations.as_slice(),
        _ => &[],
    };
    Associations { seen, gap: answer.gap, pending: answer.pending }
}

/// An add-on that matters to managed nodes alone. `wait`: something that may make it needless is still to come.
fn managed_nodes_need(
    reading: &mut Reading<'_>,
    cluster: &Cluster,
    groups: &Names<'_>,
    addon: &str,
    wait: bool,
) -> AddonFact {
    let question = Question::DescribeAddon { cluster: cluster.name.clone(), addon: addon.to_owned() };
    if groups.gap.is_none() && groups.seen().is_empty() {
        let gap = reading.place().not_asked(&question, "the cluster has no managed node group");
        return AddonFact { known: Known::Missing(gap), pending: false };
    }
    if wait || (groups.pending && groups.seen().is_empty()) {
        return AddonFact { known: Known::Missing(reading.place().not_reached(&question)), pending: true };
    }
    let answer = reading.ask_for(question);
    let known = match (answer.reply, &answer.gap) {
        (None, Some(_)) if answer.gone() => Known::Value(None),
        (Some(Reply::Addon(addon)), None) => Known::Value(Some(addon.clone())),
        (_, Some(gap)) => Known::Missing(gap.clone()),
        (_, None) => Known::Value(None),
    };
    AddonFact { known, pending: answer.pending }
}

/// The association of aws-node: the one that is listed, else the one that the add-on says it made (the list may be
/// denied, or older than the association; the add-on has no other service account).
fn aws_node_association(
    reading: &mut Reading<'_>,
    cluster: &str,
    listed: &Associations<'_>,
    cni: &AddonFact,
) -> Known<Option<PodIdentityAssociation>> {
    let mut candidates: Vec<&str> =
        listed.seen.iter().filter(|entry| is_aws_node(entry)).map(|entry| entry.id.as_str()).collect();
    if candidates.is_empty() {
        if listed.pending {
            return listed.gap.clone().map_or(Known::Value(None), Known::Missing);
        }
        match &cni.known {
            Known::Missing(gap) if cni.pending => return Known::Missing(gap.clone()),
            Known::Missing(_) | Known::Value(None) => {}
            Known::Value(Some(addon)) => {
                candidates = addon.pod_identity_associations.iter().filter_map(|arn| arn.rsplit('/').next()).collect();
            }
        }
    }
    for id in candidates {
        let question =
            Question::DescribePodIdentityAssociation { cluster: cluster.to_owned(), association: id.to_owned() };
        let known = reading.thing(question, |reply| {
            if let Reply::Association(association) = reply { Some(association.clone()) } else { None }
        });
        // Deleted meanwhile: the next, if there is one.
        if let Some(known) = known {
            return known.map(Some);
        }
    }
    listed.gap.clone().map_or(Known::Value(None), Known::Missing)
}

fn is_aws_node(entry: &AssociationSummary) -> bool {
    (entry.namespace.as_str(), entry.service_account.as_str()) == AWS_NODE
}

/// The Pod Identity agent's add-on: not asked for where Auto Mode or associations prove the agent. Where aws-node depends on
/// it, its health decides whether the CNI's rights may leave the node role.
fn agent(
    reading: &mut Reading<'_>,
    cluster: &Cluster,
    detail_pending: bool,
    groups: &Names<'_>,
    associations: &Associations<'_>,
) -> Known<Option<Addon>> {
    let auto_mode = cluster.detail.value().and_then(|detail| detail.compute_config.as_ref()).is_some_and(|c| c.enabled);
    let serves_aws_node = associations.seen.iter().any(is_aws_node);
    if auto_mode || (!associations.seen.is_empty() && !serves_aws_node) {
        let question = Question::DescribeAddon { cluster: cluster.name.clone(), addon: AGENT.to_owned() };
        let why = if auto_mode { "Auto Mode has the agent built in" } else { "the cluster has associations" };
        return Known::Missing(reading.place().not_asked(&question, why));
    }
    let wait = detail_pending || associations.pending;
    managed_nodes_need(reading, cluster, groups, AGENT, wait).known
}
