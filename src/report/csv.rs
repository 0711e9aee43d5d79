//! The report as CSV for spreadsheets: a row for each finding, and for each call that failed.
//!
//! RFC 4180: every cell in quotes, lines end in CR LF. A byte order mark comes first, for without it spreadsheets on Windows
//! read UTF-8 as another character set. No cell is a formula: see `cell`.

use std::io::{self, Write};

use crate::finding::Remediation;

use super::harmless::line;
use super::model::{CoverageEntry, CoverageStatus, Missing, Report, ReportedFinding, ReportedSuppressed};

/// The most that a spreadsheet takes in a cell, UTF-16 units (Excel specifications and limits).
const CELL: usize = 32_767;

/// What stands at the end of a cell that was cut.
const CUT: &str = "… (cut: see the JSON report)";

/// The status of a row about something that was not audited in full.
const NOT_AUDITED: &str = "not_audited";

/// The columns. New ones are added at the end, for readers that go by number.
const COLUMNS: [&str; 28] = [
    "run_id",
    "finished_at",
    "id",
    "status",
    "severity",
    "change",
    "rule",
    "slug",
    "title",
    "account",
    "account_name",
    "region",
    "role_arn",
    "node_groups",
    "message",
    "evidence",
    "remediation_class",
    "remediation",
    "commands",
    "compliance",
    "source",
    "suppressed",
    "suppression_expired",
    "previous",
    "coverage",
    "api",
    "resource",
    "error",
];

/// Writes the report.
pub fn write(report: &Report, mut sink: impl Write) -> io::Result<()> {
    sink.write_all("\u{feff}".as_bytes())?;
    let mut rows = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(sink);
    rows.write_record(COLUMNS).map_err(of_the_sink)?;
    for finding in &report.findings {
        write_row(&mut rows, &of_finding(report, finding))?;
    }
    for lost in report.baseline.iter().flat_map(|baseline| &baseline.not_compared) {
        let mut row = of_finding(report, &lost.finding);
        row.status = "not_compared";
        row.previous = format!("{} ({})", lost.finding.status.as_str(), lost.reason.as_str());
        write_row(&mut rows, &row)?;
    }
    for entry in &report.coverage {
        for row in of_coverage(report, entry) {
            write_row(&mut rows, &row)?;
        }
    }
    for note in &report.notes {
        write_row(&mut rows, &Row { status: "note", message: note.clone(), ..of_run(report) })?;
    }
    rows.flush()
}

/// A row, before its texts are made harmless.
#[derive(Debug, Default)]
struct Row<'a> {
    run_id: &'a str,
    finished_at: String,
    id: &'a str,
    status: &'a str,
    severity: &'a str,
    change: &'a str,
    rule: &'a str,
    slug: &'a str,
    title: &'a str,
    account: &'a str,
    account_name: &'a str,
    region: &'a str,
    role_arn: &'a str,
    node_groups: String,
    message: String,
    evidence: String,
    remediation_class: &'a str,
    remediation: &'a str,
    commands: String,
    compliance: String,
    source: &'a str,
    suppressed: String,
    suppression_expired: String,
    previous: String,
    coverage: &'a str,
    api: &'a str,
    resource: &'a str,
    error: &'a str,
}

/// The cells that every row has.
fn of_run(report: &Report) -> Row<'_> {
    Row { run_id: &report.run_id, finished_at: report.finished_at.to_string(), ..Row::default() }
}

/// The row of a finding.
fn of_finding<'a>(report: &'a Report, finding: &'a ReportedFinding) -> Row<'a> {
    let groups = finding
        .node_groups
        .iter()
        .map(|group| format!("{}/{} ({}, {})", group.cluster, group.name, group.kind.as_str(), group.region));
    let remediation = finding.remediation.as_ref();
    let told =
        |suppressed: &Option<ReportedSuppressed>| suppressed.as_ref().map(ReportedSuppressed::told).unwrap_or_default();
    Row {
        id: &finding.id,
        status: finding.status.as_str(),
        severity: finding.severity.as_str(),
        change: finding.change.map(super::model::Change::as_str).unwrap_or_default(),
        rule: &finding.rule,
        slug: &finding.slug,
        title: &finding.title,
        account: finding.account.as_str(),
        account_name: report.account_names.get(&finding.account).map(String::as_str).unwrap_or_default(),
        region: &finding.region,
        role_arn: finding.role_arn.as_deref().unwrap_or_default(),
        node_groups: groups.collect::<Vec<_>>().join("; "),
        message: finding.message.clone(),
        evidence: finding.evidence.iter().map(|evidence| evidence.text.as_str()).collect::<Vec<_>>().join("; "),
        remediation_class: remediation.map(|remediation| remediation.class.as_str()).unwrap_or_default(),
        remediation: remediation.map(|remediation| remediation.text.as_str()).unwrap_or_default(),
        commands: remediation.map(commands).unwrap_or_default(),
        compliance: finding.controls().unwrap_or_default(),
        source: &finding.source,
        suppressed: told(&finding.suppressed),
        suppression_expired: told(&finding.suppression_expired),
        previous: finding
            .previous
            .as_ref()
            .map(|previous| {
                format!("{} ({}): {}", previous.status.as_str(), previous.severity.as_str(), previous.message)
            })
            .unwrap_or_default(),
        ..of_run(report)
    }
}

