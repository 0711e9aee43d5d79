//! The lines of a run: all of them, the run's metrics last, and harmless whatever names and tags say.

use jiff::Timestamp;
use serde_json::Value;

use super::*;
use crate::report::sample::{self, NASTY};

#[test]
fn there_is_a_line_for_each_finding_and_the_runs_metrics_are_the_last() {
    let mut report = sample::report();
    report.remediations.push(sample::remediation(None));
    let log = Log::new(&report, Timestamp::UNIX_EPOCH);
    let lines: Vec<Value> =
        (0..log.len()).map(|number| serde_json::from_str(&log.line(number).unwrap().unwrap()).unwrap()).collect();
    let ids: Vec<&str> = lines.iter().filter_map(|line| line["finding"]["id"].as_str()).collect();
    assert_eq!(ids, report.findings.iter().map(|finding| finding.id.as_str()).collect::<Vec<_>>());
    assert!(lines.last().unwrap()["FindingsCritical"].is_number());
    let outcomes: Vec<usize> = (0..log.len()).filter(|number| log.is_of_remediation(*number)).collect();
    assert_eq!(outcomes, [ids.len()]);
    assert_eq!(lines[ids.len()]["type"], "remediation");
    assert!(lines.iter().filter(|line| line["type"].is_null()).all(|line| line["run_id"] == report.run_id.as_str()));
    assert!(!log.is_empty() && log.line(log.len()).unwrap().is_none());
}

#[test]
fn names_that_attack_are_one_line_of_plain_ascii_control_and_read_back_as_they_are() {
    let mut report = sample::report();
    let attack =
        format!("=cmd|' /C calc'!A0 <script>alert(1)</script> \"\\ \r\n\u{0}\u{7f}\u{9b}\u{2028}\u{200f}{NASTY}");
    report.run_id.clone_from(&attack);
    for finding in &mut report.findings {
        finding.message.clone_from(&attack);
        finding.evidence[0].text.clone_from(&attack);
        finding.node_groups[0].name.clone_from(&attack);
    }
    let log = Log::new(&report, Timestamp::UNIX_EPOCH);
    for number in 0..log.len() {
        let line = log.line(number).unwrap().unwrap();
        let deceives = |c: char| c.is_control() || "\u{2028}\u{200f}\u{202e}".contains(c);
        assert!(!line.chars().any(deceives), "{line}");
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["run_id"], attack.as_str());
        if let Some(finding) = value.get("finding") {
            assert_eq!(finding["message"], attack.as_str());
            assert_eq!(finding["node_groups"][0]["name"], attack.as_str());
        }
    }
}
