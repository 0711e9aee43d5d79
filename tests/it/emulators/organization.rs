//! A whole organization in moto: the CLI finds what was planted (`tests/emulators/organization.json`), and no more.
//!
//! moto knows no add-ons, access entries and Pod Identity: those paths are an HTML page with the status 404. That is no
//! fact about a cluster, so what rests on it is `unknown`, and the coverage names the calls.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use noderole::report::model::{CoverageStatus, Report};

use super::noderole::{expected, found, missing};
use super::seed::Accounts;
use super::server::{Emulator, Server};

const ORGANIZATION: &str = include_str!("../../emulators/organization.json");

/// What was planted, and what is unknown since moto does not answer. A role's results are those of all its node groups.
const EXPECTED: &[(&str, &str, &str, &str)] = &[
    // A compliant role; that it carries the CNI's rights is right or surplus, by who serves aws-node.
    ("management", "NR203", "NodeSystem", "unknown"),
    ("management", "NR204", "NodeSystem", "unknown"),
    ("management", "NR205", "NodeSystem", "unknown"),
    // No policy grants pulling.
    ("payments", "NR202", "NodeWithoutRegistry", "fail"),
    ("payments", "NR203", "NodeWithoutRegistry", "unknown"),
    ("payments", "NR204", "NodeWithoutRegistry", "unknown"),
    ("payments", "NR205", "NodeWithoutRegistry", "unknown"),
    // A policy grants it, the boundary does not.
    ("payments", "NR202", "NodeBounded", "fail"),
    ("payments", "NR203", "NodeBounded", "unknown"),
    ("payments", "NR204", "NodeBounded", "unknown"),
    ("payments", "NR205", "NodeBounded", "unknown"),
    // A policy grants it, another denies it; in another region.
    ("payments", "NR202", "NodeDenied", "fail"),
    ("payments", "NR203", "NodeDenied", "unknown"),
    ("payments", "NR204", "NodeDenied", "unknown"),
    // The cluster role as node role. AmazonEKSClusterPolicy grants a part of what nodes need, network
    // interfaces, and what controllers do.
    ("payments", "NR002", "PayCluster", "fail"),
    ("payments", "NR101", "PayCluster", "fail"),
    ("payments", "NR102", "PayCluster", "fail"),
    ("payments", "NR201", "PayCluster", "advice"),
    ("payments", "NR202", "PayCluster", "fail"),
    ("payments", "NR203", "PayCluster", "unknown"),
    ("payments", "NR204", "PayCluster", "unknown"),
    ("payments", "NR302", "PayCluster", "fail"),
    ("payments", "NR305", "PayCluster", "advice"),
    // No such role: nothing else is asked of it, but how its nodes, of which none is seen, would reach instance metadata.
    ("payments", "NR001", "NodeVanished", "fail"),
    ("payments", "NR404", "NodeVanished", "unknown"),
    // IPv4 rights in an IPv6 cluster, if the node role is the one that serves aws-node.
    ("data", "NR203", "NodeIpv4", "unknown"),
    ("data", "NR204", "NodeIpv4", "unknown"),
    ("data", "NR205", "NodeIpv4", "unknown"),
    ("data", "NR206", "NodeIpv4", "unknown"),
    // A policy of the customer's own, pulling scoped to repositories: nothing to say against it.
    ("data", "NR203", "NodeCustom", "unknown"),
    ("data", "NR204", "NodeCustom", "unknown"),
    ("data", "NR206", "NodeCustom", "unknown"),
    // A trust policy for another service.
    ("data", "NR101", "NodeOfLambda", "fail"),
    ("data", "NR102", "NodeOfLambda", "fail"),
    ("data", "NR203", "NodeOfLambda", "unknown"),
    ("data", "NR204", "NodeOfLambda", "unknown"),
    ("data", "NR206", "NodeOfLambda", "unknown"),
    // A trust policy for another account too.
    ("data", "NR102", "NodeSharedOut", "fail"),
    ("data", "NR203", "NodeSharedOut", "unknown"),
    ("data", "NR204", "NodeSharedOut", "unknown"),
    ("data", "NR206", "NodeSharedOut", "unknown"),
    // The pod execution role of a Fargate profile.
    ("data", "NR003", "NodeOfFargate", "fail"),
    ("data", "NR102", "NodeOfFargate", "fail"),
    ("data", "NR203", "NodeOfFargate", "unknown"),
    ("data", "NR204", "NodeOfFargate", "unknown"),
    ("data", "NR206", "NodeOfFargate", "unknown"),
    // Used by nothing.
    ("data", "NR005", "OldNodeInstanceRole", "advice"),
    // 110 node groups with a compliant role; the one after them lacks pulling.
    ("scale", "NR203", "NodeBig", "unknown"),
    ("scale", "NR204", "NodeBig", "unknown"),
    ("scale", "NR202", "NodeLast", "fail"),
    ("scale", "NR203", "NodeLast", "unknown"),
    ("scale", "NR204", "NodeLast", "unknown"),
    // The last of 21 inline policies grants pulling.
    ("scale", "NR203", "NodeOfManyPolicies", "unknown"),
    ("scale", "NR204", "NodeOfManyPolicies", "unknown"),
];

