//! What could not be had, by its cause: failed calls with the permission that is missing, then what stays undecided.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::counted::counted;
use crate::ids::AccountId;
use crate::report::coverage::{self, EVERY_REGION};
use crate::report::harmless;
use crate::report::model::{CoverageStatus, Report, ReportedFinding};
use crate::report::unknowns::{Causes, FailedCalls};

use super::decisive;
use super::findings::MESSAGE_INDENT;
use super::paint::{FAINT, HEADING, Look, few, label};

/// How many places or roles a cause names.
const PLACES_SHOWN: usize = 3;

/// How many resources a failed call names.
const RESOURCES_SHOWN: usize = 2;

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
        for call in &causes.failed_calls {
            of_calls(call, names, look, sink)?;
        }
        writeln!(sink)?;
    }
    if !causes.undecided.is_empty() {
        writeln!(sink, "{}\n", look.paint(HEADING, "Could not be decided"))?;
        for group in &causes.undecided {
            let (word, style) = label(crate::finding::Status::Unknown, crate::finding::Severity::Low);
            let rule = look.paint(HEADING, &format!("{} {}", group.rule, group.slug));
            let number = match group.findings.len() {
                1 => String::new(),
                many => format!(", {}", counted(many, "result")),
            };
            writeln!(sink, "    {}   {rule}{number}", look.paint(style, word))?;
            let about: BTreeSet<&str> = group.findings.iter().map(subject).collect();
            let about = few(about.into_iter().map(str::to_owned), PLACES_SHOWN);
            for line in look.wrap(MESSAGE_INDENT, MESSAGE_INDENT, group.why()) {
                writeln!(sink, "{line}")?;
            }
            let decisive = group.findings.first().filter(|_| group.findings.len() == 1).and_then(decisive::of);
            for line in decisive.iter().flat_map(|text| look.wrap_in(FAINT, MESSAGE_INDENT, text)) {
                writeln!(sink, "{line}")?;
            }
            for line in look.wrap_in(FAINT, MESSAGE_INDENT, &about) {
                writeln!(sink, "{line}")?;
            }
        }
        writeln!(sink)?;
    }
    let notes = coverage::notes_of(report);
    for (note, accounts) in &notes {
        let text = format!("{note} ({})", few(accounts.iter().map(|account| named(account, names)), PLACES_SHOWN));
        for line in look.wrap_in(FAINT, "", &text) {
            writeln!(sink, "{line}")?;
        }
    }
    if !notes.is_empty() {
        writeln!(sink)?;
    }
    inactive(report, names, look, sink)
}

/// Writes one cause of failed calls: the call, why it failed, where, and what it leaves open.
fn of_calls(
    call: &FailedCalls,
    names: &BTreeMap<AccountId, String>,
    look: Look,
    sink: &mut impl Write,
) -> io::Result<()> {
    let whole = call.places.iter().all(|(_, region)| region == EVERY_REGION);
    let told = call.explained().map(|text| format!(": {text}")).unwrap_or_default();
    writeln!(sink, "    {}", look.paint(HEADING, &harmless::line(&call.api)))?;
    for line in look.wrap(MESSAGE_INDENT, MESSAGE_INDENT, &format!("{}{told}; leaves {}", call.error, call.leaves())) {
        writeln!(sink, "{line}")?;
    }
    let accounts: BTreeSet<&AccountId> = call.places.iter().map(|(account, _)| account).collect();
    let regions: BTreeSet<&str> = call.places.iter().map(|(_, region)| region.as_str()).collect();
    let accounts = few(accounts.into_iter().map(|account| named(account, names)), PLACES_SHOWN);
    let regions =
        if whole { "every region".to_owned() } else { few(regions.into_iter().map(str::to_owned), PLACES_SHOWN) };
    let resources = few(call.resources.iter().cloned(), RESOURCES_SHOWN);
    for line in look.wrap_in(FAINT, MESSAGE_INDENT, &format!("{accounts}, {regions}: {resources}")) {
        writeln!(sink, "{line}")?;
    }
    Ok(())
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
    let number = counted(inactive.len(), "account");
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
