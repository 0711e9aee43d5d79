//! Every kind of node, planted in ministack (`tests/emulators/nodes.json`) and, as far as EC2 and node groups go, in moto
//! (`tests/emulators/machines.json`): each is found under its kind and name, and judged as planted.

use std::collections::BTreeSet;

use noderole::finding::Status;
use noderole::report::model::Report;
use serde_json::Value;

use super::noderole::{found, missing};
use super::organization::UNANSWERED;
use super::planted::{nodes, nodes_found, results};
use super::server::{Emulator, Server};

const NODES: &str = include_str!("../../emulators/nodes.json");
const MACHINES: &str = include_str!("../../emulators/machines.json");

/// An audit of the organization, with what passes.
const AUDIT: [&str; 9] = [
    "audit",
    "--organization",
    "--region",
    "eu-west-1",
    "--region",
    "us-east-1",
    "--format",
    "json",
    "--include-passed",
];

/// Whether the one thing that is wrong in an account is laid to the policy of its unit, not to the role's own.
fn names_the_service_control_policy(report: &Report, account: &str) -> bool {
    let mut failing = report.findings.iter().filter(|finding| finding.status == Status::Fail);
    let there = failing.find(|finding| finding.account.to_string() == account);
    there.is_some_and(|finding| finding.message.contains("of service control policy `NoImages`"))
}

#[test]
fn every_kind_of_node_is_found_and_judged_as_planted() {
    let server = Server::start(Emulator::Ministack);
    let description: Value = serde_json::from_str(NODES).unwrap();
    let accounts = server.plant(&description);
    let report = server.noderole(&AUDIT).report();
    assert!(report.complete, "{:?}", report.coverage);
    assert_eq!(nodes_found(&report, &accounts), nodes(&description));
    assert_eq!(found(&report, &accounts), results(&description));
    assert!(names_the_service_control_policy(&report, accounts.id("governed")), "{:?}", report.findings);
}

#[test]
fn machines_are_found_and_judged_as_planted_without_the_newer_apis_of_eks() {
    let server = Server::start(Emulator::Moto);
    let description: Value = serde_json::from_str(MACHINES).unwrap();
    let accounts = server.plant(&description);
    let report = server.noderole(&AUDIT).report();
    // What rests on them is unknown, and no machine is out of sight for it.
    assert_eq!(missing(&report.coverage), BTreeSet::from(UNANSWERED));
    assert_eq!(nodes_found(&report, &accounts), nodes(&description));
    assert_eq!(found(&report, &accounts), results(&description));
    assert!(names_the_service_control_policy(&report, accounts.id("governed")), "{:?}", report.findings);
}
