//! An audit of saved facts narrowed to some regions, clusters and roles.
//!
//! The judgement rests on all facts that were saved, so that what lies outside still counts as evidence; only what is told
//! is narrowed.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::finding::Finding;
use crate::ids::{Region, RoleArn};
use crate::inventory::{Account, Cluster, Inventory, NodeGroup, RegionFacts, Target};
use crate::known::Known;
use crate::nearest::nearest_first;

/// What was asked for; an empty list asks for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// Regions.
    pub regions: Vec<Region>,
    /// Clusters, by name.
    pub clusters: Vec<String>,
    /// Roles; with clusters: what either touches.
    pub roles: Vec<RoleArn>,
}

/// Something that was asked for is not in the inventory.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no {kind} `{name}` is among what was read{}", if .present.is_empty() { String::new() } else { format!("; there is {}", .present.join(", ")) })]
pub struct NotInInventory {
    /// What kind of thing: region, cluster, node role.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What is there of that kind, the first of them.
    pub present: Vec<String>,
}

/// How many names an error lists.
const NAMES_LISTED_MAX: usize = 8;

impl Narrowing {
    /// Whether everything is asked for.
    pub fn is_everything(&self) -> bool {
        self.regions.is_empty() && self.clusters.is_empty() && self.roles.is_empty()
    }

    /// Narrows the facts that are counted and the results that are told.
    pub fn apply(&self, mut inventory: Inventory, mut findings: Vec<Finding>) -> (Inventory, Vec<Finding>) {
        if self.is_everything() {
            return (inventory, findings);
        }
        findings.retain(|finding| self.wants(finding));
        for account in &mut inventory.accounts {
            self.narrow(account);
        }
        if self.targets() {
            inventory.target = Some(Target {
                clusters: self.clusters.clone(),
                roles: self.roles.iter().map(ToString::to_string).collect(),
            });
        }
        (inventory, findings)
    }

    /// The clusters and roles that a targeted run was asked for, where these flags name none: its saved facts audit alike.
    #[must_use]
    pub fn or_target_of(mut self, inventory: &Inventory) -> Self {
        if let Some(target) = &inventory.target
            && !self.targets()
        {
            self.clusters.clone_from(&target.clusters);
            self.roles = target.roles.iter().filter_map(|role| role.parse().ok()).collect();
        }
        self
    }

    /// Whether clusters or roles are named.
    fn targets(&self) -> bool {
        !self.clusters.is_empty() || !self.roles.is_empty()
    }

    /// Whether the region is asked for.
    fn in_regions(&self, region: &Region) -> bool {
        self.regions.is_empty() || self.regions.contains(region)
    }

    /// Whether the role is named.
    fn names_role(&self, arn: &str) -> bool {
        arn.parse::<RoleArn>().is_ok_and(|arn| self.roles.iter().any(|role| role.same_role(&arn)))
    }

    /// Whether a finding is asked for.
    fn wants(&self, finding: &Finding) -> bool {
        let everywhere = finding.node_groups.is_empty();
        let near = everywhere || finding.node_groups.iter().any(|group| self.in_regions(&group.region));
        let of_cluster =
            || finding.node_groups.iter().any(|g| self.in_regions(&g.region) && self.clusters.contains(&g.cluster));
        let of_role = || finding.role_arn.as_deref().is_some_and(|arn| self.names_role(arn));
        near && (!self.targets() || of_cluster() || of_role())
    }

    /// Drops what was not asked for from an account.
    fn narrow(&self, account: &mut Account) {
        account.regions.retain(|region| self.in_regions(&region.name));
        if !self.targets() {
            return;
        }
        for region in &mut account.regions {
            if let Known::Value(clusters) = &mut region.clusters {
                clusters.retain_mut(|cluster| self.keep(cluster));
            }
        }
        let used: BTreeSet<String> = account
            .clusters()
            .flat_map(|(_, cluster)| cluster.node_roles())
            .filter_map(|arn| Some(arn.parse::<RoleArn>().ok()?.name().to_owned()))
            .collect();
        account.roles.retain(|name, _| {
            used.contains(name) || self.roles.iter().any(|role| role.account() == &account.id && role.name() == name)
        });
    }

    /// Whether a cluster is asked for; drops its node groups that are not.
    fn keep(&self, cluster: &mut Cluster) -> bool {
        if self.clusters.contains(&cluster.name) {
            return true;
        }
        if let Known::Value(groups) = &mut cluster.node_groups {
            groups.retain(|_, group| group.value().is_some_and(|group: &NodeGroup| self.names_role(&group.node_role)));
        }
        cluster.node_roles().any(|role| self.names_role(role))
    }

