//! What is new, unchanged, resolved, and what is not claimed because nobody looked.

use std::sync::LazyLock;

use super::*;
use crate::exit::Exit;
use crate::finding::Severity;
use crate::report::model::{CoverageEntry, CoverageStatus, NotComparedReason, ReportedSuppressed, Scope};
use crate::report::sample;

mod properties;
mod runs;

const ACCOUNT: &str = "111122223333";

/// The sample's report, made once: properties take many.
static SAMPLE: LazyLock<Report> = LazyLock::new(sample::report);

/// An account and region of that status.
fn entry(account: &str, region: &str, status: CoverageStatus) -> CoverageEntry {
    let missing = match status {
        CoverageStatus::Audited | CoverageStatus::Disabled => Vec::new(),
        CoverageStatus::Partial | CoverageStatus::Denied | CoverageStatus::NotReached | CoverageStatus::Error => {
            SAMPLE.coverage.clone().into_iter().flat_map(|entry| entry.missing).take(1).collect()
        }
    };
    CoverageEntry { account: account.parse().unwrap(), region: region.to_owned(), status, missing, notes: Vec::new() }
}

/// A failing finding of NR202 about the role of that name, whose nodes are in eu-west-1.
fn finding(role: &str) -> ReportedFinding {
    let mut finding = SAMPLE.findings.iter().find(|finding| finding.rule == "NR202").unwrap().clone();
    finding.id = format!("NR202-{role}");
    finding.role_arn = Some(format!("arn:aws:iam::{ACCOUNT}:role/{role}"));
    finding
}

/// A finding of that status.
fn of_status(role: &str, status: Status) -> ReportedFinding {
    ReportedFinding { status, ..finding(role) }
}

/// The report of a run that read the account whole, with these findings.
fn report(run: u8, findings: Vec<ReportedFinding>) -> Report {
    Report {
        run_id: format!("run-{run}"),
        finished_at: format!("2026-11-01T{run:02}:00:00Z").parse().unwrap(),
        complete: true,
        coverage: vec![
            entry(ACCOUNT, "eu-west-1", CoverageStatus::Audited),
            entry(ACCOUNT, "us-east-1", CoverageStatus::Audited),
        ],
        scope: Some(Scope { rules: vec!["NR101".to_owned(), "NR202".to_owned()], ..Scope::default() }),
        findings,
        ..SAMPLE.clone()
    }
}

/// Why the finding's id is told, or how.
fn change(report: &Report, role: &str) -> Option<Change> {
    let id = finding(role).id;
    let told: Vec<_> = report.findings.iter().filter(|finding| finding.id == id).collect();
    assert!(told.len() <= 1, "{role} is told {} times", told.len());
    told.first()?.change
}

fn judged(report: Report, closed: Vec<ReportedFinding>, baseline: &Report) -> Report {
    compare(report, Closed::Judged(closed), baseline)
}

#[test]
fn a_finding_is_new_unchanged_or_resolved() {
    let before = report(1, vec![finding("stays"), finding("mended")]);
    let now = report(2, vec![finding("stays"), finding("appeared")]);
    let told = judged(now, vec![of_status("mended", Status::Pass)], &before);
    let changes = ["appeared", "stays", "mended"].map(|role| change(&told, role));
    assert_eq!(changes, [Some(Change::New), Some(Change::Unchanged), Some(Change::Resolved)]);
    assert_eq!(told.summary.changes, Some(Changes { new: 1, unchanged: 1, resolved: 1 }));
    assert!(told.findings[..2].iter().all(|finding| finding.previous.is_none()));
}

#[test]
fn what_is_resolved_passes_says_what_it_was_and_fails_nothing() {
    let before = report(1, vec![finding("mended")]);
    let told = judged(report(2, Vec::new()), vec![of_status("mended", Status::Pass)], &before);
    let [mended] = told.findings.as_slice() else { panic!("{:?}", told.findings) };
    assert_eq!((mended.status, mended.counts()), (Status::Pass, true));
    let was = mended.previous.as_ref().unwrap();
    assert_eq!((was.run_id.as_str(), was.status, was.severity), ("run-1", Status::Fail, Severity::High));
    assert_eq!(was.message, finding("mended").message);
    assert_eq!(Exit::of(&told, Some(Severity::Low)), Exit::Clean);
}

