//! The facts of one EKS cluster: what its nodes are, and who serves the CNI.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::known::{Gap, Known};

/// The name under which the rest of a list stands that could not be read to its end: a cluster, a node group or a
/// Fargate profile of which everything is missing. AWS allows it in no name. So who walks over the list meets what is
/// not known, and cannot take a part for the whole.
pub const UNLISTED: &str = "*";

/// A cluster and what was read of it; every part may be missing alone. One named [`UNLISTED`] stands for those that
/// could not be listed.
///
/// Parts that were left out on purpose are missing too, with the class `NotAsked`; they are not among the gaps
/// of the region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// `eks:DescribeCluster`.
    pub detail: Known<ClusterDetail>,
    /// The managed node groups, in order of their names; the list is missing, or single groups of it are, or the rest of
    /// it is ([`UNLISTED`]).
    pub node_groups: Known<BTreeMap<String, Known<NodeGroup>>>,
    /// The Fargate profiles by name; missing as node groups may be.
    pub fargate_profiles: Known<BTreeMap<String, Known<FargateProfile>>>,
    /// The access entries; empty where the authentication mode is `CONFIG_MAP`.
    pub access_entries: Known<Vec<AccessEntry>>,
    /// The principals of entries with AmazonEKSClusterAdminPolicy. `None`: not asked, for no node role that is older than
    /// the cluster has an entry here, or EKS says that the creator did not become administrator, or the mode is
    /// `CONFIG_MAP`. Missing where the entries are.
    pub cluster_admins: Option<Known<Vec<String>>>,
    /// The add-on vpc-cni; `Value(None)`: not installed as an add-on. Not asked for (`NotAsked`) where no managed node
    /// group is.
    pub vpc_cni: Known<Option<Addon>>,
    /// The add-on eks-pod-identity-agent. Not asked for (`NotAsked`) where associations or Auto Mode prove the agent
    /// already (but where aws-node has an association), or no managed node group is.
    pub pod_identity_agent: Known<Option<Addon>>,
    /// How many Pod Identity associations the cluster has.
    pub pod_identity_associations: Known<u64>,
    /// The association of kube-system/aws-node, in full; also one that only the add-on vpc-cni names.
    pub aws_node_association: Known<Option<PodIdentityAssociation>>,
}

impl Cluster {
    /// A cluster of which nothing was read, all for one reason.
    pub fn unread(name: impl Into<String>, gap: &Gap) -> Self {
        Self {
            name: name.into(),
            detail: Known::Missing(gap.clone()),
            node_groups: Known::Missing(gap.clone()),
            fargate_profiles: Known::Missing(gap.clone()),
            access_entries: Known::Missing(gap.clone()),
            cluster_admins: Some(Known::Missing(gap.clone())),
            vpc_cni: Known::Missing(gap.clone()),
            pod_identity_agent: Known::Missing(gap.clone()),
            pod_identity_associations: Known::Missing(gap.clone()),
            aws_node_association: Known::Missing(gap.clone()),
        }
    }

    /// The role of Auto Mode's nodes; none where Auto Mode is off or no built-in node pool is on, for then roles stand in
    /// the cluster's node classes alone.
    pub fn auto_mode_role(&self) -> Option<&str> {
        let config = self.detail.value()?.compute_config.as_ref()?;
        if config.enabled { config.node_role_arn.as_deref() } else { None }
    }

    /// The roles of the managed node groups as far as they were read, each as often as it is used.
    pub fn managed_roles(&self) -> impl Iterator<Item = &str> {
        let groups = self.node_groups.value().into_iter().flat_map(BTreeMap::values);
        groups.filter_map(|group| Some(group.value()?.node_role.as_str()))
    }

    /// The roles of all nodes that EKS tells of, as far as they were read.
    pub fn node_roles(&self) -> impl Iterator<Item = &str> {
        self.managed_roles().chain(self.auto_mode_role())
    }
}

/// What `eks:DescribeCluster` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterDetail {
    /// The cluster's ARN.
    pub arn: String,
    /// Kubernetes version, `1.33`.
    pub version: String,
    /// `ACTIVE`, `CREATING`, `FAILED`, ...
    pub status: String,
    /// When it was created (UTC).
    pub created_at: Option<Timestamp>,
    /// The ARN of the cluster role; empty where there is none yet (being created, failed) or never (connected).
    pub role_arn: String,
    /// The family of pod addresses; fixed when the cluster is created.
    pub ip_family: IpFamily,
    /// The OIDC issuer's URL without the scheme, as IAM names the provider.
    pub oidc_issuer: Option<String>,
    /// How IAM principals become Kubernetes users.
    pub authentication_mode: AuthenticationMode,
    /// Whether the principal that created it became its administrator; `None` where EKS does not say.
    pub creator_is_admin: Option<bool>,
    /// The VPC's id.
    pub vpc_id: Option<String>,
    /// Auto Mode.
    pub compute_config: Option<ComputeConfig>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// The family of pod addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IpFamily {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// How IAM principals become Kubernetes users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthenticationMode {
    /// The aws-auth `ConfigMap`, which AWS's APIs do not show.
    ConfigMap,
    /// Access entries first, then aws-auth.
    ApiAndConfigMap,
    /// Access entries alone.
    Api,
}

