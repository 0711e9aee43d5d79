//! Which roles of an account matter, as far as is known by now: those of node groups, of machines and of access entries.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::ids::{Region, RoleArn};
use crate::inventory::{InstanceProfile, RoleRecord};

use super::super::cluster::{ENTRIES_OF_HYPERPOD, ENTRIES_OF_NODES, Surroundings, roles_of_entries};
use super::super::compute::Used;
use super::super::iam::{Iam, RolesReading, Way, name_of};
use super::super::relevance::Relevance;
use super::AccountRun;

impl AccountRun {
    /// Clusters whose machines use a role that a targeted audit was asked for, or for which Karpenter made an instance
    /// profile that it is in, are read as a whole; those that an access entry names it in say so themselves.
    pub(super) fn note_clusters_of_targets(&mut self, roles: &RolesReading) {
        let Some(aim) = self.aim.as_ref().filter(|aim| !aim.roles.is_empty()) else { return };
        let targets = aim.roles.keys().filter_map(|name| match roles.roles.get(name)? {
            RoleRecord::Found(role) => role.instance_profiles.value(),
            RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
        });
        let held: Vec<&InstanceProfile> = targets.flatten().collect();
        let names: BTreeSet<&str> = held.iter().map(|profile| name_of(&profile.arn)).collect();
        for (name, region) in &mut self.regions {
            let used = region.compute().profiles().into_iter().filter(|(profile, _)| names.contains(profile.as_str()));
            let mut clusters: BTreeSet<String> = used.flat_map(|(_, used)| used.clusters).collect();
            let of_karpenter = held.iter().filter_map(|profile| profile.made_by_karpenter_for());
            let here = of_karpenter.filter(|(region, _)| region.is_none_or(|region| region == name.as_str()));
            clusters.extend(here.map(|(_, cluster)| cluster.to_owned()));
            region.are_used(&clusters);
        }
    }

    /// The roles' reading so far, which roles matter by now, and the instance profiles of machines. With surroundings, access
    /// entries tell too.
    pub(super) fn plan_iam(&mut self, around: Option<&Surroundings>) -> (Iam, Relevance, BTreeSet<String>) {
        let mut relevance = Relevance::default();
        let mut clusters = 0_usize;
        let mut entries = BTreeMap::new();
        for region in self.regions.values() {
            for (run, cluster) in region.whole_clusters(around) {
                clusters += 1;
                relevance.add(&cluster, &self.place.account, run.only());
                let of_nodes = roles_of_entries(&cluster, &self.place, &ENTRIES_OF_NODES);
                entries.extend(of_nodes.map(|role| (role.name().to_owned(), role)));
                for role in roles_of_entries(&cluster, &self.place, &ENTRIES_OF_HYPERPOD) {
                    relevance.keep(&role);
                }
            }
        }
        let aimed = self.aim.as_ref().map(|aim| &aim.roles).filter(|roles| !roles.is_empty());
        for role in aimed.into_iter().flat_map(BTreeMap::values) {
            relevance.need(role.clone(), &self.place.account);
        }
        let way = match &self.aim {
            None if clusters == 0 => Way::Nothing,
            None => Way::Everything,
            Some(aim) => match relevance.needed.len() {
                0 => Way::Nothing,
                1 if !aim.roles.is_empty() => Way::OneByOne,
                _ => Way::Everything,
            },
        };
        let iam = self.iam.take().unwrap_or_else(|| Iam::new(self.place.clone(), way));
        let (profiles, of_machines) = self.machines_roles(&iam);
        for role in entries.into_values().chain(of_machines) {
            if aimed.is_none_or(|roles| roles.contains_key(role.name())) {
                relevance.need_node_role(role, &self.place.account);
            }
        }
        (iam, relevance, profiles)
    }

    /// The instance profiles of the machines of clusters that are read, and the roles that are known to be in them and in
    /// those that Karpenter made for such clusters.
    fn machines_roles(&self, iam: &Iam) -> (BTreeSet<String>, Vec<RoleArn>) {
        let mut profiles = BTreeSet::new();
        let mut of_nodes = BTreeSet::new();
        for region in self.regions.values() {
            let of_clusters = region.compute().profiles().into_iter();
            let read = |used: &Used| used.clusters.iter().any(|cluster| region.reads(cluster));
            for (name, used) in of_clusters.filter(|(_, used)| read(used)) {
                if used.outside_node_groups {
                    of_nodes.insert(name.clone());
                }
                profiles.insert(name);
            }
        }
        let in_profiles = iam.roles_in(&of_nodes);
        let of_karpenter = iam.karpenter_profiles().into_iter().filter_map(|(made_in, cluster, role)| {
            let here = |name: &Region| made_in.as_deref().is_none_or(|region| region == name.as_str());
            self.regions.iter().any(|(name, region)| here(name) && region.reads(&cluster)).then_some(role)
        });
        (profiles, in_profiles.into_iter().chain(of_karpenter).collect())
    }
}

/// What clusters have to know of the account's roles. Without what was read of them, they are still being read.
pub(super) fn surroundings(iam: &Iam, roles: Option<&RolesReading>) -> Surroundings {
    let node_roles = iam.relevance().node_roles.clone();
    let created = roles.map(|roles| {
        let found = node_roles.iter().filter_map(|name| match roles.roles.get(name)? {
            RoleRecord::Found(role) => Some((name.clone(), role.created_at?)),
            RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
        });
        found.collect::<BTreeMap<String, Timestamp>>()
    });
    Surroundings { bystanders: iam.bystanders(), node_roles, created }
}

/// Clusters by region; of profiles that tell no region, and of what is none, nothing.
pub(super) fn by_region(
    profiles: impl Iterator<Item = (Option<String>, String, RoleArn)>,
) -> BTreeMap<Region, BTreeSet<String>> {
    let mut clusters: BTreeMap<Region, BTreeSet<String>> = BTreeMap::new();
    for (region, cluster, _) in profiles {
        if let Some(region) = region.and_then(|region| region.parse().ok()) {
            clusters.entry(region).or_default().insert(cluster);
        }
    }
    clusters
}
