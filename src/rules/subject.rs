//! What rules are asked about: node roles with all that use them, and the facts around them.

use crate::finding::{NodeGroupRef, NodeKind};
use crate::ids::{Region, RoleArn};
use crate::inventory::{Account, Cluster, Inventory, NodeGroup, Role, RoleRecord};

use super::effective::Documents;
use super::requirements::Requirements;

/// Everything a rule may look at.
#[derive(Debug)]
pub struct Facts<'a> {
    /// What was read.
    pub inventory: &'a Inventory,
    /// The managed policies of the inventory, each parsed once.
    pub documents: Documents,
    /// What nodes need.
    pub requirements: &'a Requirements,
}

/// A node role with every node group of its account that uses it.
#[derive(Debug)]
pub struct NodeRole<'a> {
    /// What surrounds it.
    pub facts: &'a Facts<'a>,
    /// The account of the clusters that name the role.
    pub account: &'a Account,
    /// The role's ARN as the node groups name it.
    pub arn: &'a str,
    /// The node groups, in order of region, cluster and name; never empty.
    pub nodes: Vec<Nodes<'a>>,
}

/// The nodes of one node group.
#[derive(Debug, Clone, Copy)]
pub struct Nodes<'a> {
    /// What kind of nodes.
    pub kind: NodeKind,
    /// The region.
    pub region: &'a Region,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// The node group's name; of Auto Mode's nodes, the cluster's.
    pub name: &'a str,
    /// What was read of a managed node group; none for Auto Mode.
    pub group: Option<&'a NodeGroup>,
}

impl<'a> NodeRole<'a> {
    /// The ARN, parsed; none where it is not the ARN of a role.
    pub fn parsed(&self) -> Option<RoleArn> {
        self.arn.parse().ok()
    }

    /// What is known of the role. None: it belongs to another account, or nobody asked for it.
    pub fn record(&self) -> Option<&'a RoleRecord> {
        let arn = self.parsed()?;
        if *arn.account() == self.account.id { self.account.role(arn.name()) } else { None }
    }

    /// The role as IAM returned it.
    pub fn role(&self) -> Option<&'a Role> {
        match self.record()? {
            RoleRecord::Found(role) => Some(role),
            RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
        }
    }
}

impl Nodes<'_> {
    /// How reports name it.
    pub fn reference(&self) -> NodeGroupRef {
        NodeGroupRef {
            kind: self.kind,
            cluster: self.cluster.name.clone(),
            region: self.region.clone(),
            name: self.name.to_owned(),
        }
    }
}
