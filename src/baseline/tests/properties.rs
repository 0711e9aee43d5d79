//! What holds of any two reports.

use proptest::prelude::*;

use super::*;
use crate::audit::Settings;
use crate::judgement::Judgement;
use crate::report::Listed;
use crate::report::narrow::Narrowing;

/// The statuses of a few findings in a run, each by its place; none: it is not there.
fn statuses() -> impl Strategy<Value = Vec<Option<Status>>> {
    let status = prop_oneof![
        Just(None),
        Just(Some(Status::Fail)),
        Just(Some(Status::Advice)),
        Just(Some(Status::Unknown)),
        Just(Some(Status::Pass)),
    ];
    proptest::collection::vec(status, 8)
}

/// The findings of the statuses.
fn findings(statuses: &[Option<Status>]) -> Vec<ReportedFinding> {
    let told = statuses.iter().enumerate();
    told.filter_map(|(at, status)| Some(of_status(&format!("role-{at}"), (*status)?))).collect()
}

fn ids<'a>(findings: impl IntoIterator<Item = &'a ReportedFinding>) -> BTreeSet<String> {
    findings.into_iter().map(|finding| finding.id.clone()).collect()
}

proptest! {
    #[test]
    fn every_finding_of_the_baseline_is_still_open_resolved_or_not_compared_and_never_two_of_them(
        before in statuses(),
        middle in statuses(),
        now in statuses(),
        read_middle: bool,
        read_now: bool,
    ) {
        let run = |number, statuses: &[Option<Status>], read: bool| {
            let (open, closed): (Vec<_>, Vec<_>) = findings(statuses).into_iter().partition(is_open);
            let mut report = report(number, open);
            if !read {
                report.coverage[1] = entry(ACCOUNT, "us-east-1", CoverageStatus::Denied);
            }
            (report, closed)
        };
        let (first, _) = run(1, &before, true);
        let (second, closed) = run(2, &middle, read_middle);
        let second = judged(second, closed, &first);
        let (third, closed) = run(3, &now, read_now);
        let (open, closed_ids) = (ids(&third.findings), ids(&closed));
        let told = judged(third, closed, &second);

        let known = watched(&second);
        let resolved = ids(told.findings.iter().filter(|finding| finding.is_resolved()));
        let not_compared = ids(told.baseline.iter().flat_map(|b| &b.not_compared).map(|one| &one.finding));
        let still: BTreeSet<String> = known.intersection(&open).cloned().collect();
        prop_assert_eq!(still.len() + resolved.len() + not_compared.len(), known.len());
        let together: BTreeSet<String> = still.iter().chain(&resolved).chain(&not_compared).cloned().collect();
        prop_assert_eq!(together, known.clone());
        // Without a whole look, only what was judged is resolved.
        if !read_now {
            prop_assert!(resolved.is_subset(&closed_ids));
        }
        // Nothing but what the baseline did not know, or did not call for, is new.
        for finding in told.findings.iter().filter(|finding| finding.change == Some(Change::New)) {
            prop_assert!(!known.contains(&finding.id) || finding.previous.is_some());
        }
        let counted = told.summary.changes.unwrap();
        prop_assert_eq!(counted.new + counted.unchanged, open.len());
        prop_assert_eq!(counted.resolved, resolved.len());
    }

    #[test]
    fn a_report_against_itself_is_unchanged_throughout(statuses in statuses(), read: bool) {
        let mut report = report(1, findings(&statuses));
        if !read {
            report.coverage[0] = entry(ACCOUNT, "eu-west-1", CoverageStatus::Denied);
        }
        let told = compare(report.clone(), Closed::Saved, &report);
        let open = report.findings.iter().filter(|finding| is_open(finding)).count();
        prop_assert_eq!(told.summary.changes, Some(Changes { new: 0, unchanged: open, resolved: 0 }));
        prop_assert!(told.findings.iter().all(|finding| finding.previous.is_none()));
        prop_assert!(told.baseline.unwrap().not_compared.is_empty());
    }
}

/// The sample organization, judged against a baseline.
fn sample_against(baseline: Option<&Report>, settings: &Settings, asked: Narrowing, listed: Listed) -> Report {
    let whole = crate::demo::inventory().unwrap();
    let mut judgement = Judgement::new(settings, asked, listed, jiff::civil::date(2026, 11, 24));
    if let Some(baseline) = baseline {
        judgement = judgement.against(baseline);
    }
    judgement.take(whole.clone());
    judgement.end(&whole).report
}

#[test]
fn the_sample_organization_against_itself_is_unchanged_however_it_is_judged() {
    let everything = Settings::default();
    let before = sample_against(None, &everything, Narrowing::default(), Listed::Open);
    for listed in [Listed::Open, Listed::All] {
        let told = sample_against(Some(&before), &everything, Narrowing::default(), listed);
        let unchanged = before.findings.iter().filter(|finding| finding.counts()).count();
        assert_eq!(told.summary.changes, Some(Changes { new: 0, unchanged, resolved: 0 }));
        assert!(told.baseline.unwrap().not_compared.is_empty());
    }
    let one_rule = Settings { rules: ["NR202".parse().unwrap()].into(), ..Settings::default() };
    let cluster = before.findings.iter().find_map(|finding| Some(finding.node_groups.first()?.cluster.clone()));
    let one_cluster = Narrowing { clusters: vec![cluster.unwrap()], ..Narrowing::default() };
    let one_region = Narrowing { regions: vec!["eu-west-1".parse().unwrap()], ..Narrowing::default() };
    for (settings, asked) in [(&one_rule, Narrowing::default()), (&everything, one_cluster), (&everything, one_region)]
    {
        let told = sample_against(Some(&before), settings, asked.clone(), Listed::Open);
        let changes = told.summary.changes.unwrap();
        assert_eq!((changes.new, changes.resolved), (0, 0), "{asked:?}");
        assert!(changes.unchanged > 0, "{asked:?}");
        let not_compared = told.baseline.unwrap().not_compared.len();
        assert_eq!(not_compared + told.findings.len(), before.findings.len(), "{asked:?}");
    }
}
