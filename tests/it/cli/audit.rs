//! `noderole audit`: sources, formats, outputs, exit codes.

use serde_json::Value;

use super::{Noderole, told};

/// An account of the sample that was read whole.
const WHOLE: &str = "888899990000";

#[test]
fn the_sample_organization_fails_and_says_that_its_coverage_is_incomplete() {
    let told = Noderole::new().run(&["audit", "--demo"]);
    assert_eq!(told.code, 1);
    assert!(told.err.contains("could not be audited"), "{}", told.err);
    let report = told.json();
    assert_eq!(report["schema"], "noderole.report/1");
    assert_eq!(report["complete"], false);
    assert!(told.out.ends_with("}\n"));
}

#[test]
fn without_a_failing_finding_missing_coverage_gives_3() {
    let told = Noderole::new().run(&["audit", "--demo", "--fail-on", "never"]);
    assert_eq!(told.code, 3);
    assert!(told.err.contains("could not be audited"), "{}", told.err);
}

#[test]
fn complete_facts_and_nothing_failing_give_0_and_silence() {
    let noderole = Noderole::new();
    noderole.sample(|facts| facts["accounts"].as_array_mut().unwrap().retain(|account| account["id"] == WHOLE));
    let told = noderole.run(&["audit", "--inventory", "facts.json", "--fail-on", "never"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    assert_eq!(told.json()["complete"], true);
}

#[test]
fn the_severity_from_which_findings_fail_is_the_users_choice() {
    let noderole = Noderole::new();
    let narrow = |fail_on| noderole.run(&["audit", "--demo", "--rule", "NR205", "--fail-on", fail_on]);
    assert!(narrow("low").json()["summary"]["by_severity"]["medium"].as_u64() > Some(0));
    assert_eq!([narrow("low").code, narrow("medium").code, narrow("high").code, narrow("critical").code], [1, 1, 3, 3]);
}

#[test]
fn saved_facts_give_the_same_report_byte_for_byte() {
    let noderole = Noderole::new();
    let direct = noderole.run(&["audit", "--demo", "--save-inventory", "facts.json"]);
    let saved = noderole.run(&["audit", "--inventory", "facts.json"]);
    assert_eq!(direct.out, saved.out);
    let text = std::fs::read(noderole.path("facts.json")).unwrap();
    let piped = told(noderole.command().args(["audit", "--inventory", "-"]).write_stdin(text));
    assert_eq!(direct.out, piped.out);
}

#[test]
fn several_reports_are_written_in_one_run() {
    let noderole = Noderole::new();
    let arguments = ["audit", "--demo", "--format", "table", "--output", "-", "--format", "json", "--output", "r.json"];
    let table = noderole.run(&arguments);
    assert!(table.out.starts_with("Account "), "{}", table.out);
    let json = std::fs::read_to_string(noderole.path("r.json")).unwrap();
    assert_eq!(json, noderole.run(&["audit", "--demo"]).out);
    noderole.run(&["audit", "--demo", "-o", "r.jsonl", "-o", "r.md"]);
    let lines = std::fs::read_to_string(noderole.path("r.jsonl")).unwrap();
    let report: Value = serde_json::from_str(&json).unwrap();
    let findings: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::from(findings), report["findings"]);
    assert!(std::fs::read_to_string(noderole.path("r.md")).unwrap().starts_with("# EKS node roles\n"));
}

#[test]
fn results_that_pass_are_listed_on_request() {
    let noderole = Noderole::new();
    let statuses = |arguments: &[&str]| {
        let report = noderole.run(arguments).json();
        let findings = report["findings"].as_array().unwrap().clone();
        findings.iter().filter(|finding| finding["status"] == "pass").count()
    };
    assert_eq!(statuses(&["audit", "--demo"]), 0);
    assert!(statuses(&["audit", "--demo", "--include-passed"]) > 100);
}

#[test]
fn rules_are_chosen_by_id_or_name() {
    let noderole = Noderole::new();
    let rules = |arguments: &[&str]| {
        let report = noderole.run(arguments).json();
        let all = report["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap().to_owned());
        all.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(rules(&["audit", "--demo", "--rule", "ecr-pull", "--rule", "NR101"]), ["NR101", "NR202"]);
    assert!(!rules(&["audit", "--demo", "--exclude-rule", "nr202"]).contains(&"NR202".to_owned()));
}

#[test]
fn a_role_whose_arn_has_a_path_is_found_by_it_and_by_its_bare_name() {
    let noderole = Noderole::new();
    let with_path = "arn:aws:iam::777788889999:role/eks/nodes/payments-staging-core-node";
    let without = "arn:aws:iam::777788889999:role/payments-staging-core-node";
    let ask = |arn| noderole.run(&["audit", "--demo", "--include-passed", "--role", arn]).json()["findings"].clone();
    let findings = ask(with_path);
    assert!(!findings.as_array().unwrap().is_empty());
    assert!(findings.as_array().unwrap().iter().all(|finding| finding["role_arn"] == with_path), "{findings}");
    assert_eq!(findings, ask(without));
}

#[test]
fn a_cluster_and_a_region_narrow_what_is_told() {
    let noderole = Noderole::new();
    let report = noderole.run(&["audit", "--demo", "--cluster", "playground", "--region", "us-east-1"]).json();
    for finding in report["findings"].as_array().unwrap() {
        let groups = finding["node_groups"].as_array().unwrap();
        assert!(groups.iter().any(|group| group["cluster"] == "playground"), "{finding}");
    }
    assert_eq!(report["summary"]["clusters"], 1);
    let regions =
        report["coverage"].as_array().unwrap().iter().map(|entry| entry["region"].as_str().unwrap().to_owned());
    assert!(
        regions.clone().all(|region| ["us-east-1", "global", "*"].contains(&region.as_str())),
        "{:?}",
        regions.collect::<Vec<_>>()
    );
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_noderole"))
        .args(["audit", "--demo", "--include-passed", "--fail-on", "never"])
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("error"));
}

#[test]
fn progress_and_colour_stay_away_from_pipes() {
    let noderole = Noderole::new();
    let told = noderole.run(&["audit", "--demo", "--format", "table", "--progress", "auto"]);
    assert!(!told.out.contains('\u{1b}') && !told.err.contains("progress"), "{}", told.err);
    let coloured = noderole.run(&["audit", "--demo", "--format", "table", "--color", "always"]);
    assert!(coloured.out.contains('\u{1b}'));
    let refused = super::told(noderole.command().env("NO_COLOR", "1").args(["audit", "--demo", "--format", "table"]));
    assert!(!refused.out.contains('\u{1b}'));
}

#[test]
fn the_log_is_coloured_on_request_and_never_in_a_pipe_unasked() {
    let noderole = Noderole::new();
    let log = |color| {
        let mut command = noderole.command();
        // Without credentials the SDK logs where it looked for them, and nothing is asked over a network.
        told(command.env("NODEROLE_LOG", "debug").args(["audit", "--color", color])).err
    };
    let piped = log("auto");
    assert!(piped.contains("DEBUG") && !piped.contains('\u{1b}'), "{piped}");
    assert!(log("always").contains('\u{1b}'));
}

#[test]
fn the_table_keeps_to_the_columns_that_there_are() {
    let noderole = Noderole::new();
    for columns in [80, 120] {
        let arguments = ["audit", "--demo", "--format", "table"];
        let told = told(noderole.command().env("COLUMNS", columns.to_string()).args(arguments));
        // A word of a command is never broken, and no ARN: they are there to be copied.
        let command = |line: &str| line.trim_start().starts_with("--") || line.contains("aws ");
        let prose = told.out.lines().filter(|line| !command(line) && line.trim().contains(' '));
        for line in prose {
            assert!(line.chars().count() <= columns, "{line}");
        }
    }
}
