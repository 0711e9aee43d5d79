//! Grouping by cause.

use super::*;
use crate::report::model::Missing;
use crate::report::sample;

#[test]
fn one_denied_permission_that_leaves_many_results_open_is_one_cause() {
    let mut report = sample::report();
    let unread = report.findings.iter().find(|finding| finding.rule == "NR001").unwrap().clone();
    report.findings.extend(std::iter::repeat_n(unread, 119));
    let causes = by_cause(&report);
    let worst = &causes.failed_calls[0];
    assert_eq!((worst.api.as_str(), worst.open_results), ("eks:DescribeNodegroup", 120));
    assert_eq!(worst.mend().unwrap(), "needs the permission eks:DescribeNodegroup");
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

/// The sample with one more failed call, in account 111122223333.
fn with_missing(region: &str, api: &str, resource: &str, error: &str, message: &str, class: FailureClass) -> Report {
    let mut report = sample::report();
    let missing = Missing {
        api: api.to_owned(),
        resource: resource.to_owned(),
        error: error.to_owned(),
        message: message.to_owned(),
        class,
    };
    let mut entry = report.coverage[0].clone();
    entry.region = region.to_owned();
    entry.missing = vec![missing];
    report.coverage.push(entry);
    report
}

fn calls(report: &Report, api: &str) -> FailedCalls {
    by_cause(report).failed_calls.into_iter().find(|calls| calls.api == api).unwrap()
}

#[test]
fn a_result_that_hangs_on_a_policy_that_could_not_be_read_is_grouped_under_its_document_or_list() {
    let role = "arn:aws:iam::111122223333:role/eks/prod-node";
    let other = "arn:aws:iam::111122223333:role/prod-cni, inline policy cni";
    let own = format!("{role}, inline policy lockdown");
    for (policy, api, resource) in [
        ("FullAccess", "organizations:DescribePolicy", "service control policy FullAccess"),
        ("arn:assoc", "eks:DescribePodIdentityAssociation", "session policy of arn:assoc"),
        ("arn:aws:iam::aws:policy/P", "iam:GetPolicyVersion", "arn:aws:iam::aws:policy/P"),
        ("lockdown", "iam:GetRolePolicy", own.as_str()),
        ("cni", "iam:GetRolePolicy", other),
        ("the attached policies", "iam:ListAttachedRolePolicies", role),
        ("the inline policies", "iam:ListRolePolicies", role),
    ] {
        let mut report = with_missing("global", api, resource, "E", "at line 1, column 40", FailureClass::Malformed);
        let finding = report.findings.iter_mut().find(|finding| finding.rule == "NR102").unwrap();
        finding.evidence[0].policy = Some(policy.to_owned());
        assert_eq!(calls(&report, api).open_results, 1, "{policy}");
        assert!(calls(&report, api).explained().unwrap().contains("line 1, column 40"), "the place is told");
        assert!(by_cause(&report).undecided.is_empty(), "{policy}");
        // Where a statement decided, the policy was read.
        let finding = report.findings.iter_mut().find(|finding| finding.rule == "NR102").unwrap();
        finding.evidence[0].statement = Some("0".to_owned());
        assert_eq!(calls(&report, api).open_results, 0, "{policy}");
    }
}

#[test]
fn a_call_that_hides_whole_things_says_which() {
    assert_eq!(calls(&sample::report(), "eks:ListClusters").leaves(), "1 region unseen");
    assert_eq!(calls(&sample::report(), "sts:AssumeRole").leaves(), "1 whole account unseen");
    assert_eq!(calls(&sample::report(), "eks:DescribeNodegroup").leaves(), "1 result open");
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
    let groups = with_missing("eu-west-1", "eks:ListNodegroups", arn, "E", "", FailureClass::Denied);
    let expected = "node groups of cluster prod perhaps unseen";
    assert_eq!(calls(&groups, "eks:ListNodegroups").leaves(), expected);
}

#[test]
fn a_failure_that_is_no_denial_tells_what_aws_said_shortened() {
    let long = "no such host ".repeat(40);
    let report = with_missing("*", "account:ListRegions", "the account", "HTTP 404", &long, FailureClass::Other);
    let told = calls(&report, "account:ListRegions").explained().unwrap();
    assert!(told.starts_with("no such host") && told.len() < 300, "{told}");
    assert!(told.ends_with(" ...; `--region` names the regions instead"), "{told}");
}

#[test]
fn each_malformed_document_keeps_its_own_place() {
    let broken = |report: &mut Report, resource: &str, place: &str| {
        let more = with_missing("global", "iam:GetRolePolicy", resource, "E", place, FailureClass::Malformed);
        report.coverage.extend(more.coverage.into_iter().next_back());
    };
    let mut report = sample::report();
    broken(&mut report, "one", "line 1, column 2");
    broken(&mut report, "two", "line 3, column 4");
    let told: Vec<_> = by_cause(&report).failed_calls.iter().filter_map(FailedCalls::explained).collect();
    assert!(told.contains(&"line 1, column 2".to_owned()) && told.contains(&"line 3, column 4".to_owned()), "{told:?}");
}
