//! Findings that are known and accepted: by an entry of the configuration, or by a tag where the configuration allows it.
//!
//! Pure: what day it is, is a parameter. What was matched is counted account by account in a [`Tally`], and tallies add up.

mod exemption;
mod place;
mod tally;

use std::collections::BTreeMap;

pub use exemption::{DEFAULT_TAG_KEY, Exemptions};
pub use tally::{Counted, State, Tally};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::audit::{any, units};
use crate::finding::{Finding, Status, Suppressed, SuppressedBy};
use crate::glob::{Glob, TagPattern};
use crate::ids::AccountId;
use crate::inventory::{Account, Inventory};
use crate::rules::RuleId;

use place::Places;

/// What is suppressed, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suppressions {
    /// The entries of the configuration, in its order; the first that holds is the one that a finding names.
    pub entries: Vec<Suppression>,
    /// Exemption by tags; none: tags exempt nothing.
    pub exemptions: Option<Exemptions>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Which findings.
    pub which: FindingMatch,
    /// Why they are accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day (UTC) on which it holds.
    pub expires: Option<Date>,
}

/// Which findings: one pattern of each list must match, and an empty list matches all.
///
/// A finding about a role is one finding for all its node groups: it is matched by region, cluster, node group or tag only
/// where **each** of them is, so that what is accepted in one cluster is not silent about another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingMatch {
    /// The account's id.
    pub accounts: Vec<Glob>,
    /// An organizational unit, or the root, that the account is in, directly or not.
    pub units: Vec<Glob>,
    /// The region; `global` for what is about no node group.
    pub regions: Vec<Glob>,
    /// The cluster's name.
    pub clusters: Vec<Glob>,
    /// The node group's name.
    pub node_groups: Vec<Glob>,
    /// The role's name, or its ARN where the pattern begins with `arn:`.
    pub roles: Vec<Glob>,
    /// The rule.
    pub rules: Vec<RuleId>,
    /// A tag of the role, or of each cluster or node group.
    pub tags: Vec<TagPattern>,
}

/// The day (UTC) on which suppressions are applied at a time. A suppression holds to the end of its last day there.
pub fn day_of(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}

impl Suppression {
    /// Whether it no longer holds.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    fn told(&self) -> Suppressed {
        Suppressed {
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            expires: self.expires,
            by: SuppressedBy::Configuration,
        }
    }
}

impl Suppressions {
    /// Marks the findings of every account: see [`Suppressions::apply`].
    pub fn apply_to_all(&self, inventory: &Inventory, findings: &mut [Finding], today: Date) -> Tally {
        let mut by_account: BTreeMap<AccountId, Vec<&mut Finding>> = BTreeMap::new();
        for finding in findings {
            by_account.entry(finding.account.clone()).or_default().push(finding);
        }
        let mut tally = Tally::default();
        for account in &inventory.accounts {
            let own = by_account.remove(&account.id).unwrap_or_default();
            self.apply(account, own, today, &mut tally);
        }
        tally
    }

    /// Marks the findings of one account that are suppressed on that day (UTC), and those whose suppression has expired.
    /// Counts what was matched in `tally`, which begins as [`Tally::default`].
    ///
    /// What passes or does not apply is left alone. Each entry counts what it matches, whether another one holds too.
    pub fn apply<'f>(
        &self,
        account: &Account,
        findings: impl IntoIterator<Item = &'f mut Finding>,
        today: Date,
        tally: &mut Tally,
    ) {
        tally.counted.resize(self.entries.len().max(tally.counted.len()), Counted::default());
        if self.entries.is_empty() && self.exemptions.is_none() {
            return;
        }
        let places = Places::of(account);
        let exempting = self.exemptions.as_ref().map(|exemptions| exemptions.read(&places, &mut tally.notes));
        for finding in findings {
            match finding.status {
                Status::Fail | Status::Advice | Status::Unknown => {}
                Status::Pass | Status::NotApplicable => continue,
            }
            for (entry, counted) in self.entries.iter().zip(&mut tally.counted) {
                if !entry.which.matches(&places, finding) {
                    continue;
                }
                counted.matched += 1;
                let slot =
                    if entry.is_expired(today) { &mut finding.suppression_expired } else { &mut finding.suppressed };
                slot.get_or_insert_with(|| entry.told());
            }
            if finding.suppressed.is_none()
                && let Some(exempting) = &exempting
            {
                finding.suppressed = exempting.of(&places, finding);
            }
            // What another entry still covers has not come alive again.
            if finding.suppressed.is_some() {
                finding.suppression_expired = None;
            }
        }
    }
}

impl FindingMatch {
    /// Whether it says nothing, and so would match everything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn matches(&self, places: &Places<'_>, finding: &Finding) -> bool {
        let account = places.account;
        let in_unit = || units(account).is_some_and(|mut all| all.any(|unit| any(&self.units, unit)));
        (self.rules.is_empty() || self.rules.contains(&finding.rule))
            && any(&self.accounts, account.id.as_str())
            && (self.units.is_empty() || in_unit())
            && self.matches_role(finding)
            && self.matches_nodes(finding)
            && (self.tags.is_empty() || self.matches_tags(places, finding))
    }

    fn matches_role(&self, finding: &Finding) -> bool {
        let is = |pattern: &Glob, arn: &str| {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            pattern.matches(if pattern.as_str().starts_with("arn:") { arn } else { name })
        };
        let found = finding.role_arn.as_deref();
        self.roles.is_empty() || found.is_some_and(|arn| self.roles.iter().any(|pattern| is(pattern, arn)))
    }

    fn matches_nodes(&self, finding: &Finding) -> bool {
        if finding.node_groups.is_empty() {
            return any(&self.regions, "global") && self.clusters.is_empty() && self.node_groups.is_empty();
        }
        finding.node_groups.iter().all(|group| {
            any(&self.regions, group.region.as_str())
                && any(&self.clusters, &group.cluster)
                && any(&self.node_groups, &group.name)
        })
    }

    fn matches_tags(&self, places: &Places<'_>, finding: &Finding) -> bool {
        let has = |tags: Option<_>| tags.is_some_and(|tags| self.tags.iter().any(|tag| tag.matches(tags)));
        let groups = &finding.node_groups;
        has(places.role_tags(finding))
            || (!groups.is_empty()
                && groups.iter().all(|group| has(places.cluster_tags(group)) || has(places.group_tags(group))))
    }
}

#[cfg(test)]
mod tests;
