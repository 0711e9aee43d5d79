//! Failing findings by account and severity: a table whose rows carry a bar each.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::finding::{Severity, Status};
use crate::ids::AccountId;
use crate::report::harmless::line;
use crate::report::model::Report;

/// How many accounts have a row of their own.
const ACCOUNTS_SHOWN: usize = 20;

/// How long the longest bar is, in the units of its drawing.
const BAR_LENGTH: usize = 320;

/// Failing findings by severity, the worst first.
pub(super) type Counts = [usize; 4];

/// A row.
#[derive(Debug)]
pub(super) struct Row {
    /// The account with its name, or how many further ones there are.
    pub(super) account: String,
    /// The account's id, to filter by.
    pub(super) id: Option<String>,
    /// The numbers, the worst first.
    pub(super) counts: Counts,
    /// The parts of the bar.
    pub(super) parts: Vec<Part>,
}

/// A part of a bar.
#[derive(Debug)]
pub(super) struct Part {
    /// The severity.
    pub(super) severity: &'static str,
    /// Where it begins.
    pub(super) x: usize,
    /// How long it is.
    pub(super) width: usize,
}

impl Row {
    /// The bar in words.
    pub(super) fn spoken(&self) -> String {
        spoken(&self.counts)
    }
}

/// Numbers in words; those that are none are left out.
pub(super) fn spoken(counts: &Counts) -> String {
    let words = Severity::WORST_FIRST.iter().zip(counts);
    let some: Vec<String> = words
        .filter(|(_, number)| **number > 0)
        .map(|(severity, number)| format!("{number} {}", severity.as_str()))
        .collect();
    some.join(", ")
}

/// The rows, the worst accounts first.
pub(super) fn by_account(report: &Report, names: &BTreeMap<AccountId, String>) -> Vec<Row> {
    let mut accounts: BTreeMap<&AccountId, Counts> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.status == Status::Fail && finding.counts()) {
        let counts = accounts.entry(&finding.account).or_default();
        let places = Severity::WORST_FIRST.iter().zip(counts);
        for (_, number) in places.filter(|(severity, _)| **severity == finding.severity) {
            *number += 1;
        }
    }
    let mut accounts: Vec<(&AccountId, Counts)> = accounts.into_iter().collect();
    accounts.sort_by_key(|(_, counts)| Reverse(*counts));
    let further = accounts.split_off(accounts.len().min(ACCOUNTS_SHOWN));
    let longest = accounts.iter().map(|(_, counts)| counts.iter().sum()).max().unwrap_or(1_usize).max(1);
    let mut rows: Vec<Row> = accounts
        .into_iter()
        .map(|(account, counts)| Row {
            account: names.get(account).map_or_else(|| account.to_string(), |name| format!("{account} {}", line(name))),
            id: Some(account.to_string()),
            parts: parts(&counts, longest),
            counts,
        })
        .collect();
    if !further.is_empty() {
        let mut counts = Counts::default();
        for (_, of_account) in &further {
            counts.iter_mut().zip(of_account).for_each(|(sum, number)| *sum += number);
        }
        let account = format!("{} further accounts", further.len());
        rows.push(Row { account, id: None, counts, parts: Vec::new() });
    }
    rows
}

/// A bar's parts, one beside the other; none so short that it is not seen.
pub(super) fn parts(counts: &Counts, longest: usize) -> Vec<Part> {
    let mut x = 0;
    let mut parts = Vec::new();
    for (severity, number) in Severity::WORST_FIRST.iter().zip(counts).filter(|(_, number)| **number > 0) {
        let width = (number * BAR_LENGTH / longest).max(2);
        parts.push(Part { severity: severity.as_str(), x, width });
        x += width;
    }
    parts
}

#[cfg(test)]
mod tests;
