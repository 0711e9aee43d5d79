//! What rules are asked about: node roles with all that use them, and the facts around them.

mod concerned;
mod entries;
mod fleet;
mod gathering;
mod profiles;
mod resolved;
mod served;
mod shown;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::OnceLock;

pub(in crate::rules) use entries::role_key;
pub use fleet::{Fleet, Fleets, LaunchedFrom, Launching, Machines, Seen};
pub use gathering::{Found, UnreadNodes};
pub use profiles::{Held, Profiles, name_of as profile_name};
pub use served::{Served, served};
pub use shown::Shown;

use crate::audit::{ByCluster, Settings, Told};
use crate::finding::{Evidence, Finding, NodeGroupRef, NodeKind, Severity, Status};
use crate::ids::{AccountId, Partition, Region, RoleArn};
use crate::inventory::{Account, Cluster, Instance, Inventory, NodeGroup, Role, RoleRecord, UNLISTED};

use super::catalogue::RuleId;
use super::effective::Documents;
use super::requirements::{Cni, Requirements};
use super::verdict::Verdict;
use concerned::Concerned;

/// The rule of the organization's own requirements.
const NR307: RuleId = RuleId::new(307);

/// The rules about Amazon's VPC CNI.
const OF_THE_VPC_CNI: [RuleId; 3] = [RuleId::new(204), RuleId::new(205), RuleId::new(206)];

/// Everything a rule may look at.
#[derive(Debug)]
pub struct Facts<'a> {
    /// What was read.
    pub inventory: &'a Inventory,
    /// The managed policies of the inventory, each parsed once.
    pub documents: Documents,
    /// What it is judged by.
    pub settings: &'a Settings,
    /// The machines behind the nodes, and their instance profiles.
    pub fleets: Fleets<'a>,
    /// Which results are told; the others need no words.
    told: Told,
    /// What differs from them in chosen clusters.
    by_cluster: ByCluster,
    /// Which clusters name which roles, by account.
    concerned: BTreeMap<&'a AccountId, Concerned<'a>>,
}

impl<'a> Facts<'a> {
    /// The facts of an inventory, to be judged by these settings.
    pub fn new(inventory: &'a Inventory, settings: &'a Settings) -> Self {
        let concerned = inventory.accounts.iter().map(|account| (&account.id, Concerned::of(account))).collect();
        Self { documents: Documents::of(inventory), concerned, ..Self::of_nodes(inventory, settings) }
    }

    /// As [`Facts::new`] without the policies: enough to see which nodes there are ([`Found::of`]), not to judge them.
    pub(crate) fn of_nodes(inventory: &'a Inventory, settings: &'a Settings) -> Self {
        Self {
            inventory,
            documents: Documents::default(),
            settings,
            fleets: Fleets::of(inventory),
            told: Told::All,
            by_cluster: ByCluster::of(inventory, settings),
            concerned: BTreeMap::new(),
        }
    }

    /// The same facts for an audit that tells only some of its results.
    #[must_use]
    pub(crate) fn telling(self, told: Told) -> Self {
        Self { told, ..self }
    }

    /// Which results are told.
    pub(crate) fn told(&self) -> Told {
        self.told
    }

    /// The clusters of an account that name a role in an access entry or a Fargate profile, and those of which that is not
    /// known; in the account's order.
    pub(in crate::rules) fn clusters_naming(&self, account: &'a Account, role: &str) -> Vec<(&'a Region, &'a Cluster)> {
        match self.concerned.get(&account.id) {
            Some(concerned) => concerned.with(role),
            None => account.clusters().collect(),
        }
    }

