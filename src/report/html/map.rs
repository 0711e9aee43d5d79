//! The map of what was covered: accounts down, regions across; each status has a colour, a pattern and a letter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::ids::AccountId;
use crate::report::coverage::{EVERY_REGION, GLOBAL};
use crate::report::harmless::line;
use crate::report::model::{CoverageEntry, CoverageStatus, Report};

/// How many accounts have a row.
const ROWS_SHOWN: usize = 60;

/// How many regions have a column.
const COLUMNS_SHOWN: usize = 40;

/// How many characters of an account's label are drawn.
const LABEL_MAX: usize = 32;

/// The side of a cell, the width of the accounts' labels and the height of the regions'; the units are the drawing's.
const CELL: usize = 22;
const LABELS: usize = 270;
const HEAD: usize = 110;

/// Every status, in the order of the legend.
const STATUSES: [CoverageStatus; 6] = [
    CoverageStatus::Audited,
    CoverageStatus::Partial,
    CoverageStatus::Denied,
    CoverageStatus::Disabled,
    CoverageStatus::NotReached,
    CoverageStatus::Error,
];

/// The drawing.
#[derive(Debug)]
pub(super) struct Map {
    /// Its size.
    pub(super) width: usize,
    pub(super) height: usize,
    /// The regions' labels.
    pub(super) columns: Vec<Label>,
    /// The accounts' labels.
    pub(super) rows: Vec<Label>,
    /// The cells of each status that is there, as one path.
    pub(super) cells: Vec<Cells>,
    /// The letters of each row.
    pub(super) letters: Vec<Letters>,
    /// Accounts and regions that are not drawn.
    pub(super) further_accounts: usize,
    pub(super) further_regions: usize,
}

/// A text at a place.
#[derive(Debug)]
pub(super) struct Label {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) text: String,
}

/// The cells of a status.
#[derive(Debug)]
pub(super) struct Cells {
    /// The status.
    pub(super) status: &'static str,
    /// Their outlines.
    pub(super) path: String,
}

/// The letters of a row, each with its place across.
#[derive(Debug)]
pub(super) struct Letters {
    pub(super) x: String,
    pub(super) y: usize,
    pub(super) text: String,
}

/// A status in the legend.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) letter: char,
    pub(super) status: &'static str,
    pub(super) words: &'static str,
    pub(super) number: usize,
}

/// The statuses with their letters, and how many accounts and regions have them.
pub(super) fn keys(report: &Report) -> Vec<Key> {
    let number = |status| report.coverage.iter().filter(|entry| entry.status == status).count();
    let key =
        |status| Key { letter: letter(status), status: class(status), words: words(status), number: number(status) };
    STATUSES.into_iter().map(key).collect()
}

/// A status as a letter.
fn letter(status: CoverageStatus) -> char {
    match status {
        CoverageStatus::Audited => 'A',
        CoverageStatus::Partial => 'P',
        CoverageStatus::Denied => 'D',
        CoverageStatus::Disabled => 'X',
        CoverageStatus::NotReached => 'N',
        CoverageStatus::Error => 'E',
    }
}

/// A status in the style sheet.
fn class(status: CoverageStatus) -> &'static str {
    match status {
        CoverageStatus::NotReached => "not-reached",
        CoverageStatus::Audited
        | CoverageStatus::Partial
        | CoverageStatus::Denied
        | CoverageStatus::Disabled
        | CoverageStatus::Error => status.as_str(),
    }
}

/// A status in words.
pub(super) fn words(status: CoverageStatus) -> &'static str {
    match status {
        CoverageStatus::Audited => "audited",
        CoverageStatus::Partial => "read in part",
        CoverageStatus::Denied => "denied",
        CoverageStatus::Disabled => "not enabled or not active",
        CoverageStatus::NotReached => "not reached",
        CoverageStatus::Error => "error",
    }
}

impl Map {
    /// The map of a report; accounts that miss something come first.
    pub(super) fn of(report: &Report, names: &BTreeMap<AccountId, String>) -> Self {
        let mut accounts: BTreeMap<&AccountId, Vec<&CoverageEntry>> = BTreeMap::new();
        for entry in &report.coverage {
            accounts.entry(&entry.account).or_default().push(entry);
        }
        let mut accounts: Vec<_> = accounts.into_iter().collect();
        let whole = |entries: &[&CoverageEntry]| entries.iter().all(|entry| entry.missing.is_empty());
        accounts.sort_by_key(|(_, entries)| whole(entries));
        let further_accounts = accounts.len().saturating_sub(ROWS_SHOWN);
        accounts.truncate(ROWS_SHOWN);

        let regions: BTreeSet<&str> = report.coverage.iter().map(|entry| entry.region.as_str()).collect();
        let has_global = regions.contains(GLOBAL);
        let others = regions.into_iter().filter(|region| ![GLOBAL, EVERY_REGION].contains(region));
        let regions: Vec<&str> = has_global.then_some(GLOBAL).into_iter().chain(others).collect();
        let shown: Vec<&str> = regions.iter().copied().take(COLUMNS_SHOWN).collect();
        let mut drawing = Drawing { across: shown.len().max(1), paths: BTreeMap::new(), letters: Vec::new() };
        let mut rows = Vec::new();
        for (row, (account, entries)) in accounts.iter().enumerate() {
            let name = names.get(*account).map(|name| format!(" {}", line(name))).unwrap_or_default();
            let text = format!("{account}{name}").chars().take(LABEL_MAX).collect();
            rows.push(Label { x: LABELS - 8, y: middle(row), text });
            drawing.row(row, entries, &shown);
        }
        let column = |(at, region): (usize, &&str)| Label {
            x: LABELS + at * CELL + CELL / 2 + 4,
            y: HEAD - 6,
            text: line(region).into_owned(),
        };
        Self {
            width: LABELS + drawing.across * CELL + 40,
            height: HEAD + rows.len() * CELL + 4,
            columns: shown.iter().enumerate().map(column).collect(),
            rows,
            cells: drawing.paths.into_iter().map(|(status, path)| Cells { status: class(status), path }).collect(),
            letters: drawing.letters,
            further_accounts,
            further_regions: regions.len() - shown.len(),
        }
    }
}

/// Cells and letters in the making.
struct Drawing {
    across: usize,
    paths: BTreeMap<CoverageStatus, String>,
    letters: Vec<Letters>,
}

impl Drawing {
    /// Draws the cells of an account; one that was not entered has a single cell over all regions.
    fn row(&mut self, row: usize, entries: &[&CoverageEntry], shown: &[&str]) {
        let mut letters = Letters { x: String::new(), y: middle(row), text: String::new() };
        for entry in entries {
            let (at, width) = match shown.iter().position(|region| *region == entry.region) {
                Some(at) => (at, 1),
                None if entry.region == EVERY_REGION => (0, self.across),
                None => continue,
            };
            let (x, y, width) = (LABELS + at * CELL + 1, HEAD + row * CELL + 1, width * CELL - 2);
            let path = self.paths.entry(entry.status).or_default();
            // Writing to a String cannot fail.
            write!(path, "M{x} {y}h{width}v{side}h-{width}z", side = CELL - 2).ok();
            write!(letters.x, "{} ", x + width / 2).ok();
            letters.text.push(letter(entry.status));
        }
        letters.x.truncate(letters.x.trim_end().len());
        self.letters.push(letters);
    }
}

/// The height at which a row's text is centred.
fn middle(row: usize) -> usize {
    HEAD + row * CELL + CELL / 2
}

#[cfg(test)]
mod tests;
