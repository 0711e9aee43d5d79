//! An audit of saved facts narrowed to some regions, clusters and roles.
//!
//! The judgement rests on all facts that were saved, so that what lies outside still counts as evidence; only what is told
//! is narrowed.

mod look_up;

pub use look_up::{Absent, LookedUp, Seen};

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::ids::{Region, RoleArn};
use crate::inventory::{Account, Cluster, Inventory, NodeGroup, Target};
use crate::known::Known;

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn narrowed(narrowing: &Narrowing) -> (Inventory, Vec<Finding>) {
        narrowing.apply(sample::inventory(), sample::findings())
    }

    #[test]
    fn a_role_keeps_its_findings_and_its_node_groups_be_it_named_with_its_path_or_not() {
        for arn in ["arn:aws:iam::111122223333:role/eks/prod-node", "arn:aws:iam::111122223333:role/prod-node"] {
            let ask = Narrowing { roles: vec![arn.parse().unwrap()], ..Narrowing::default() };
            let (inventory, findings) = narrowed(&ask);
            assert_eq!(findings.len(), 4, "{arn}");
            assert_eq!(inventory.accounts[0].roles.keys().collect::<Vec<_>>(), ["auto-node", "prod-node"]);
            let groups = inventory.accounts[0].clusters().next().unwrap().1.node_groups.value().unwrap();
            assert!(!groups.contains_key("ng-3"), "a group whose role is not known is not the role's");
        }
    }

    #[test]
    fn a_region_that_was_not_asked_for_leaves_the_coverage() {
        let ask = Narrowing { regions: vec!["eu-west-1".parse().unwrap()], ..Narrowing::default() };
        let (inventory, findings) = narrowed(&ask);
        assert_eq!(inventory.accounts[0].regions.len(), 1);
        assert_eq!(findings.len(), sample::findings().len());
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
        let (inventory, findings) = narrowed(&Narrowing::default());
        assert_eq!((inventory, findings), (sample::inventory(), sample::findings()));
    }
}
