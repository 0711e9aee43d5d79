//! What an audit judges by: rules, requirements and severities, for all clusters and for chosen ones.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::finding::Severity;
use crate::glob::{Glob, TagPattern};
use crate::ids::Region;
use crate::inventory::{Account, Cluster, Inventory};
use crate::rules::requirements::{Changes, Requirements};
use crate::rules::{CATALOGUE, RuleId};
use crate::suppress::Suppressions;

/// What is judged, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The rules to judge by.
    pub rules: BTreeSet<RuleId>,
    /// What nodes need.
    pub requirements: Requirements,
    /// The severity of what fails, by rule, where it is not the rule's own.
    pub severities: BTreeMap<RuleId, Severity>,
    /// What differs in chosen clusters: every entry that matches applies, in this order.
    pub clusters: Vec<ClusterSettings>,
    /// Which findings are known and accepted.
    pub suppressions: Suppressions,
}

impl Default for Settings {
    /// Every rule, and the requirements of AWS's page.
    fn default() -> Self {
        Self {
            rules: CATALOGUE.iter().map(|rule| rule.id).collect(),
            requirements: Requirements::default(),
            severities: BTreeMap::new(),
            clusters: Vec::new(),
            suppressions: Suppressions::default(),
        }
    }
}

/// What differs in chosen clusters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterSettings {
    /// Which clusters.
    pub which: ClusterMatch,
    /// What their nodes need.
    pub changes: Changes,
    /// The severity of what fails.
    pub severities: BTreeMap<RuleId, Severity>,
}

/// Which clusters: one pattern of each list must match, and an empty list matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterMatch {
    /// The account's id.
    pub accounts: Vec<Glob>,
    /// An organizational unit, or the root, that the account is in, directly or not.
    pub units: Vec<Glob>,
    /// The region.
    pub regions: Vec<Glob>,
    /// The cluster's name.
    pub names: Vec<Glob>,
    /// A tag of the cluster.
    pub tags: Vec<TagPattern>,
}

/// Whether an entry is about a cluster.
enum IsAbout {
    Yes,
    No,
    /// What decides could not be read.
    Unknown(String),
}

/// The organizational units that an account is in, the organization and the root among them; none where that is not known.
pub(crate) fn units(account: &Account) -> Option<impl Iterator<Item = &str>> {
    account.organization_path.as_deref().map(|path| path.split('/').filter(|part| !part.is_empty()))
}

/// Whether one of the patterns matches; no pattern matches everything.
pub(crate) fn any(patterns: &[Glob], name: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(name))
}

impl ClusterMatch {
    fn is_about(&self, account: &Account, region: &Region, cluster: &Cluster) -> IsAbout {
        let certain = any(&self.accounts, account.id.as_str())
            && any(&self.regions, region.as_str())
            && any(&self.names, &cluster.name);
        if !certain {
            return IsAbout::No;
        }
        let mut unknown = None;
        if !self.units.is_empty() {
            match units(account).map(|mut all| all.any(|unit| any(&self.units, unit))) {
                Some(true) => {}
                Some(false) => return IsAbout::No,
                None => unknown = Some("the organizational unit of the account, which was not read".to_owned()),
            }
        }
        if !self.tags.is_empty() {
            match cluster.detail.as_result() {
                Ok(detail) if self.tags.iter().any(|tag| tag.matches(&detail.tags)) => {}
                Ok(_) => return IsAbout::No,
                Err(gap) => unknown = Some(format!("the tags of the cluster, which could not be read: {gap}")),
            }
        }
        unknown.map_or(IsAbout::Yes, IsAbout::Unknown)
    }
}

/// What holds for one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Resolved {
    /// What its nodes need.
    pub(crate) requirements: Requirements,
    /// The severity of what fails.
    pub(crate) severities: BTreeMap<RuleId, Severity>,
}

/// What holds for each cluster that differs from the others, worked out once.
#[derive(Debug, Default)]
pub(crate) struct ByCluster {
    /// What holds for some clusters.
    resolved: Vec<Resolved>,
    /// The place in `resolved` by the address of the cluster in the inventory: names repeat from region to region, and the
    /// inventory does not move while it is judged.
    places: HashMap<usize, usize>,
}

impl ByCluster {
    /// Works it out for the clusters of an inventory.
    pub(crate) fn of(inventory: &Inventory, settings: &Settings) -> Self {
        let mut all = Self::default();
        if settings.clusters.is_empty() {
            return all;
        }
        let mut known: BTreeMap<(Vec<usize>, Vec<String>), usize> = BTreeMap::new();
        for account in &inventory.accounts {
            for (region, cluster) in account.clusters() {
                let (matching, undecided) = settings.entries_about(account, region, cluster);
                if matching.is_empty() && undecided.is_empty() {
                    continue;
                }
                let place = *known.entry((matching.clone(), undecided.clone())).or_insert_with(|| {
                    all.resolved.push(settings.resolve(&matching, undecided));
                    all.resolved.len() - 1
                });
                all.places.insert(address(cluster), place);
            }
        }
        all
    }

    /// What holds for a cluster; none where that is what holds for all.
    pub(crate) fn get(&self, cluster: &Cluster) -> Option<&Resolved> {
        self.resolved.get(*self.places.get(&address(cluster))?)
    }
}

fn address(cluster: &Cluster) -> usize {
    std::ptr::from_ref(cluster).addr()
}

impl Settings {
    /// The places of the entries that are about a cluster, and why it is not known of others.
    fn entries_about(&self, account: &Account, region: &Region, cluster: &Cluster) -> (Vec<usize>, Vec<String>) {
        let mut matching = Vec::new();
        let mut undecided = Vec::new();
        for (place, entry) in self.clusters.iter().enumerate() {
            match entry.which.is_about(account, region, cluster) {
                IsAbout::Yes => matching.push(place),
                IsAbout::No => {}
                IsAbout::Unknown(reason) => undecided.push(format!(
                    "whether entry {} of [[clusters]] in the configuration holds for cluster `{}` hangs on {reason}",
                    place + 1,
                    cluster.name
                )),
            }
        }
        (matching, undecided)
    }

    fn resolve(&self, matching: &[usize], undecided: Vec<String>) -> Resolved {
        let mut resolved = Resolved { requirements: self.requirements.clone(), severities: self.severities.clone() };
        for entry in matching.iter().filter_map(|place| self.clusters.get(*place)) {
            entry.changes.apply(&mut resolved.requirements);
            resolved.severities.extend(&entry.severities);
        }
        resolved.requirements.own.undecided = undecided;
        resolved
    }
}

#[cfg(test)]
mod tests;