#[test]
fn a_result_that_is_listed_though_it_passes_is_told_once() {
    let before = report(1, vec![finding("mended")]);
    let passed = || vec![of_status("mended", Status::Pass), of_status("never", Status::Pass)];
    for told in [judged(report(2, passed()), passed(), &before), compare(report(2, passed()), Closed::Saved, &before)] {
        assert_eq!([change(&told, "mended"), change(&told, "never")], [Some(Change::Resolved), None]);
        assert_eq!(told.findings.len(), 2);
    }
}

#[test]
fn what_did_not_call_for_attention_and_does_is_new_and_what_can_no_longer_be_told_is_not_resolved() {
    use Status::{Advice, Fail, Unknown};
    for (was, is, expected) in [
        (Unknown, Fail, Change::New),
        (Unknown, Advice, Change::New),
        (Advice, Fail, Change::New),
        (Fail, Advice, Change::Unchanged),
        (Fail, Unknown, Change::Unchanged),
        (Advice, Unknown, Change::Unchanged),
        (Unknown, Unknown, Change::Unchanged),
    ] {
        let told = judged(report(2, vec![of_status("x", is)]), Vec::new(), &report(1, vec![of_status("x", was)]));
        assert_eq!(change(&told, "x"), Some(expected), "{was:?} → {is:?}");
        let previous = told.findings[0].previous.as_ref().map(|previous| previous.status);
        assert_eq!(previous, (was != is).then_some(was), "{was:?} → {is:?}");
    }
}

#[test]
fn another_severity_is_told_and_is_not_new() {
    let now = ReportedFinding { severity: Severity::Critical, ..finding("x") };
    let told = judged(report(2, vec![now]), Vec::new(), &report(1, vec![finding("x")]));
    assert_eq!(change(&told, "x"), Some(Change::Unchanged));
    assert_eq!(told.findings[0].previous.as_ref().map(Previous::words).as_deref(), Some("high"));
}

#[test]
fn newly_suppressed_is_not_resolved_and_what_counts_again_is_new() {
    let by = crate::finding::SuppressedBy::Configuration;
    let accepted = || ReportedFinding {
        suppressed: Some(ReportedSuppressed { reason: "known".to_owned(), owner: None, expires: None, by }),
        ..finding("x")
    };
    let told = judged(report(2, vec![accepted()]), Vec::new(), &report(1, vec![finding("x")]));
    assert_eq!(change(&told, "x"), Some(Change::Unchanged));
    assert_eq!(told.summary.changes, Some(Changes::default()), "what is suppressed is counted nowhere else");
    let told = judged(report(2, vec![finding("x")]), Vec::new(), &report(1, vec![accepted()]));
    assert_eq!(change(&told, "x"), Some(Change::New));
    assert_eq!(told.findings[0].previous.as_ref().map(Previous::words).as_deref(), Some("high, suppressed"));
    let told = judged(report(2, Vec::new()), vec![of_status("x", Status::Pass)], &report(1, vec![accepted()]));
    assert_eq!(change(&told, "x"), Some(Change::Resolved));
    assert!(told.findings[0].counts());
}

#[test]
fn what_is_gone_from_an_account_that_was_read_whole_is_resolved() {
    for (closed, says) in [(Closed::Judged(Vec::new()), "nothing is left here"), (Closed::Saved, "not found any more")]
    {
        let told = compare(report(2, Vec::new()), closed, &report(1, vec![finding("gone")]));
        let [gone] = told.findings.as_slice() else { panic!("{:?}", told.findings) };
        assert_eq!((gone.status, gone.change), (Status::NotApplicable, Some(Change::Resolved)));
        assert!(gone.message.contains(says) && gone.remediation.is_none(), "{}", gone.message);
    }
}

