//! Why a target is not explained: it is not there, or what could not be read may hold it.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::failure::FailureClass;
use crate::finding::NodeKind;
use crate::ids::{Region, RoleArn};
use crate::inventory::{Access, Account, Cluster, Inventory, RoleRecord, UNLISTED};
use crate::known::{Gap, Known};
use crate::nearest::nearest_first;
use crate::rules::Found;

/// How many similar names an error lists.
const NEAR: usize = 5;

/// How many failed calls an error lists.
const GAPS_LISTED_MAX: usize = 5;

/// The operation that finds an account's regions.
const LIST_REGIONS: &str = "account:ListRegions";

/// Why nothing can be explained.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExplainError {
    /// Nothing bears that name.
    #[error("`{target}` {why}{}", near_names(.near))]
    NotFound {
        /// What was asked for.
        target: String,
        /// What is known of it, as the rest of a sentence.
        why: String,
        /// What resembles it.
        near: Vec<String>,
    },
    /// It is not among what was read, but calls that failed may have told it.
    #[error("`{target}` cannot be explained from what was read: {}{}", some_of(.missing), resembling(.near))]
    Unread {
        /// What was asked for.
        target: String,
        /// The calls that failed: operation, resource, error.
        missing: Vec<String>,
        /// What was read and resembles it.
        near: Vec<String>,
    },
}

/// The names that resemble the target most.
fn nearest(target: &str, names: BTreeSet<String>) -> Vec<String> {
    let mut near = nearest_first(target, names);
    near.truncate(NEAR);
    near
}

/// Names that were read, in words.
fn resembling(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; of what was read, near it are {}", near.join(", ")) }
}

/// Names that resemble the target, in words.
fn near_names(near: &[String]) -> String {
    if near.is_empty() {
        "; no node role was found at all: look at the coverage of `noderole audit`".to_owned()
    } else {
        format!("; near it are {}", near.join(", "))
    }
}

/// The first of them, and how many more there are.
fn some_of(missing: &[String]) -> String {
    let first: Vec<&str> = missing.iter().take(GAPS_LISTED_MAX).map(String::as_str).collect();
    match missing.len().saturating_sub(GAPS_LISTED_MAX) {
        0 => first.join("; "),
        more => format!("{}; and {more} more", first.join("; ")),
    }
}

/// What is asked for, as far as looking for what may hide it goes.
pub(super) struct Sought<'a> {
    target: &'a str,
    regions: &'a [Region],
    role: Option<RoleArn>,
}

/// What hides nodes that no node group of EKS tells of.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    /// Calls that failed behind the very nodes that the target names.
    pub(super) named: Vec<String>,
    /// Calls that failed behind lists that may hold it.
    listed: Vec<String>,
    /// Whether the target names nodes without a role.
    roleless: bool,
}

impl Hidden {
    /// Looks at what was found of an account.
    pub(super) fn look(&mut self, sought: &Sought<'_>, account: &Account, found: &Found<'_>) {
        let of_account = sought.role.as_ref().map(|role| *role.account() == account.id);
        for nodes in found.unread.iter().filter(|nodes| nodes.kind != NodeKind::Managed) {
            let place = format!("{}/{}", nodes.cluster, nodes.name);
            let in_cluster = sought.target.split_once('/').is_some_and(|(cluster, _)| cluster == nodes.cluster);
            match of_account {
                Some(true) => self.listed.push(nodes.gap.to_string()),
                None if place == sought.target => self.named.push(nodes.gap.to_string()),
                None if in_cluster && nodes.name == UNLISTED => self.listed.push(nodes.gap.to_string()),
                Some(false) | None => {}
            }
        }
        let places = found.roleless.iter().map(|nodes| format!("{}/{}", nodes.cluster.name, nodes.name));
        self.roleless |= places.into_iter().any(|place| place == sought.target);
    }
}

/// The failed calls that may hide the target.
#[derive(Debug, Default)]
pub(super) struct Hiding {
    /// In the cluster that the target names, or anywhere in the role's account.
    pub(super) near: Vec<String>,
    /// Elsewhere: accounts, regions and clusters that could not be looked into.
    elsewhere: Vec<String>,
    /// Whether the cluster that the target names was read.
    seen: bool,
}

impl<'a> Sought<'a> {
    /// The target as it was given.
    pub(super) fn new(target: &'a str, regions: &'a [Region]) -> Self {
        Self { target, regions, role: target.parse().ok() }
    }

    /// Whether nodes of the region are asked for.
    pub(super) fn in_regions(&self, region: &Region) -> bool {
        self.regions.is_empty() || self.regions.contains(region)
    }

    /// What may hide it.
    pub(super) fn hiding(&self, inventory: &Inventory) -> Hiding {
        let mut hiding = Hiding::default();
        for account in &inventory.accounts {
            match &self.role {
                None => self.hiding_in(account, &mut hiding),
                Some(role) if *role.account() == account.id => {
                    self.hiding_in(account, &mut hiding);
                    hiding.near.append(&mut hiding.elsewhere);
                }
                Some(_) => {}
            }
        }
        hiding
    }