    /// The roles of an account that may trust the issuer of one of its clusters: those whose trust policy has its id.
    pub(in crate::rules) fn roles_naming(&self, account: &'a Account, issuer: &str) -> Vec<&'a Role> {
        match self.concerned.get(&account.id).and_then(|concerned| concerned.trusting(issuer)) {
            Some(roles) => roles.to_vec(),
            None => account.found_roles().collect(),
        }
    }

    /// What the nodes of a cluster need. The cluster is one of the inventory, not a copy.
    pub fn requirements(&self, _account: &Account, cluster: &Cluster) -> &Requirements {
        self.by_cluster.get(cluster).map_or(&self.settings.requirements, |resolved| &resolved.requirements)
    }

    /// Why a rule has nothing to judge in a cluster, where the configuration says so, whatever stands there. Clusters that
    /// could not be listed may be any that `[[clusters]]` names.
    pub(crate) fn left_out(&self, rule: RuleId, account: &Account, region: &Region, cluster: &str) -> Option<String> {
        let known = account.clusters().find(|(place, known)| *place == region && known.name == cluster);
        let known = known.filter(|_| cluster != UNLISTED).map(|(_, known)| self.requirements(account, known));
        let requirements = match known {
            Some(requirements) => requirements,
            None if self.settings.clusters.is_empty() => &self.settings.requirements,
            None => return None,
        };
        if rule == NR307 && requirements.own.is_empty() {
            Some("the configuration asks nothing of the node roles of these clusters".to_owned())
        } else if OF_THE_VPC_CNI.contains(&rule) && requirements.cni == Cni::Other {
            Some(format!("the configuration says that cluster `{cluster}` runs another CNI than Amazon's"))
        } else {
            None
        }
    }

    /// The severity of a finding: what fails has the one that the configuration gives its rule, in the cluster where it is
    /// the worst.
    pub(crate) fn severity(&self, account: &Account, finding: &Finding) -> Severity {
        if finding.status != Status::Fail {
            return finding.severity;
        }
        let of = |severities: &BTreeMap<RuleId, Severity>| severities.get(&finding.rule).copied();
        let everywhere = of(&self.settings.severities).unwrap_or(finding.severity);
        if self.settings.clusters.is_empty() {
            return everywhere;
        }
        let concerned = account.clusters().filter(|(region, cluster)| {
            finding.node_groups.iter().any(|group| group.region == **region && group.cluster == cluster.name)
        });
        let by_cluster = concerned.map(|(_, cluster)| {
            self.by_cluster.get(cluster).map_or(everywhere, |found| of(&found.severities).unwrap_or(finding.severity))
        });
        by_cluster.max().unwrap_or(everywhere)
    }
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
    parsed: Option<RoleArn>,
    /// The regions in which it makes a difference what the role may do, once somebody has asked.
    pub(in crate::rules) regions: OnceLock<Vec<Region>>,
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
    /// The node group's name: see [`NodeGroupRef::name`].
    pub name: &'a str,
    /// What was read of a managed node group; none for other kinds.
    pub group: Option<&'a NodeGroup>,
    /// What shows that they are nodes of the cluster.
    pub shown_by: Shown,
    /// What EC2 and Auto Scaling tell of them; none where they tell nothing, or were not asked.
    pub machines: Option<&'a Machines<'a>>,
    /// Whether they run Windows; none where that is not known.
    pub windows: Option<bool>,
    /// The role's name where the nodes of the set have several roles, or other roles that are not known.
    pub beside: Option<&'a str>,
}

/// The roles of an account as a whole, for the rules about roles that no node group uses.
#[derive(Debug)]
pub struct AccountRoles<'a> {
    /// What surrounds them.
    pub facts: &'a Facts<'a>,
    /// The account.
    pub account: &'a Account,
    /// Its node roles.
    pub found: &'a Found<'a>,
}

impl<'a> NodeRole<'a> {
    /// A role that nodes of an account use.
    fn new(facts: &'a Facts<'a>, account: &'a Account, arn: &'a str, nodes: Vec<Nodes<'a>>) -> Self {
        Self { facts, account, arn, nodes, parsed: arn.parse().ok(), regions: OnceLock::new() }
    }

    /// The ARN, parsed; none where it is not the ARN of a role.
    pub fn parsed(&self) -> Option<&RoleArn> {
        self.parsed.as_ref()
    }

    /// The operation by which roles were read in the account: all at once, or one by one.
    pub fn read_by(&self) -> &'static str {
        if self.account.role_list.gap().is_none() { "iam:GetAccountAuthorizationDetails" } else { "iam:GetRole" }
    }

    /// Whether `arn` names this role, be the path what it may: names are unique in an account without regard to paths.
    pub fn is_named_by(&self, arn: &str) -> bool {
        // Every role is compared with those of every cluster: what can differ at first sight comes first. Names end ARNs.
        if self.arn.as_bytes().last() != arn.as_bytes().last() || role_key(self.arn) != role_key(arn) {
            return false;
        }
        match (self.parsed(), arn.parse::<RoleArn>()) {
            (Some(own), Ok(other)) => own.same_role(&other),
            (Some(_) | None, _) => self.arn == arn,
        }
    }

    /// What is known of the role. None: it belongs to another account, or nobody asked for it.
    pub fn record(&self) -> Option<&'a RoleRecord> {
        let arn = self.parsed()?;
        if *arn.account() == self.account.id { self.account.role(arn.name()) } else { None }
    }

    /// How messages name it: a role of the account by its name, another by its whole ARN.
    pub fn name(&self) -> &'a str {
        match self.parsed() {
            Some(arn) if *arn.account() == self.account.id => self.arn.rsplit('/').next().unwrap_or(self.arn),
            Some(_) | None => self.arn,
        }
    }

    /// The role, or what a rule that needs it answers where there is none to judge.
    ///
    /// `needs` says what the rule would read: "who may assume it". A role that does not exist is NR001's to tell, so
    /// that the rule does not apply; what could not be read leaves it `unknown`.
    pub fn required(&self, severity: Severity, needs: &str) -> Result<&'a Role, Verdict> {
        let silent = |status, message: String| Verdict::new(status, severity, message);
        let Some(arn) = self.parsed() else {
            let message = format!("`{}` is not the ARN of a role (NR001), so that there is no role to judge", self.arn);
            return Err(silent(Status::NotApplicable, message));
        };
        if *arn.account() != self.account.id {
            let message = format!("{arn} belongs to account {} (NR001): {needs} was not read", arn.account());
            return Err(silent(Status::Unknown, message.clone()).with([Evidence::fact(message)]));
        }
        match self.record() {
            Some(RoleRecord::Found(role)) => Ok(role),
            Some(RoleRecord::NoSuchRole) => Err(silent(
                Status::NotApplicable,
                format!("the role `{}` does not exist (NR001), so that there is nothing to judge", arn.name()),
            )),
            Some(RoleRecord::Missing(gap)) => {
                Err(Verdict::unread(severity, gap, &format!("role `{}`: {needs}", arn.name())))
            }
            None => {
                let message = format!("role `{}`: {needs} was not asked for", arn.name());
                Err(silent(Status::Unknown, message.clone()).with([Evidence::from_api(self.read_by(), message)]))
            }
        }
    }

    /// The role as IAM returned it.
    pub fn role(&self) -> Option<&'a Role> {
        match self.record()? {
            RoleRecord::Found(role) => Some(role),
            RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
        }
    }
}