/// Auto Mode's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComputeConfig {
    /// Whether Auto Mode is on.
    pub enabled: bool,
    /// The built-in node pools.
    pub node_pools: Vec<String>,
    /// The nodes' role; none where no built-in node pool is on.
    pub node_role_arn: Option<String>,
}

/// What `eks:DescribeNodegroup` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeGroup {
    /// The node group's ARN.
    pub arn: String,
    /// The ARN of the node role.
    pub node_role: String,
    /// `AL2023_x86_64_STANDARD`, `CUSTOM`, `WINDOWS_CORE_2022_x86_64`, ...
    pub ami_type: String,
    /// The Kubernetes version of its nodes, `1.33`.
    pub version: Option<String>,
    /// `ACTIVE`, `DEGRADED`, `DELETING`, ...
    pub status: String,
    /// When it was created (UTC).
    pub created_at: Option<Timestamp>,
    /// The launch template that the user gave.
    pub launch_template: Option<LaunchTemplate>,
    /// The names of the Auto Scaling groups that EKS made for it; the launch template there is EKS's own copy.
    #[serde(default)]
    pub auto_scaling_groups: Vec<String>,
    /// What EKS finds wrong with it.
    pub health: Vec<HealthIssue>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A launch template and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaunchTemplate {
    /// Its id.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// A number, `$Latest` or `$Default`.
    pub version: Option<String>,
}

/// An issue of a node group or a Fargate profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthIssue {
    /// The code; the list of codes grows, so it is text.
    pub code: String,
    /// EKS's message.
    pub message: String,
    /// What it is about.
    pub resources: Vec<String>,
}

/// What `eks:DescribeFargateProfile` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FargateProfile {
    /// The profile's ARN.
    pub arn: String,
    /// The ARN of the pod execution role.
    pub pod_execution_role: String,
    /// `ACTIVE`, `DELETING`, ...
    pub status: String,
    /// What EKS finds wrong with it.
    pub health: Vec<HealthIssue>,
}

impl LaunchTemplate {
    /// The key under which its version stands in a region's facts: `lt-0abc:$Latest`, with the name where there is no id.
    pub fn key(&self) -> String {
        let which = self.id.as_deref().or(self.name.as_deref()).unwrap_or_default();
        format!("{which}:{}", self.version.as_deref().unwrap_or("$Default"))
    }
}

/// An access entry: a principal that the cluster lets in. An entry that was deleted while it was read is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessEntry {
    /// The principal's ARN.
    pub principal_arn: String,
    /// `eks:DescribeAccessEntry`: type and creation. Asked for the roles that can be node roles: those that EC2, SSM or IAM
    /// Roles Anywhere may assume, and where the roles could not be listed every role that is not AWS's own.
    pub detail: Option<Known<AccessEntryType>>,
}

/// The described part of an access entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessEntryType {
    /// `STANDARD`, `EC2_LINUX`, `FARGATE_LINUX`, ... in upper case.
    pub kind: String,
    /// When it was created (UTC).
    pub created_at: Option<Timestamp>,
    /// The ARNs of the access policies that are associated (`eks:ListAssociatedAccessPolicies`). Asked of entries of the
    /// type `EC2`.
    #[serde(default)]
    pub access_policies: Option<Known<Vec<String>>>,
}

/// What `eks:DescribeAddon` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addon {
    /// `v1.22.2-eksbuild.1`.
    pub version: Option<String>,
    /// `ACTIVE`, `DEGRADED`, ...
    pub status: String,
    /// The role of its service account (IRSA).
    pub service_account_role_arn: Option<String>,
    /// ARNs of the Pod Identity associations that the add-on made.
    pub pod_identity_associations: Vec<String>,
    /// The settings as the user wrote them, JSON or YAML.
    pub configuration_values: Option<String>,
    /// When it was last changed (UTC).
    #[serde(default)]
    pub modified_at: Option<Timestamp>,
    /// The codes of the issues that EKS finds with it.
    #[serde(default)]
    pub issues: Vec<String>,
}

/// What `eks:DescribePodIdentityAssociation` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PodIdentityAssociation {
    /// Its ARN.
    pub arn: String,
    /// The role that Pod Identity assumes.
    pub role_arn: String,
    /// The role that is assumed from that one; its rights are the ones that count.
    pub target_role_arn: Option<String>,
    /// A session policy, which cuts the rights down.
    pub policy: Option<String>,
    /// When it was last changed (UTC).
    pub modified_at: Option<Timestamp>,
}