    /// Where the node group that the target names is on its way out: nodes that go are not among those that were found.
    fn deleting(&self, inventory: &Inventory) -> Option<String> {
        let (cluster, group) = self.target.split_once('/').filter(|_| self.role.is_none())?;
        inventory.accounts.iter().find_map(|account| {
            account.regions.iter().find_map(|region| {
                let named = region.clusters.value()?.iter().find(|read| read.name == cluster)?;
                let (_, group) = named.node_groups.value()?.iter().find(|(name, _)| *name == group)?;
                let deleting = group.value()?.status == "DELETING";
                deleting.then(|| format!("{} of account {}", region.name, account.id))
            })
        })
    }

    fn hiding_in(&self, account: &Account, hiding: &mut Hiding) {
        let refused = match &account.access {
            Access::Refused(gap) => Some(gap),
            Access::Entered if account.regions.is_empty() => account.gaps.iter().find(|gap| gap.api == LIST_REGIONS),
            Access::Entered | Access::Inactive(_) => None,
        };
        hiding.elsewhere.extend(refused.map(Gap::to_string));
        for region in account.regions.iter().filter(|region| self.in_regions(&region.name)) {
            match &region.clusters {
                Known::Missing(gap) => hiding.elsewhere.push(gap.to_string()),
                Known::Value(clusters) => {
                    for cluster in clusters {
                        self.hiding_at(cluster, hiding);
                    }
                }
            }
        }
    }

    fn hiding_at(&self, cluster: &Cluster, hiding: &mut Hiding) {
        let failed = |gap: &&Gap| !matches!(gap.class, FailureClass::NotAsked | FailureClass::Gone);
        if cluster.name == UNLISTED {
            hiding.elsewhere.extend(cluster.detail.gap().filter(failed).map(Gap::to_string));
            return;
        }
        let group = match (&self.role, self.target.split_once('/')) {
            (Some(_), _) => None,
            (None, Some((name, group))) if name == cluster.name => Some(group),
            (None, _) => return,
        };
        hiding.seen = true;
        match &cluster.node_groups {
            Known::Missing(gap) => hiding.near.extend(Some(gap).filter(failed).map(Gap::to_string)),
            Known::Value(groups) => {
                let named = groups.iter().filter(|(name, _)| group.is_none_or(|g| *name == g || *name == UNLISTED));
                hiding.near.extend(named.filter_map(|(_, group)| group.gap()).filter(failed).map(Gap::to_string));
            }
        }
        // Auto Mode's role stands in the cluster's own description.
        if group.is_none_or(|group| group == cluster.name) {
            hiding.near.extend(cluster.detail.gap().filter(failed).map(Gap::to_string));
        }
    }

    /// Why nothing was explained: `elsewhere` are the regions outside those asked for where the target is, `names` what
    /// could have been explained.
    pub(super) fn absent(
        &self,
        inventory: &Inventory,
        elsewhere: &BTreeSet<String>,
        names: BTreeSet<String>,
        hidden: Hidden,
    ) -> ExplainError {
        let target = self.target.to_owned();
        let not_found = |why: String| ExplainError::NotFound {
            target: self.target.to_owned(),
            why,
            near: nearest(self.target, names.clone()),
        };
        if let Some(role) = self.role.as_ref().filter(|role| role.partition() != inventory.partition) {
            return not_found(format!(
                "is of partition {}, what was read is {}",
                role.partition(),
                inventory.partition
            ));
        }
        let record = self.role.as_ref().and_then(|role| {
            inventory.accounts.iter().find(|account| account.id == *role.account())?.role(role.name())
        });
        let exists = match record {
            Some(RoleRecord::NoSuchRole) => return not_found("does not exist, and no nodes use it".to_owned()),
            Some(RoleRecord::Found(_)) => true,
            Some(RoleRecord::Missing(_)) | None => false,
        };
        if hidden.roleless {
            return not_found("has no role, for want of an instance profile that holds one (NR004)".to_owned());
        }
        let Hiding { mut near, elsewhere: far, seen } = self.hiding(inventory);
        let mut told: BTreeSet<String> = near.iter().cloned().collect();
        near.extend(hidden.named.into_iter().chain(hidden.listed).filter(|gap| told.insert(gap.clone())));
        // Where its cluster was read, or it is elsewhere, nobody needs to look into other accounts for it.
        let missing = if near.is_empty() && !seen && elsewhere.is_empty() { far } else { near };
        if !missing.is_empty() {
            let near = nearest(self.target, names);
            return ExplainError::Unread { target, missing, near };
        }
        if !elsewhere.is_empty() {
            let asked: Vec<&str> = self.regions.iter().map(Region::as_str).collect();
            let there: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
            return not_found(format!("has no nodes in {}; it is in {}", asked.join(", "), there.join(", ")));
        }
        if let Some(place) = self.deleting(inventory) {
            return not_found(format!("is being deleted in {place}: its nodes are not explained any more"));
        }
        if exists {
            return not_found("is a role, but no nodes that were read use it".to_owned());
        }
        not_found("is neither a node role's ARN nor CLUSTER/NODE_GROUP of what was read".to_owned())
    }
}
