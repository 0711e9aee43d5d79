//! Writing a report: each format to its place, and none lost because another could not be written.

use std::io::{self, Write};
use std::path::Path;

use crate::exit::Exit;
use crate::finding::Severity;
use crate::report::table::Look;
use crate::report::{self, Report};

use super::args::{Global, ReportFormat};
use super::door_error::DoorError;
use super::outputs::{self, Destination};
use super::{note, tell, terminal};

/// What is said where a report finds no other place.
const INSTEAD: &str = "the report goes to standard output instead";

/// The format of standard output where none is asked for.
pub(super) fn default_format() -> ReportFormat {
    if terminal::stdout_is_terminal() { ReportFormat::Table } else { ReportFormat::Json }
}

/// Writes the report to each place. If none could be written, the first goes to standard output, unless something else did
/// (`save` is the place of the facts): the run must not be lost.
pub(super) fn write_all(
    told: &Report,
    reports: &[outputs::Report],
    save: Option<&Destination>,
    global: &Global,
) -> Exit {
    let mut written = Exit::Clean;
    let mut lost = true;
    for (format, destination) in reports {
        let look = match destination {
            Destination::Stdout => terminal::look(global.color),
            Destination::File(_) => terminal::look_in_file(global.color),
        };
        let exit = done(destination.write(|sink| write(told, *format, look, sink)));
        lost &= exit != Exit::Clean;
        written = written.and(exit);
    }
    let free = |destination: &Destination| *destination != Destination::Stdout;
    if lost
        && let Some((format, _)) = reports.first()
        && reports.iter().map(|(_, destination)| destination).chain(save).all(free)
    {
        note(INSTEAD);
        let look = terminal::look(global.color);
        written = written.and(done(Destination::Stdout.write(|sink| write(told, *format, look, sink))));
    }
    written
}

/// The places less that of a baseline which could not be compared with: what was found before would be lost with it. If none
/// is left, the first report goes to standard output, unless something else did.
pub(super) fn beside(
    reports: Vec<outputs::Report>,
    baseline: Option<&Path>,
    save: Option<&Destination>,
) -> Vec<outputs::Report> {
    let first = reports.first().map(|(format, _)| *format);
    let mut left = Vec::new();
    for (format, destination) in reports {
        match (&destination, baseline) {
            (Destination::File(path), Some(baseline)) if outputs::are_one_file(path, baseline) => {
                note(&format!("`{}` is left as it was: it is the baseline, and was not compared with", path.display()));
            }
            (Destination::Stdout | Destination::File(_), _) => left.push((format, destination)),
        }
    }
    if let (true, Some(format)) = (left.is_empty() && save != Some(&Destination::Stdout), first) {
        note(INSTEAD);
        left.push((format, Destination::Stdout));
    }
    left
}

/// Tells an output that could not be written; the others are still to come.
pub(super) fn done(written: Result<(), DoorError>) -> Exit {
    match written {
        Ok(()) => Exit::Clean,
        Err(error) => {
            tell(&error);
            Exit::Wrong
        }
    }
}

/// What the report says as an exit code; missing coverage is told beside findings.
pub(super) fn exit(report: &Report, fail_on: Option<Severity>, new_only: bool) -> Exit {
    let exit = if new_only { Exit::of_new(report, fail_on) } else { Exit::of(report, fail_on) };
    if !report.complete {
        let why = if exit == Exit::Incomplete { "" } else { "besides the findings, " };
        note(&format!("{why}part of what was asked for could not be audited: the coverage in the report names it"));
    }
    exit
}

/// Writes a report in a format.
fn write(told: &Report, format: ReportFormat, look: Look, sink: &mut dyn Write) -> io::Result<()> {
    match format {
        ReportFormat::Table => report::table::write(told, &told.account_names, look, sink),
        ReportFormat::Json => report::json::write(told, sink),
        ReportFormat::Jsonl => report::jsonl::write(told, sink),
        ReportFormat::Markdown => report::markdown::write(told, sink),
        ReportFormat::Html => report::html::write(told, &told.account_names, sink),
        ReportFormat::Csv => report::csv::write(told, sink),
        ReportFormat::Sarif => report::sarif::write(told, sink),
        ReportFormat::Junit => report::junit::write(told, sink),
        ReportFormat::Ocsf => report::ocsf::write(told, sink),
        ReportFormat::Asff => report::asff::write(told, sink),
    }
}
