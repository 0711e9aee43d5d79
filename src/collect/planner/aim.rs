//! What a targeted audit wants of one account.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{AccountId, RoleArn};
use crate::inventory::Target;

use super::cluster::Depth;

/// The clusters and roles that were asked for. A whole audit has none.
#[derive(Debug, Clone)]
pub(super) struct Aim {
    clusters: BTreeSet<String>,
    /// Roles of this account by name.
    pub(super) roles: BTreeMap<String, RoleArn>,
}

impl Aim {
    /// What the target means in the account. Text that is not the ARN of a role is no role of any account.
    pub(super) fn new(target: &Target, account: &AccountId) -> Self {
        let roles = target.roles.iter().filter_map(|arn| arn.parse::<RoleArn>().ok());
        let own = roles.filter(|role| role.account() == account);
        Self {
            clusters: target.clusters.iter().cloned().collect(),
            roles: own.map(|role| (role.name().to_owned(), role)).collect(),
        }
    }

    /// Whether nothing of the account was asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.clusters.is_empty() && self.roles.is_empty()
    }

    /// How much of a cluster is read.
    pub(super) fn depth(aim: Option<&Self>, cluster: &str) -> Depth {
        match aim {
            None => Depth::Whole,
            Some(aim) if aim.clusters.contains(cluster) => Depth::Whole,
            Some(aim) if aim.roles.is_empty() => Depth::Nothing,
            Some(aim) => Depth::IfItUses(aim.roles.keys().cloned().collect()),
        }
    }
}
