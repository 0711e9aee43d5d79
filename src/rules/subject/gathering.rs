//! Which node roles an account has: from managed node groups and from Auto Mode.

use std::collections::BTreeMap;

use crate::failure::FailureClass;
use crate::finding::{NodeGroupRef, NodeKind};
use crate::ids::{AccountId, Partition, Region, RoleArn};
use crate::inventory::{Account, Cluster, Target, UNLISTED};
use crate::known::{Gap, Known};

use super::{Facts, NodeRole, Nodes, place};

/// The node roles of an account, and the node groups whose role could not be read.
#[derive(Debug)]
pub struct Found<'a> {
    /// The node roles, in order of their ARNs.
    pub roles: Vec<NodeRole<'a>>,
    /// The node groups that could not be described.
    pub unread: Vec<UnreadNodes<'a>>,
}

/// A managed node group that could not be described, so that its role is not known; [`UNLISTED`] stands for those that
/// could not be listed.
#[derive(Debug, Clone, Copy)]
pub struct UnreadNodes<'a> {
    /// The region.
    pub region: &'a Region,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// The node group's name.
    pub name: &'a str,
    /// Why it could not be described.
    pub gap: &'a Gap,
}

impl<'a> Found<'a> {
    /// Gathers what the account's clusters say, less what a targeted audit does not touch.
    ///
    /// Node groups that are being deleted are left out, and so are those that were deleted while the run read them.
    pub fn of(facts: &'a Facts<'a>, account: &'a Account) -> Self {
        let mut by_arn: BTreeMap<&'a str, Vec<Nodes<'a>>> = BTreeMap::new();
        let mut unread = Vec::new();
        for (region, cluster) in account.clusters() {
            // A list that is missing whole hides node groups as one that broke off does.
            if let Some(gap) = cluster.node_groups.gap().filter(|gap| hides(gap)) {
                unread.push(UnreadNodes { region, cluster, name: UNLISTED, gap });
            }
            for (name, group) in cluster.node_groups.value().into_iter().flatten() {
                match group {
                    Known::Value(group) if group.status == "DELETING" => {}
                    Known::Value(group) => by_arn.entry(&group.node_role).or_default().push(Nodes {
                        kind: NodeKind::Managed,
                        region,
                        cluster,
                        name,
                        group: Some(group),
                    }),
                    Known::Missing(gap) if hides(gap) => unread.push(UnreadNodes { region, cluster, name, gap }),
                    Known::Missing(_) => {}
                }
            }
            if let Some(arn) = cluster.auto_mode_role() {
                let nodes = Nodes { kind: NodeKind::AutoMode, region, cluster, name: &cluster.name, group: None };
                by_arn.entry(arn).or_default().push(nodes);
            }
        }
        let target = facts.inventory.target.as_ref();
        let roles = by_arn
            .into_iter()
            .map(|(arn, nodes)| NodeRole { facts, account, arn, nodes: ordered(nodes) })
            .filter(|role| target.is_none_or(|target| touches(target, role)))
            .collect();
        // A group whose role is not known may use any role that the target names.
        unread.retain(|nodes| {
            target.is_none_or(|target| !target.roles.is_empty() || target.clusters.contains(&nodes.cluster.name))
        });
        Self { roles, unread }
    }
}

impl UnreadNodes<'_> {
    /// How reports name it.
    pub fn reference(&self) -> NodeGroupRef {
        NodeGroupRef {
            kind: NodeKind::Managed,
            cluster: self.cluster.name.clone(),
            region: self.region.clone(),
            name: self.name.to_owned(),
        }
    }

    /// The place of the node group, as in [`Nodes::place`].
    pub fn place(&self, partition: Partition, account: &AccountId) -> String {
        place(NodeKind::Managed, partition, account, self.region, &self.cluster.name, self.name)
    }
}

/// Whether nodes may stand behind what is missing: not behind what was deleted while the run read it, nor behind what a
/// targeted audit left out.
fn hides(gap: &Gap) -> bool {
    !matches!(gap.class, FailureClass::Gone | FailureClass::NotAsked)
}

fn ordered(mut nodes: Vec<Nodes<'_>>) -> Vec<Nodes<'_>> {
    nodes.sort_by_key(|nodes| (nodes.region, &nodes.cluster.name, nodes.kind, nodes.name));
    nodes
}

/// Whether the target names the role or the cluster of one of its node groups. A role is named whatever its path.
fn touches(target: &Target, role: &NodeRole<'_>) -> bool {
    let named = target.roles.iter().any(|wanted| match (wanted.parse::<RoleArn>(), role.parsed()) {
        (Ok(wanted), Some(arn)) => wanted.same_role(&arn),
        (Ok(_) | Err(_), _) => wanted == role.arn,
    });
    named || role.nodes.iter().any(|nodes| target.clusters.contains(&nodes.cluster.name))
}
