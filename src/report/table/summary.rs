//! The end of the table: what was covered, what was found, what it cost.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::counted::counted;
use crate::report::coverage::EVERY_REGION;
use crate::report::harmless;
use crate::report::model::{CoverageStatus, Report};
use crate::suppress::State;

use super::changes;
use super::findings::failing;
use super::paint::{HEADING, Look, few};

/// How many operations the line of calls names.
const OPERATIONS_SHOWN: usize = 3;

/// The column in which values begin.
const VALUE_INDENT: &str = "              ";

/// Writes the summary.
pub(super) fn write(report: &Report, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let summary = &report.summary;
    writeln!(sink, "{}\n", look.paint(HEADING, "Summary"))?;
    let seen = [
        counted(summary.accounts, "account"),
        counted(summary.regions, "region"),
        counted(summary.clusters, "cluster"),
        counted(summary.node_groups, "node group"),
        counted(summary.node_roles, "node role"),
    ];
    line("seen", &seen.join(" · "), look, sink)?;
    let failing = failing(report, look);
    let failing = if failing.is_empty() { "nothing".to_owned() } else { failing.join(" · ") };
    // Painted, and short: not wrapped.
    writeln!(sink, "{}{failing}", name("failing"))?;
    let others = [
        format!("{} advice", summary.advice),
        format!("{} unknown", summary.unknown),
        format!("{} passed", summary.pass),
        format!("{} not applicable", summary.not_applicable),
    ];
    line("results", &others.join(" · "), look, sink)?;
    if summary.suppressed > 0 || !report.suppressions.is_empty() {
        line("suppressed", &suppressed(report), look, sink)?;
    }
    for (name, text) in changes::lines(report) {
        line(name, &text, look, sink)?;
    }
    line("calls", &calls(report), look, sink)?;
    let (word, text, style) = coverage(report);
    for (at, line) in look.wrap(&name("coverage"), VALUE_INDENT, &format!("{word} {text}")).iter().enumerate() {
        // Painted after it was wrapped: escapes have no width.
        let painted = if at == 0 { line.replacen(word, &look.paint(style, word), 1) } else { line.clone() };
        writeln!(sink, "{}", painted.trim_end())?;
    }
    for delivery in &report.deliveries {
        line("sink", &delivery.told(), look, sink)?;
    }
    let run = format!("{}, noderole {}, facts of {:.0}", report.run_id, report.tool_version, report.started_at);
    line("run", &run, look, sink)
}

/// The name of a line, up to the column of the values.
fn name(name: &str) -> String {
    format!("  {name:<12}")
}

/// Writes one line of the summary, wrapped.
fn line(of: &str, text: &str, look: Look, sink: &mut impl Write) -> io::Result<()> {
    for line in look.wrap(&name(of), VALUE_INDENT, text) {
        writeln!(sink, "{line}")?;
    }
    Ok(())
}

/// How many findings are suppressed, and what is to be said about the suppressions.
fn suppressed(report: &Report) -> String {
    let of = |state: State| report.suppressions.iter().filter(|entry| entry.state == state).count();
    let mut parts = vec![counted(report.summary.suppressed, "finding")];
    for (number, word) in [(of(State::Expired), "expired"), (of(State::Unused), "unused")] {
        if number > 0 {
            parts.push(format!("{} {word}", counted(number, "suppression")));
        }
    }
    parts.join(" · ")
}

/// The calls that were made: in all, and the most frequent operations.
fn calls(report: &Report) -> String {
    let calls = &report.summary.api_calls;
    let all: u64 = calls.values().sum();
    let mut by_number: Vec<(&String, &u64)> = calls.iter().collect();
    by_number.sort_by_key(|(name, number)| (std::cmp::Reverse(**number), name.as_str()));
    let most = few(by_number.into_iter().map(|(name, number)| format!("{name} {number}")), OPERATIONS_SHOWN);
    let most = if most.is_empty() { String::new() } else { format!(" ({})", harmless::line(&most)) };
    let throttled =
        if report.summary.throttled == 0 { String::new() } else { format!(", {} throttled", report.summary.throttled) };
    format!("{all} to AWS{most}{throttled}")
}

/// Whether everything was read, and how many regions of accounts were read in part or not at all.
fn coverage(report: &Report) -> (&'static str, String, Style) {
    if report.complete {
        return ("complete", String::new(), AnsiColor::Green.on_default());
    }
    let places = |wanted: fn(CoverageStatus) -> bool| {
        report.coverage.iter().filter(|entry| !entry.missing.is_empty() && wanted(entry.status)).count()
    };
    let partial = places(|status| status == CoverageStatus::Partial);
    let closed = places(|status| status != CoverageStatus::Partial);
    let accounts =
        report.coverage.iter().filter(|entry| entry.region == EVERY_REGION && !entry.missing.is_empty()).count();
    let mut parts = Vec::new();
    if partial > 0 {
        parts.push(format!("{partial} read in part"));
    }
    if closed > 0 {
        let whole =
            if accounts > 0 { format!(", of them {}", counted(accounts, "whole account")) } else { String::new() };
        parts.push(format!("{closed} not read{whole}"));
    }
    (
        "incomplete:",
        format!("of {}, {}", counted(report.coverage.len(), "account-region"), parts.join(", ")),
        AnsiColor::Yellow.on_default().bold(),
    )
}
