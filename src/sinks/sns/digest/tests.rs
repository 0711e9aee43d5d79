//! The digest: what people read first, and what no name can do to it.

use proptest::prelude::{any, prop_assert, proptest};

use super::*;
use crate::report::sample::{NASTY, remediation, report};

fn attribute(digest: &Digest, name: &str) -> Attribute {
    digest.attributes.iter().find(|(known, _)| *known == name).unwrap().1.clone()
}

#[test]
fn a_digest_tells_run_counts_findings_and_what_is_not_known() {
    insta::assert_snapshot!(digest(&report(), Some("s3://reports/runs/20261101T090807Z-0a0b0c/")).body);
}

#[test]
fn the_subject_says_how_bad_it_is() {
    let digest = digest(&report(), None);
    assert_eq!(digest.subject, "noderole: INCOMPLETE, 5 new, 2 failing (1 critical, 1 high)");
}

#[test]
fn the_longest_subject_is_within_what_sns_takes() {
    let mut report = report();
    let by = &mut report.summary.by_severity;
    (by.critical, by.high, report.summary.fail) = (usize::MAX, usize::MAX, usize::MAX);
    let subject = digest(&report, None).subject;
    assert!(subject.is_ascii() && subject.len() <= MAX_SUBJECT, "{subject}");
    assert!(subject.contains("INCOMPLETE"), "{subject}");
}

#[test]
fn attributes_are_what_subscriptions_filter_by() {
    let digest = digest(&report(), None);
    assert!(digest.attributes.iter().all(|(name, _)| *name != "remediation"), "nothing was remediated");
    assert_eq!(attribute(&digest, "severity"), Attribute::Text("critical".into()));
    assert_eq!(attribute(&digest, "severity_new"), Attribute::Text("critical".into()));
    assert_eq!(attribute(&digest, "new"), Attribute::Number(5));
    assert_eq!(attribute(&digest, "failing"), Attribute::Number(2));
    assert_eq!(attribute(&digest, "complete"), Attribute::Text("false".into()));
    let mut clean = report();
    clean.findings.clear();
    assert_eq!(attribute(&super::digest(&clean, None), "severity"), Attribute::Text("none".into()));
}

#[test]
fn there_are_news_where_something_is_open_or_not_seen() {
    let mut report = report();
    assert!(has_news(&report));
    report.findings.clear();
    assert!(has_news(&report), "it is incomplete");
    report.complete = true;
    assert!(!has_news(&report));
}

#[test]
fn what_came_of_roles_is_told_first_and_alone_where_nothing_was_audited() {
    let mut report = report();
    report.remediations = vec![remediation(Some(Outcome::Applied)), remediation(Some(Outcome::Refused))];
    let whole = digest(&report, None);
    let said = "noderole: INCOMPLETE, remediation: 1 refused, 1 applied; 5 new, 2 failing (1 critical, 1 high)";
    assert_eq!(whole.subject, said);
    assert_eq!(attribute(&whole, "remediation"), Attribute::Text("refused".into()));
    let place = |text: &str| whole.body.find(text).unwrap();
    assert!(place("REMEDIATION (2)") < place("OPEN (") && place("Findings: 2 failing") < place("REMEDIATION (2)"));

    let refused = vec![remediation(Some(Outcome::Refused)), remediation(None)];
    let alone = Report::of_remediations("run-1".to_owned(), report.partition, report.finished_at, true, refused);
    assert!(has_news(&alone));
    let told = digest(&alone, None);
    assert_eq!(told.subject, "noderole: remediation: 1 refused, 1 not begun");
    insta::assert_snapshot!(told.body);
    let unchanged = vec![remediation(Some(Outcome::Unchanged))];
    let same = Report::of_remediations("run-1".to_owned(), report.partition, report.finished_at, true, unchanged);
    assert!(!has_news(&same), "an apply that was done before is no news");
}

#[test]
fn no_name_steers_the_reader_or_becomes_a_link() {
    let mut report = report();
    report.findings[0].message = format!("role {NASTY} https://evil.example www.evil.example");
    let body = digest(&report, None).body;
    assert!(!body.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{body}");
    assert!(body.contains("https[:]//evil.example www[.]evil.example"), "{body}");
    assert!(body.contains(r"ng|`x`\n\u{1b}[31m<b>\u{202e}"), "{body}");
}

#[test]
fn what_has_no_room_is_counted() {
    let mut report = report();
    let one = report.findings[0].clone();
    report.findings = vec![one; 1_000];
    let body = digest(&report, None).body;
    assert!(body.contains("OPEN (1000)") && body.contains("- and 950 more"), "{body}");
}

proptest! {
    #[test]
    fn a_digest_is_never_too_long(findings in 0_usize..400, text in any::<String>(), repeat in 1_usize..200) {
        let mut report = report();
        let mut one = report.findings[0].clone();
        one.message = text.repeat(repeat);
        one.role_arn = Some(text.repeat(repeat));
        report.findings = vec![one; findings];
        for entry in &mut report.coverage {
            for missing in &mut entry.missing {
                missing.error = text.repeat(repeat);
            }
        }
        let digest = digest(&report, Some(&text.repeat(repeat)));
        prop_assert!(digest.body.len() <= MAX_BODY_BYTES);
        let title = format!("OPEN ({findings})");
        prop_assert!(findings == 0 || digest.body.contains(&title));
    }
}
