//! The baseline in the table: the mark of a finding, what is resolved, and lines of the summary.

use std::io::{self, Write};

use crate::finding::Status;
use crate::report::change::Change;
use crate::report::model::{Report, ReportedFinding, TrendPoint};

use super::findings::MESSAGE_INDENT;
use super::paint::{FAINT, HEADING, Look, count, label};

/// How many runs the line of the trend shows.
const RUNS_SHOWN: usize = 8;

/// What stands after a finding's rule; nothing without a baseline.
pub(super) fn mark(finding: &ReportedFinding, look: Look) -> String {
    let style = match finding.change {
        Some(Change::New) => HEADING,
        Some(Change::Unchanged | Change::Resolved) => FAINT,
        None => return String::new(),
    };
    let word = finding.change.map(Change::as_str).unwrap_or_default();
    format!("  {}", look.paint(style, word))
}

/// Writes what is resolved; nothing where nothing is.
pub(super) fn write(report: &Report, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let resolved: Vec<_> = report.findings.iter().filter(|finding| finding.is_resolved()).collect();
    if resolved.is_empty() {
        return Ok(());
    }
    writeln!(sink, "{}\n", look.paint(HEADING, "Resolved"))?;
    for finding in resolved {
        let (status, severity) = finding
            .previous
            .as_ref()
            .map_or((finding.status, finding.severity), |before| (before.status, before.severity));
        let (word, _) = label(status, severity);
        let padding = " ".repeat(MESSAGE_INDENT.len().saturating_sub(4 + word.len()));
        let rule = look.paint(HEADING, &format!("{} {}", finding.rule, finding.slug));
        writeln!(sink, "    {}{padding}{rule}", look.paint(FAINT, word))?;
        let about = finding.role_arn.as_deref().unwrap_or(finding.account.as_str());
        let before = finding.previous.as_ref().map(|before| format!("was: {}", before.message));
        for text in [Some(about.to_owned()), before, Some(format!("now: {}", finding.message))].into_iter().flatten() {
            for line in look.wrap_in(FAINT, MESSAGE_INDENT, &text) {
                writeln!(sink, "{line}")?;
            }
        }
    }
    writeln!(sink)
}

/// The lines of the summary, each with its name; none without a baseline.
pub(super) fn lines(report: &Report) -> Vec<(&'static str, String)> {
    let Some(baseline) = &report.baseline else { return Vec::new() };
    let changes = report.summary.changes.unwrap_or_default();
    let mut counts = vec![
        format!("{} new", changes.new),
        format!("{} unchanged", changes.unchanged),
        format!("{} resolved", changes.resolved),
    ];
    if !baseline.not_compared.is_empty() {
        counts.push(format!("{} not compared", baseline.not_compared.len()));
    }
    let mut lines = vec![
        ("changes", counts.join(" · ")),
        ("baseline", format!("{} of {:.0}", baseline.run_id, baseline.finished_at)),
    ];
    lines.extend(trend(&report.trend).map(|text| ("trend", text)));
    lines
}

/// How many findings failed in the last runs; an incomplete run has a question mark.
fn trend(points: &[TrendPoint]) -> Option<String> {
    let shown = points.get(points.len().saturating_sub(RUNS_SHOWN)..).unwrap_or_default();
    let first = shown.first()?;
    let failing: Vec<String> =
        shown.iter().map(|point| format!("{}{}", point.fail, if point.complete { "" } else { "?" })).collect();
    let unread = if shown.iter().all(|point| point.complete) { "" } else { " (?: not all was read)" };
    Some(format!(
        "{} failing in {} since {:.0}{unread}",
        failing.join(" → "),
        count(shown.len(), "run"),
        first.finished_at
    ))
}

/// Whether a finding stands among those that want attention; what is unknown is told by its causes.
pub(super) fn is_told(finding: &ReportedFinding) -> bool {
    finding.status != Status::Unknown && finding.counts() && !finding.is_resolved()
}
