//! The report as JSON: indented, members in the order of `docs/report.schema.json`, a line end at the end.

use std::io::{self, Write};

use super::harmless;
use super::model::Report;

/// Writes the report. Characters that could steer a terminal are written as escapes, which mean the same.
pub fn write(report: &Report, mut sink: impl Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    writeln!(sink, "{}", harmless::json(&text))
}
