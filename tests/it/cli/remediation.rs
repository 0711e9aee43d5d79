//! `noderole plan`, `apply`, `undo` and `retry`, as far as they go without AWS: what is planned, what is told, what is refused.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Noderole;

/// Everything is allowed, everywhere.
const ALLOWING: &str = "\
[remediation]
enabled = true
accounts = ['*']
classes = ['safe', 'guarded']
create-roles = true
max-roles = 1000
max-percent = 100
";

/// The plan for the sample; parts of the sample cannot be read.
fn plan(noderole: &Noderole, arguments: &[&str]) -> Value {
    let told = noderole.run(&[&["plan", "--demo", "--format", "json"], arguments].concat());
    assert_eq!(told.code, 3, "{}", told.err);
    told.json()
}

/// A plan in `plan.json`, after a change.
fn saved(noderole: &Noderole, change: impl FnOnce(&mut Value)) {
    noderole.write("allowing.toml", ALLOWING);
    let mut plan = plan(noderole, &["--config", "allowing.toml"]);
    change(&mut plan);
    noderole.write("plan.json", &plan.to_string());
}

fn list<'v>(value: &'v Value, name: &str) -> &'v Vec<Value> {
    value[name].as_array().unwrap()
}

/// The ids of the findings that a plan mends.
fn mended(plan: &Value) -> BTreeSet<String> {
    let findings = list(plan, "roles").iter().flat_map(|role| list(role, "findings"));
    findings.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_plan_of_the_sample_says_what_would_be_done_and_that_nothing_is_allowed_yet() {
    let noderole = Noderole::new();
    let plan = plan(&noderole, &[]);
    assert_eq!((&plan["schema"], &plan["partition"]), (&json!("noderole.plan/1"), &json!("aws")));
    assert!(plan["node_roles"].as_u64().unwrap() > 50);
    assert!(list(&plan, "roles").len() > 3 && list(&plan, "left").len() > 10);
    for role in list(&plan, "roles") {
        assert!(!list(role, "steps").is_empty() && role["seen"].is_object(), "{role}");
        assert!(role["refused"].as_str().unwrap().contains("enabled = true"), "{role}");
    }
}

#[test]
fn the_readable_plan_shows_steps_commands_differences_reasons_and_what_comes_next() {
    let noderole = Noderole::new();
    noderole.write("allowing.toml", ALLOWING);
    let told = noderole.run(&[
        "plan",
        "--demo",
        "--config",
        "allowing.toml",
        "--format",
        "table",
        "--output",
        "-",
        "--format",
        "json",
        "--output",
        "a plan.json",
    ]);
    assert_eq!(told.code, 3, "{}", told.err);
    for part in [
        "mends NR",
        "  1. ",
        "aws iam attach-role-policy",
        "difference\n",
        "    + attached arn:aws:iam::aws:policy/",
        "takes away: ",
        "allowed by the configuration",
        "Left alone",
        "for people to decide",
        "nothing is changed yet",
        "noderole apply 'a plan.json' --config FILE",
    ] {
        assert!(told.out.contains(part), "no `{part}` in:\n{}", told.out);
    }
    let written: Value = serde_json::from_str(&std::fs::read_to_string(noderole.path("a plan.json")).unwrap()).unwrap();
    assert!(list(&written, "roles").iter().all(|role| role.get("refused").is_none()));
}

#[test]
fn what_the_configuration_does_not_allow_does_not_hinder_what_it_allows() {
    let noderole = Noderole::new();
    noderole.write(
        "safe.toml",
        "[remediation]\nenabled = true\naccounts = ['*']\nmanaged-elsewhere = 'change'\nmax-roles = 1000\n",
    );
    let plan = plan(&noderole, &["--config", "safe.toml"]);
    for finding in list(&plan, "roles").iter().flat_map(|role| list(role, "findings")) {
        assert_eq!(finding["class"], "safe", "{finding}");
    }
    let refused: Vec<&Value> = list(&plan, "left").iter().filter(|left| left["reason"] == "not_allowed").collect();
    assert!(refused.iter().any(|left| left["text"].as_str().unwrap().contains("`classes`")), "{refused:?}");
}

#[test]
fn a_plan_is_narrowed_to_findings_rules_roles_and_to_what_fails_in_a_report() {
    let noderole = Noderole::new();
    let whole = plan(&noderole, &[]);
    // one that needs nothing else
    let first = mended(&whole).into_iter().find(|id| id.starts_with("NR205-")).unwrap();
    assert_eq!(mended(&plan(&noderole, &["--finding", &first])), BTreeSet::from([first.clone()]));
    let role = whole["roles"][0]["role"].as_str().unwrap();
    let of_role = plan(&noderole, &["--role", role]);
    assert!(list(&of_role, "roles").iter().all(|planned| planned["role"] == role), "{of_role}");
    assert_eq!(list(&of_role, "roles").len(), 1);
    let by_rule = plan(&noderole, &["--rule", "NR205"]);
    assert!(!mended(&by_rule).is_empty() && mended(&by_rule).iter().all(|id| id.starts_with("NR205-")));

    let mut report = noderole.run(&["audit", "--demo", "--format", "json"]).json();
    report["findings"].as_array_mut().unwrap().retain(|finding| finding["id"] == first.as_str());
    noderole.write("report.json", &report.to_string());
    let from_report = plan(&noderole, &["--report", "report.json"]);
    assert_eq!((mended(&from_report), list(&from_report, "left").len()), (BTreeSet::from([first]), 0));
    let gone = "NR205-0000000000000000";
    let told = noderole.run(&["plan", "--demo", "--finding", gone, "--format", "json"]);
    assert!(told.err.contains(gone) && told.err.contains("not open any more"), "{}", told.err);
}

#[test]
fn what_is_no_plan_is_refused_by_what_is_wrong_with_it() {
    let noderole = Noderole::new();
    noderole.write("allowing.toml", ALLOWING);
    noderole.write("text", "not JSON");
    noderole.write("report.json", r#"{"schema": "noderole.report/1"}"#);
    noderole.write("cut.json", r#"{"schema": "noderole.plan/1", "#);
    noderole.write("form.json", r#"{"schema": "noderole.plan/1", "plan_id": 7}"#);
    let apply = |file: &str| noderole.run(&["apply", file, "--config", "allowing.toml", "--yes"]);
    apply("nowhere.json").is_error(2, &["`nowhere.json` could not be read", "check the path"]);
    apply("text").is_error(2, &["the plan is not JSON", "line 1", "noderole plan"]);
    apply("report.json").is_error(2, &["`noderole.report/1`", "noderole plan"]);
    apply("cut.json").is_error(2, &["not complete JSON"]);
    apply("form.json").is_error(2, &["at `plan_id`"]);
    assert_eq!(noderole.run(&["apply"]).code, 2);
    assert_eq!(noderole.run(&["apply", "plan.json", "--resume", "x"]).code, 2);
}

#[test]
fn nothing_is_applied_that_is_not_enabled_expired_or_of_another_time() {
    let noderole = Noderole::new();
    saved(&noderole, |_| ());
    noderole
        .run(&["apply", "plan.json", "--yes"])
        .is_error(4, &["nothing was changed", "`enabled = true`", "[remediation]"]);
    noderole.write("off.toml", "[remediation]\nenabled = false\naccounts = ['*']\n");
    noderole.run(&["apply", "plan.json", "--yes", "--config", "off.toml"]).is_error(4, &["`enabled = true`"]);
    let apply = || noderole.run(&["apply", "plan.json", "--config", "allowing.toml", "--yes"]);
    saved(&noderole, |plan| {
        plan["created_at"] = json!("2026-01-01T00:00:00Z");
        plan["expires_at"] = json!("2026-01-01T01:00:00Z");
    });
    apply().is_error(4, &["expired at 2026-01-01T01:00:00Z", "noderole plan"]);
    saved(&noderole, |plan| plan["expires_at"] = json!("2999-01-01T00:00:00Z"));
    apply().is_error(2, &["2999-01-01", "make it anew"]);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_begun() {
    let noderole = Noderole::new();
    saved(&noderole, |_| ());
    let question = &["no terminal to ask on", "add --yes"];
    noderole.run(&["apply", "plan.json", "--config", "allowing.toml"]).is_error(2, question);
    noderole.run(&["undo", "journal-1"]).is_error(2, question);
}

#[test]
fn what_a_plan_does_not_have_cannot_be_asked_for() {
    let noderole = Noderole::new();
    saved(&noderole, |_| ());
    let role = "arn:aws:iam::111122223333:role/nobody";
    let apply = ["apply", "plan.json", "--config", "allowing.toml", "--yes"];
    noderole.run(&[&apply[..], &["--role", role]].concat()).is_error(2, &["the plan has nothing for", role]);
    let told = noderole.run(&[&apply[..], &["--finding", "NR202"]].concat());
    assert!(told.code == 2 && told.err.contains("NR202-0123456789abcdef"), "{}", told.err);
}

#[test]
fn a_plan_in_which_nothing_is_to_be_done_is_done() {
    let noderole = Noderole::new();
    saved(&noderole, |plan| plan["roles"] = json!([]));
    let told = noderole.run(&["apply", "plan.json", "--config", "allowing.toml", "--yes"]);
    assert!(told.code == 0 && told.out.contains("Nothing to apply"), "{}{}", told.out, told.err);
}

#[test]
fn a_journal_that_is_not_there_is_a_wrong_input() {
    let noderole = Noderole::new();
    noderole.write("allowing.toml", ALLOWING);
    noderole.write("text.jsonl", "no journal\n");
    let tell = |arguments: &[&str]| super::told(noderole.command().env("AWS_REGION", "eu-west-1").args(arguments));
    tell(&["undo", "nothing", "--yes"]).is_error(2, &["there is no journal", "noderole-journals/nothing.jsonl"]);
    tell(&["undo", "./text.jsonl", "--yes"]).is_error(2, &["is no journal"]);
    tell(&["apply", "--resume", "nothing", "--config", "allowing.toml", "--yes"]).is_error(2, &["there is no journal"]);
}

#[test]
fn a_finding_that_was_left_alone_is_forgotten_by_retry() {
    let noderole = Noderole::new();
    let finding = "NR202-0123456789abcdef";
    let retry = || noderole.run(&["retry", finding]);
    assert!(retry().out.contains("has no history"));
    noderole.write("file", "");
    for place in ["nofolder", "file"] {
        noderole.run(&["retry", finding, "--journal", place]).is_error(2, &["there is no folder", place]);
    }
    std::fs::create_dir_all(noderole.path("noderole-journals/history")).unwrap();
    let file = format!("noderole-journals/history/{finding}.json");
    let attempt = json!({"at": "2026-11-24T10:00:00Z", "journal": "j", "result": "failed"});
    let history = json!({"schema": "noderole.remediation-history/1", "finding": finding, "attempts": [attempt]});
    noderole.write(&file, &history.to_string());
    let told = retry();
    assert!(told.code == 0 && told.out.contains("is mended again"), "{}{}", told.out, told.err);
    assert!(!std::fs::read_to_string(noderole.path(&file)).unwrap().contains("failed"));
    assert!(retry().out.contains("has no history"));
    assert_eq!(noderole.run(&["retry", "../../x"]).code, 2);
}

/// A history by which `apply` leaves a finding alone.
fn reverted_twice(finding: &str) -> String {
    let attempt =
        |number: u8| json!({"at": "2026-11-24T10:00:00Z", "journal": format!("journal-{number}"), "result": "applied"});
    let attempts = [attempt(1), attempt(2)];
    json!({"schema": "noderole.remediation-history/1", "finding": finding, "attempts": attempts}).to_string()
}

#[test]
fn a_plan_leaves_alone_what_apply_would_by_the_histories_that_are_named_or_configured() {
    let noderole = Noderole::new();
    let whole = mended(&plan(&noderole, &[]));
    let finding = whole.iter().find(|id| id.starts_with("NR205-")).unwrap().clone();
    std::fs::create_dir_all(noderole.path("kept/history")).unwrap();
    noderole.write(&format!("kept/history/{finding}.json"), &reverted_twice(&finding));
    let without = plan(&noderole, &["--journal", "kept"]);
    assert!(!mended(&without).contains(&finding) && mended(&without).len() == whole.len() - 1);
    let left = list(&without, "left").iter().find(|left| left["id"] == finding.as_str()).unwrap();
    assert!(left["reason"] == "left_alone" && left["text"].as_str().unwrap().contains("journal-2"), "{left}");

    // The sample is of nobody's accounts: what is configured does not concern it. Saved facts are of somebody's.
    noderole.write("kept.toml", "[remediation]\njournal = 'kept'\nmanaged-elsewhere = 'leave'\n");
    assert_eq!(mended(&plan(&noderole, &["--config", "kept.toml"])), whole);
    noderole.run(&["audit", "--demo", "--save-inventory", "facts.json", "--format", "json", "--output", "report.json"]);
    let of_saved = |more: &[&str]| {
        let arguments = ["plan", "--inventory", "facts.json", "--format", "json"];
        noderole.run(&[&arguments[..], more].concat())
    };
    assert_eq!(mended(&of_saved(&[]).json()), whole);
    assert_eq!(mended(&of_saved(&["--config", "kept.toml"]).json()), mended(&without));

    // What cannot be read is said, and no reason to plan nothing.
    noderole.write("file", "");
    let told = of_saved(&["--journal", "file"]);
    assert!(told.code == 3 && told.err.contains("histories could not be read"), "{}", told.err);
    assert_eq!(mended(&told.json()), whole);
    assert!(!noderole.path("noderole-journals").exists());
}
