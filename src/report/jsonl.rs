//! The findings as JSON Lines: one finding a line, as in `findings` of the JSON report; no finding, no line.

use std::io::{self, Write};

use super::harmless;
use super::model::Report;

/// Writes the findings.
pub fn write(report: &Report, mut sink: impl Write) -> io::Result<()> {
    for finding in &report.findings {
        let text = serde_json::to_string(finding)?;
        writeln!(sink, "{}", harmless::json(&text))?;
    }
    Ok(())
}
