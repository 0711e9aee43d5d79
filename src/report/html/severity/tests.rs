//! Tests of the bars.

use super::*;
use crate::report::sample;

/// A report in which account number n has n critical findings and one low one.
fn report(accounts: usize) -> Report {
    let mut report = sample::report();
    let template = report.findings.iter().find(|finding| finding.status == Status::Fail).unwrap().clone();
    report.findings.clear();
    for number in 1..=accounts {
        let mut finding = template.clone();
        finding.account = format!("{number:012}").parse().unwrap();
        finding.severity = Severity::Critical;
        report.findings.extend(std::iter::repeat_n(finding.clone(), number));
        report.findings.push(crate::report::model::ReportedFinding { severity: Severity::Low, ..finding });
    }
    report
}

#[test]
fn the_worst_accounts_have_rows_and_the_others_are_summed_up() {
    let rows = by_account(&report(ACCOUNTS_SHOWN + 3), &BTreeMap::new());
    assert_eq!(rows.len(), ACCOUNTS_SHOWN + 1);
    assert_eq!((rows[0].account.as_str(), rows[0].counts), ("000000000023", [23, 0, 0, 1]));
    let last = rows.last().unwrap();
    assert_eq!((last.account.as_str(), last.counts, last.parts.len()), ("3 further accounts", [6, 0, 0, 3], 0));
}

#[test]
fn the_longest_bar_fills_the_drawing_and_no_part_is_too_short_to_see() {
    let rows = by_account(&report(20), &BTreeMap::new());
    let end = rows[0].parts.last().map(|part| part.x + part.width).unwrap();
    assert!((BAR_LENGTH - 2..=BAR_LENGTH).contains(&end), "{end}");
    assert!(rows.iter().flat_map(|row| &row.parts).all(|part| part.width >= 2));
    assert_eq!(rows[0].spoken(), "20 critical, 1 low");
}

#[test]
fn what_is_suppressed_or_only_advice_has_no_bar() {
    let mut report = sample::report();
    for finding in &mut report.findings {
        finding.status = Status::Advice;
    }
    assert!(by_account(&report, &BTreeMap::new()).is_empty());
}
