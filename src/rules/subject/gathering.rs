//! Which node roles an account has: from node groups, Auto Mode, EC2, instance profiles and access entries.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::failure::FailureClass;
use crate::finding::{NodeGroupRef, NodeKind};
use crate::ids::{AccountId, Partition, Region, RoleArn};
use crate::inventory::{Account, AuthenticationMode, Cluster, InstanceProfile, RegionFacts, Target, UNLISTED};
use crate::known::{Gap, Known};

use super::entries::{self, role_key};
use super::fleet::{Fleet, Machines, Seen};
use super::profiles::{Profiles, name_of, of_karpenter};
use super::resolved::{Resolved, not_asked};
use super::{Facts, NodeRole, Nodes, Place, Shown};

/// The node roles of an account, and the nodes whose role could not be read or that have none.
#[derive(Debug)]
pub struct Found<'a> {
    /// The node roles, in order of their ARNs.
    pub roles: Vec<NodeRole<'a>>,
    /// Nodes that have no role: no instance profile, or one that is gone or empty (NR004).
    pub roleless: Vec<Nodes<'a>>,
    /// The nodes whose role is not known.
    pub unread: Vec<UnreadNodes<'a>>,
}

/// Nodes whose role is not known: a managed node group that could not be described, machines whose instance profile could
/// not be read. [`UNLISTED`] stands for those that could not be listed.
#[derive(Debug, Clone)]
pub struct UnreadNodes<'a> {
    /// What kind of nodes; of those that could not be listed the first kind that may be among them.
    pub kind: NodeKind,
    /// The region.
    pub region: &'a Region,
    /// The cluster's name.
    pub cluster: &'a str,
    /// The node group's name.
    pub name: &'a str,
    /// What is not known.
    pub gap: Cow<'a, Gap>,
    /// Whether the roles of others of the same nodes are known.
    pub rest: bool,
}

impl<'a> Found<'a> {
    /// Gathers what was read of the account, less what a targeted audit does not touch.
    ///
    /// Managed node groups that are being deleted are left out, and so are those that were deleted while the run read them.
    /// Where EC2 was not asked (an inventory of an older version, or on purpose) self-managed and Karpenter nodes are not
    /// missed here: the rules that need to know of them say so themselves ([`Facts::unseen_machines`]).
    pub fn of(facts: &'a Facts<'a>, account: &'a Account) -> Self {
        let mut gathering = Gathering {
            facts,
            account,
            of_karpenter: of_karpenter(account),
            by_arn: BTreeMap::new(),
            roleless: Vec::new(),
            unread: Vec::new(),
        };
        for region in &account.regions {
            gathering.region(region);
        }
        gathering.finish()
    }
}

/// What has been gathered of an account so far.
struct Gathering<'a> {
    facts: &'a Facts<'a>,
    account: &'a Account,
    /// The instance profiles that Karpenter made, with the ARN of the role that each holds.
    of_karpenter: Vec<(&'a str, &'a InstanceProfile)>,
    by_arn: BTreeMap<&'a str, Vec<Nodes<'a>>>,
    roleless: Vec<Nodes<'a>>,
    unread: Vec<UnreadNodes<'a>>,
}

/// The cluster whose nodes are gathered.
#[derive(Clone, Copy)]
struct Site<'a> {
    region: &'a Region,
    cluster: &'a Cluster,
    fleet: Option<&'a Fleet<'a>>,
}

impl<'a> Site<'a> {
    /// Nodes of which nothing is known yet but that they are there.
    fn nodes(&self, kind: NodeKind, name: &'a str, shown_by: Shown) -> Nodes<'a> {
        let Self { region, cluster, fleet } = *self;
        let machines = fleet.and_then(|fleet| fleet.machines(&cluster.name, kind, name));
        let windows = machines.and_then(runs_windows);
        Nodes { kind, region, cluster, name, group: None, shown_by, machines, windows, beside: None }
    }

    fn unread(&self, kind: NodeKind, name: &'a str, gap: Cow<'a, Gap>) -> UnreadNodes<'a> {
        UnreadNodes { kind, region: self.region, cluster: &self.cluster.name, name, gap, rest: false }
    }
}

