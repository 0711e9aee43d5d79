//! The circumstances of one set of nodes, and what they make of a need.

use crate::finding::NodeKind;
use crate::ids::{AccountId, Partition, Region};

use super::cni::{CniSettings, CniVersion, Switch};
use super::{Force, Need, When};

/// What is known of some nodes that decides what they need.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    /// The partition.
    pub partition: Partition,
    /// The region.
    pub region: &'a Region,
    /// The account.
    pub account: &'a AccountId,
    /// The cluster's name.
    pub cluster: &'a str,
    /// The kind of nodes.
    pub kind: NodeKind,
    /// A managed node group's AMI type, empty where EKS does not say; none for other kinds.
    pub ami_type: Option<&'a str>,
    /// The minor version of Kubernetes, where it is known.
    pub kubernetes_minor: Option<u16>,
    /// The version of the VPC CNI: none where it is not an add-on or says nothing, `Err` where it could not be read.
    pub cni_version: Result<Option<CniVersion>, String>,
    /// The settings of the VPC CNI.
    pub cni_settings: &'a CniSettings,
    /// Whether images come through a pull-through cache.
    pub pull_through_cache: bool,
}

/// How much an action is needed by some nodes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// They fail without it.
    Required,
    /// They may fail without it: what decides is not known.
    Unsure(String),
    /// AWS recommends it.
    Recommended,
    /// They do not call it.
    No,
}

/// Whether circumstances hold.
enum Holds {
    Yes,
    No,
    Unknown(String),
}

impl Need {
    /// How much this is needed under these circumstances.
    pub fn under(&self, circumstances: &Circumstances<'_>) -> Needed {
        let mut possible = Vec::new();
        let mut doubt = None;
        for clause in &self.clauses {
            match circumstances.hold(&clause.when) {
                Holds::No => {}
                Holds::Unknown(reason) => {
                    possible.push(clause.force);
                    doubt.get_or_insert(reason);
                }
                Holds::Yes => return settle(clause.force, &possible, doubt),
            }
        }
        settle(Force::NotNeeded, &possible, doubt)
    }
}

/// A doubt only matters where "required" is among what may hold, and something less is too.
fn settle(certain: Force, possible: &[Force], doubt: Option<String>) -> Needed {
    let all = || possible.iter().copied().chain([certain]);
    match doubt {
        Some(reason) if all().any(|force| force == Force::Required) && all().any(|force| force != Force::Required) => {
            Needed::Unsure(reason)
        }
        Some(_) | None => match all().min().unwrap_or(certain) {
            Force::Required => Needed::Required,
            Force::Recommended => Needed::Recommended,
            Force::NotNeeded => Needed::No,
        },
    }
}

impl Circumstances<'_> {
    fn hold(&self, when: &When) -> Holds {
        match when {
            When::Always => Holds::Yes,
            When::AmiType(prefixes) => match self.ami_type {
                Some("") => Holds::Unknown("EKS does not say the AMI type of the node group".to_owned()),
                ami => certain(prefixes.iter().any(|prefix| ami.is_some_and(|ami| ami.starts_with(prefix.as_str())))),
            },
            When::Nodes(kinds) => certain(kinds.contains(&self.kind)),
            When::KubernetesBefore(minor) => certain(self.kubernetes_minor.is_some_and(|version| version < *minor)),
            When::Cni { from, before } => match &self.cni_version {
                Ok(Some(version)) => certain(from <= version && before.is_none_or(|end| *version < end)),
                // Not an add-on: nobody can say, and the actions are then recommended, not doubted.
                Ok(None) => Holds::No,
                Err(reason) => Holds::Unknown(reason.clone()),
            },
            When::Setting(setting, wanted) => match self.cni_settings.switch(*setting) {
                Switch::Is(value) => certain(value == *wanted),
                Switch::Unknown => Holds::Unknown(self.cni_settings.reason().map_or_else(
                    || format!("the value of {} is not a truth value", setting.variable()),
                    str::to_owned,
                )),
            },
            When::PullThroughCache => certain(self.pull_through_cache),
            When::All(parts) => self.all(parts),
        }
    }

    fn all(&self, parts: &[When]) -> Holds {
        let mut doubt = None;
        for part in parts {
            match self.hold(part) {
                Holds::Yes => {}
                Holds::No => return Holds::No,
                Holds::Unknown(reason) => {
                    doubt.get_or_insert(reason);
                }
            }
        }
        doubt.map_or(Holds::Yes, Holds::Unknown)
    }
}

fn certain(holds: bool) -> Holds {
    if holds { Holds::Yes } else { Holds::No }
}
