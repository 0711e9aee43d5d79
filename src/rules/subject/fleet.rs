//! What EC2 and Auto Scaling tell of an account's nodes, sorted once by region, cluster, kind and name.

use std::collections::{BTreeMap, HashMap};

use crate::failure::FailureClass;
use crate::finding::NodeKind;
use crate::ids::{AccountId, Region};
use crate::inventory::{
    Account, AutoScalingGroup, Compute, Instance, Inventory, Launch, LaunchTemplate, RegionFacts, clusters_of,
};
use crate::known::{Gap, Known};

use super::profiles::Profiles;

/// What EC2 and IAM tell of the machines of every account of an inventory.
#[derive(Debug, Default)]
pub struct Fleets<'a> {
    accounts: HashMap<&'a AccountId, OfAccount<'a>>,
}

#[derive(Debug)]
struct OfAccount<'a> {
    profiles: Profiles<'a>,
    regions: BTreeMap<&'a Region, Fleet<'a>>,
}

/// The machines of one region.
#[derive(Debug)]
pub struct Fleet<'a> {
    /// Whether instances and Auto Scaling groups were listed, so that no nodes are out of sight.
    pub seen: Seen<'a>,
    /// Whether instances were listed.
    pub instances: Seen<'a>,
    /// What was read, for the account's defaults among it; none where EC2 was not asked.
    pub compute: Option<&'a Compute>,
    sets: BTreeMap<&'a str, BTreeMap<(NodeKind, &'a str), Machines<'a>>>,
}

/// Whether a list was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen<'a> {
    /// To its end.
    Whole,
    /// It was left out: an inventory of an older version, or a targeted audit.
    NotAsked,
    /// The call failed.
    Failed(&'a Gap),
}

impl<'a> Seen<'a> {
    fn of<T>(list: &'a Known<T>) -> Self {
        match list {
            Known::Value(_) => Self::Whole,
            Known::Missing(gap) if gap.class == FailureClass::NotAsked => Self::NotAsked,
            Known::Missing(gap) => Self::Failed(gap),
        }
    }
}

/// The machines of one set of nodes.
#[derive(Debug, Default)]
pub struct Machines<'a> {
    /// The live instances, in order of their ids.
    pub instances: Vec<&'a Instance>,
    /// What new ones are launched from: the templates in use, or the launch configuration.
    pub launches: Vec<Launching<'a>>,
}

/// What an Auto Scaling group launches instances from.
#[derive(Debug, Clone, Copy)]
pub struct Launching<'a> {
    /// The template or configuration.
    pub from: LaunchedFrom<'a>,
    /// What it says; none where the inventory does not hold it.
    pub says: Option<&'a Known<Launch>>,
}

/// A launch template's version, or a launch configuration.
#[derive(Debug, Clone, Copy)]
pub enum LaunchedFrom<'a> {
    /// A launch template in a version.
    Template(&'a LaunchTemplate),
    /// A launch configuration by name.
    Configuration(&'a str),
}

impl LaunchedFrom<'_> {
    /// How messages name it.
    pub fn described(&self) -> String {
        match self {
            Self::Template(template) => format!("launch template {}", template.key()),
            Self::Configuration(name) => format!("launch configuration `{name}`"),
        }
    }

    /// The operation that tells what it says.
    pub fn api(&self) -> &'static str {
        match self {
            Self::Template(_) => "ec2:DescribeLaunchTemplateVersions",
            Self::Configuration(_) => "autoscaling:DescribeLaunchConfigurations",
        }
    }
}

impl<'a> Fleets<'a> {
    /// Sorts what was read.
    pub fn of(inventory: &'a Inventory) -> Self {
        let of_account = |account: &'a Account| OfAccount {
            profiles: Profiles::of(account),
            regions: account.regions.iter().map(|region| (&region.name, Fleet::of(region))).collect(),
        };
        Self { accounts: inventory.accounts.iter().map(|account| (&account.id, of_account(account))).collect() }
    }

    /// The machines of a region; none where the region was not asked for.
    pub fn region(&self, account: &AccountId, region: &Region) -> Option<&Fleet<'a>> {
        self.accounts.get(account)?.regions.get(region)
    }

    /// The instance profiles of an account; none where the account was not asked for.
    pub fn profiles(&self, account: &AccountId) -> Option<&Profiles<'a>> {
        self.accounts.get(account).map(|of_account| &of_account.profiles)
    }
}

impl<'a> Fleet<'a> {
    /// Whose nodes the instances and groups of a region are, by their tags.
    fn of(region: &'a RegionFacts) -> Self {
        let Some(compute) = &region.compute else {
            let not_asked = Seen::NotAsked;
            return Self { seen: not_asked, instances: not_asked, compute: None, sets: BTreeMap::new() };
        };
        let instances = Seen::of(&compute.instances);
        let seen = if instances == Seen::Whole { Seen::of(&compute.auto_scaling_groups) } else { instances };
        let mut fleet = Self { seen, instances, compute: Some(compute), sets: BTreeMap::new() };
        let managed = managed_groups(region);
        let mut owners: HashMap<&'a str, Vec<Key<'a>>> = HashMap::new();
        for group in compute.auto_scaling_groups.value().into_iter().flatten() {
            let keys = keys_of_group(group, managed.get(group.name.as_str()).copied());
            for key in &keys {
                fleet.machines_mut(*key).launches.extend(launchings(group, compute));
            }
            owners.insert(&group.name, keys);
        }
        for instance in compute.instances.value().into_iter().flatten() {
            for key in keys_of_instance(instance, &owners) {
                fleet.machines_mut(key).instances.push(instance);
            }
        }
        fleet
    }

