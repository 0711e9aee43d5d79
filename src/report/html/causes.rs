//! What could not be had, by cause, and the gaps in the coverage: the rows of their tables.

use std::collections::BTreeMap;

use crate::ids::AccountId;
use crate::report::coverage;
use crate::report::harmless::line;
use crate::report::model::{CoverageEntry, Report};
use crate::report::unknowns::{self, Causes, FailedCalls, Undecided};

use super::map;

/// How many accounts, roles or failed calls a row names.
const NAMES_SHOWN: usize = 8;

/// How many rows the table of gaps has.
const GAPS_SHOWN: usize = 500;

/// What could not be had.
#[derive(Debug)]
pub(super) struct Told {
    /// Failed calls.
    pub(super) unread: Vec<Unread>,
    /// What stays undecided.
    pub(super) undecided: Vec<Open>,
    /// Accounts and regions that were not wholly read.
    pub(super) gaps: Vec<Gap>,
    /// How many further ones there are.
    pub(super) further_gaps: usize,
    /// What is to be known besides.
    pub(super) notes: Vec<String>,
}

/// A failed call.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) api: String,
    pub(super) error: String,
    pub(super) places: String,
    pub(super) resources: usize,
    pub(super) leaves: String,
}

/// A rule and a reason that leave results open.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) rule: String,
    pub(super) results: usize,
    pub(super) why: String,
    pub(super) about: String,
}

/// An account and region that was not wholly read.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) status: &'static str,
    pub(super) failed: String,
}

impl Told {
    /// Those of a report.
    pub(super) fn of(report: &Report, names: &BTreeMap<AccountId, String>) -> Self {
        let Causes { failed_calls, undecided } = unknowns::by_cause(report);
        let missing: Vec<&CoverageEntry> = report.coverage.iter().filter(|entry| is_gap(entry)).collect();
        let note = |(note, accounts): (&str, std::collections::BTreeSet<&AccountId>)| {
            format!("{} ({})", line(note), few(accounts.into_iter().map(|account| named(account, names))))
        };
        Self {
            unread: failed_calls.iter().map(|call| Unread::of(call, names)).collect(),
            undecided: undecided.iter().map(Open::of).collect(),
            gaps: missing.iter().take(GAPS_SHOWN).map(|entry| Gap::of(entry, names)).collect(),
            further_gaps: missing.len().saturating_sub(GAPS_SHOWN),
            notes: coverage::notes_of(report).into_iter().map(note).collect(),
        }
    }
}

impl Unread {
    fn of(call: &FailedCalls, names: &BTreeMap<AccountId, String>) -> Self {
        let needs = call.explained().map(|text| format!(": {text}")).unwrap_or_default();
        let place = |(account, region): &(AccountId, String)| format!("{} {region}", named(account, names));
        Self {
            api: line(&call.api).into_owned(),
            error: line(&format!("{}{needs}", call.error)).into_owned(),
            places: line(&few(call.places.iter().map(place))).into_owned(),
            resources: call.resources.len(),
            leaves: call.leaves(),
        }
    }
}

impl Open {
    fn of(group: &Undecided) -> Self {
        let about =
            group.findings.iter().map(|finding| finding.role_arn.as_deref().unwrap_or(finding.account.as_str()));
        Self {
            rule: line(&format!("{} {}", group.rule, group.slug)).into_owned(),
            results: group.findings.len(),
            why: line(group.why()).into_owned(),
            about: line(&few(about.map(str::to_owned))).into_owned(),
        }
    }
}

impl Gap {
    fn of(entry: &CoverageEntry, names: &BTreeMap<AccountId, String>) -> Self {
        let failed =
            entry.missing.iter().map(|missing| format!("{} on {}: {}", missing.api, missing.resource, missing.error));
        Self {
            account: named(&entry.account, names),
            region: if entry.region == coverage::EVERY_REGION {
                "every region".to_owned()
            } else {
                line(&entry.region).into_owned()
            },
            status: map::words(entry.status),
            failed: line(&few(failed)).into_owned(),
        }
    }
}

/// Whether an entry is more than a place that was read.
fn is_gap(entry: &CoverageEntry) -> bool {
    entry.status != crate::report::model::CoverageStatus::Audited || !entry.missing.is_empty()
}

/// An account with its name, where that is known.
pub(super) fn named(account: &AccountId, names: &BTreeMap<AccountId, String>) -> String {
    names.get(account).map_or_else(|| account.to_string(), |name| format!("{account} {}", line(name)))
}

/// The first few of some names and the number of the others.
fn few(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let shown = names.iter().take(NAMES_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
