//! What could not be had, by its cause: failed calls with the permission that is missing, then what stays undecided.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use comfy_table::Cell;

use crate::ids::AccountId;
use crate::report::coverage::EVERY_REGION;
use crate::report::harmless;
use crate::report::model::{CoverageStatus, Report, ReportedFinding};
use crate::report::unknowns::{Causes, FailedCalls};

use super::paint::{FAINT, HEADING, Look, count, few, label};

/// How many places or roles a cause names.
const PLACES_SHOWN: usize = 3;

/// Writes the causes.
pub(super) fn write(
    report: &Report,
    causes: &Causes,
    names: &BTreeMap<AccountId, String>,
    look: Look,
    sink: &mut impl Write,
) -> io::Result<()> {
    if !causes.failed_calls.is_empty() {
        writeln!(sink, "{}\n", look.paint(HEADING, "Could not be read"))?;
        writeln!(sink, "{}\n", failed_calls(&causes.failed_calls, names, look))?;
    }
    if !causes.undecided.is_empty() {
        writeln!(sink, "{}\n", look.paint(HEADING, "Could not be decided"))?;
        for group in &causes.undecided {
            let (word, style) = label(crate::finding::Status::Unknown, crate::finding::Severity::Low);
            let rule = look.paint(HEADING, &format!("{} {}", group.rule, group.slug));
            writeln!(sink, "    {}       {rule}  {}", look.paint(style, word), count(group.findings.len(), "result"))?;
            let text = match group.findings.as_slice() {
                [only] => &only.message,
                _ => &group.reason,
            };
            let about: BTreeSet<&str> = group.findings.iter().map(subject).collect();
            let about = few(about.into_iter().map(str::to_owned), PLACES_SHOWN);
            for line in look.wrap("              ", "              ", text) {
                writeln!(sink, "{line}")?;
            }
            for line in look.wrap_in(FAINT, "              ", &about) {
                writeln!(sink, "{line}")?;
            }
        }
        writeln!(sink)?;
    }
    inactive(report, names, look, sink)
}

/// The table of failed calls.
fn failed_calls(calls: &[FailedCalls], names: &BTreeMap<AccountId, String>, look: Look) -> String {
    let mut table = look.table();
    table.set_header(["call", "failed with", "where", "leaves open"]);
    for call in calls {
        let needs = if call.denied() { format!("\nneeds {}", harmless::line(&call.api)) } else { String::new() };
        let accounts: BTreeSet<&AccountId> = call.places.iter().map(|(account, _)| account).collect();
        let regions: BTreeSet<&str> = call.places.iter().map(|(_, region)| region.as_str()).collect();
        let every = regions.iter().all(|region| *region == EVERY_REGION);
        let accounts = few(accounts.into_iter().map(|account| named(account, names)), PLACES_SHOWN);
        let regions = if every {
            String::new()
        } else {
            format!(": {}", few(regions.into_iter().map(str::to_owned), PLACES_SHOWN))
        };
        table.add_row([
            Cell::new(harmless::line(&call.api)),
            Cell::new(format!("{}{needs}", harmless::line(&call.error))),
            Cell::new(harmless::line(&format!("{accounts}{regions}"))),
            Cell::new(format!("{}\n{}", count(call.open_results, "result"), count(call.resources.len(), "resource"))),
        ]);
    }
    table.trim_fmt()
}

/// Writes which accounts were left out for they are not active.
fn inactive(report: &Report, names: &BTreeMap<AccountId, String>, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let inactive: Vec<String> = report
        .coverage
        .iter()
        .filter(|entry| {
            entry.status == CoverageStatus::Disabled && entry.region == EVERY_REGION && entry.missing.is_empty()
        })
        .map(|entry| named(&entry.account, names))
        .collect();
    if inactive.is_empty() {
        return Ok(());
    }
    let number = count(inactive.len(), "account");
    let text = format!("{number} not active in the organization and not audited: {}", few(inactive, PLACES_SHOWN));
    for line in look.wrap_in(FAINT, "", &text) {
        writeln!(sink, "{line}")?;
    }
    writeln!(sink)
}

/// An account with its name, where that is known.
fn named(account: &AccountId, names: &BTreeMap<AccountId, String>) -> String {
    names.get(account).map_or_else(|| account.to_string(), |name| format!("{account} ({name})"))
}

/// What a finding is about: its role, else its account.
fn subject(finding: &ReportedFinding) -> &str {
    finding.role_arn.as_deref().unwrap_or_else(|| finding.account.as_str())
}
