//! Every kind of node, planted in ministack (`tests/emulators/nodes.json`) and, as far as EC2 and node groups go, in moto
//! (`tests/emulators/machines.json`): each is found under its kind and name, and judged as planted.

use serde_json::Value;

use super::noderole::found;
use super::planted::{nodes, nodes_found, results};
use super::server::{Emulator, Server};

const NODES: &str = include_str!("../../emulators/nodes.json");

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
