//! The fewest calls that an audit can take, counted from the facts and not from what the auditor does.

use std::collections::{BTreeMap, BTreeSet};

use noderole::inventory::{Access, Account, AuthenticationMode, Cluster, ProfileRecord, RoleRecord};
use noderole::known::{Gap, Known};

use super::World;

/// The fewest calls by which all of the facts can be read.
pub(crate) fn least(world: &World, fan_out: bool) -> u64 {
    let members = world.members.len() as u64;
    let policies: BTreeSet<usize> = world.controlled.values().flatten().copied().collect();
    let organization = 2 + members.div_ceil(20) + world.controlled.len() as u64 + policies.len() as u64;
    let mut of_aws: BTreeSet<&str> = BTreeSet::new();
    let mut all = organization + 1;
    for (id, member) in &world.members {
        let assumed = u64::from(*id != world.caller);
        let named = policies_of_aws(&member.facts);
        // An invocation asks who it is, and reads the policies of AWS for itself.
        let by_itself = if fan_out { 1 + 2 * named.len() as u64 } else { 0 };
        of_aws.extend(named);
        all += assumed + 1 + of_account(&member.facts) + by_itself;
    }
    let once = if fan_out { 0 } else { 2 * of_aws.len() as u64 };
    all + once
}

/// AWS's own policies that the judged roles name.
fn policies_of_aws(account: &Account) -> BTreeSet<&str> {
    let judged: BTreeSet<&str> = judged_roles(account);
    let roles = account.found_roles().filter(|role| judged.contains(role.arn.name()));
    let named = roles.flat_map(|role| {
        let attached = role.attached.value().into_iter().flatten().map(|policy| policy.arn.as_str());
        attached.chain(role.boundary.as_deref())
    });
    named.filter(|arn| arn.contains(":iam::aws:")).collect()
}

fn of_account(account: &Account) -> u64 {
    if !matches!(account.access, Access::Entered) {
        return 0;
    }
    let lists = account.regions.len() as u64;
    let clusters: u64 = account.clusters().map(|(_, cluster)| of_cluster(cluster)).sum();
    let roles = u64::from(account.clusters().next().is_some());
    // A role that no list has is asked for by itself.
    let absent = account.roles.values().filter(|record| !matches!(record, RoleRecord::Found(_))).count() as u64;
    let machines: u64 = account
        .regions
        .iter()
        .filter_map(|region| region.compute.as_ref())
        .map(|compute| 3 + compute.launch_templates.len() as u64 + compute.launch_configurations.len() as u64)
        .sum();
    let held: BTreeSet<&str> = account
        .found_roles()
        .flat_map(|role| role.instance_profiles.value().into_iter().flatten())
        .map(|profile| profile.arn.rsplit('/').next().unwrap())
        .collect();
    let unheld = account.instance_profiles.iter().filter(|(name, record)| {
        // The role of such a profile is in the account, though it is none of nodes.
        !held.contains(name.as_str()) && !matches!(record, ProfileRecord::Found(content) if content.role.is_some())
    });
    lists + clusters + roles + absent + machines + unheld.count() as u64
}

fn of_cluster(cluster: &Cluster) -> u64 {
    let asked = |missing: Option<&Gap>| u64::from(missing.is_none());
    let entries = cluster.access_entries.value().into_iter().flatten().filter_map(|entry| entry.detail.as_ref());
    let entries: u64 =
        entries.map(|detail| 1 + u64::from(detail.value().is_some_and(|one| one.access_policies.is_some()))).sum();
    let reads_entries =
        cluster.detail.value().is_some_and(|detail| detail.authentication_mode != AuthenticationMode::ConfigMap);
    let groups = cluster.node_groups.value().map_or(0, BTreeMap::len)
        + cluster.fargate_profiles.value().map_or(0, BTreeMap::len);
    let described = cluster.aws_node_association.value().is_some_and(Option::is_some);
    let addons = asked(cluster.vpc_cni.gap()) + asked(cluster.pod_identity_agent.gap());
    // The cluster, and its lists of node groups, Fargate profiles and associations.
    4 + u64::from(reads_entries)
        + groups as u64
        + entries
        + addons
        + u64::from(described)
        + u64::from(cluster.cluster_admins.as_ref().is_some_and(|admins| matches!(admins, Known::Value(_))))
}

/// The names of the roles whose policies are read: those of nodes and of aws-node.
fn judged_roles(account: &Account) -> BTreeSet<&str> {
    let nodes = account.clusters().flat_map(|(_, cluster)| {
        let addon = cluster.vpc_cni.value().and_then(Option::as_ref);
        let association = cluster.aws_node_association.value().and_then(Option::as_ref);
        let of_aws_node = addon.and_then(|addon| addon.service_account_role_arn.as_deref());
        let by_identity = association.map(|one| one.target_role_arn.as_deref().unwrap_or(&one.role_arn));
        cluster.node_roles().chain(of_aws_node).chain(by_identity).collect::<Vec<_>>()
    });
    nodes.filter_map(|arn| arn.rsplit('/').next()).collect()
}
