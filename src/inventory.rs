//! The facts: what was read from AWS, and what could not be read. Plain data, enough to audit offline.
//!
//! The saved form is documented in `docs/inventory.md`; [`SCHEMA`] names its version.

mod cluster;
mod compute;
mod role;
mod spill;
mod store;

pub use cluster::{
    AccessEntry, AccessEntryType, Addon, AuthenticationMode, Cluster, ClusterDetail, ComputeConfig, FargateProfile,
    HealthIssue, IpFamily, LaunchTemplate, NodeGroup, PodIdentityAssociation, UNLISTED,
};
pub use compute::{
    AutoScalingGroup, Compute, Instance, KEYS_OF_A_CLUSTER, KEYS_WITH_A_CLUSTER, Launch, LeftOvers, MetadataOptions,
    ProfileOfInstance, TAGS_OF_NODES, clusters_of,
};
pub use role::{
    InlinePolicy, InstanceProfile, ManagedPolicyRef, PolicyVersion, ProfileContent, ProfileRecord, Role, RoleRecord,
};
pub use spill::Spill;
pub use store::{InventoryError, MAX_BYTES, load, save};

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, Partition, Region};
use crate::known::{Gap, Known};

/// The version of the saved form.
pub const SCHEMA: &str = "noderole.inventory/1";

/// Everything that one run read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// [`SCHEMA`].
    pub schema: String,
    /// The run that read it.
    pub run_id: String,
    /// The version of noderole that read it.
    pub tool_version: String,
    /// When the run started (UTC).
    pub started_at: Timestamp,
    /// When the last answer came in (UTC).
    pub finished_at: Timestamp,
    /// The partition of all accounts below.
    pub partition: Partition,
    /// The organization's id (`o-...`), where it was asked for and could be read: it decides `aws:PrincipalOrgID`.
    pub organization_id: Option<String>,
    /// Set where only some clusters and roles were asked for.
    pub target: Option<Target>,
    /// The accounts that were asked for, in order of their ids. Where only roles were asked for, those that own one.
    pub accounts: Vec<Account>,
    /// Managed policies by ARN, AWS's own and the accounts': the default version's document. Those that node roles and
    /// roles of aws-node carry or are bounded by.
    pub policies: BTreeMap<String, Known<PolicyVersion>>,
    /// Calls made, by operation (`eks:DescribeNodegroup`); one page is one call.
    pub api_calls: BTreeMap<String, u64>,
    /// Answers that asked to slow down.
    pub throttled: u64,
    /// Attempts after the first of a call, by operation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retries: BTreeMap<String, u64>,
    /// Answers that asked to slow down, by operation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub throttles: BTreeMap<String, u64>,
}

impl Inventory {
    /// Forgets the service control policies, and that they could not be read: as if nobody had asked for them.
    pub fn leave_out_service_control_policies(&mut self) {
        for account in &mut self.accounts {
            account.service_control_policies = None;
            account.service_control_gap = None;
        }
    }
}

/// What a targeted audit was asked for; only what these touch was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Names of clusters.
    pub clusters: Vec<String>,
    /// ARNs of roles.
    pub roles: Vec<String>,
}

/// One account and what was read in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its name in the organization.
    pub name: Option<String>,
    /// Where it stands in the organization: `o-a1/r-b2/ou-c3`, from Organizations' `Account.Paths`.
    pub organization_path: Option<String>,
    /// Whether it could be entered.
    pub access: Access,
    /// The regions that were asked for, in order of their names. None in an account that was not entered, or whose
    /// regions could not be listed (then `gaps` says so).
    pub regions: Vec<RegionFacts>,
    /// Roles by name, those that matter: always node roles and roles that something names for aws-node; where the list of
    /// roles was read also cluster roles, roles that may serve aws-node through a cluster's OIDC provider, and roles that
    /// look like node roles.
    pub roles: BTreeMap<String, RoleRecord>,
    /// `Value`: every role of the account was seen, so that of those that matter (see `roles`) none is left out.
    /// `Missing` also where nothing asked for the list: in an account without clusters, in some targeted audits.
    pub role_list: Known<()>,
    /// Instance profiles by name: those that the account's nodes are launched with, be they found or not.
    #[serde(default)]
    pub instance_profiles: BTreeMap<String, ProfileRecord>,
    /// Service control policies, one list for each level from the root down; `None` where they were not asked for, or not
    /// read. An account that they do not bind (the management account, or one in no organization) has no levels.
    pub service_control_policies: Option<Vec<Vec<InlinePolicy>>>,
    /// Why the service control policies could not be read; none where they were, and where they were left out.
    #[serde(default)]
    pub service_control_gap: Option<Gap>,
    /// What was missed in the account as a whole (regions, IAM), in order; gaps of a region stand in the region, that of
    /// an account that was not entered in `access`.
    pub gaps: Vec<Gap>,
}

/// Whether the account could be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Credentials for it were at hand.
    Entered,
    /// The role could not be assumed there, or the run ended first (class `NotReached`).
    Refused(Gap),
    /// The account is not active in the organization, and so was not entered; the text is its state.
    Inactive(String),
}

/// One region of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionFacts {
    /// The region.
    pub name: Region,
    /// Its clusters, in order of their names; missing where they could not be listed. A targeted audit lists every cluster
    /// and reads only some.
    pub clusters: Known<Vec<Cluster>>,
    /// EC2 and Auto Scaling; `None`: not asked, for the region has no cluster and had none, or a targeted audit left it out.
    /// Nor is it where the clusters could not be listed: whose machines to ask for is not known.
    #[serde(default)]
    pub compute: Option<Compute>,
    /// Every call that failed here, and every question that the run did not come to, in order and each once.
    pub gaps: Vec<Gap>,
}

impl Account {
    /// The role of that name, be it found or not. `None`: nobody asked for it.
    pub fn role(&self, name: &str) -> Option<&RoleRecord> {
        self.roles.get(name)
    }

    /// The roles that were read, in order of their names.
    pub fn found_roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values().filter_map(|record| match record {
            RoleRecord::Found(role) => Some(role.as_ref()),
            RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
        })
    }

    /// Every cluster that was read, with its region.
    pub fn clusters(&self) -> impl Iterator<Item = (&Region, &Cluster)> {
        self.regions
            .iter()
            .flat_map(|region| region.clusters.value().into_iter().flatten().map(|cluster| (&region.name, cluster)))
    }
}
