//! Whatever names and tags hold: each format stays well-formed, fits its published schema, and shows nothing that deceives.

use proptest::prelude::*;
use proptest::sample::select;
use quick_xml::events::Event;
use serde_json::Value;

use super::sample;
use super::{Report, asff, csv, harmless, json, junit, ocsf, sarif};

/// Pieces of text that mean something to somebody.
const ATTACKS: [&str; 24] = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "'",
    "\"",
    ";=1",
    ",",
    "\r\n",
    "\n",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{0}",
    "\u{fffe}\u{ffff}",
    "<![CDATA[",
    "]]>",
    "&amp;&#0;",
    "<script>alert(1)</script>",
    "{0}",
    "[a](https://evil.example)",
    "😀",
    "＝1",
];

/// Any text: of any characters, or of pieces that mean something.
fn texts() -> impl Strategy<Value = String> {
    let attack = proptest::collection::vec(prop_oneof![select(&ATTACKS[..]).prop_map(str::to_owned), ".{0,4}"], 0..6);
    prop_oneof![any::<String>(), attack.prop_map(|pieces| pieces.concat())]
}

/// A report in a format, as text.
fn told(report: &Report, write: fn(&Report, &mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut text = Vec::new();
    write(report, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// The validator of SARIF 2.1.0.
fn sarif_schema() -> jsonschema::Validator {
    let published = include_str!("../../tests/schemas/sarif-2.1.0.json");
    // The published pattern of a language, which we do not give, has a bracket that only JavaScript takes for a character.
    let (loose, strict) = ("{2}]?$", r"{2}\\]?$");
    assert!(published.contains(loose));
    jsonschema::validator_for(&serde_json::from_str(&published.replace(loose, strict)).unwrap()).unwrap()
}

/// The validator of OCSF's Compliance Finding.
fn ocsf_schema() -> jsonschema::Validator {
    let schema = include_str!("../../tests/schemas/ocsf-1.5.0-compliance_finding-cloud.json");
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
}

/// Everything that is wrong with a document by a schema.
#[track_caller]
fn assert_fits(validator: &jsonschema::Validator, document: &Value) {
    let wrong: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The events of a document that is well-formed, texts and attributes included.
fn xml(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut elements = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        if matches!(event, Event::Eof) {
            return elements;
        }
        if let Event::Start(start) | Event::Empty(start) = event {
            let attributes = start.attributes().map(|attribute| {
                let attribute = attribute.unwrap();
                let value = quick_xml::escape::unescape(&attribute.value).unwrap().into_owned();
                (attribute.key.as_ref().to_owned(), value)
            });
            elements.push((start.name().as_ref().to_owned(), attributes.collect()));
        }
    }
}

/// The characters that XML 1.0 forbids, or that deceive whoever reads.
fn deceives(text: &str) -> bool {
    text.lines().any(|line| harmless::line(line) != line)
}

#[test]
fn the_samples_fit_the_published_schemas() {
    let (sarif_schema, ocsf_schema) = (sarif_schema(), ocsf_schema());
    for report in [sample::report(), sample::every_kind(sample::NASTY)] {
        assert_fits(&sarif_schema, &serde_json::from_str(&told(&report, |r, s| sarif::write(r, s))).unwrap());
        let events: Vec<Value> = serde_json::from_str(&told(&report, |r, s| ocsf::write(r, s))).unwrap();
        assert!(events.len() > report.findings.len());
        for event in &events {
            assert_fits(&ocsf_schema, event);
        }
    }
}

#[test]
fn the_schemas_refuse_what_they_should() {
    let report = sample::report();
    let mut log: Value = serde_json::from_str(&told(&report, |r, s| sarif::write(r, s))).unwrap();
    log["runs"][0]["results"][0]["kind"] = "bad".into();
    assert!(!sarif_schema().is_valid(&log));
    let mut events: Value = serde_json::from_str(&told(&report, |r, s| ocsf::write(r, s))).unwrap();
    events[0]["compliance"]["severity"] = "high".into();
    assert!(!ocsf_schema().is_valid(&events[0]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_a_row_or_begins_a_formula(text in texts()) {
        let report = sample::every_kind(&text);
        let written = told(&report, |r, s| csv::write(r, s));
        let mut reader = ::csv::ReaderBuilder::new().flexible(true).from_reader(written.as_bytes());
        let columns = reader.headers().unwrap().len();
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        prop_assert!(rows.len() > report.findings.len());
        for row in &rows {
            prop_assert_eq!(row.len(), columns);
            for cell in row {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']), "{}", cell);
                prop_assert!(!cell.contains(";=") && !cell.contains("; =") && !deceives(cell), "{}", cell);
            }
        }
        prop_assert_eq!(written.matches("\r\n").count(), rows.len() + 1, "a row is a line");
        prop_assert!(!written.replace("\r\n", "").contains(['\r', '\n']));
    }

    #[test]
    fn no_text_breaks_the_xml(text in texts()) {
        let report = sample::every_kind(&text);
        let written = told(&report, |r, s| junit::write(r, s));
        prop_assert!(!deceives(&written), "{}", written);
        let elements = xml(&written);
        let cases = elements.iter().filter(|(name, _)| name == "testcase").count();
        prop_assert!(cases > report.findings.len());
        let known = ["testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out"];
        prop_assert!(elements.iter().all(|(name, _)| known.contains(&name.as_str())));
    }

    #[test]
    fn no_text_breaks_the_json_of_any_format(text in texts()) {
        let report = sample::every_kind(&text);
        let written = [
            told(&report, |r, s| json::write(r, s)),
            told(&report, |r, s| sarif::write(r, s)),
            told(&report, |r, s| ocsf::write(r, s)),
            told(&report, |r, s| asff::write(r, s)),
        ];
        for written in &written {
            prop_assert!(!deceives(written), "{}", written);
            prop_assert!(serde_json::from_str::<Value>(written).is_ok());
        }
        let sarif: Value = serde_json::from_str(&written[1]).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        prop_assert_eq!(results.len(), report.findings.len());
        for (result, finding) in results.iter().zip(&report.findings) {
            // The finding stands in each result as it is in the report, to the letter.
            prop_assert_eq!(&result["properties"]["finding"], &serde_json::to_value(finding).unwrap());
            prop_assert!(!result["message"]["text"].as_str().unwrap().contains("]("));
        }
    }
}

/// The sample organization's findings of a few rules, and the places that were not audited in full.
fn sample_organization() -> Report {
    let inventory = crate::demo::inventory().unwrap();
    let findings = crate::audit::audit(&inventory, &crate::audit::Settings::default());
    let mut report = super::assemble(&inventory, &findings, super::Listed::Open);
    report.findings.retain(|finding| ["NR101", "NR204"].contains(&finding.rule.as_str()));
    report.coverage.retain(|entry| entry.status != super::model::CoverageStatus::Audited);
    report
}

#[test]
fn the_sample_organization_reads_well_in_every_format() {
    let report = sample_organization();
    assert!(report.findings.len() > 3 && report.coverage.len() > 3);
    let mut sarif: Value = serde_json::from_str(&told(&report, |r, s| sarif::write(r, s))).unwrap();
    // The rules are the catalogue's texts.
    sarif["runs"][0]["tool"]["driver"]["rules"].take();
    insta::assert_snapshot!("sample.csv", told(&report, |r, s| csv::write(r, s)).replace("\r\n", "\n"));
    insta::assert_snapshot!("sample.sarif", serde_json::to_string_pretty(&sarif).unwrap());
    insta::assert_snapshot!("sample.junit", told(&report, |r, s| junit::write(r, s)));
    insta::assert_snapshot!("sample.ocsf", told(&report, |r, s| ocsf::write(r, s)));
    insta::assert_snapshot!("sample.asff", told(&report, |r, s| asff::write(r, s)));
}
