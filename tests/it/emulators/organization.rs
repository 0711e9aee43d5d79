//! A whole organization in moto: the CLI finds what was planted (`tests/emulators/organization.json`), and no more.

use noderole::report::model::CoverageStatus;
use serde_json::Value;

use super::noderole::{expected, found, missing};
use super::seed::Accounts;
use super::server::{Emulator, Server};

const ORGANIZATION: &str = include_str!("../../emulators/organization.json");

fn organization() -> (Server, Accounts) {
    let server = Server::start(Emulator::Moto);
    let description: Value = serde_json::from_str(ORGANIZATION).unwrap();
    let accounts = server.plant(&description);
    (server, accounts)
}

#[test]
fn an_audit_of_the_organization_finds_what_was_planted_and_no_more() {
    let (server, accounts) = organization();
    let run = server.noderole(&[
        "audit",
        "--organization",
        "--region",
        "eu-west-1",
        "--region",
        "us-east-1",
        "--format",
        "json",
    ]);
    let report = run.report();
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let table = expected(&[]);
    let seen = found(&report, &accounts);
    assert_eq!(seen, table);
}
