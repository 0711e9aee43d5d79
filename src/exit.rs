//! The exit codes, and which one a run ends with.

use std::process::ExitCode;

use crate::finding::{Severity, Status};
use crate::report::Report;
use crate::report::model::{Change, ReportedFinding};

/// How a run ends. The numbers are part of the outer contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// 0: complete, and nothing at or above `--fail-on`.
    Clean,
    /// 1: a failing finding at or above `--fail-on`.
    Failing,
    /// 2: wrong usage, configuration or input, or an output that could not be written.
    Wrong,
    /// 3: nothing failing, but part of what was asked for could not be audited.
    Incomplete,
    /// 4: a remediation was refused or failed.
    Refused,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Failing => 1,
            Self::Wrong => 2,
            Self::Incomplete => 3,
            Self::Refused => 4,
        }
    }

    /// What a report says, with `fail_on` the least severity that fails; none: no finding does.
    ///
    /// What is suppressed does not fail, nor what is resolved. A finding wins over missing coverage: what was seen is bad enough
    /// whatever was not seen.
    pub fn of(report: &Report, fail_on: Option<Severity>) -> Self {
        Self::by(report, fail_on, |_| true)
    }

    /// The same, where only what is new against the baseline fails.
    pub fn of_new(report: &Report, fail_on: Option<Severity>) -> Self {
        Self::by(report, fail_on, |finding| finding.change == Some(Change::New))
    }

    /// The same, of the findings that `wanted` wants.
    fn by(report: &Report, fail_on: Option<Severity>, wanted: impl Fn(&ReportedFinding) -> bool) -> Self {
        let is_failing = |finding: &&ReportedFinding| {
            finding.status == Status::Fail && finding.counts() && !finding.is_resolved() && wanted(finding)
        };
        let fails =
            |least: Severity| report.findings.iter().filter(is_failing).any(|finding| finding.severity >= least);
        if fail_on.is_some_and(fails) {
            Self::Failing
        } else if report.complete {
            Self::Clean
        } else {
            Self::Incomplete
        }
    }

    /// Both happened: the one that a script must hear of first.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Clean => 0,
            Self::Incomplete => 1,
            Self::Failing => 2,
            Self::Refused => 3,
            Self::Wrong => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    const ALL: [Exit; 5] = [Exit::Clean, Exit::Failing, Exit::Wrong, Exit::Incomplete, Exit::Refused];

    #[test]
    fn the_numbers_are_those_of_the_contract() {
        assert_eq!(ALL.map(Exit::code), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_failing_finding_counts_from_the_severity_asked_for() {
        let report = sample::report();
        assert_eq!(report.summary.by_severity.critical, 1, "the sample has a critical finding");
        assert_eq!(Exit::of(&report, Some(Severity::Critical)), Exit::Failing);
        let mut milder = report;
        milder.findings.retain(|finding| finding.severity < Severity::Critical);
        assert_eq!(Exit::of(&milder, Some(Severity::Critical)), Exit::Incomplete);
        assert_eq!(Exit::of(&milder, Some(Severity::Medium)), Exit::Failing);
    }

    #[test]
    fn a_finding_wins_over_missing_coverage_and_never_hides_it() {
        let mut report = sample::report();
        assert!(!report.complete);
        assert_eq!(Exit::of(&report, Some(Severity::Low)), Exit::Failing);
        assert_eq!(Exit::of(&report, None), Exit::Incomplete);
        report.complete = true;
        assert_eq!(Exit::of(&report, None), Exit::Clean);
    }

    #[test]
    fn advice_and_unknown_results_do_not_fail() {
        let mut report = sample::report();
        report.complete = true;
        report.findings.retain(|finding| finding.status != Status::Fail);
        assert!(!report.findings.is_empty());
        assert_eq!(Exit::of(&report, Some(Severity::Low)), Exit::Clean);
    }

    #[test]
    fn what_is_suppressed_does_not_fail() {
        let mut report = sample::report();
        report.complete = true;
        for finding in &mut report.findings {
            let by = crate::finding::SuppressedBy::Configuration;
            let told = crate::finding::Suppressed { reason: "known".to_owned(), owner: None, expires: None, by };
            finding.suppressed = Some((&told).into());
        }
        assert_eq!(Exit::of(&report, Some(Severity::Low)), Exit::Clean);
    }

    #[test]
    fn what_is_resolved_does_not_fail_and_what_is_unchanged_does_unless_only_new_findings_are_to() {
        let mut report = sample::report();
        report.complete = true;
        let mark = |report: &mut Report, change| {
            report.findings.iter_mut().for_each(|finding| finding.change = Some(change));
        };
        let ends = |report: &Report| [Exit::of, Exit::of_new].map(|of| of(report, Some(Severity::Low)));
        mark(&mut report, Change::Resolved);
        assert_eq!(ends(&report), [Exit::Clean, Exit::Clean]);
        mark(&mut report, Change::Unchanged);
        assert_eq!(ends(&report), [Exit::Failing, Exit::Clean]);
        mark(&mut report, Change::New);
        assert_eq!(ends(&report), [Exit::Failing, Exit::Failing]);
    }

    #[test]
    fn of_two_ends_the_graver_stays_whatever_the_order() {
        for a in ALL {
            for b in ALL {
                assert_eq!(a.and(b), b.and(a));
            }
            assert_eq!(a.and(Exit::Clean), a);
            assert_eq!(a.and(Exit::Wrong), Exit::Wrong);
        }
        assert_eq!(Exit::Incomplete.and(Exit::Failing), Exit::Failing);
    }
}
