//! A suite: everything about one account and region.

use std::collections::BTreeMap;

use crate::ids::AccountId;
use crate::report::harmless::line;
use crate::report::model::{CoverageEntry, Report};

use super::case::{Case, Outcome};

/// Everything about one account and region.
pub(super) struct Suite<'a> {
    /// The account, its name, and the region.
    pub(super) name: String,
    account: &'a AccountId,
    region: &'a str,
    /// Its tests.
    pub(super) cases: Vec<Case>,
}

/// How many tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) tests: usize,
    pub(super) failures: usize,
    pub(super) errors: usize,
    pub(super) skipped: usize,
}

impl Counts {
    /// Adds others.
    pub(super) fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }
}

/// The suites, by account and region.
pub(super) fn of(report: &Report) -> Vec<Suite<'_>> {
    let mut cases: BTreeMap<(&AccountId, &str), Vec<Case>> = BTreeMap::new();
    for entry in &report.coverage {
        let CoverageEntry { account, region, status: _, missing: _, notes: _ } = entry;
        cases.entry((account, region)).or_default().extend(Case::of_coverage(entry));
    }
    for finding in &report.findings {
        cases.entry((&finding.account, &finding.region)).or_default().push(Case::of_finding(finding));
    }
    for lost in report.baseline.iter().flat_map(|baseline| &baseline.not_compared) {
        let finding = &lost.finding;
        cases.entry((&finding.account, &finding.region)).or_default().push(Case::not_compared(lost));
    }
    let suites = cases.into_iter().map(|((account, region), cases)| {
        let name = report.account_names.get(account).map(|name| format!(" ({})", line(name))).unwrap_or_default();
        Suite { name: format!("{account}{name} {}", line(region)), account, region, cases }
    });
    suites.collect()
}

impl Suite<'_> {
    /// How its tests ended.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts { tests: self.cases.len(), ..Counts::default() };
        for case in &self.cases {
            match case.outcome {
                Outcome::Passed => {}
                Outcome::Failed { .. } => counts.failures += 1,
                Outcome::Errored { .. } => counts.errors += 1,
                Outcome::Skipped { .. } => counts.skipped += 1,
            }
        }
        counts
    }

    /// What is to be known of the run and the place.
    pub(super) fn properties(&self, report: &Report) -> Vec<(&'static str, String)> {
        let summary = &report.summary;
        let notes = report.notes.iter().map(|note| ("note", line(note).into_owned()));
        [
            ("run_id", line(&report.run_id).into_owned()),
            ("tool_version", line(&report.tool_version).into_owned()),
            ("account", self.account.to_string()),
            ("region", line(self.region).into_owned()),
            ("run_complete", report.complete.to_string()),
            ("run_pass", summary.pass.to_string()),
            ("run_not_applicable", summary.not_applicable.to_string()),
        ]
        .into_iter()
        .chain(notes)
        .collect()
    }
}