impl<'a> Nodes<'a> {
    /// Its live instances, as far as they are known.
    pub fn instances(&self) -> &'a [&'a Instance] {
        self.machines.map(|machines| machines.instances.as_slice()).unwrap_or_default()
    }

    /// Whether EKS could not create the node group, and EC2 and Auto Scaling, read to their ends in `fleet`, show nothing of
    /// it: there are no nodes and nothing that could launch any. Such a group is deleted and created anew.
    pub fn never_came_about(&self, fleet: Option<&Fleet<'_>>) -> bool {
        let nothing =
            self.machines.is_none_or(|machines| machines.instances.is_empty() && machines.launches.is_empty());
        nothing
            && self.group.is_some_and(|group| group.status == "CREATE_FAILED")
            && fleet.is_some_and(|fleet| fleet.seen == Seen::Whole)
    }

    /// Whether the nodes come and go through EC2 instances that the account's owner has launched: all but those of Auto
    /// Mode and those outside AWS.
    pub fn is_own_ec2(&self) -> bool {
        match self.kind {
            NodeKind::Managed | NodeKind::SelfManaged | NodeKind::Karpenter => true,
            NodeKind::AutoMode | NodeKind::Hybrid | NodeKind::Hyperpod => false,
        }
    }

    /// How messages name it.
    pub fn described(&self) -> String {
        match self.kind {
            NodeKind::Managed => {
                format!("node group `{}` of cluster `{}` in {}", self.name, self.cluster.name, self.region)
            }
            NodeKind::SelfManaged => {
                format!("self-managed nodes `{}` of cluster `{}` in {}", self.name, self.cluster.name, self.region)
            }
            NodeKind::Karpenter => {
                format!("Karpenter node pool `{}` of cluster `{}` in {}", self.name, self.cluster.name, self.region)
            }
            NodeKind::AutoMode => format!("Auto Mode of cluster `{}` in {}", self.cluster.name, self.region),
            NodeKind::Hybrid => {
                format!("hybrid nodes with role `{}` of cluster `{}` in {}", self.name, self.cluster.name, self.region)
            }
            NodeKind::Hyperpod => {
                format!(
                    "HyperPod nodes with role `{}` of cluster `{}` in {}",
                    self.name, self.cluster.name, self.region
                )
            }
        }
    }

    /// The place of the node group: its ARN without the unique id at the end, which goes with each new creation.
    pub fn place(&self, partition: Partition, account: &AccountId) -> String {
        Place {
            kind: self.kind,
            region: self.region,
            cluster: &self.cluster.name,
            name: self.name,
            beside: self.beside,
        }
        .within(partition, account)
    }

    /// The region and the name of the cluster.
    pub fn site(&self) -> (&'a Region, &'a str) {
        (self.region, &self.cluster.name)
    }

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

/// Where nodes are: what stays the same over runs, whatever could be read of them.
struct Place<'a> {
    kind: NodeKind,
    region: &'a Region,
    cluster: &'a str,
    name: &'a str,
    beside: Option<&'a str>,
}

impl Place<'_> {
    fn within(&self, partition: Partition, account: &AccountId) -> String {
        let Self { kind, region, cluster, name, beside } = self;
        let rest = match kind {
            NodeKind::Managed => format!("nodegroup/{cluster}/{name}"),
            NodeKind::SelfManaged => format!("cluster/{cluster}/self-managed/{name}"),
            NodeKind::Karpenter => format!("cluster/{cluster}/karpenter/{name}"),
            NodeKind::AutoMode => format!("cluster/{cluster}/auto-mode"),
            NodeKind::Hybrid => format!("cluster/{cluster}/hybrid/{name}"),
            NodeKind::Hyperpod => format!("cluster/{cluster}/hyperpod/{name}"),
        };
        let beside = beside.map(|role| format!("/{role}")).unwrap_or_default();
        format!("arn:{partition}:eks:{region}:{account}:{rest}{beside}")
    }
}
