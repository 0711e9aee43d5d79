//! The report as one page for browsers: no network, light and dark, for keyboards, screen readers and printers.
//!
//! The page's script draws the findings from JSON, a hundred at a time, and inserts text only as text; readers without
//! scripts get all of them as a plain list. Nothing else may run: the page's policy names its scripts and styles by hash.

mod asset;
mod causes;
mod embedded;
mod map;
mod page;
mod severity;
mod told;
mod trend;

use std::collections::BTreeMap;
use std::io::{self, Write};

use askama::Template;

use crate::ids::AccountId;

use super::model::Report;

/// Writes the report; `names` are the accounts' names, where they are known.
pub fn write(report: &Report, names: &BTreeMap<AccountId, String>, mut sink: impl Write) -> io::Result<()> {
    let told = told::Told::of(report, names);
    page::Page::of(report, names, &told)?.write_into(&mut sink)
}

#[cfg(test)]
mod tests;