/// The commands as one line for a shell, which stops at the first that fails. Commands that do not fit whole are left out:
/// half of one does something else.
fn commands(remediation: &Remediation) -> String {
    let all = remediation.commands.join(" && ");
    if length(&cell(&all)) <= CELL { all } else { "too long for a cell: see the JSON report".to_owned() }
}

/// The rows of an account and region: one for each failed call and note, at least one where it was not audited in full.
fn of_coverage<'a>(report: &'a Report, entry: &'a CoverageEntry) -> Vec<Row<'a>> {
    let place = |status| Row {
        status,
        coverage: entry.status.as_str(),
        account: entry.account.as_str(),
        account_name: report.account_names.get(&entry.account).map(String::as_str).unwrap_or_default(),
        region: &entry.region,
        ..of_run(report)
    };
    let mut rows: Vec<Row<'a>> = entry
        .missing
        .iter()
        .map(|missing| {
            let Missing { api, resource, error, message, class: _ } = missing;
            Row { api, resource, error, message: message.clone(), ..place(NOT_AUDITED) }
        })
        .collect();
    if rows.is_empty() && entry.status != CoverageStatus::Audited {
        rows.push(place(NOT_AUDITED));
    }
    rows.extend(entry.notes.iter().map(|note| Row { message: note.clone(), ..place("note") }));
    rows
}

/// Writes a row in the order of [`COLUMNS`].
fn write_row(rows: &mut csv::Writer<impl Write>, row: &Row<'_>) -> io::Result<()> {
    let cells: [&str; COLUMNS.len()] = [
        row.run_id,
        &row.finished_at,
        row.id,
        row.status,
        row.severity,
        row.change,
        row.rule,
        row.slug,
        row.title,
        row.account,
        row.account_name,
        row.region,
        row.role_arn,
        &row.node_groups,
        &row.message,
        &row.evidence,
        row.remediation_class,
        row.remediation,
        &row.commands,
        &row.compliance,
        row.source,
        &row.suppressed,
        &row.suppression_expired,
        &row.previous,
        row.coverage,
        row.api,
        row.resource,
        row.error,
    ];
    rows.write_record(cells.map(|text| fit(cell(text)))).map_err(of_the_sink)
}

/// The sink's own error, of its own kind: a reader of standard output that has had enough is none.
fn of_the_sink(error: csv::Error) -> io::Error {
    let told = error.to_string();
    if let csv::ErrorKind::Io(error) = error.into_kind() { error } else { io::Error::other(told) }
}

/// A text as a cell that no spreadsheet takes for a formula (OWASP, *CSV Injection*).
///
/// One line of harmless text. One that begins like a formula, or with `'`, gets a `'` in front, which a reader takes away
/// again. Where the list separator is a semicolon, a spreadsheet begins a cell after each of them: one is followed by a space.
fn cell(text: &str) -> String {
    let plain = line(text);
    let mut out = String::with_capacity(plain.len() + 2);
    if plain.trim_start().starts_with(begins_formula) {
        out.push('\'');
    }
    let mut last = None;
    for c in plain.chars() {
        if last == Some(';') && !c.is_alphanumeric() && c != ' ' {
            out.push(' ');
        }
        out.push(c);
        last = Some(c);
    }
    // A cell of its own would begin after `; `: some spreadsheets trim it.
    out.replace("; =", "; '=").replace("; +", "; '+").replace("; -", "; '-").replace("; @", "; '@")
}

/// What spreadsheets take for the start of a formula; the wide forms, in some languages. And `'`, the mark against it.
fn begins_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\'' | '＝' | '＋' | '－' | '＠')
}

/// The cell, cut to what a spreadsheet takes.
fn fit(text: String) -> String {
    if length(&text) <= CELL {
        return text;
    }
    let room = CELL - length(CUT);
    let mut used = 0;
    let head = text.chars().take_while(|c| {
        used += c.len_utf16();
        used <= room
    });
    head.chain(CUT.chars()).collect()
}

/// The length as spreadsheets count it.
fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests;