impl<'a> Gathering<'a> {
    fn region(&mut self, region: &'a RegionFacts) {
        let fleet = self.facts.fleets.region(&self.account.id, &region.name);
        for cluster in region.clusters.value().into_iter().flatten() {
            self.cluster(Site { region: &region.name, cluster, fleet });
        }
        let rest = |cluster: &&Cluster| cluster.name == UNLISTED;
        let not_listed = match &region.clusters {
            Known::Missing(gap) => Some(gap),
            Known::Value(clusters) => clusters.iter().find(rest).and_then(|cluster| cluster.detail.gap()),
        };
        let Some(gap) = not_listed.filter(|gap| hides(gap)) else { return };
        // Nodes of a cluster that is not in the list may be ours, where the list is not whole; else they are not.
        let listed: BTreeSet<&str> = region.clusters.value().into_iter().flatten().map(|c| c.name.as_str()).collect();
        let others = fleet.into_iter().flat_map(Fleet::clusters).filter(|cluster| !listed.contains(cluster));
        self.unread.extend(others.map(|cluster| UnreadNodes {
            kind: NodeKind::Managed,
            region: &region.name,
            cluster,
            name: UNLISTED,
            gap: Cow::Borrowed(gap),
            rest: false,
        }));
    }

    fn cluster(&mut self, site: Site<'a>) {
        let mut used = BTreeSet::new();
        let all_known = self.managed(site, &mut used);
        self.auto_mode(site, &mut used);
        self.machines(site, &mut used);
        self.karpenter_profiles(site, &mut used);
        self.access_entries(site, &used, all_known);
    }

    /// Managed node groups; says whether the role of each is known.
    fn managed(&mut self, site: Site<'a>, used: &mut BTreeSet<(&'a str, &'a str)>) -> bool {
        let before = self.unread.len();
        // A list that is missing whole hides node groups as one that broke off does.
        if let Some(gap) = site.cluster.node_groups.gap().filter(|gap| hides(gap)) {
            self.unread.push(site.unread(NodeKind::Managed, UNLISTED, Cow::Borrowed(gap)));
        }
        for (name, group) in site.cluster.node_groups.value().into_iter().flatten() {
            match group {
                Known::Value(group) => {
                    used.insert(role_key(&group.node_role));
                    if group.status != "DELETING" {
                        let nodes = site.nodes(NodeKind::Managed, name, Shown::NodeGroup);
                        let windows = match group.ami_type.as_str() {
                            "CUSTOM" | "" => nodes.windows,
                            ami_type => Some(ami_type.starts_with("WINDOWS")),
                        };
                        self.add(&group.node_role, Nodes { group: Some(group), windows, ..nodes });
                    }
                }
                Known::Missing(gap) if hides(gap) => {
                    self.unread.push(site.unread(NodeKind::Managed, name, Cow::Borrowed(gap)));
                }
                Known::Missing(_) => {}
            }
        }
        self.unread.len() == before
    }

    /// The role of Auto Mode's built-in node pools.
    fn auto_mode(&mut self, site: Site<'a>, used: &mut BTreeSet<(&'a str, &'a str)>) {
        if let Some(arn) = site.cluster.auto_mode_role() {
            used.insert(role_key(arn));
            let nodes = site.nodes(NodeKind::AutoMode, &site.cluster.name, Shown::Cluster);
            self.add(arn, Nodes { windows: Some(false), ..nodes });
        }
    }

    /// The nodes that EC2 tells of and no node group.
    fn machines(&mut self, site: Site<'a>, used: &mut BTreeSet<(&'a str, &'a str)>) {
        let (Some(fleet), Some(profiles)) = (site.fleet, self.facts.fleets.profiles(&self.account.id)) else {
            return;
        };
        if let Seen::Failed(gap) = fleet.seen
            && site.cluster.name != UNLISTED
            && hides(gap)
        {
            self.unread.push(site.unread(NodeKind::SelfManaged, UNLISTED, Cow::Borrowed(gap)));
        }
        for (kind, name, machines) in fleet.of_cluster(&site.cluster.name) {
            match kind {
                NodeKind::SelfManaged | NodeKind::Karpenter => self.set(site, kind, name, machines, profiles, used),
                NodeKind::AutoMode => self.node_classes(site, machines, profiles, used),
                // Node groups name their role; the others have no instances of EC2.
                NodeKind::Managed | NodeKind::Hybrid | NodeKind::Hyperpod => {}
            }
        }
    }

