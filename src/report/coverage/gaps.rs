//! The gaps among the facts of a cluster and of a role: one place for each fact that may be missing.

use crate::failure::FailureClass;
use crate::inventory::{Cluster, Role};
use crate::known::{Gap, Known};

/// The error code by which the collector marks a question that it left out on purpose: no call was made and none failed.
const NOT_ASKED: &str = "NotAsked";

/// Whether a call failed, or was wanted and not reached.
fn failed(gap: &Gap) -> bool {
    !(gap.class == FailureClass::NotReached && gap.error == NOT_ASKED)
}

/// Every gap among the facts of a cluster.
pub(super) fn of_cluster(cluster: &Cluster) -> impl Iterator<Item = &Gap> {
    let Cluster {
        name: _,
        detail,
        node_groups,
        fargate_profiles,
        access_entries,
        cluster_admins,
        vpc_cni,
        pod_identity_agent,
        pod_identity_associations,
        aws_node_association,
    } = cluster;
    let whole = [
        detail.gap(),
        node_groups.gap(),
        fargate_profiles.gap(),
        access_entries.gap(),
        cluster_admins.as_ref().and_then(Known::gap),
        vpc_cni.gap(),
        pod_identity_agent.gap(),
        pod_identity_associations.gap(),
        aws_node_association.gap(),
    ];
    whole
        .into_iter()
        .flatten()
        .chain(node_groups.value().into_iter().flatten().filter_map(|(_, group)| group.gap()))
        .chain(fargate_profiles.value().into_iter().flatten().filter_map(|(_, profile)| profile.gap()))
        .chain(access_entries.value().into_iter().flatten().filter_map(|entry| entry.detail.as_ref()?.gap()))
        .filter(|gap| failed(gap))
}

/// Every gap among the facts of a role.
pub(super) fn of_role(role: &Role) -> impl Iterator<Item = &Gap> {
    [role.attached.gap(), role.inline.gap(), role.instance_profiles.gap()]
        .into_iter()
        .flatten()
        .chain(role.inline.value().into_iter().flatten().filter_map(Known::gap))
        .filter(|gap| failed(gap))
}

/// The ARNs of the managed policies that decide what a role may do: those attached, and its boundary.
pub(super) fn policies_of(role: &Role) -> impl Iterator<Item = &str> {
    let attached = role.attached.value().into_iter().flatten().map(|policy| policy.arn.as_str());
    attached.chain(role.boundary.as_deref())
}
