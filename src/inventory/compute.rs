//! The facts of EC2 in one region: the instances behind node groups, and those that no API of EKS tells of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::known::Known;

use super::{RegionFacts, UNLISTED};

/// What was read of EC2 and Auto Scaling in a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compute {
    /// Instances with a cluster's tag, those that EKS manages among them and terminated ones not, in order of their ids.
    pub instances: Known<Vec<Instance>>,
    /// Auto Scaling groups with a cluster's tag, those of managed node groups among them, in order of their names.
    pub auto_scaling_groups: Known<Vec<AutoScalingGroup>>,
    /// The launch template versions that these groups name, those of managed node groups with live instances not (the
    /// instances tell what they were launched with), by [`LaunchTemplate::key`](super::LaunchTemplate::key).
    pub launch_templates: BTreeMap<String, Known<Launch>>,
    /// The launch configurations that these groups name, by name.
    pub launch_configurations: BTreeMap<String, Known<Launch>>,
    /// The account's defaults for the instance metadata service (`ec2:GetInstanceMetadataDefaults`).
    pub metadata_defaults: Known<MetadataOptions>,
}

/// An EC2 instance that is a node, or is about to be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// `i-0abc...`.
    pub id: String,
    /// `pending`, `running`, `stopping`, `stopped`.
    pub state: String,
    /// When it was launched (UTC).
    pub launched_at: Option<Timestamp>,
    /// The instance profile that it was launched with.
    pub profile: Option<ProfileOfInstance>,
    /// Whether its platform is Windows.
    pub windows: bool,
    /// Its instance metadata service.
    pub metadata: MetadataOptions,
    /// The tags that tell whose node it is: see [`TAGS_OF_NODES`].
    pub tags: BTreeMap<String, String>,
}

/// Beginnings of the keys of the tags that are kept of instances and Auto Scaling groups.
pub const TAGS_OF_NODES: [&str; 9] = [
    "kubernetes.io/cluster/",
    "k8s.io/cluster/",
    "k8s.io/cluster-autoscaler/",
    "eks:",
    "aws:eks:",
    "karpenter.",
    "alpha.eksctl.io/",
    "aws:autoscaling:groupName",
    "noderole:",
];

/// Keys of tags whose value is the name of a cluster: on machines of managed node groups, Auto Mode and Karpenter.
pub const KEYS_WITH_A_CLUSTER: [&str; 3] = ["eks:cluster-name", "eks:eks-cluster-name", "aws:eks:cluster-name"];

/// Beginnings of tag keys that end with the name of a cluster.
pub const KEYS_OF_A_CLUSTER: [&str; 3] = ["kubernetes.io/cluster/", "k8s.io/cluster/", "k8s.io/cluster-autoscaler/"];

/// The clusters that the tags of a machine name, each once.
pub fn clusters_of(tags: &BTreeMap<String, String>) -> BTreeSet<&str> {
    let by_value = KEYS_WITH_A_CLUSTER.iter().filter_map(|key| tags.get(*key).map(String::as_str));
    let by_key = tags.keys().filter_map(|key| KEYS_OF_A_CLUSTER.iter().find_map(|prefix| key.strip_prefix(prefix)));
    // `k8s.io/cluster-autoscaler/enabled` and `.../node-template/...` name no cluster.
    by_value.chain(by_key).filter(|name| *name != "enabled" && !name.is_empty() && !name.contains('/')).collect()
}

/// Machines of a cluster that is not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOvers {
    /// How many instances.
    pub instances: usize,
    /// How many Auto Scaling groups.
    pub groups: usize,
}

impl RegionFacts {
    /// The machines that are tagged for clusters alone that EKS does not list here, by the cluster's name: left-overs of a
    /// cluster that was deleted, or nodes of a Kubernetes that is not EKS. None where not every cluster was listed.
    pub fn left_overs(&self) -> BTreeMap<&str, LeftOvers> {
        let mut left: BTreeMap<&str, LeftOvers> = BTreeMap::new();
        let (Known::Value(clusters), Some(compute)) = (&self.clusters, &self.compute) else { return left };
        let listed: BTreeSet<&str> = clusters.iter().map(|cluster| cluster.name.as_str()).collect();
        if listed.contains(UNLISTED) {
            return left;
        }
        let mut note = |tags, count: fn(&mut LeftOvers)| {
            let named = clusters_of(tags);
            if named.is_disjoint(&listed) {
                for cluster in named {
                    count(left.entry(cluster).or_default());
                }
            }
        };
        for instance in compute.instances.value().into_iter().flatten() {
            note(&instance.tags, |left| left.instances += 1);
        }
        for group in compute.auto_scaling_groups.value().into_iter().flatten() {
            note(&group.tags, |left| left.groups += 1);
        }
        left
    }
}

/// The instance profile of an instance, as it was when the two were associated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileOfInstance {
    /// Its ARN.
    pub arn: String,
    /// Its unique id, `AIPA...`: another one than the profile of that ARN has now means that the profile was re-created.
    pub id: String,
}

/// Settings of the instance metadata service; what is not set is inherited from the next level (instance, launch template,
/// image, account).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetadataOptions {
    /// Whether the service answers at all (`HttpEndpoint` enabled).
    pub enabled: Option<bool>,
    /// Whether a session token is required (`HttpTokens` required: IMDSv2 alone).
    pub tokens_required: Option<bool>,
    /// How many network hops an answer may make (`HttpPutResponseHopLimit`), 1 to 64.
    pub hop_limit: Option<u8>,
}

/// An Auto Scaling group with a cluster's tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoScalingGroup {
    /// Its name.
    pub name: String,
    /// The launch template, or those of the mixed instances policy: the base and every override that names one of its own.
    pub launch_templates: Vec<super::LaunchTemplate>,
    /// The launch configuration.
    pub launch_configuration: Option<String>,
    /// The tags that tell whose nodes it launches: see [`TAGS_OF_NODES`].
    pub tags: BTreeMap<String, String>,
}

/// What a launch template's version or a launch configuration says of the instances that come from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// The number of the launch template's version that answered; none for a launch configuration.
    pub version: Option<i64>,
    /// The instance profile: its name or its ARN.
    pub profile: Option<String>,
    /// The image.
    pub image: Option<String>,
    /// The instance metadata service.
    pub metadata: MetadataOptions,
}