    /// Self-managed nodes or a node pool of Karpenter.
    fn set(
        &mut self,
        site: Site<'a>,
        kind: NodeKind,
        name: &'a str,
        machines: &'a Machines<'a>,
        profiles: &Profiles<'a>,
        used: &mut BTreeSet<(&'a str, &'a str)>,
    ) {
        let shown_by = if machines.instances.is_empty() { Shown::AutoScalingGroup } else { Shown::Instances };
        let nodes = site.nodes(kind, name, shown_by);
        let Resolved { roles, roleless, unread } = Resolved::of(machines, profiles);
        let several = roles.len() + usize::from(unread.is_some()) > 1;
        for arn in &roles {
            used.insert(role_key(arn));
            self.add(arn, Nodes { beside: several.then(|| role_key(arn).1), ..nodes });
        }
        if roleless && roles.is_empty() {
            self.roleless.push(nodes);
        }
        let rest = roleless || !roles.is_empty();
        self.unread.extend(unread.map(|gap| UnreadNodes { rest, ..site.unread(kind, name, gap) }));
    }

    /// The roles of Auto Mode's nodes beside that of the built-in pools: those of node classes.
    fn node_classes(
        &mut self,
        site: Site<'a>,
        machines: &'a Machines<'a>,
        profiles: &Profiles<'a>,
        used: &mut BTreeSet<(&'a str, &'a str)>,
    ) {
        let cluster = &site.cluster.name;
        let built_in = site.cluster.auto_mode_role().map(role_key);
        let Resolved { roles, unread, .. } = Resolved::of(machines, profiles);
        for arn in roles.into_iter().filter(|arn| Some(role_key(arn)) != built_in) {
            used.insert(role_key(arn));
            let nodes = site.nodes(NodeKind::AutoMode, cluster, Shown::Instances);
            self.add(arn, Nodes { windows: Some(false), beside: Some(role_key(arn).1), ..nodes });
        }
        self.unread
            .extend(unread.map(|gap| UnreadNodes { rest: true, ..site.unread(NodeKind::AutoMode, cluster, gap) }));
    }

    /// Karpenter's node classes without a running node: their profiles tell the cluster.
    fn karpenter_profiles(&mut self, site: Site<'a>, used: &mut BTreeSet<(&'a str, &'a str)>) {
        let mine = self
            .of_karpenter
            .iter()
            .filter(|(arn, profile)| self.is_made_for(site, profile) && used.insert(role_key(arn)));
        for (arn, profile) in mine.copied().collect::<Vec<_>>() {
            self.add(arn, site.nodes(NodeKind::Karpenter, name_of(&profile.arn), Shown::InstanceProfile));
        }
    }

    /// Whether Karpenter made the profile for nodes of the cluster. Before 1.7 the profile does not tell the region: then
    /// only if one cluster has the name, and the ConfigMap can let its nodes in. Where access entries alone do, they tell.
    fn is_made_for(&self, site: Site<'a>, profile: &InstanceProfile) -> bool {
        let name = site.cluster.name.as_str();
        match profile.made_by_karpenter_for() {
            Some((Some(region), cluster)) => region == site.region.as_str() && cluster == name,
            Some((None, cluster)) if cluster == name => {
                let mode = site.cluster.detail.value().map(|detail| detail.authentication_mode);
                mode.is_some_and(|mode| mode != AuthenticationMode::Api)
                    && self.account.clusters().filter(|(_, other)| other.name == name).count() == 1
            }
            Some((None, _)) | None => false,
        }
    }

    /// What only access entries tell of.
    fn access_entries(&mut self, site: Site<'a>, used: &BTreeSet<(&'a str, &'a str)>, all_managed_known: bool) {
        if let Some(gap) = site.cluster.access_entries.gap().filter(|gap| hides(gap))
            && site.cluster.name != UNLISTED
        {
            self.unread.push(site.unread(NodeKind::Hybrid, UNLISTED, Cow::Borrowed(gap)));
        }
        let auto_mode = site.cluster.detail.value().and_then(|detail| detail.compute_config.as_ref());
        let (of_nodes, unread) = entries::of_nodes(site.cluster, used);
        for entry in of_nodes {
            let name = match entry.kind {
                // A left-over of Auto Mode that is off: its nodes are gone.
                NodeKind::AutoMode if auto_mode.is_some_and(|config| !config.enabled) => continue,
                NodeKind::AutoMode => site.cluster.name.as_str(),
                // It may be the role of a node group that could not be read.
                NodeKind::SelfManaged if !all_managed_known => continue,
                NodeKind::SelfManaged
                | NodeKind::Managed
                | NodeKind::Karpenter
                | NodeKind::Hybrid
                | NodeKind::Hyperpod => role_key(entry.arn).1,
            };
            // An Auto Scaling group may bear the name of this role.
            let apart = matches!(entry.kind, NodeKind::AutoMode | NodeKind::SelfManaged);
            let beside = apart.then(|| role_key(entry.arn).1);
            let nodes = site.nodes(entry.kind, name, Shown::AccessEntry);
            // Machines under such a name are those of other roles.
            self.add(entry.arn, Nodes { windows: entry.windows, beside, machines: None, ..nodes });
        }
        let unread = unread.into_iter().filter(|(_, gap)| hides(gap));
        self.unread.extend(unread.map(|(name, gap)| UnreadNodes {
            rest: true,
            ..site.unread(NodeKind::SelfManaged, name, Cow::Borrowed(gap))
        }));
    }

