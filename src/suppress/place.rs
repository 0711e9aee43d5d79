//! The tags of what findings of an account are about.

use std::collections::BTreeMap;

use crate::finding::{Finding, NodeGroupRef};
use crate::ids::{Region, RoleArn};
use crate::inventory::{Account, Cluster, RoleRecord};

/// Tags.
type Tags = BTreeMap<String, String>;

/// An account with its clusters by region and name.
pub(super) struct Places<'a> {
    pub(super) account: &'a Account,
    clusters: BTreeMap<(&'a Region, &'a str), &'a Cluster>,
}

impl<'a> Places<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        let clusters = account.clusters().map(|(region, cluster)| ((region, cluster.name.as_str()), cluster));
        Self { account, clusters: clusters.collect() }
    }

    /// The role of a finding; none where it belongs to another account, or was not read.
    pub(super) fn role_tags(&self, finding: &Finding) -> Option<&'a Tags> {
        let arn: RoleArn = finding.role_arn.as_deref()?.parse().ok()?;
        if *arn.account() != self.account.id {
            return None;
        }
        match self.account.role(arn.name())? {
            RoleRecord::Found(role) => Some(&role.tags),
            RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
        }
    }

    /// The tags of a node group's cluster, where they were read.
    pub(super) fn cluster_tags(&self, group: &NodeGroupRef) -> Option<&'a Tags> {
        Some(&self.cluster(group)?.detail.value()?.tags)
    }

    /// The tags of a node group, where they were read.
    pub(super) fn group_tags(&self, group: &NodeGroupRef) -> Option<&'a Tags> {
        let found = self.cluster(group)?.node_groups.value()?.get(&group.name)?;
        Some(&found.value()?.tags)
    }

    fn cluster(&self, group: &NodeGroupRef) -> Option<&'a Cluster> {
        self.clusters.get(&(&group.region, group.cluster.as_str())).copied()
    }

    /// Everything in the account that has tags, with what it is called.
    pub(super) fn tagged(&self) -> impl Iterator<Item = (String, &'a Tags)> {
        let roles = self.account.roles.iter().filter_map(|(name, record)| match record {
            RoleRecord::Found(role) => Some((format!("role {name}"), &role.tags)),
            RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
        });
        let clusters = self.clusters.iter().filter_map(|((region, name), cluster)| {
            Some((format!("cluster {name} in {region}"), &cluster.detail.value()?.tags))
        });
        let groups = self.clusters.iter().flat_map(|((region, name), cluster)| {
            cluster.node_groups.value().into_iter().flatten().filter_map(move |(group, known)| {
                Some((format!("node group {name}/{group} in {region}"), &known.value()?.tags))
            })
        });
        roles.chain(clusters).chain(groups)
    }
}
