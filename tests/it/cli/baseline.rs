//! `--baseline` and `noderole report`: earlier reports, and saved ones in any form.

use serde_json::Value;

use super::{Noderole, told};

/// An account of the sample that was read whole.
const WHOLE: &str = "888899990000";

/// The sample's account that was read whole, audited into `before.json`.
fn audited() -> (Noderole, Value) {
    let noderole = Noderole::new();
    noderole.sample(|facts| facts["accounts"].as_array_mut().unwrap().retain(|account| account["id"] == WHOLE));
    let told = noderole.run(&["audit", "--inventory", "facts.json", "--output", "before.json"]);
    assert_eq!(told.code, 1, "{}", told.err);
    let report = serde_json::from_str(&std::fs::read_to_string(noderole.path("before.json")).unwrap()).unwrap();
    (noderole, report)
}

/// Takes the worst finding out of `before.json`, so that it is new.
fn without_the_worst(noderole: &Noderole, report: &Value) -> String {
    let mut before = report.clone();
    let worst = before["findings"].as_array_mut().unwrap().remove(0);
    noderole.write("before.json", &before.to_string());
    worst["id"].as_str().unwrap().to_owned()
}

/// The ids of the findings of that change.
fn ids(report: &Value, change: &str) -> Vec<String> {
    let all = report["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["change"] == change).map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_run_against_the_report_of_the_same_facts_has_nothing_new_and_nothing_resolved() {
    let (noderole, before) = audited();
    let told = noderole.run(&["audit", "--inventory", "facts.json", "--baseline", "before.json"]);
    assert_eq!((told.code, told.err.as_str()), (1, ""));
    let report = told.json();
    let number = before["findings"].as_array().unwrap().len();
    let changes = serde_json::json!({"new": 0, "unchanged": number, "resolved": 0});
    assert_eq!((ids(&report, "unchanged").len(), &report["summary"]["changes"]), (number, &changes));
    assert_eq!(report["baseline"]["run_id"], before["run_id"]);
    let counts = ["pass", "fail", "advice", "unknown", "by_severity"];
    assert!(counts.iter().all(|count| report["summary"][count] == before["summary"][count]));
}

#[test]
fn what_is_new_fails_alone_if_that_is_asked_for() {
    let (noderole, before) = audited();
    let new_only = ["audit", "--inventory", "facts.json", "--baseline", "before.json", "--fail-on-new"];
    assert_eq!(noderole.run(&new_only).code, 0);
    let worst = without_the_worst(&noderole, &before);
    let told = noderole.run(&new_only);
    assert_eq!((told.code, ids(&told.json(), "new")), (1, vec![worst]));
}

#[test]
fn what_was_mended_is_resolved_in_every_form_and_fails_nothing() {
    let (noderole, _) = audited();
    noderole.sample(|facts| {
        let accounts = facts["accounts"].as_array_mut().unwrap();
        accounts.retain(|account| account["id"] == WHOLE);
        for region in accounts[0]["regions"].as_array_mut().unwrap() {
            region["clusters"]["value"] = Value::Array(Vec::new());
        }
        accounts[0]["roles"] = serde_json::json!({});
    });
    let all = ["audit", "--inventory", "facts.json", "--baseline", "before.json", "--fail-on", "low"];
    let told = noderole.run(&all);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    let report = told.json();
    assert!(!ids(&report, "resolved").is_empty() && report["summary"]["fail"] == 0);
    for (format, part) in [("table", "Resolved\n\n"), ("markdown", "- resolved: NR"), ("jsonl", "\"resolved\"")] {
        let told = noderole.run(&[&all[..], &["--format", format]].concat());
        assert!(told.code == 0 && told.out.contains(part), "{}", told.out);
    }
}

#[test]
fn a_narrower_run_claims_nothing_of_what_it_does_not_look_at_and_says_so() {
    let (noderole, before) = audited();
    let told =
        noderole.run(&["audit", "--inventory", "facts.json", "--baseline", "before.json", "--region", "us-east-1"]);
    let report = told.json();
    assert_eq!(ids(&report, "resolved"), [""; 0]);
    let carried = report["baseline"]["not_compared"].as_array().unwrap().len();
    let listed = report["findings"].as_array().unwrap().len();
    assert!(carried > 0 && carried + listed == before["findings"].as_array().unwrap().len());
    assert!(told.err.contains(&format!("{carried} findings of the baseline could not be compared")), "{}", told.err);
}

#[test]
fn each_report_carries_the_trend_of_those_before_it() {
    let (noderole, before) = audited();
    for run in 1..4 {
        let mut facts: Value =
            serde_json::from_str(&std::fs::read_to_string(noderole.path("facts.json")).unwrap()).unwrap();
        facts["run_id"] = format!("run-{run}").into();
        noderole.write("facts.json", &facts.to_string());
        // The new report may take the place of its baseline.
        let told =
            noderole.run(&["audit", "--inventory", "facts.json", "--baseline", "before.json", "-o", "before.json"]);
        assert_eq!((told.code, told.err.as_str()), (1, ""));
    }
    let last: Value = serde_json::from_str(&std::fs::read_to_string(noderole.path("before.json")).unwrap()).unwrap();
    let runs: Vec<&str> =
        last["trend"].as_array().unwrap().iter().map(|point| point["run_id"].as_str().unwrap()).collect();
    assert_eq!(runs, [before["run_id"].as_str().unwrap(), "run-1", "run-2", "run-3"]);
    assert!(noderole.run(&["report", "before.json", "--format", "table"]).out.contains("failing in 4 runs since"));
}

#[test]
fn a_saved_report_is_told_in_any_form_as_the_run_itself_told_it() {
    let noderole = Noderole::new();
    noderole.run(&["audit", "--demo", "--output", "report.json"]);
    for format in ["table", "json", "jsonl", "markdown"] {
        let direct = noderole.run(&["audit", "--demo", "--format", format]);
        let saved = noderole.run(&["report", "report.json", "--format", format]);
        assert_eq!((saved.code, &saved.out), (direct.code, &direct.out), "{format}");
        assert!(saved.err.contains("could not be audited"), "{}", saved.err);
    }
    let piped = std::fs::read_to_string(noderole.path("report.json")).unwrap();
    let piped = told(noderole.command().args(["report", "-", "--fail-on", "never"]).write_stdin(piped));
    assert_eq!((piped.code, piped.json()["schema"].as_str()), (3, Some("noderole.report/1")));
}

#[test]
fn two_saved_reports_are_compared_as_runs_are() {
    let (noderole, before) = audited();
    noderole.write("now.json", &before.to_string());
    let worst = without_the_worst(&noderole, &before);
    let told = noderole.run(&["report", "now.json", "--baseline", "before.json", "--fail-on-new"]);
    assert_eq!((told.code, ids(&told.json(), "new")), (1, vec![worst.clone()]));
    // The other way round it is resolved: all of the account was read, and the report has it no more.
    let told = noderole.run(&["report", "before.json", "--baseline", "now.json", "--fail-on-new"]);
    assert_eq!((told.code, ids(&told.json(), "resolved")), (0, vec![worst]));
}

#[test]
fn what_is_no_report_is_one_error_that_says_what_to_do() {
    let (noderole, before) = audited();
    let mut other = before.clone();
    other["schema"] = "noderole.report/2".into();
    noderole.write("newer.json", &other.to_string());
    other = before.clone();
    other["findings"][0]["severity"] = "terrible".into();
    noderole.write("form.json", &other.to_string());
    other = before;
    other["partition"] = "aws-cn".into();
    noderole.write("china.json", &other.to_string());
    noderole.write("cut.json", "{\"schema\": \"noderole.report/1\", ");
    std::fs::write(noderole.path("latin.json"), b"{\"a\": \"\xe9\"}").unwrap();
    for (file, says) in [
        ("facts.json", "this is an inventory, not a report: audit it with"),
        ("newer.json", "`noderole.report/2`, this version of noderole reads"),
        ("form.json", "at `findings[0].severity`: unknown variant `terrible`"),
        ("cut.json", "not complete JSON"),
        ("latin.json", "is not UTF-8"),
        ("nowhere.json", "`nowhere.json` could not be read"),
        (".", "help: name a file, not a folder"),
        ("ssm:/report", "SSM is too short for a report"),
        ("", "expected a file, s3://BUCKET/KEY, or - for standard input"),
        ("s3://bucket", "s3://BUCKET/KEY"),
    ] {
        for arguments in [
            &["report", file][..],
            &["report", "before.json", "--baseline", file],
            // Without credentials an audit that went to AWS would say so.
            &["audit", "--baseline", file],
        ] {
            let told = noderole.run(arguments);
            told.is_error(2, &[says]);
            assert!(told.out.is_empty() && !told.err.contains("credentials"), "{}", told.err);
        }
    }
    noderole
        .run(&["audit", "--demo", "--baseline", "nowhere.json"])
        .is_error(2, &["leave --baseline out in the first run"]);
    noderole.run(&["report", "before.json", "--baseline", "china.json"]).is_error(2, &["of partition aws-cn"]);
    noderole.run(&["report", "s3://bucket/key"]).is_error(2, &["no AWS credentials"]);
    // The run is not lost.
    let told = noderole.run(&["audit", "--inventory", "facts.json", "--baseline", "china.json"]);
    told.is_error(2, &["of partition aws-cn"]);
    assert_eq!(told.json()["summary"]["changes"], Value::Null);
}

#[test]
fn a_baseline_that_could_not_be_compared_with_stays_where_the_new_report_was_to_go() {
    let (noderole, mut china) = audited();
    china["partition"] = "aws-cn".into();
    let china = china.to_string();
    noderole.write("latest.json", &china);
    let kept = "`./latest.json` is left as it was";
    let audit = ["audit", "--inventory", "facts.json", "--baseline", "latest.json", "-o", "./latest.json"];
    let alone = noderole.run(&audit);
    alone.is_error(2, &["of partition aws-cn", kept, "the report goes to standard output instead"]);
    assert_eq!(alone.json()["partition"], "aws");
    let beside = noderole.run(&[&audit[..], &["-o", "other.json"]].concat());
    beside.is_error(2, &["of partition aws-cn", kept]);
    assert!(beside.out.is_empty() && noderole.path("other.json").exists());
    assert_eq!(std::fs::read_to_string(noderole.path("latest.json")).unwrap(), china);
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let (noderole, _) = audited();
    for (arguments, says) in [
        (&["report", "-", "--baseline", "-"][..], "standard input can give one document"),
        (&["audit", "--inventory", "-", "--baseline", "-"], "standard input can give one document"),
        (&["audit", "--demo", "--fail-on-new"], "--fail-on-new needs a baseline"),
        (&["report", "before.json", "--fail-on-new"], "--fail-on-new needs a baseline"),
        (&["report", "before.json", "--output", "./before.json"], "would overwrite the file that is read"),
        (&["report"], "<FILE>"),
    ] {
        noderole.run(arguments).is_error(2, &[says]);
    }
}
