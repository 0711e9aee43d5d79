//! Saved reports, as `noderole report` and `--baseline` take them.

use std::io;
use std::path::Path;

use noderole::baseline::{Closed, comparable, compare};
use noderole::report::model::Report;
use noderole::report::{csv, json, jsonl, junit, markdown, ocsf, sarif, saved};

use super::{inventory, told};

/// Writes a report in a form.
type Form = fn(&Report, &mut Vec<u8>) -> io::Result<()>;

/// The reports on the sample inventory, account by account.
///
/// # Panics
/// Where it cannot be read.
pub fn seeds(root: &Path) -> Vec<Vec<u8>> {
    let inventories = inventory::seeds(root);
    let reports = inventories.iter().map(|text| {
        let report = inventory::report(&noderole::inventory::load(text.as_slice()).unwrap());
        let mut text = Vec::new();
        json::write(&report, &mut text).unwrap();
        text
    });
    reports.filter(|text| text.len() < 120_000).collect()
}

/// A report is read or refused with its place; one that is read is told in every form, and can be compared with.
pub fn hold(data: &[u8]) {
    match saved::load(data) {
        Ok(report) => is_told(&report),
        Err(error) => told::is_clear(&error.to_string()),
    }
}

fn is_told(report: &Report) {
    let forms: [Form; 7] = [
        |report, sink| csv::write(report, sink),
        |report, sink| jsonl::write(report, sink),
        |report, sink| junit::write(report, sink),
        |report, sink| markdown::write(report, sink),
        |report, sink| ocsf::write(report, sink),
        |report, sink| sarif::write(report, sink),
        |report, sink| json::write(report, sink),
    ];
    for write in forms {
        let mut text = Vec::new();
        write(report, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(!text.chars().any(|c| !matches!(c, '\n' | '\r') && told::steers(c)));
    }
    comparable(report, report).unwrap();
    let compared = compare(report.clone(), Closed::Saved, report);
    let mut text = Vec::new();
    json::write(&compared, &mut text).unwrap();
    assert_eq!(saved::load(text.as_slice()).unwrap(), compared);
}
