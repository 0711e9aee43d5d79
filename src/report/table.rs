//! The report for people: findings by account and role, the worst first, then what could not be had, then a summary.

mod changes;
mod commands;
mod decisive;
pub mod explanation;
mod findings;
mod gaps;
mod paint;
pub mod plan;
mod summary;

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::ids::AccountId;

use super::model::Report;
use super::unknowns;

pub use paint::{Colour, Look};

/// Writes the report; `names` are the accounts' names, where they are known.
pub fn write(report: &Report, names: &BTreeMap<AccountId, String>, look: Look, mut sink: impl Write) -> io::Result<()> {
    let causes = unknowns::by_cause(report);
    findings::write(report, names, look, &mut sink)?;
    gaps::write(report, &causes, names, look, &mut sink)?;
    changes::write(report, look, &mut sink)?;
    summary::write(report, look, &mut sink)
}

#[cfg(test)]
mod tests;
