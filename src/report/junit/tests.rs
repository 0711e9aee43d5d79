//! What a JUnit test tells of each kind of finding, and that the counts are those of the tests. The published schema is held
//! against it in `tests/it/formats.rs`.

use super::*;
use crate::report::sample;

fn text(report: &Report) -> String {
    let mut text = Vec::new();
    write(report, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn the_counts_are_those_of_the_tests() {
    let text = text(&sample::every_kind("x"));
    let count = |element: &str| text.matches(&format!("<{element} ")).count();
    let root = text.lines().nth(1).unwrap();
    let expected = format!(
        "<testsuites name=\"noderole\" tests=\"{}\" failures=\"{}\" errors=\"{}\">",
        count("testcase"),
        count("failure"),
        count("error")
    );
    assert_eq!(root, expected);
    let skipped: usize = text
        .lines()
        .filter_map(|line| line.split_once(" skipped=\"")?.1.split('"').next()?.parse::<usize>().ok())
        .sum();
    assert_eq!(skipped, count("skipped"));
}

#[test]
fn what_fails_is_a_failure_what_was_not_read_an_error_and_the_rest_fails_nothing() {
    let report = sample::every_kind("x");
    let suites = suite::of(&report);
    let mut all = Counts::default();
    for suite in &suites {
        all.add(suite.counts());
    }
    let failing =
        report.findings.iter().filter(|finding| finding.counts() && finding.status == crate::finding::Status::Fail);
    assert_eq!(all.failures, failing.count());
    assert_eq!(all.errors, report.coverage.iter().map(|entry| entry.missing.len()).sum::<usize>());
    let skipped = report.findings.iter().filter(|finding| {
        use crate::finding::Status::{Advice, NotApplicable, Unknown};
        finding.suppressed.is_some() || matches!(finding.status, Advice | Unknown | NotApplicable)
    });
    // One of the baseline was not compared; one account is suspended.
    assert_eq!(all.skipped, skipped.count() + 2);
}

#[test]
fn a_test_keeps_its_name_when_the_message_changes() {
    let names = |report: &Report| -> Vec<String> {
        let text = text(report);
        text.lines()
            .filter(|line| line.contains("<testcase classname=\"NR"))
            .map(|line| line.trim_end_matches(['/', '>']).to_owned())
            .collect()
    };
    let (one, mut other) = (sample::report(), sample::report());
    for finding in &mut other.findings {
        finding.message = "other words".to_owned();
    }
    assert_eq!(names(&one), names(&other));
    let mut distinct = names(&one);
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), one.findings.len());
}

#[test]
fn the_tests_of_the_hostile_sample_read_well() {
    insta::assert_snapshot!(text(&sample::every_kind(sample::NASTY)));
}
