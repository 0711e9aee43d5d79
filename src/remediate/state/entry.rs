//! An access entry in full: what is noted before it is deleted, and what it is created from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{Region, RoleArn};
use crate::remediate::change::node_policy;
use crate::rules::command;

/// An access entry of a role (EKS API, `AccessEntry`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryState {
    /// `EC2_LINUX`, `EC2_WINDOWS`, `EC2`, `HYBRID_LINUX`, `STANDARD`, ... in upper case.
    pub kind: String,
    /// When it was created (UTC); none where it is still to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The Kubernetes user; none: EKS chooses, as it does for the entries of nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The Kubernetes groups; none: EKS chooses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The access policies that are associated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<EntryPolicy>,
}

/// An access policy of an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryPolicy {
    /// Its ARN.
    pub arn: String,
    /// The namespaces that it is for; none: the whole cluster.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
}

/// The type of entry whose user and groups people choose.
const STANDARD: &str = "STANDARD";

impl EntryState {
    /// An entry for nodes that is still to be created; one for Auto Mode has the access policy that its nodes need.
    pub fn for_nodes(kind: &str, role: &RoleArn) -> Self {
        let policies = if kind == "EC2" {
            vec![EntryPolicy { arn: node_policy(role), namespaces: Vec::new() }]
        } else {
            Vec::new()
        };
        Self {
            kind: kind.to_owned(),
            created_at: None,
            username: None,
            groups: Vec::new(),
            tags: BTreeMap::new(),
            policies,
        }
    }

    /// This entry in the place of another, with what people gave that one: tags and access policies; user and groups where
    /// both are for people.
    #[must_use]
    pub fn in_place_of(&self, other: &Self) -> Self {
        let people = self.kind == STANDARD && other.kind == STANDARD;
        let mut policies = self.policies.clone();
        // access policies are for entries of the types STANDARD and EC2, the latter's own for that type alone
        if self.kind == other.kind {
            policies.extend(other.policies.iter().filter(|policy| !self.policies.contains(policy)).cloned());
        }
        Self {
            tags: other.tags.clone(),
            username: other.username.clone().filter(|_| people),
            groups: if people { other.groups.clone() } else { Vec::new() },
            policies,
            ..self.clone()
        }
    }

    /// What is asked of EKS to have it again: its time, and the user and groups of an entry that is not for people, are
    /// EKS's own to say.
    #[must_use]
    pub(super) fn anew(&self) -> Self {
        let people = self.kind == STANDARD;
        Self {
            created_at: None,
            username: self.username.clone().filter(|_| people),
            groups: if people { self.groups.clone() } else { Vec::new() },
            ..self.clone()
        }
    }

    /// What makes it this entry and no other: type and creation.
    pub(super) fn identity(&self) -> String {
        self.created_at.map_or_else(|| self.kind.clone(), |at| format!("{} {at}", self.kind))
    }

    /// Whether it is what was to be created.
    pub(super) fn is(&self, expected: &Self) -> bool {
        let mut policies = [self.policies.clone(), expected.policies.clone()];
        for list in &mut policies {
            list.sort();
        }
        let [is, wanted] = policies;
        self.kind == expected.kind
            && (expected.created_at.is_none() || self.created_at == expected.created_at)
            && (expected.username.is_none() || self.username == expected.username)
            && (expected.groups.is_empty() || self.groups == expected.groups)
            && self.tags == expected.tags
            && is == wanted
    }

    /// The `aws` commands that create it.
    pub fn commands(&self, cluster: &str, region: &Region, role: &RoleArn) -> Vec<String> {
        let of_entry = command::of_entry(cluster, region, role);
        let mut words = vec!["eks", "create-access-entry"];
        words.extend(of_entry);
        words.extend(["--type", self.kind.as_str()]);
        if let Some(username) = &self.username {
            words.extend(["--username", username]);
        }
        if !self.groups.is_empty() {
            words.push("--kubernetes-groups");
            words.extend(self.groups.iter().map(String::as_str));
        }
        let tags = serde_json::json!(self.tags).to_string();
        if !self.tags.is_empty() {
            words.extend(["--tags", &tags]);
        }
        let mut commands = vec![command::aws(&words)];
        for EntryPolicy { arn, namespaces } in &self.policies {
            let scope = if namespaces.is_empty() {
                "type=cluster".to_owned()
            } else {
                format!("type=namespace,namespaces={}", namespaces.join(","))
            };
            let mut words = vec!["eks", "associate-access-policy"];
            words.extend(of_entry);
            words.extend(["--policy-arn", arn, "--access-scope", &scope]);
            commands.push(command::aws(&words));
        }
        commands
    }
}