    fn add(&mut self, arn: &'a str, nodes: Nodes<'a>) {
        self.by_arn.entry(arn).or_default().push(nodes);
    }

    /// Puts it in order and leaves out what the target does not touch.
    fn finish(self) -> Found<'a> {
        let Self { facts, account, by_arn, mut roleless, mut unread, .. } = self;
        let target = facts.inventory.target.as_ref();
        let roles = by_arn
            .into_iter()
            .map(|(arn, nodes)| NodeRole::new(facts, account, arn, ordered(nodes)))
            .filter(|role| target.is_none_or(|target| touches(target, role)))
            .collect();
        // Nodes whose role is not known may use any role that the target names.
        let may_touch = |cluster: &String| {
            target.is_none_or(|target| !target.roles.is_empty() || target.clusters.contains(cluster))
        };
        unread.retain(|nodes| may_touch(&nodes.cluster.to_owned()));
        roleless.retain(|nodes| target.is_none_or(|target| target.clusters.contains(&nodes.cluster.name)));
        Found { roles, roleless, unread }
    }
}

impl<'a> Facts<'a> {
    /// Why self-managed and Karpenter nodes of a region may not have been seen, if so: EC2 was not asked, or a call failed.
    pub fn unseen_machines(&self, account: &AccountId, region: &Region) -> Option<Cow<'a, Gap>> {
        match self.fleets.region(account, region)?.seen {
            Seen::Whole => None,
            Seen::NotAsked => Some(Cow::Owned(not_asked("ec2:DescribeInstances", region.as_str()))),
            Seen::Failed(gap) => Some(Cow::Borrowed(gap)),
        }
    }

    /// Why it is not known which roles some self-managed and Karpenter nodes of a cluster have that were seen.
    pub fn unread_machines(&self, account: &AccountId, region: &Region, cluster: &str) -> Option<Cow<'a, Gap>> {
        let profiles = self.fleets.profiles(account)?;
        let sets = self.fleets.region(account, region)?.of_cluster(cluster);
        let mut own = sets.filter(|(kind, ..)| matches!(kind, NodeKind::SelfManaged | NodeKind::Karpenter));
        own.find_map(|(_, _, machines)| Resolved::of(machines, profiles).unread)
    }
}

impl<'a> Facts<'a> {
    /// The ARNs of the roles of machines that are tagged for clusters that EKS does not list, as far as they are known.
    pub fn roles_of_left_overs(&self, account: &'a Account) -> BTreeSet<&'a str> {
        let mut roles = BTreeSet::new();
        let Some(profiles) = self.fleets.profiles(&account.id) else { return roles };
        for region in &account.regions {
            let Some(fleet) = self.fleets.region(&account.id, &region.name) else { continue };
            let sets = region.left_overs().into_keys().flat_map(|cluster| fleet.of_cluster(cluster));
            sets.for_each(|(_, _, machines)| roles.extend(Resolved::of(machines, profiles).roles));
        }
        roles
    }
}

impl UnreadNodes<'_> {
    /// How reports name it.
    pub fn reference(&self) -> NodeGroupRef {
        NodeGroupRef {
            kind: self.kind,
            cluster: self.cluster.to_owned(),
            region: self.region.clone(),
            name: self.name.to_owned(),
        }
    }

    /// The place of the node group, as in [`Nodes::place`].
    pub fn place(&self, partition: Partition, account: &AccountId) -> String {
        let beside = self.rest.then_some(UNLISTED);
        Place { kind: self.kind, region: self.region, cluster: self.cluster, name: self.name, beside }
            .within(partition, account)
    }
}

/// Whether machines run Windows; none where there are none.
fn runs_windows(machines: &Machines<'_>) -> Option<bool> {
    if machines.instances.is_empty() { None } else { Some(machines.instances.iter().any(|one| one.windows)) }
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
        (Ok(wanted), Some(arn)) => wanted.same_role(arn),
        (Ok(_) | Err(_), _) => wanted == role.arn,
    });
    named || role.nodes.iter().any(|nodes| target.clusters.contains(&nodes.cluster.name))
}
