//! The baseline in Markdown: counts, the trend over the last runs, and what is resolved.

use std::io::{self, Write};

use crate::report::harmless::{markdown as escaped, markdown_code as code};
use crate::report::model::Report;

/// How many runs the table of the trend shows.
const RUNS_SHOWN: usize = 10;

/// Writes the section; nothing without a baseline.
pub(super) fn write(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    let Some(baseline) = &report.baseline else { return Ok(()) };
    let changes = report.summary.changes.unwrap_or_default();
    writeln!(sink, "## Since the baseline\n")?;
    writeln!(sink, "The baseline is run {}, of {:.0}.\n", code(&baseline.run_id), baseline.finished_at)?;
    writeln!(sink, "| new | unchanged | resolved | not compared |")?;
    writeln!(sink, "|---:|---:|---:|---:|")?;
    writeln!(
        sink,
        "| {} | {} | {} | {} |\n",
        changes.new,
        changes.unchanged,
        changes.resolved,
        baseline.not_compared.len()
    )?;
    trend(report, sink)?;
    let resolved: Vec<_> = report.findings.iter().filter(|finding| finding.is_resolved()).collect();
    for finding in &resolved {
        let about = finding.role_arn.as_deref().unwrap_or(finding.account.as_str());
        let was = finding.previous.as_ref();
        let word = was.map(|before| format!(" ({})", before.words())).unwrap_or_default();
        let was = was.map(|before| format!(", was: {}", before.message)).unwrap_or_default();
        writeln!(
            sink,
            "- resolved: {} {}{word}, {}{}; now: {}",
            escaped(&finding.rule),
            escaped(&finding.slug),
            code(about),
            escaped(&was),
            escaped(&finding.message)
        )?;
    }
    if resolved.is_empty() { Ok(()) } else { writeln!(sink) }
}

/// Writes the last runs, the oldest first.
fn trend(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    let points = &report.trend;
    let shown = points.get(points.len().saturating_sub(RUNS_SHOWN)..).unwrap_or_default();
    if shown.is_empty() {
        return Ok(());
    }
    writeln!(sink, "| run of | coverage | critical | high | medium | low | advice | unknown | suppressed |")?;
    writeln!(sink, "|---|---|---:|---:|---:|---:|---:|---:|---:|")?;
    for point in shown {
        let by = &point.by_severity;
        let coverage = if point.complete { "complete" } else { "incomplete" };
        writeln!(
            sink,
            "| {:.0} | {coverage} | {} | {} | {} | {} | {} | {} | {} |",
            point.finished_at, by.critical, by.high, by.medium, by.low, point.advice, point.unknown, point.suppressed
        )?;
    }
    writeln!(sink)
}
