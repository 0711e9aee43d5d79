//! What each node needs: requirement sets as data, with the AWS page that each rests on.
//!
//! Which action, required or recommended under which circumstances, on which resources, and what happens without it. The
//! rules know no action of their own: another [`Requirements`] value is another set of requirements.

mod changes;
mod circumstances;
mod cni;
mod own;
mod registries;
mod sets;

pub use changes::{Changes, NeedChange};
pub use circumstances::{Circumstances, Needed};
pub use cni::{Cni, CniSettings, CniVersion, Setting, Switch};
pub use own::{ActionOn, Own, OwnError, PolicyPattern};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::NodeKind;

/// The requirement sets that the rules judge by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirements {
    /// The sets by name.
    pub sets: BTreeMap<SetName, Vec<Need>>,
    /// The account whose registry holds the images of EKS add-ons, by region (EKS user guide, add-ons-images).
    pub addon_registries: BTreeMap<String, String>,
    /// Repositories of that registry from which the nodes of every cluster pull.
    pub addon_repositories: Vec<String>,
    /// Repositories of that registry from which nodes pull where the VPC CNI runs on them.
    pub cni_repositories: Vec<String>,
    /// The actions that write network interfaces: surplus on a node role once aws-node has a role of its own.
    pub interface_writing: Vec<String>,
    /// Whether images come through a pull-through cache, which the node role must then be able to fill.
    pub pull_through_cache: bool,
    /// Which CNI the clusters run.
    pub cni: Cni,
    /// What the organization itself asks of node roles.
    pub own: Own,
}

impl Default for Requirements {
    /// What AWS's pages ask for.
    fn default() -> Self {
        Self {
            sets: sets::of_aws(),
            addon_registries: registries::of_aws(),
            addon_repositories: owned(&["eks/kube-proxy", "eks/coredns"]),
            cni_repositories: owned(&["amazon-k8s-cni", "amazon-k8s-cni-init"]),
            interface_writing: owned(&[
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:AttachNetworkInterface",
                "ec2:DetachNetworkInterface",
                "ec2:ModifyNetworkInterfaceAttribute",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses",
                "ec2:AssignIpv6Addresses",
                "ec2:UnassignIpv6Addresses",
            ]),
            pull_through_cache: false,
            cni: Cni::default(),
            own: Own::default(),
        }
    }
}

impl Requirements {
    /// The needs of a set; none where the set was left out.
    pub fn set(&self, name: SetName) -> &[Need] {
        self.sets.get(&name).map_or(&[], Vec::as_slice)
    }
}

/// The names of the sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetName {
    /// What the kubelet and the bootstrap of the node call.
    Worker,
    /// What a pull from ECR takes.
    EcrPull,
    /// What the Pod Identity agent calls.
    PodIdentity,
    /// What the VPC CNI calls in an IPv4 cluster.
    CniIpv4,
    /// What the VPC CNI calls in an IPv6 cluster.
    CniIpv6,
    /// What the nodes of Auto Mode call.
    AutoMode,
    /// What nodeadm calls on machines outside AWS.
    Hybrid,
}

impl SetName {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::EcrPull => "ecr-pull",
            Self::PodIdentity => "pod-identity",
            Self::CniIpv4 => "cni-ipv4",
            Self::CniIpv6 => "cni-ipv6",
            Self::AutoMode => "auto-mode",
            Self::Hybrid => "hybrid",
        }
    }
}

/// One action that nodes need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The action: `ec2:DescribeInstances`.
    pub action: String,
    /// The resources; it must be granted on all of them.
    pub on: Vec<On>,
    /// How much it is needed: the first clause whose circumstances hold; none of them: not at all.
    pub clauses: Vec<Clause>,
    /// What happens on the nodes without it.
    pub symptom: String,
    /// The page or source that says so.
    pub source: String,
}

/// How much an action is needed under some circumstances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// The circumstances.
    pub when: When,
    /// How much it is needed under them.
    pub force: Force,
}

/// How much an action is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// Nodes or pods fail without it.
    Required,
    /// AWS recommends it.
    Recommended,
    /// It is not called.
    NotNeeded,
}

/// Circumstances under which an action is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Under any.
    Always,
    /// The node group's AMI type begins with one of these.
    AmiType(Vec<String>),
    /// The nodes are of one of these kinds.
    Nodes(Vec<NodeKind>),
    /// The nodes' Kubernetes is older than this minor version of 1.
    KubernetesBefore(u16),
    /// The add-on vpc-cni is at least of the first version and older than the second.
    Cni {
        /// From this version on.
        from: CniVersion,
        /// Until before this version; none: for good.
        before: Option<CniVersion>,
    },
    /// A setting of the VPC CNI has this value.
    Setting(Setting, bool),
    /// Images come through a pull-through cache ([`Requirements::pull_through_cache`]).
    PullThroughCache,
    /// All of these hold.
    All(Vec<When>),
}

/// The resources on which an action is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// `*`: the action takes no resource.
    Anything,
    /// The cluster.
    Cluster,
    /// The repositories of the EKS add-ons in the region.
    AddonRepositories,
    /// The repositories of the account in the region.
    OwnRepositories,
    /// The network interfaces of the account in the region.
    NetworkInterfaces,
    /// Its subnets.
    Subnets,
    /// Its security groups.
    SecurityGroups,
    /// Its instances.
    Instances,
}

/// Owned copies of some names.
fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests;
