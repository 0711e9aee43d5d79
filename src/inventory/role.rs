//! The facts of one IAM role: who may assume it, what it may do.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::RoleArn;
use crate::known::{Gap, Known};

/// What is known of a role that something names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleRecord {
    /// It exists.
    Found(Box<Role>),
    /// IAM says that no role has this name.
    NoSuchRole,
    /// It could not be read.
    Missing(Gap),
}

/// A role as IAM returns it; documents are JSON text, no longer URL-encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its ARN, with the path.
    pub arn: RoleArn,
    /// Its unique id, `AROA...`.
    pub id: String,
    /// When it was created (UTC).
    pub created_at: Option<Timestamp>,
    /// The trust policy.
    pub trust: String,
    /// The managed policies that are attached.
    pub attached: Known<Vec<ManagedPolicyRef>>,
    /// The inline policies; the list is missing, or single documents of it are.
    pub inline: Known<Vec<Known<InlinePolicy>>>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// The instance profiles that hold it.
    pub instance_profiles: Known<Vec<InstanceProfile>>,
    /// When it was last used (UTC), as far as IAM's tracking period goes.
    pub last_used_at: Option<Timestamp>,
}

/// A managed policy that a role or a boundary names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagedPolicyRef {
    /// Its name.
    pub name: String,
    /// Its ARN; the key into [`super::Inventory::policies`].
    pub arn: String,
}

/// A policy that stands where it is used: a role's inline policy, or an SCP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InlinePolicy {
    /// Its name.
    pub name: String,
    /// Its document: JSON text.
    pub document: String,
}

/// The default version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyVersion {
    /// `v3`.
    pub version_id: String,
    /// The document: JSON text.
    pub document: String,
}

/// What is known of an instance profile that something names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileRecord {
    /// It exists.
    Found(ProfileContent),
    /// IAM says that no instance profile has this name.
    NoSuchProfile,
    /// It could not be read.
    Missing(Gap),
}

/// An instance profile and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileContent {
    /// The profile.
    pub profile: InstanceProfile,
    /// The ARN of the role in it; none where it is empty. A profile holds one role at most.
    pub role: Option<String>,
}

/// An instance profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceProfile {
    /// Its ARN.
    pub arn: String,
    /// Its unique id, `AIPA...`.
    pub id: String,
    /// When it was created (UTC).
    pub created_at: Option<Timestamp>,
}

/// Where Karpenter puts its instance profiles from 1.7 on; region and cluster follow (Karpenter, upgrade guide 1.7).
const KARPENTER_PATH: &str = ":instance-profile/karpenter/";

/// Digits that the hash in the names of Karpenter's instance profiles has at least: it is one of 64 bits.
const DIGITS_OF_HASH: usize = 12;

impl InstanceProfile {
    /// The region and the cluster for whose nodes Karpenter made it, if it did. From 1.7 on the path tells both; before, the
    /// name is `CLUSTER_HASH`, and the region is in the hash alone (`pkg/apis/v1/ec2nodeclass.go`).
    pub fn made_by_karpenter_for(&self) -> Option<(Option<&str>, &str)> {
        if let Some((_, path)) = self.arn.split_once(KARPENTER_PATH) {
            let mut parts = path.split('/');
            let (region, cluster) = (parts.next()?, parts.next()?);
            return Some((Some(region), cluster));
        }
        let (_, name) = self.arn.split_once(":instance-profile/")?;
        let (cluster, hash) = name.rsplit_once('_')?;
        let is_hash = hash.len() >= DIGITS_OF_HASH && hash.bytes().all(|byte| byte.is_ascii_digit());
        (is_hash && !cluster.is_empty() && !cluster.contains('/')).then_some((None, cluster))
    }
}

#[cfg(test)]
mod tests {
    use super::InstanceProfile;

    #[test]
    fn karpenter_tells_the_cluster_by_the_path_or_the_name_of_its_instance_profiles() {
        for (path, expected) in [
            ("karpenter/eu-west-1/prod/0a1b/prod_12345678901234567890", Some((Some("eu-west-1"), "prod"))),
            ("prod_12345678901234567890", Some((None, "prod"))),
            ("prod_eu_123456789012345", Some((None, "prod_eu"))),
            ("prod_1", None),
            ("prod_12345678901234567x", None),
            ("_12345678901234567890", None),
            ("some/path/prod_12345678901234567890", None),
            ("eks-0a1b", None),
            ("karpenter/eu-west-1", None),
        ] {
            let arn = format!("arn:aws:iam::111122223333:instance-profile/{path}");
            let profile = InstanceProfile { arn, id: "AIPA1".to_owned(), created_at: None };
            assert_eq!(profile.made_by_karpenter_for(), expected, "{path}");
        }
    }
}
