//! Several runs in a row, each with the one before it as its baseline.

use super::*;
use crate::finding::Status::{Fail, Unknown};

/// A run in which the account could not be entered.
fn denied(run: u8) -> Report {
    Report { complete: false, coverage: vec![entry(ACCOUNT, "*", CoverageStatus::Denied)], ..report(run, Vec::new()) }
}

#[test]
fn what_was_not_seen_for_a_while_is_not_new_when_it_is_seen_again() {
    let first = report(1, vec![finding("x")]);
    let second = judged(denied(2), Vec::new(), &first);
    let third = judged(denied(3), Vec::new(), &second);
    let carried = &third.baseline.as_ref().unwrap().not_compared[0];
    assert_eq!(carried.run_id, "run-1");
    let again = judged(report(4, vec![finding("x")]), Vec::new(), &third);
    assert_eq!((change(&again, "x"), &again.findings[0].previous), (Some(Change::Unchanged), &None));
    let mended = judged(report(4, Vec::new()), vec![of_status("x", Status::Pass)], &third);
    assert_eq!(change(&mended, "x"), Some(Change::Resolved));
    assert_eq!(mended.findings[0].previous.as_ref().unwrap().run_id, "run-1");
    assert!(mended.baseline.unwrap().not_compared.is_empty());
}

#[test]
fn a_failure_that_could_not_be_told_for_a_while_is_not_new_when_it_fails_again() {
    let mut last = report(1, vec![of_status("x", Fail)]);
    for run in 2..=3 {
        last = judged(report(run, vec![of_status("x", Unknown)]), Vec::new(), &last);
        let previous = last.findings[0].previous.as_ref().unwrap();
        assert_eq!((previous.status, previous.run_id.as_str()), (Fail, "run-1"));
    }
    let again = judged(report(4, vec![of_status("x", Fail)]), Vec::new(), &last);
    assert_eq!((change(&again, "x"), &again.findings[0].previous), (Some(Change::Unchanged), &None));
}

#[test]
fn what_is_resolved_and_comes_back_is_new() {
    let first = report(1, vec![finding("x")]);
    let second = judged(report(2, Vec::new()), vec![of_status("x", Status::Pass)], &first);
    assert!(!watched(&second).contains(&finding("x").id));
    let third = judged(report(3, vec![finding("x")]), Vec::new(), &second);
    assert_eq!(change(&third, "x"), Some(Change::New));
}

#[test]
fn the_trend_has_each_run_once_the_oldest_first_and_has_an_end() {
    let mut last = report(0, vec![finding("x")]);
    for run in 1..60_usize {
        last = judged(Report { run_id: format!("run-{run}"), ..report(1, vec![finding("x")]) }, Vec::new(), &last);
        let expected: Vec<String> =
            ((run + 1).saturating_sub(TREND_POINTS)..=run).map(|run| format!("run-{run}")).collect();
        assert_eq!(last.trend.iter().map(|point| point.run_id.clone()).collect::<Vec<_>>(), expected);
    }
    let same = judged(last.clone(), Vec::new(), &last);
    assert_eq!(same.trend, last.trend, "a run against itself");
}

#[test]
fn what_nobody_looked_at_for_the_length_of_a_trend_is_let_go_and_that_is_said() {
    let mut last = report(0, vec![finding("x")]);
    let mut dropped = Vec::new();
    for run in 1..=TREND_POINTS {
        let now = judged(Report { run_id: format!("run-{run}"), ..denied(1) }, Vec::new(), &last);
        let number = now.baseline.as_ref().unwrap().not_compared.len();
        assert_eq!(number, usize::from(run < TREND_POINTS), "after {run} runs");
        dropped = notes(&now, &last);
        last = now;
    }
    assert!(
        dropped.iter().any(|note| note.starts_with("1 finding that no run has looked at since 30 runs")),
        "{dropped:?}"
    );
}

#[test]
fn a_doubtful_comparison_is_noted() {
    let mut before = report(5, vec![finding("x"), finding("y")]);
    before.tool_version = "0.0.1".to_owned();
    let elsewhere =
        Report { coverage: vec![entry("444455556666", "eu-west-1", CoverageStatus::Audited)], ..report(2, Vec::new()) };
    let told = notes(&judged(elsewhere, Vec::new(), &before), &before);
    for part in [
        "no account in common",
        "is later than the report",
        "of noderole 0.0.1",
        "2 findings of the baseline could not be compared (2 outside of what was asked for)",
    ] {
        assert!(told.iter().any(|note| note.contains(part)), "no `{part}` in {told:?}");
    }
    let fine = report(1, vec![finding("x")]);
    assert_eq!(notes(&judged(report(2, Vec::new()), Vec::new(), &fine), &fine), [""; 0]);
}