/// The calls that moto does not answer, for a cluster with managed node groups.
pub(super) const UNANSWERED: [&str; 3] =
    ["ec2:GetInstanceMetadataDefaults", "eks:DescribeAddon", "eks:ListPodIdentityAssociations"];

/// The organization, planted once for all tests of a process: they only read it.
fn organization() -> &'static (Server, Accounts) {
    static ORGANIZATION_SERVER: OnceLock<(Server, Accounts)> = OnceLock::new();
    ORGANIZATION_SERVER.get_or_init(|| {
        let server = Server::start(Emulator::Moto);
        let accounts = server.plant(&serde_json::from_str(ORGANIZATION).unwrap());
        (server, accounts)
    })
}

fn calls(report: &Report, api: &str) -> u64 {
    report.summary.api_calls.get(api).copied().unwrap_or_default()
}

#[test]
fn an_audit_of_the_organization_finds_what_was_planted_and_no_more() {
    let (server, accounts) = organization();
    let regions = ["--region", "eu-west-1", "--region", "us-east-1"];
    let run = server.noderole(&[["audit", "--organization", "--format", "json"], regions].concat());
    let report = run.report();
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("could not be audited"), "a 1 says that coverage is missing: {}", run.stderr);
    assert_eq!(found(&report, accounts), expected(EXPECTED));
    // The lists of more than 100 were read to their ends: one page more than there are clusters.
    assert_eq!(report.summary.node_groups, 123);
    assert_eq!(calls(&report, "eks:ListNodegroups"), 7);
    let last = report.findings.iter().find(|finding| finding.node_groups.iter().any(|group| group.name == "zz-last"));
    assert_eq!(last.unwrap().rule, "NR202");
}

#[test]
fn the_coverage_of_an_organization_names_each_account_and_what_was_not_answered() {
    let (server, accounts) = organization();
    let run = server.noderole(&["audit", "--organization", "--region", "eu-west-1", "--format", "json"]);
    let report = run.report();
    assert!(!report.complete);
    let seen: BTreeSet<_> = report
        .coverage
        .iter()
        .map(|entry| (accounts.name(&entry.account.to_string()).to_owned(), entry.region.clone(), entry.status))
        .collect();
    let partial = ["management", "payments", "data", "scale"]
        .map(|account| (account.to_owned(), "eu-west-1".to_owned(), CoverageStatus::Partial));
    let closed = ("closed".to_owned(), "*".to_owned(), CoverageStatus::Disabled);
    assert_eq!(seen, partial.into_iter().chain([closed]).collect());
    assert_eq!(missing(&report.coverage), BTreeSet::from(UNANSWERED));
}

#[test]
fn a_unit_narrows_the_organization_to_its_accounts() {
    let (server, accounts) = organization();
    let run = server.noderole(&[
        "audit",
        "--organization",
        "--ou",
        accounts.id("analytics"),
        "--region",
        "eu-west-1",
        "--format",
        "json",
    ]);
    let seen: BTreeSet<String> = run.report().coverage.iter().map(|entry| entry.account.to_string()).collect();
    assert_eq!(seen, BTreeSet::from([accounts.id("data").to_owned()]));
}

#[test]
fn accounts_whose_regions_cannot_be_listed_say_so_and_nothing_is_passed() {
    let (server, accounts) = organization();
    let run = server.noderole(&["audit", "--account", accounts.id("payments"), "--format", "json"]);
    let report = run.report();
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(missing(&report.coverage), BTreeSet::from(["account:ListRegions"]));
    assert_eq!(report.summary.pass, 0);
}

#[test]
fn a_targeted_audit_reads_one_role_with_all_its_policies() {
    let (server, accounts) = organization();
    let account = accounts.id("scale");
    let role = format!("arn:aws:iam::{account}:role/NodeOfManyPolicies");
    let run = server.noderole(&[
        "audit",
        "--account",
        account,
        "--role",
        &role,
        "--region",
        "eu-west-1",
        "--format",
        "json",
        "--rule",
        "NR202",
    ]);
    let report = run.report();
    assert_eq!(calls(&report, "iam:GetRole"), 1);
    assert_eq!(calls(&report, "iam:GetRolePolicy"), 21);
    assert_eq!(calls(&report, "iam:GetAccountAuthorizationDetails"), 0);
    // The grant stands in the last of the policies.
    assert_eq!((report.summary.pass, report.findings.len()), (1, 0), "{:?}", report.findings);
}
