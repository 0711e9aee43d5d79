//! That a spreadsheet takes no cell for a formula, and that nothing of the report is left out.

use std::collections::BTreeMap;

use super::*;
use crate::report::sample;

fn text(report: &Report) -> String {
    let mut text = Vec::new();
    write(report, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn rows(report: &Report) -> Vec<BTreeMap<String, String>> {
    let text = text(report);
    ::csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

#[test]
fn no_cell_is_a_formula() {
    for (text, expected) in [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("\t=1", r"\t=1"),
        ("\r=1", r"\r=1"),
        ("a;=1", "a; '=1"),
        ("a;\"=1", "a; \"=1"),
        ("a; =1", "a; '=1"),
        ("a;b", "a;b"),
        ("a=1", "a=1"),
        ("'a", "''a"),
        ("", ""),
    ] {
        assert_eq!(cell(text), expected);
    }
}

#[test]
fn a_reader_gets_the_text_back_by_taking_one_quote_away() {
    let report = sample::every_kind("='x'");
    let notes: Vec<String> =
        rows(&report).into_iter().filter(|row| row["status"] == "note").map(|row| row["message"].clone()).collect();
    assert_eq!(notes.len(), 2);
    assert!(notes.iter().all(|note| note.strip_prefix('\'') == Some("='x'")), "{notes:?}");
}

#[test]
fn it_begins_with_a_byte_order_mark_and_every_line_ends_in_cr_lf() {
    let text = text(&sample::every_kind(sample::NASTY));
    assert!(text.starts_with("\u{feff}\"run_id\",\"finished_at\""));
    assert!(text.ends_with("\"\r\n"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
}

#[test]
fn every_finding_is_a_row_and_so_is_every_call_that_failed() {
    let report = sample::every_kind("x");
    let rows = rows(&report);
    for finding in &report.findings {
        let row = rows.iter().find(|row| row["id"] == finding.id).unwrap();
        assert_eq!((row["status"].as_str(), row["rule"].as_str()), (finding.status.as_str(), finding.rule.as_str()));
        assert_eq!(row["suppressed"].is_empty(), finding.suppressed.is_none());
        assert_eq!(row["change"], finding.change.map(crate::report::model::Change::as_str).unwrap_or_default());
    }
    for entry in &report.coverage {
        for missing in &entry.missing {
            let told = rows.iter().any(|row| {
                row["status"] == NOT_AUDITED && row["account"] == entry.account.as_str() && row["api"] == missing.api
            });
            assert!(told, "{missing:?}");
        }
    }
    let suspended = rows.iter().find(|row| row["account"] == "777788889999").unwrap();
    assert_eq!((suspended["status"].as_str(), suspended["coverage"].as_str()), (NOT_AUDITED, "disabled"));
    assert!(rows.iter().any(|row| row["status"] == "not_compared"));
}

#[test]
fn a_cell_holds_no_more_than_a_spreadsheet_takes_and_no_half_of_a_command() {
    let report = sample::every_kind(&"😀".repeat(30_000));
    for row in rows(&report) {
        assert!(row.values().all(|cell| length(cell) <= CELL));
        assert!(!row["message"].contains('😀') || row["message"].ends_with(CUT), "{}", row["message"]);
        assert!(!row["commands"].contains('😀'));
    }
}

#[test]
fn the_rows_of_the_hostile_sample_read_well() {
    insta::assert_snapshot!(text(&sample::every_kind(sample::NASTY)).replace("\r\n", "\n"));
}

#[test]
fn an_error_of_the_sink_keeps_its_kind() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    // Past the mark, into the rows.
    let mut sink = io::BufWriter::with_capacity(8, Gone);
    assert_eq!(write(&sample::report(), &mut sink).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}
