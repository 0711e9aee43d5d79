//! The report as JSON: indented, members in the order of `docs/report.schema.json`, a line end at the end.

use std::io::{self, Write};

use serde::Serialize;

use super::harmless;
use super::model::Report;

/// Writes the report. Characters that could steer a terminal are written as escapes, which mean the same.
pub fn write(report: &Report, sink: impl Write) -> io::Result<()> {
    document(report, sink)
}

/// Writes any document so.
pub(super) fn document(document: &impl Serialize, mut sink: impl Write) -> io::Result<()> {
    // Piece by piece: the text of a large organization's report is not to stand in memory beside the report.
    serde_json::to_writer_pretty(Harmless(&mut sink), document)?;
    writeln!(sink)
}

/// Escapes what could steer a terminal. The serializer writes whole pieces of text, never a part of a character.
struct Harmless<W>(W);

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if harmless::is_plain(piece) {
            self.0.write_all(piece)?;
        } else {
            let text = std::str::from_utf8(piece).map_err(io::Error::other)?;
            self.0.write_all(harmless::json(text).as_bytes())?;
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_text_written_piece_by_piece_is_that_of_the_whole() {
        let mut report = sample::report();
        report.findings[0].message = "a\u{1b}[31m \u{202e}b\" \u{e0001}".to_owned();
        let mut written = Vec::new();
        write(&report, &mut written).unwrap();
        let whole = serde_json::to_string_pretty(&report).unwrap();
        assert!(whole.contains('\u{202e}'));
        assert_eq!(String::from_utf8(written).unwrap(), format!("{}\n", harmless::json(&whole)));
    }
}
