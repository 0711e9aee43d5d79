//! What rules are asked about: node roles with all that use them, and the facts around them.

mod gathering;

use std::collections::BTreeMap;

pub use gathering::{Found, UnreadNodes};

use crate::audit::{ByCluster, Settings};
use crate::finding::{Evidence, Finding, NodeGroupRef, NodeKind, Severity, Status};
use crate::ids::{AccountId, Partition, Region, RoleArn};
use crate::inventory::{Account, Cluster, Inventory, NodeGroup, Role, RoleRecord, UNLISTED};

use super::catalogue::RuleId;
use super::effective::Documents;
use super::requirements::{Cni, Requirements};
use super::verdict::Verdict;

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
    /// What differs from them in chosen clusters.
    by_cluster: ByCluster,
}

impl<'a> Facts<'a> {
    /// The facts of an inventory, to be judged by these settings.
    pub fn new(inventory: &'a Inventory, settings: &'a Settings) -> Self {
        Self {
            inventory,
            documents: Documents::of(inventory),
            settings,
            by_cluster: ByCluster::of(inventory, settings),
        }
    }

    /// What the nodes of a cluster need. The cluster is one of the inventory, not a copy.
    pub fn requirements(&self, _account: &Account, cluster: &Cluster) -> &Requirements {
        self.by_cluster.get(cluster).map_or(&self.settings.requirements, |resolved| &resolved.requirements)
    }

    /// Why a rule has nothing to judge in a cluster, where the configuration says so, whatever stands there.
    pub(crate) fn left_out(&self, rule: RuleId, account: &Account, cluster: &Cluster) -> Option<String> {
        let requirements = self.requirements(account, cluster);
        // Clusters that could not be listed may be any that [[clusters]] names.
        let nameless = cluster.name == UNLISTED && !self.settings.clusters.is_empty();
        if nameless {
            None
        } else if rule == NR307 && requirements.own.is_empty() {
            Some("the configuration asks nothing of the node roles of these clusters".to_owned())
        } else if OF_THE_VPC_CNI.contains(&rule) && requirements.cni == Cni::Other {
            Some(format!("the configuration says that cluster `{}` runs another CNI than Amazon's", cluster.name))
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

/// The roles of an account as a whole, for the rules about roles that no node group uses.
#[derive(Debug)]
pub struct AccountRoles<'a> {
    /// What surrounds them.
    pub facts: &'a Facts<'a>,
    /// The account.
    pub account: &'a Account,
}

impl<'a> NodeRole<'a> {
    /// The ARN, parsed; none where it is not the ARN of a role.
    pub fn parsed(&self) -> Option<RoleArn> {
        self.arn.parse().ok()
    }

    /// The operation by which roles were read in the account: all at once, or one by one.
    pub fn read_by(&self) -> &'static str {
        if self.account.role_list.gap().is_none() { "iam:GetAccountAuthorizationDetails" } else { "iam:GetRole" }
    }

    /// Whether `arn` names this role, be the path what it may: names are unique in an account without regard to paths.
    pub fn is_named_by(&self, arn: &str) -> bool {
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

impl Nodes<'_> {
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
                format!("hybrid nodes `{}` of cluster `{}` in {}", self.name, self.cluster.name, self.region)
            }
        }
    }

    /// The place of the node group: its ARN without the unique id at the end, which goes with each new creation.
    pub fn place(&self, partition: Partition, account: &AccountId) -> String {
        place(self.kind, partition, account, self.region, &self.cluster.name, self.name)
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

/// The place of nodes of a kind: what stays the same over runs, whatever could be read of them.
fn place(
    kind: NodeKind,
    partition: Partition,
    account: &AccountId,
    region: &Region,
    cluster: &str,
    name: &str,
) -> String {
    let rest = match kind {
        NodeKind::Managed => format!("nodegroup/{cluster}/{name}"),
        NodeKind::SelfManaged => format!("cluster/{cluster}/self-managed/{name}"),
        NodeKind::Karpenter => format!("cluster/{cluster}/karpenter/{name}"),
        NodeKind::AutoMode => format!("cluster/{cluster}/auto-mode"),
        NodeKind::Hybrid => format!("cluster/{cluster}/hybrid/{name}"),
    };
    format!("arn:{partition}:eks:{region}:{account}:{rest}")
}
