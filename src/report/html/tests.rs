//! Tests of the page as text; what a browser makes of it, `tests/browser` asks one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;
use crate::finding::{Status, SuppressedBy};
use crate::report::model::{
    Baseline, BySeverity, Change, Changes, NotCompared, NotComparedReason, ReportedFinding, ReportedSuppressed,
    ReportedSuppression, TrendPoint,
};
use crate::report::sample;
use crate::suppress::State;

/// The page of a report.
fn page(report: &Report) -> String {
    let names = BTreeMap::from([("111122223333".parse().unwrap(), sample::NASTY.to_owned())]);
    let mut text = Vec::new();
    write(report, &names, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// The sample's report with a statement that decided, and one finding that is suppressed.
fn report() -> Report {
    let mut report = sample::report();
    let pull = of_rule(&mut report, "NR202");
    let evidence = &mut pull.evidence[0];
    evidence.policy = Some("lockdown".to_owned());
    evidence.statement = Some("Stop".to_owned());
    evidence.statement_text = Some(r#"{"Sid":"Stop","Effect":"Deny","Action":"</pre></script><script>"}"#.to_owned());
    let suppressed = ReportedSuppressed {
        reason: "moves <soon>".to_owned(),
        owner: Some("team-7".to_owned()),
        expires: Some("2026-12-31".parse().unwrap()),
        by: SuppressedBy::Configuration,
    };
    of_rule(&mut report, "NR205").suppressed = Some(suppressed);
    report.summary.suppressed = 1;
    report.suppressions = vec![ReportedSuppression {
        reason: "old".to_owned(),
        owner: None,
        expires: None,
        matched: 0,
        state: State::Unused,
    }];
    report
}

fn of_rule<'r>(report: &'r mut Report, rule: &str) -> &'r mut ReportedFinding {
    report.findings.iter_mut().find(|finding| finding.rule == rule).unwrap()
}

/// The text between two marks, of which the first stands there once.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let mut parts = text.split(start);
    let after = parts.nth(1).unwrap_or_else(|| panic!("{start} is missing"));
    assert!(parts.next().is_none(), "{start} stands there twice");
    after.split(end).next().unwrap()
}

/// What the script is given.
fn embedded(text: &str) -> Value {
    serde_json::from_str(between(text, r#"id="report">"#, "</script>")).unwrap()
}

#[test]
fn names_from_aws_cannot_leave_their_place() {
    let text = page(&report());
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "a control character");
    for forbidden in ["<b>ng", "<b>\\", "\u{202e}", "</pre></script>", "<soon>"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    assert_eq!(text.matches("</script>").count(), 2, "the data and the script");
    assert!(text.contains(r"\u{1b}[31m") && text.contains(r"\u{202e}"), "the name is spelled out");
}

#[test]
fn what_sinks_took_is_told_as_text() {
    let text = page(&sample::every_kind("<b>&"));
    let told = between(&text, r#"<h2 id="sinks-title">Sinks</h2>"#, "</section>");
    assert!(told.contains("s3 (&#60;b&#62;&#38;) took 1 of 2: &#60;b&#62;&#38;: NotFound"), "{told}");
    assert!(!page(&report()).contains("sinks-title"), "nobody was told");
}

#[test]
fn the_policy_lets_run_what_the_page_holds_and_nothing_else() {
    let text = page(&report());
    let policy = between(&text, r#"http-equiv="Content-Security-Policy" content=""#, "\"").replace("&#39;", "'");
    let hash = |part: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(part.as_bytes())));
    let script = hash(between(&text, "<script>", "</script>"));
    let style = hash(between(&text, "<style>", "</style>"));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src {script}; style-src {style}; img-src data:; base-uri 'none'; form-action 'none'"
        )
    );
    // The style sheet and the script may speak of such things; markup may not have them.
    let markup = text.replace(between(&text, "<script>", "</script>"), "");
    for loads in [" style=", " src=", "@import", "url(http", " onclick="] {
        assert!(!markup.contains(loads), "{loads}");
    }
}

#[test]
fn the_script_inserts_text_as_text_only() {
    for writes_markup in
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "fetch("]
    {
        assert!(!asset::SCRIPT.contains(writes_markup), "{writes_markup}");
    }
}