    fn machines_mut(&mut self, key: Key<'a>) -> &mut Machines<'a> {
        self.sets.entry(key.cluster).or_default().entry((key.kind, key.name)).or_default()
    }

    /// The machines of one set of nodes.
    pub fn machines(&self, cluster: &str, kind: NodeKind, name: &'a str) -> Option<&Machines<'a>> {
        self.sets.get(cluster)?.get(&(kind, name))
    }

    /// The sets of nodes of a cluster, in order of kind and name.
    pub fn of_cluster<'f>(
        &'f self,
        cluster: &str,
    ) -> impl Iterator<Item = (NodeKind, &'a str, &'f Machines<'a>)> + use<'f, 'a> {
        let sets = self.sets.get(cluster).into_iter().flatten();
        sets.map(|((kind, name), machines)| (*kind, *name, machines))
    }

    /// The clusters that tags name, be they clusters of the region or not.
    pub fn clusters(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.sets.keys().copied()
    }
}

/// Which nodes a machine is one of.
#[derive(Debug, Clone, Copy)]
struct Key<'a> {
    cluster: &'a str,
    kind: NodeKind,
    name: &'a str,
}

/// The Auto Scaling groups that EKS made, with the cluster and the node group that each is for.
fn managed_groups(region: &RegionFacts) -> HashMap<&str, Key<'_>> {
    let mut managed = HashMap::new();
    for cluster in region.clusters.value().into_iter().flatten() {
        for (name, group) in cluster.node_groups.value().into_iter().flatten() {
            let key = Key { cluster: &cluster.name, kind: NodeKind::Managed, name };
            let groups = group.value().map(|group| group.auto_scaling_groups.as_slice()).unwrap_or_default();
            managed.extend(groups.iter().map(|group| (group.as_str(), key)));
        }
    }
    managed
}

fn keys_of_group<'a>(group: &'a AutoScalingGroup, managed: Option<Key<'a>>) -> Vec<Key<'a>> {
    if let Some(key) = managed.or_else(|| managed_by_tags(&group.tags)) {
        return vec![key];
    }
    let of_cluster = |cluster| Key { cluster, kind: NodeKind::SelfManaged, name: &group.name };
    clusters_of(&group.tags).into_iter().map(of_cluster).collect()
}

fn keys_of_instance<'a>(instance: &'a Instance, owners: &HashMap<&'a str, Vec<Key<'a>>>) -> Vec<Key<'a>> {
    let tags = &instance.tags;
    let tag = |key: &str| tags.get(key).map(String::as_str);
    if let Some(key) = managed_by_tags(tags) {
        return vec![key];
    }
    let by_eks = tag("eks:kubernetes-node-pool-name").or(tag("eks:kubernetes-node-class-name"));
    if let (Some(_), Some(cluster)) = (by_eks, tag("eks:eks-cluster-name")) {
        return vec![Key { cluster, kind: NodeKind::AutoMode, name: cluster }];
    }
    let group = tag("aws:autoscaling:groupName");
    if let Some(keys) = group.and_then(|group| owners.get(group)).filter(|keys| !keys.is_empty()) {
        return keys.clone();
    }
    // Before Karpenter 0.33 the pool was called provisioner.
    let pool = tag("karpenter.sh/nodepool").or(tag("karpenter.sh/provisioner-name"));
    let (kind, name) = match (pool, group) {
        (Some(pool), _) => (NodeKind::Karpenter, pool),
        (None, Some(group)) => (NodeKind::SelfManaged, group),
        (None, None) => (NodeKind::SelfManaged, instance.id.as_str()),
    };
    clusters_of(tags).into_iter().map(|cluster| Key { cluster, kind, name }).collect()
}

/// The managed node group that EKS's tags name.
fn managed_by_tags(tags: &BTreeMap<String, String>) -> Option<Key<'_>> {
    let (cluster, name) = (tags.get("eks:cluster-name")?, tags.get("eks:nodegroup-name")?);
    Some(Key { cluster, kind: NodeKind::Managed, name })
}

/// What a group launches from.
fn launchings<'a>(group: &'a AutoScalingGroup, compute: &'a Compute) -> Vec<Launching<'a>> {
    let templates = group.launch_templates.iter().map(|template| Launching {
        from: LaunchedFrom::Template(template),
        says: compute.launch_templates.get(&template.key()),
    });
    let configuration = group.launch_configuration.iter().map(|name| Launching {
        from: LaunchedFrom::Configuration(name),
        says: compute.launch_configurations.get(name),
    });
    templates.chain(configuration).collect()
}
