//! What is known and accepted, in Markdown: each finding with its reason, and the suppressions that do nothing.

use std::io::{self, Write};

use crate::report::harmless::{markdown as escaped, markdown_code as code};
use crate::report::model::Report;
use crate::suppress::State;

/// Writes the section; nothing where nothing is suppressed and no suppression is there.
pub(super) fn write(report: &Report, sink: &mut impl Write) -> io::Result<()> {
    let idle: Vec<_> = report.suppressions.iter().filter(|entry| entry.state != State::Active).collect();
    if report.summary.suppressed == 0 && idle.is_empty() && report.notes.is_empty() {
        return Ok(());
    }
    writeln!(sink, "## Suppressed\n")?;
    for finding in &report.findings {
        let Some(suppressed) = &finding.suppressed else { continue };
        let about = finding.role_arn.as_deref().unwrap_or(finding.account.as_str());
        let rule = format!("{} {}", escaped(&finding.rule), escaped(&finding.slug));
        writeln!(sink, "- {rule} ({}), {}: {}", finding.status.as_str(), code(about), escaped(&suppressed.told()))?;
    }
    for entry in idle {
        let until = entry.expires.map(|day| format!(" on {day}")).unwrap_or_default();
        let what = match entry.state {
            State::Expired => format!("expired{until}, {} findings count again", entry.matched),
            State::Active | State::Unused => "matches nothing".to_owned(),
        };
        writeln!(sink, "- a suppression {what}: {}", escaped(&entry.reason))?;
    }
    for note in &report.notes {
        writeln!(sink, "- {}", escaped(note))?;
    }
    writeln!(sink)
}
