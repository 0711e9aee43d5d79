//! The gaps among the facts of a cluster and of a role: one place for each fact that may be missing.

use std::collections::BTreeSet;

use crate::failure::FailureClass;
use crate::ids::RoleArn;
use crate::inventory::{Account, Cluster, Role};
use crate::known::{Gap, Known};

/// Whether a call failed, or was wanted and not reached.
pub(super) fn failed(gap: &Gap) -> bool {
    gap.class != FailureClass::NotAsked
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

/// The names of the account's roles that something names for nodes.
pub(super) fn node_roles(account: &Account) -> BTreeSet<&str> {
    let arns = account.clusters().flat_map(|(_, cluster)| {
        let groups = cluster.node_groups.value().into_iter().flatten().filter_map(|(_, group)| group.value());
        let auto = cluster.detail.value().and_then(|detail| detail.compute_config.as_ref()?.node_role_arn.as_deref());
        groups.map(|group| group.node_role.as_str()).chain(auto)
    });
    let own = arns.filter(|arn| arn.parse::<RoleArn>().is_ok_and(|arn| *arn.account() == account.id));
    own.filter_map(|arn| arn.rsplit('/').next()).collect()
}

/// The gap of a managed policy of which the inventory holds neither the document nor why it is missing.
pub(super) fn absent(policy: &str) -> Gap {
    Gap {
        api: "iam:GetPolicyVersion".to_owned(),
        resource: policy.to_owned(),
        class: FailureClass::NotReached,
        error: "NotReached".to_owned(),
        message: "the inventory does not hold its document".to_owned(),
    }
}

/// The ARNs of the managed policies that decide what a role may do: those attached, and its boundary.
pub(super) fn policies_of(role: &Role) -> impl Iterator<Item = &str> {
    let attached = role.attached.value().into_iter().flatten().map(|policy| policy.arn.as_str());
    attached.chain(role.boundary.as_deref())
}