#[test]
fn nothing_is_resolved_where_the_run_did_not_look() {
    use CoverageStatus::{Audited, Denied, Disabled, Error, NotReached, Partial};
    use NotComparedReason::{NotAskedFor, NotRead, RuleNotJudged, ScopeNotKnown};
    let scope = |rules: &[&str], cluster: Option<&str>| {
        let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
        Some(Scope { rules, clusters: cluster.map(str::to_owned).into_iter().collect(), roles: Vec::new() })
    };
    let whole = report(2, Vec::new());
    let covered = |entries: &[(&str, &str, CoverageStatus)]| Report {
        coverage: entries.iter().map(|(account, region, status)| entry(account, region, *status)).collect(),
        ..report(2, Vec::new())
    };
    let both = |status| covered(&[(ACCOUNT, "eu-west-1", Audited), (ACCOUNT, "us-east-1", status)]);
    for (now, reason) in [
        (Report { scope: None, ..whole.clone() }, ScopeNotKnown),
        (Report { scope: scope(&["NR101"], None), ..whole.clone() }, RuleNotJudged),
        (Report { scope: scope(&["NR202"], Some("prod")), ..whole.clone() }, NotAskedFor),
        // Another account alone; the region of the nodes not asked for; a region of the baseline not asked for.
        (covered(&[("444455556666", "eu-west-1", Audited)]), NotAskedFor),
        (covered(&[(ACCOUNT, "us-east-1", Audited)]), NotAskedFor),
        (covered(&[(ACCOUNT, "eu-west-1", Audited)]), NotAskedFor),
        // The role may be used where nobody could look.
        (both(Partial), NotRead),
        (both(Denied), NotRead),
        (both(NotReached), NotRead),
        (both(Error), NotRead),
        (both(Disabled), NotRead),
        (covered(&[(ACCOUNT, "*", Denied)]), NotRead),
        (covered(&[(ACCOUNT, "*", Disabled)]), NotRead),
        (
            covered(&[(ACCOUNT, "eu-west-1", Audited), (ACCOUNT, "us-east-1", Audited), (ACCOUNT, "global", Partial)]),
            NotRead,
        ),
    ] {
        for closed in [Closed::Judged(Vec::new()), Closed::Saved] {
            let told = compare(now.clone(), closed, &report(1, vec![finding("x")]));
            assert!(told.findings.is_empty(), "{reason:?}: {:?}", told.findings);
            let kept = &told.baseline.as_ref().unwrap().not_compared;
            let kept: Vec<_> = kept.iter().map(|one| (one.reason, one.run_id.as_str(), &one.finding)).collect();
            assert_eq!(kept, [(reason, "run-1", &finding("x"))]);
        }
        // What was judged was looked at, wherever else nobody did.
        let told = judged(now, vec![of_status("x", Status::Pass)], &report(1, vec![finding("x")]));
        assert_eq!(change(&told, "x"), Some(Change::Resolved));
    }
}

#[test]
fn a_run_that_is_narrowed_as_its_baseline_was_is_compared() {
    let narrowed = |run, findings| Report {
        scope: Some(Scope { rules: vec!["NR202".to_owned()], clusters: vec!["prod".to_owned()], roles: Vec::new() }),
        coverage: vec![entry(ACCOUNT, "eu-west-1", CoverageStatus::Audited)],
        ..report(run, findings)
    };
    let told = judged(narrowed(2, Vec::new()), Vec::new(), &narrowed(1, vec![finding("gone")]));
    assert_eq!(change(&told, "gone"), Some(Change::Resolved));
}

#[test]
fn a_finding_of_no_region_is_not_gone_from_where_the_baseline_never_looked() {
    let unused = ReportedFinding { node_groups: Vec::new(), region: "global".to_owned(), ..finding("unused") };
    let before = Report { coverage: vec![entry(ACCOUNT, "*", CoverageStatus::Denied)], ..report(1, vec![unused]) };
    let told = judged(report(2, Vec::new()), Vec::new(), &before);
    assert_eq!(told.baseline.unwrap().not_compared[0].reason, NotComparedReason::NotRead);
}

#[test]
fn an_earlier_comparison_in_a_report_is_replaced() {
    let first = report(1, vec![finding("a"), finding("b")]);
    let once = judged(report(3, vec![finding("b")]), vec![of_status("a", Status::Pass)], &first);
    let second = report(2, vec![finding("b"), finding("c")]);
    let again = compare(once.clone(), Closed::Saved, &second);
    assert_eq!(again, compare(report(3, vec![finding("b")]), Closed::Saved, &second));
    assert_eq!(change(&again, "a"), None, "the second does not know it");
    assert_eq!(compare(once.clone(), Closed::Saved, &first).findings, once.findings);
}

#[test]
fn reports_of_two_partitions_are_not_compared() {
    let china = Report { partition: "aws-cn".to_owned().try_into().unwrap(), ..report(1, Vec::new()) };
    let error = comparable(&report(2, Vec::new()), &china).unwrap_err().to_string();
    assert!(error.contains("of partition aws-cn, the report of aws:"), "{error}");
    assert_eq!(comparable(&china, &china), Ok(()));
}
