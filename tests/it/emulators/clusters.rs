//! Add-ons, access entries and Pod Identity in ministack: who serves aws-node decides
//! (`tests/emulators/clusters.json`).

use serde_json::Value;

use super::noderole::{expected, found};
use super::server::{Emulator, Server};

const CLUSTERS: &str = include_str!("../../emulators/clusters.json");

/// What was planted; all else passes or does not apply.
const EXPECTED: &[(&str, &str, &str, &str)] = &[
    // The add-on gives aws-node a role that works: the node role's rights are surplus.
    ("own", "NR205", "NodeSurplus", "fail"),
    // Pods get credentials by the agent, and these nodes may not fetch any.
    ("own", "NR203", "NodeNoPodIdentity", "fail"),
    // The role of aws-node's own falls short.
    ("own", "NR204", "NodeShort", "fail"),
    // Nothing gives aws-node a role, and the node role does not serve it.
    ("own", "NR204", "NodeBare", "fail"),
    // The node role is an administrator of a cluster that is not older; it serves aws-node, which AWS advises against.
    ("own", "NR002", "NodeFounder", "fail"),
    ("own", "NR205", "NodeFounder", "advice"),
    // Its entry is that of a person.
    ("own", "NR401", "NodeFounder", "fail"),
    // It serves two clusters.
    ("own", "NR306", "NodeLean", "advice"),
];

#[test]
fn whoever_serves_aws_node_is_judged_by_the_rights_that_it_has() {
    let server = Server::start(Emulator::Ministack);
    let description: Value = serde_json::from_str(CLUSTERS).unwrap();
    let accounts = server.plant(&description);
    let run = server.noderole(&["audit", "--region", "eu-west-1", "--format", "json"]);
    let report = run.report();
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(report.complete, "{:?}", report.coverage);
    assert_eq!(found(&report, &accounts), expected(EXPECTED));
    // NodeLean serves two clusters whose aws-node has a role of its own, by an association and by a trust policy.
    let short =
        report.findings.iter().find(|finding| finding.rule == "NR204" && finding.message.contains("CniTooShort"));
    assert!(short.is_some(), "the finding names the role that falls short: {:?}", report.findings);
}
