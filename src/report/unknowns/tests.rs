//! Grouping by cause.

use super::*;
use crate::report::sample;

#[test]
fn one_denied_permission_that_leaves_many_results_open_is_one_cause() {
    let mut report = sample::report();
    let unread = report.findings.iter().find(|finding| finding.rule == "NR001").unwrap().clone();
    report.findings.extend(std::iter::repeat_n(unread, 119));
    let causes = by_cause(&report);
    let worst = &causes.failed_calls[0];
    assert_eq!((worst.api.as_str(), worst.open_results), ("eks:DescribeNodegroup", 120));
    assert_eq!(worst.mend().unwrap(), "the audit role needs eks:DescribeNodegroup");
}

#[test]
fn a_failed_call_that_leaves_no_result_open_is_told_all_the_same() {
    let causes = by_cause(&sample::report());
    let apis: Vec<&str> = causes.failed_calls.iter().map(|calls| calls.api.as_str()).collect();
    assert_eq!(apis.len(), 3);
    assert!(apis.contains(&"sts:AssumeRole") && apis.contains(&"eks:ListClusters"), "{apis:?}");
}

#[test]
fn what_no_failed_call_explains_is_grouped_by_rule_and_reason() {
    let causes = by_cause(&sample::report());
    assert_eq!(causes.undecided.len(), 1);
    assert_eq!(causes.undecided[0].rule, "NR102");
    assert_eq!(causes.undecided[0].findings.len(), 1);
}
