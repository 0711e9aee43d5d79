//! What is told where only news are: findings that are new, changed or resolved. Without a baseline all are new.

use serde::Serialize;

use crate::finding::{Severity, Status};
use crate::report::Report;
use crate::report::model::{Change, Changes, ReportedFinding};

/// What became of a finding, where that is news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    /// It is open and was not before; without a baseline: it is open.
    New,
    /// It was there before, with another status or severity, or it is suppressed now.
    Changed,
    /// It was there before, and is no more.
    Resolved,
}

/// Whether a finding is open: it wants attention, and is there.
pub(crate) fn is_open(finding: &ReportedFinding) -> bool {
    let listed = match finding.status {
        Status::Fail | Status::Advice | Status::Unknown => true,
        Status::Pass | Status::NotApplicable => false,
    };
    listed && finding.counts() && finding.change != Some(Change::Resolved)
}

/// What became of a finding; none where nothing did, or nobody is to be told.
pub(crate) fn news(finding: &ReportedFinding) -> Option<News> {
    match finding.change {
        None | Some(Change::New) => is_open(finding).then_some(News::New),
        Some(Change::Resolved) => Some(News::Resolved),
        Some(Change::Unchanged) => {
            let previous = finding.previous.as_ref()?;
            (finding.counts() || !previous.suppressed).then_some(News::Changed)
        }
    }
}

/// How many of a report's findings are what; without a baseline all that are open are new.
pub(crate) fn changes(report: &Report) -> Changes {
    report.summary.changes.unwrap_or_else(|| Changes {
        new: report.findings.iter().filter(|finding| is_open(finding)).count(),
        ..Changes::default()
    })
}

/// The worst severity of failing findings.
pub(crate) fn worst<'a>(findings: impl Iterator<Item = &'a ReportedFinding>) -> Option<Severity> {
    findings.filter(|finding| finding.status == Status::Fail).map(|finding| finding.severity).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Suppressed, SuppressedBy};
    use crate::report::model::Previous;
    use crate::report::sample::report;

    fn finding(change: Option<Change>) -> ReportedFinding {
        ReportedFinding { change, ..report().findings[0].clone() }
    }

    fn suppressed(finding: ReportedFinding) -> ReportedFinding {
        let known = Suppressed { reason: "known".into(), owner: None, expires: None, by: SuppressedBy::Configuration };
        ReportedFinding { suppressed: Some((&known).into()), ..finding }
    }

    fn before(suppressed: bool, finding: ReportedFinding) -> ReportedFinding {
        let previous = Previous {
            journal: None,
            run_id: "run-0".into(),
            status: Status::Fail,
            severity: Severity::Low,
            message: "before".into(),
            suppressed,
        };
        ReportedFinding { previous: Some(previous), ..finding }
    }

    #[test]
    fn what_is_open_is_new_without_a_baseline_and_what_is_suppressed_or_passes_is_not() {
        assert_eq!(news(&finding(None)), Some(News::New));
        assert_eq!(news(&suppressed(finding(None))), None);
        assert_eq!(news(&ReportedFinding { status: Status::Pass, ..finding(None) }), None);
    }

    #[test]
    fn against_a_baseline_only_what_differs_is_news() {
        assert_eq!(news(&finding(Some(Change::New))), Some(News::New));
        assert_eq!(news(&finding(Some(Change::Unchanged))), None);
        assert_eq!(news(&before(false, finding(Some(Change::Unchanged)))), Some(News::Changed));
        let resolved = ReportedFinding { status: Status::Pass, ..finding(Some(Change::Resolved)) };
        assert_eq!(news(&resolved), Some(News::Resolved));
        assert!(!is_open(&resolved));
    }

    #[test]
    fn that_a_finding_is_suppressed_is_told_once() {
        let known = || suppressed(finding(Some(Change::Unchanged)));
        assert_eq!(news(&before(false, known())), Some(News::Changed));
        assert_eq!(news(&before(true, known())), None);
    }

    #[test]
    fn without_a_baseline_all_that_is_open_is_counted_as_new() {
        let report = report();
        assert_eq!(changes(&report), Changes { new: 5, unchanged: 0, resolved: 0 });
        let compared = Changes { new: 1, unchanged: 3, resolved: 2 };
        let mut against = report;
        against.summary.changes = Some(compared);
        assert_eq!(changes(&against), compared);
    }
}
