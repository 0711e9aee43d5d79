//! Which clusters and roles of an account may have to do with each other: an index, for rules compare each with all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::ids::Region;
use crate::inventory::{Account, Cluster, Role, RoleRecord};
use crate::known::Known;

use super::entries::role_key;

/// The last part of an issuer's URL: documents without it do not name the issuer.
fn issuer_id(issuer: &str) -> &str {
    issuer.rsplit('/').next().unwrap_or(issuer)
}

/// The clusters of an account by the roles that their access entries and Fargate profiles name.
#[derive(Debug, Default)]
pub(super) struct Concerned<'a> {
    clusters: Vec<(&'a Region, &'a Cluster)>,
    /// By account and name of the role: places in `clusters`.
    by_role: BTreeMap<(&'a str, &'a str), BTreeSet<usize>>,
    /// Those of which not all is known, so that they may concern any role.
    any: BTreeSet<usize>,
    /// By issuer: the roles that have its id in their trust policy.
    trusting: BTreeMap<&'a str, Vec<&'a Role>>,
}

impl<'a> Concerned<'a> {
    pub(super) fn of(account: &'a Account) -> Self {
        let mut index = Self::default();
        for (place, (region, cluster)) in account.clusters().enumerate() {
            index.clusters.push((region, cluster));
            index.add(place, cluster);
        }
        index.trust(account);
        index
    }

    /// Looks for the issuers of the clusters in the trust policies; those of many roles are one text.
    fn trust(&mut self, account: &'a Account) {
        let mut by_text: HashMap<&str, Vec<(usize, &Role)>> = HashMap::new();
        for (place, record) in account.roles.values().enumerate() {
            if let RoleRecord::Found(role) = record {
                by_text.entry(&role.trust).or_default().push((place, role));
            }
        }
        let details = self.clusters.iter().filter_map(|(_, cluster)| cluster.detail.value());
        for issuer in details.filter_map(|detail| detail.oidc_issuer.as_deref()).collect::<BTreeSet<_>>() {
            let id = issuer_id(issuer);
            let texts = by_text.iter().filter(|(text, _)| text.contains(id));
            let mut roles: Vec<(usize, &Role)> = texts.flat_map(|(_, roles)| roles).copied().collect();
            roles.sort_by_key(|(place, _)| *place);
            self.trusting.insert(issuer, roles.into_iter().map(|(_, role)| role).collect());
        }
    }

    /// The roles that have an issuer's id in their trust policy, in the account's order; none where it is no cluster's.
    pub(super) fn trusting(&self, issuer: &str) -> Option<&[&'a Role]> {
        self.trusting.get(issuer).map(Vec::as_slice)
    }

    /// Every role that the cluster names, be it one too many: whoever asks compares in full.
    fn add(&mut self, place: usize, cluster: &'a Cluster) {
        let (profiles, entries) = (&cluster.fargate_profiles, &cluster.access_entries);
        let missing = |profile: &Known<_>| profile.gap().is_some();
        if entries.gap().is_some() || profiles.value().is_none_or(|profiles| profiles.values().any(missing)) {
            self.any.insert(place);
        }
        let entries = entries.value().into_iter().flatten().map(|entry| entry.principal_arn.as_str());
        let profiles = profiles.value().into_iter().flatten().filter_map(|(_, profile)| profile.value());
        let of_profiles = profiles.flat_map(|profile| {
            let resources = profile.health.iter().flat_map(|issue| &issue.resources);
            resources.chain([&profile.pod_execution_role]).map(String::as_str)
        });
        for arn in entries.chain(of_profiles) {
            self.by_role.entry(role_key(arn)).or_default().insert(place);
        }
    }

    /// The clusters that name a role or may do so, in the account's order.
    pub(super) fn with(&self, arn: &str) -> Vec<(&'a Region, &'a Cluster)> {
        let naming = self.by_role.get(&role_key(arn)).into_iter().flatten();
        let places: BTreeSet<usize> = naming.chain(&self.any).copied().collect();
        places.into_iter().filter_map(|place| self.clusters.get(place).copied()).collect()
    }
}
