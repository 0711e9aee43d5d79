//! What suppressions matched, over any number of accounts.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Suppression, Suppressions};

/// What was matched so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// For each entry, in the order of the configuration.
    pub counted: Vec<Counted>,
    /// What is wrong with tags that exempt, each thing once.
    pub notes: BTreeSet<String>,
}

/// What one entry matched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Findings.
    pub matched: usize,
}

/// Whether an entry does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It suppresses findings.
    Active,
    /// Its last day is over: what it matches counts again.
    Expired,
    /// It matches nothing.
    Unused,
}

impl State {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Unused => "unused",
        }
    }
}

impl Tally {
    /// Adds what was matched in further accounts.
    pub fn add(&mut self, other: Self) {
        self.counted.resize(self.counted.len().max(other.counted.len()), Counted::default());
        for (own, others) in self.counted.iter_mut().zip(other.counted) {
            own.matched += others.matched;
        }
        self.notes.extend(other.notes);
    }

    /// Each entry with what it matched and what that makes it on that day.
    pub fn states<'a>(
        &'a self,
        suppressions: &'a Suppressions,
        today: Date,
    ) -> impl Iterator<Item = (&'a Suppression, usize, State)> {
        suppressions.entries.iter().enumerate().map(move |(place, entry)| {
            let matched = self.counted.get(place).map_or(0, |counted| counted.matched);
            let state = if entry.is_expired(today) {
                State::Expired
            } else if matched > 0 {
                State::Active
            } else {
                State::Unused
            };
            (entry, matched, state)
        })
    }
}
