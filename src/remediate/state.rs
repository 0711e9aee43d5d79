//! What a remediation may change of a role, as it is: read before, compared before each step, put back by undo.

mod agreement;
mod difference;
mod effect;
mod entry;
mod facts;
#[cfg(test)]
mod tests;

pub use difference::difference;
pub use effect::Impossible;
pub use entry::{EntryPolicy, EntryState};
pub use facts::Unreadable;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{Region, RoleArn};
use crate::inventory::PolicyVersion;

use super::Change;

/// What is to be read to know a [`State`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The role.
    pub role: RoleArn,
    /// ARNs of policies beyond those that the role carries.
    pub policies: BTreeSet<String>,
    /// Clusters with their regions, in which the role's access entry counts.
    pub entries: BTreeSet<(Region, String)>,
    /// Names of instance profiles.
    pub profiles: BTreeSet<String>,
}

impl Subject {
    /// What some changes to a role touch.
    pub fn of<'a>(role: &RoleArn, changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut subject =
            Self { role: role.clone(), policies: BTreeSet::new(), entries: BTreeSet::new(), profiles: BTreeSet::new() };
        for change in changes {
            subject.policies.extend(change.policy().map(str::to_owned));
            subject.entries.extend(change.entry().map(|(region, cluster)| (region.clone(), cluster.to_owned())));
            subject.profiles.extend(change.profile().map(str::to_owned));
        }
        subject
    }
}

/// A role with all that decides what it may do, and what else a plan touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The role; none: it does not exist.
    pub role: Option<RoleState>,
    /// The default versions of the policies that the role carries or is bounded by, and of those that are touched, by
    /// ARN; none: there is no such policy.
    pub policies: BTreeMap<String, Option<PolicyVersion>>,
    /// The role's access entries by place (`eu-west-1/prod`); none: there is none.
    pub entries: BTreeMap<String, Option<EntryState>>,
    /// The ARN of the role that each instance profile holds; none: it is empty.
    pub profiles: BTreeMap<String, Option<String>>,
}

/// A role's own part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleState {
    /// Its unique id; empty where it is still to be created.
    pub id: String,
    /// The trust policy: JSON text, as it stands.
    pub trust: String,
    /// ARNs of the managed policies that are attached.
    pub attached: BTreeSet<String>,
    /// Inline policies: name and document, JSON text as it stands.
    pub inline: BTreeMap<String, String>,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
}

/// Where an access entry stands: `eu-west-1/prod`.
pub fn place(region: &Region, cluster: &str) -> String {
    format!("{region}/{cluster}")
}

/// What was seen, part by part: the name of the part and the SHA-256 of its content, in hexadecimal digits.
pub type Fingerprint = BTreeMap<String, String>;

impl State {
    /// What is bound by a plan: two states with the same fingerprint are the same to it.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut parts = Fingerprint::new();
        let mut add = |name: String, content: &str| {
            parts.insert(name, hexadecimal(&Sha256::digest(content.as_bytes())));
        };
        match &self.role {
            None => add("role".to_owned(), ""),
            Some(role) => {
                add("role".to_owned(), &role.id);
                add("trust policy".to_owned(), &role.trust);
                let attached: Vec<&str> = role.attached.iter().map(String::as_str).collect();
                add("attached policies".to_owned(), &attached.join("\n"));
                add("permissions boundary".to_owned(), role.boundary.as_deref().unwrap_or_default());
                for (name, document) in &role.inline {
                    add(format!("inline policy {name}"), document);
                }
            }
        }
        for (arn, version) in &self.policies {
            let document = version.as_ref().map_or("", |version| version.document.as_str());
            add(format!("policy {arn}"), document);
        }
        for (place, entry) in &self.entries {
            let content = entry.as_ref().map_or_else(String::new, EntryState::identity);
            add(format!("access entry {place}"), &content);
        }
        for (name, holds) in &self.profiles {
            add(format!("instance profile {name}"), holds.as_deref().unwrap_or_default());
        }
        parts
    }

    /// Whether this is what a change was to lead to. What only AWS can tell of the expected one (the id of a role that is
    /// created, the time and the user name of an entry, the number of a version) is as it came.
    pub fn is(&self, expected: &Self) -> bool {
        let role = match (&self.role, &expected.role) {
            (None, None) => true,
            (Some(is), Some(expected)) => is.is(expected),
            (None, Some(_)) | (Some(_), None) => false,
        };
        role && all_are(&self.policies, &expected.policies, |is, expected| {
            same_document(&is.document, &expected.document)
        }) && all_are(&self.entries, &expected.entries, EntryState::is)
            && all_are(&self.profiles, &expected.profiles, PartialEq::eq)
    }
}

impl RoleState {
    fn is(&self, expected: &Self) -> bool {
        (expected.id.is_empty() || self.id == expected.id)
            && same_document(&self.trust, &expected.trust)
            && self.attached == expected.attached
            && self.boundary == expected.boundary
            && self.inline.len() == expected.inline.len()
            && self.inline.iter().all(|(name, document)| {
                expected.inline.get(name).is_some_and(|expected| same_document(document, expected))
            })
    }
}

/// Whether the same things are there, and each is as expected.
fn all_are<T>(
    are: &BTreeMap<String, Option<T>>,
    expected: &BTreeMap<String, Option<T>>,
    is: impl Fn(&T, &T) -> bool,
) -> bool {
    are.len() == expected.len()
        && are.iter().all(|(name, one)| match (one, expected.get(name)) {
            (None, Some(None)) => true,
            (Some(one), Some(Some(expected))) => is(one, expected),
            (None, None | Some(Some(_))) | (Some(_), None | Some(None)) => false,
        })
}

/// Whether two documents say the same, be they spaced as they may.
fn same_document(one: &str, other: &str) -> bool {
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    one == other || parsed(one).is_some_and(|document| Some(document) == parsed(other))
}

/// Bytes as digits.
fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a String cannot fail.
        write!(digits, "{byte:02x}").ok();
        digits
    })
}
