//! Add-ons, access entries and Pod Identity in ministack: who serves aws-node decides
//! (`tests/emulators/clusters.json`).

use serde_json::Value;

use super::noderole::{expected, found};
use super::server::{Emulator, Server};

const CLUSTERS: &str = include_str!("../../emulators/clusters.json");

#[test]
fn whoever_serves_aws_node_is_judged_by_the_rights_that_it_has() {
    let server = Server::start(Emulator::Ministack);
    let description: Value = serde_json::from_str(CLUSTERS).unwrap();
    let accounts = server.plant(&description);
    let run = server.noderole(&["audit", "--region", "eu-west-1", "--format", "json"]);
    let report = run.report();
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(report.complete, "{:?}", report.coverage);
    let table = expected(&[]);
    assert_eq!(found(&report, &accounts), table);
}
