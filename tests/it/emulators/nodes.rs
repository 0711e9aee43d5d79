//! Every kind of node, planted in ministack (`tests/emulators/nodes.json`) and, as far as EC2 and node groups go, in moto
//! (`tests/emulators/machines.json`): each is found under its kind and name, and judged as planted.

use std::collections::BTreeSet;

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

#[test]
fn every_kind_of_node_is_found_and_judged_as_planted() {
    let server = Server::start(Emulator::Ministack);
    let description: Value = serde_json::from_str(NODES).unwrap();
    let accounts = server.plant(&description);
    let report = server.noderole(&AUDIT).report();
    assert!(report.complete, "{:?}", report.coverage);
    assert_eq!(nodes_found(&report, &accounts), nodes(&description));
    assert_eq!(found(&report, &accounts), results(&description));
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
}