#[test]
fn every_finding_is_there_with_scripts_and_without() {
    let report = report();
    let text = page(&report);
    let told = embedded(&text);
    let plain = between(&text, "<noscript>", "</noscript>");
    assert_eq!(told["findings"].as_array().unwrap().len(), report.findings.len());
    for (finding, told) in report.findings.iter().zip(told["findings"].as_array().unwrap()) {
        assert_eq!(told["id"], finding.id);
        assert!(plain.contains(&format!(r#"id="{}""#, finding.id)), "{} is not in the plain list", finding.id);
    }
    assert!(plain.contains("aws iam attach-role-policy --role-name prod-node"), "{plain}");
    assert!(plain.contains("Suppressed: moves &#60;soon&#62;, team-7, until 2026-12-31"), "{plain}");
}

#[test]
fn a_statement_that_many_findings_name_is_held_once() {
    let mut report = report();
    let pull = of_rule(&mut report, "NR202").clone();
    report.findings.push(ReportedFinding { id: "NR202-other".to_owned(), ..pull });
    let told = embedded(&page(&report));
    assert_eq!(told["statements"].as_array().unwrap().len(), 1);
    assert!(told["statements"][0].as_str().unwrap().contains("\"Sid\": \"Stop\",\n"), "over several lines");
    let naming = told["findings"].as_array().unwrap().iter().filter(|finding| finding["evidence"][0]["document"] == 0);
    assert_eq!(naming.count(), 2);
}

#[test]
fn a_source_that_is_no_address_of_the_web_is_no_link() {
    let mut report = report();
    for finding in &mut report.findings {
        finding.source = "javascript:alert(1)".to_owned();
    }
    assert!(!page(&report).contains("javascript:"));
}

#[test]
fn a_report_without_findings_and_coverage_is_a_page_too() {
    let mut report = report();
    report.findings.clear();
    report.coverage.clear();
    report.suppressions.clear();
    report.summary = crate::report::model::Summary::default();
    let text = page(&report);
    assert!(text.contains("Nothing was asked for.") && !text.contains("id=\"unread\""), "{text}");
}

#[test]
fn the_page_of_the_sample_reads_well() {
    let text = page(&report());
    let style = between(&text, "<style>", "</style>");
    let script = between(&text, "<script>", "</script>");
    let shown = text.replace(style, "[style.css]").replace(script, "[script]");
    let policy = between(&shown, r#"Content-Security-Policy" content=""#, "\"");
    insta::assert_snapshot!(shown.replace(policy, "[policy]"));
}

#[test]
fn a_baseline_brings_its_trend_and_a_filter_and_without_one_neither_is_there() {
    let mut report = report();
    assert!(!page(&report).contains("Against the baseline</"), "nothing was compared");
    let point = TrendPoint {
        run_id: "before".to_owned(),
        finished_at: report.finished_at,
        complete: false,
        accounts: 3,
        fail: 4,
        advice: 0,
        unknown: 5,
        suppressed: 0,
        by_severity: BySeverity { critical: 1, high: 0, medium: 3, low: 0 },
    };
    of_rule(&mut report, "NR101").change = Some(Change::New);
    let resolved = of_rule(&mut report, "NR102");
    resolved.change = Some(Change::Resolved);
    resolved.status = Status::Pass;
    let lost =
        NotCompared { reason: NotComparedReason::NotRead, run_id: "before".to_owned(), finding: resolved.clone() };
    report.summary.changes = Some(Changes { new: 1, unchanged: 2, resolved: 1 });
    report.baseline = Some(Baseline {
        run_id: "before".to_owned(),
        tool_version: "0.1.0".to_owned(),
        finished_at: report.finished_at,
        complete: false,
        not_compared: vec![lost.clone(), lost],
    });
    report.trend =
        vec![point.clone(), TrendPoint { run_id: "now".to_owned(), by_severity: BySeverity::default(), ..point }];
    let text = page(&report);
    for part in
        ["1 new</a>", "2 unchanged</a>", "1 resolved</a>", "2 not read;", "1 critical, 3 medium", "value=\"resolved\""]
    {
        assert!(text.contains(part), "{part}");
    }
    let told = embedded(&text);
    let changes: Vec<&Value> = told["findings"].as_array().unwrap().iter().map(|finding| &finding["change"]).collect();
    assert!(changes.contains(&&Value::from("new")) && changes.contains(&&Value::from("resolved")), "{changes:?}");
}
