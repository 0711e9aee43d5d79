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
use crate::report::model::ReportedFinding;
use crate::rules::subject::{Served, served};

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
        let served = if self.targets() { served(&inventory) } else { Vec::new() };
        for account in &mut inventory.accounts {
            self.narrow(account, &served);
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

    /// Whether a finding of an earlier report is about what is asked for.
    pub fn wants_reported(&self, finding: &ReportedFinding) -> bool {
        let of_cluster = || finding.node_groups.iter().any(|group| self.clusters.contains(&group.cluster));
        let of_role = || finding.role_arn.as_deref().is_some_and(|arn| self.names_role(arn));
        !self.targets() || of_cluster() || of_role()
    }

    /// Drops what was not asked for from an account.
    fn narrow(&self, account: &mut Account, served: &[Served]) {
        account.regions.retain(|region| self.in_regions(&region.name));
        if !self.targets() {
            return;
        }
        for region in &mut account.regions {
            if let Known::Value(clusters) = &mut region.clusters {
                let here = |one: &&Served| one.account == account.id && one.region == region.name;
                let wanted: BTreeSet<&str> = served
                    .iter()
                    .filter(here)
                    .filter(|one| self.names_role(&one.role))
                    .map(|one| one.cluster.as_str())
                    .collect();
                clusters.retain_mut(|cluster| self.keep(cluster) || wanted.contains(cluster.name.as_str()));
            }
        }
        let used: BTreeSet<String> = account
            .clusters()
            .flat_map(|(region, cluster)| {
                let here =
                    |one: &&Served| one.account == account.id && one.region == *region && one.cluster == cluster.name;
                cluster.node_roles().chain(served.iter().filter(here).map(|one| one.role.as_str()))
            })
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
    use crate::inventory::{AccessEntry, AccessEntryType};
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
    fn the_role_of_hybrid_nodes_keeps_its_cluster_though_no_node_group_names_it() {
        let mut inventory = sample::inventory();
        let Known::Value(clusters) = &mut inventory.accounts[0].regions[0].clusters else { panic!("they were read") };
        let detail = AccessEntryType { kind: "HYBRID_LINUX".to_owned(), created_at: None, access_policies: None };
        let principal_arn = "arn:aws:iam::111122223333:role/edge".to_owned();
        clusters[0].access_entries =
            Known::Value(vec![AccessEntry { principal_arn, detail: Some(Known::Value(detail)) }]);
        let ask = |arn: &str| Narrowing { roles: vec![arn.parse().unwrap()], ..Narrowing::default() };
        let edge = ask("arn:aws:iam::111122223333:role/edge");
        assert_eq!(edge.look_up(&inventory), LookedUp::default());
        let (narrowed, _) = edge.apply(inventory.clone(), Vec::new());
        assert_eq!(narrowed.accounts[0].clusters().count(), 1);
        let (other, _) = ask("arn:aws:iam::111122223333:role/nobody").apply(inventory, Vec::new());
        assert_eq!(other.accounts[0].clusters().count(), 0);
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
