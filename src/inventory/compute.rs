//! The facts of EC2 in one region: the instances behind node groups, and those that no API of EKS tells of.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::known::Known;

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