    /// Refuses names that are nowhere in the inventory: a typing error must not end as "nothing wrong".
    pub fn look_up(&self, inventory: &Inventory) -> Result<(), NotInInventory> {
        let regions = || inventory.accounts.iter().flat_map(|account: &Account| &account.regions);
        let clusters = || inventory.accounts.iter().flat_map(|account| account.clusters().map(|(_, cluster)| cluster));
        for region in &self.regions {
            if !regions().any(|facts: &RegionFacts| facts.name == *region) {
                return Err(absent("region", region.as_str(), regions().map(|facts| facts.name.to_string())));
            }
        }
        for name in &self.clusters {
            if !clusters().any(|cluster| cluster.name == *name) {
                return Err(absent("cluster", name, clusters().map(|cluster| cluster.name.clone())));
            }
        }
        for role in &self.roles {
            let read = inventory.accounts.iter().any(|a| a.id == *role.account() && a.roles.contains_key(role.name()));
            let same = |arn: &str| arn.parse::<RoleArn>().is_ok_and(|arn| arn.same_role(role));
            if !read && !clusters().flat_map(Cluster::node_roles).any(same) {
                let present = clusters().flat_map(Cluster::node_roles).map(str::to_owned);
                return Err(absent("role", role.as_str(), present));
            }
        }
        Ok(())
    }
}

/// The error for a name, with some names that would have been found.
fn absent(kind: &'static str, name: &str, present: impl Iterator<Item = String>) -> NotInInventory {
    let mut present = nearest_first(name, present);
    if present.len() > NAMES_LISTED_MAX {
        present.truncate(NAMES_LISTED_MAX);
        present.push("...".to_owned());
    }
    NotInInventory { kind, name: name.to_owned(), present }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn narrowed(narrowing: &Narrowing) -> Result<(Inventory, Vec<Finding>), NotInInventory> {
        narrowing.look_up(&sample::inventory())?;
        Ok(narrowing.apply(sample::inventory(), sample::findings()))
    }

    #[test]
    fn a_role_keeps_its_findings_and_its_node_groups_be_it_named_with_its_path_or_not() {
        for arn in ["arn:aws:iam::111122223333:role/eks/prod-node", "arn:aws:iam::111122223333:role/prod-node"] {
            let ask = Narrowing { roles: vec![arn.parse().unwrap()], ..Narrowing::default() };
            let (inventory, findings) = narrowed(&ask).unwrap();
            assert_eq!(findings.len(), 4, "{arn}");
            assert_eq!(inventory.accounts[0].roles.keys().collect::<Vec<_>>(), ["auto-node", "prod-node"]);
            let groups = inventory.accounts[0].clusters().next().unwrap().1.node_groups.value().unwrap();
            assert!(!groups.contains_key("ng-3"), "a group whose role is not known is not the role's");
        }
    }

    #[test]
    fn a_region_that_was_not_asked_for_leaves_the_coverage() {
        let ask = Narrowing { regions: vec!["eu-west-1".parse().unwrap()], ..Narrowing::default() };
        let (inventory, findings) = narrowed(&ask).unwrap();
        assert_eq!(inventory.accounts[0].regions.len(), 1);
        assert_eq!(findings.len(), sample::findings().len());
    }

    #[test]
    fn a_name_that_is_nowhere_is_an_error_that_lists_what_is_there() {
        let ask = Narrowing { clusters: vec!["prd".to_owned()], ..Narrowing::default() };
        assert_eq!(narrowed(&ask).unwrap_err().to_string(), "no cluster `prd` is among what was read; there is prod");
        let ask = Narrowing { regions: vec!["ap-south-1".parse().unwrap()], ..Narrowing::default() };
        assert!(narrowed(&ask).unwrap_err().to_string().contains("eu-west-1"));
        let ask = Narrowing {
            roles: vec!["arn:aws:iam::111122223333:role/prd-node".parse().unwrap()],
            ..Narrowing::default()
        };
        assert!(narrowed(&ask).unwrap_err().to_string().contains("role/eks/prod-node"));
    }

    #[test]
    fn the_saved_facts_of_a_targeted_run_are_narrowed_as_the_run_was() {
        let mut inventory = sample::inventory();
        let target = Target { clusters: vec!["prod".to_owned()], roles: Vec::new() };
        inventory.target = Some(target);
        assert_eq!(Narrowing::default().or_target_of(&inventory).clusters, ["prod"]);
        let asked = Narrowing { clusters: vec!["dev".to_owned()], ..Narrowing::default() };
        assert_eq!(asked.clone().or_target_of(&inventory), asked);
    }

    #[test]
    fn nothing_asked_for_changes_nothing() {
        let (inventory, findings) = narrowed(&Narrowing::default()).unwrap();
        assert_eq!((inventory, findings), (sample::inventory(), sample::findings()));
    }
}
