//! Every format of the report from the sample organization, as the command line writes it, held against what its readers
//! publish: schemas in `tests/schemas`, botocore's model of Security Hub, and Security Hub itself as moto plays it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cli::Noderole;
use crate::emulators::environment::python;

/// Runs `tests/formats/validate.py`; gives what is wrong.
fn wrong(kind: &str, file: &Path) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats/validate.py");
    let output = Command::new(python()).arg(script).arg(kind).arg(file).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.success(), told.is_empty(), "{told}");
    told
}

/// The sample organization's report with all results, in the format that the file's name tells.
fn sample(noderole: &Noderole, name: &str) -> String {
    let told = noderole.run(&["audit", "--demo", "--include-passed", "--output", name]);
    assert_eq!((told.code, told.out.as_str()), (1, ""), "{}", told.err);
    std::fs::read_to_string(noderole.path(name)).unwrap()
}

/// The ids of the findings in the JSON report.
fn ids(noderole: &Noderole) -> Vec<String> {
    let report: Value = serde_json::from_str(&sample(noderole, "report.json")).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.len() > 2_000, "{}", findings.len());
    findings.iter().map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn junit_of_the_sample_fits_the_schema_of_jenkins() {
    let noderole = Noderole::new();
    let text = sample(&noderole, "report.xml");
    assert_eq!(wrong("junit", &noderole.path("report.xml")), "");
    for id in ids(&noderole) {
        assert!(text.contains(&id), "{id} is lost");
    }
    noderole.write("bad.xml", &text.replacen("<testcase ", "<testcase colour=\"red\" ", 1));
    assert!(wrong("junit", &noderole.path("bad.xml")).contains("colour"));
}

#[test]
fn asff_of_the_sample_fits_the_model_of_security_hub() {
    let noderole = Noderole::new();
    let mut findings: Value = serde_json::from_str(&sample(&noderole, "report.asff.json")).unwrap();
    assert_eq!(wrong("asff", &noderole.path("report.asff.json")), "");
    let told: Vec<&str> = findings.as_array().unwrap().iter().map(|finding| finding["Id"].as_str().unwrap()).collect();
    for id in ids(&noderole) {
        assert!(told.contains(&format!("noderole/{id}").as_str()), "{id} is lost");
    }
    findings[0]["Title"] = "x".repeat(257).into();
    findings[1]["Compliance"]["Status"] = "BAD".into();
    findings[2]["Description"] = " ".into();
    noderole.write("bad.json", &findings.to_string());
    let bad = wrong("asff", &noderole.path("bad.json"));
    for part in ["Title: longer than 256", "'BAD' is none of", "Description: ' ' is not"] {
        assert!(bad.contains(part), "no `{part}` in {bad}");
    }
}

#[test]
fn security_hub_takes_the_asff_of_the_sample_and_gives_it_back() {
    let noderole = Noderole::new();
    noderole.run(&["audit", "--demo", "--output", "report.asff.json"]);
    assert_eq!(wrong("securityhub", &noderole.path("report.asff.json")), "");
}

#[test]
fn sarif_of_the_sample_fits_the_schema_of_oasis_and_the_limits_of_github() {
    let noderole = Noderole::new();
    let log: Value = serde_json::from_str(&sample(&noderole, "report.sarif")).unwrap();
    let schema = include_str!("../schemas/sarif-2.1.0.json").replace("{2}]?$", r"{2}\\]?$");
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let told: Vec<&str> =
        results.iter().map(|result| result["partialFingerprints"]["noderole/v1"].as_str().unwrap()).collect();
    assert_eq!(told, ids(&noderole));
    // GitHub, "SARIF support for code scanning": 25,000 results a run, 20 tags a rule, 1,000 locations a result.
    assert!(results.len() <= 25_000);
    for result in results {
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("arn/aws"), "{uri}");
    }
}

#[test]
fn ocsf_of_the_sample_fits_the_published_schema() {
    let noderole = Noderole::new();
    let events: Value = serde_json::from_str(&sample(&noderole, "report.ocsf.json")).unwrap();
    let schema = include_str!("../schemas/ocsf-1.5.0-compliance_finding-cloud.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let mut told = Vec::new();
    for event in events.as_array().unwrap() {
        let errors: Vec<String> = validator.iter_errors(event).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}: {event}");
        told.push(event["finding_info"]["uid"].as_str().unwrap());
    }
    for id in ids(&noderole) {
        assert!(told.contains(&id.as_str()), "{id} is lost");
    }
}

#[test]
fn csv_of_the_sample_is_one_table_without_formulas() {
    let noderole = Noderole::new();
    let text = sample(&noderole, "report.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut told = Vec::new();
    for row in reader.records() {
        // A row with more or fewer cells than the head is an error.
        let row = row.unwrap();
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{row:?}");
        told.push(row[2].to_owned());
    }
    for id in ids(&noderole) {
        assert!(told.contains(&id), "{id} is lost");
    }
}

#[test]
fn every_format_goes_to_a_file_and_to_standard_output_alike() {
    let noderole = Noderole::new();
    for format in ["csv", "sarif", "junit", "ocsf", "asff"] {
        let told = noderole.run(&["audit", "--demo", "--format", format]);
        assert_eq!(told.code, 1, "{}", told.err);
        noderole.run(&["audit", "--demo", "--format", format, "--output", "report"]);
        assert!(std::fs::read_to_string(noderole.path("report")).unwrap() == told.out, "{format} differs");
    }
    let wrong = noderole.run(&["audit", "--demo", "--output", "report.pdf"]);
    wrong.is_error(2, &["`report.pdf` does not tell which format", "csv, sarif, junit, ocsf or asff"]);
    wrong_format(&noderole);
}

/// A format that does not exist is told with those that do.
fn wrong_format(noderole: &Noderole) {
    let told = noderole.run(&["audit", "--demo", "--format", "sarfi"]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("sarfi") && told.err.contains("sarif"), "{}", told.err);
}
