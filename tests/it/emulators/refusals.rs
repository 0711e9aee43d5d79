//! What a server can refuse: a role that cannot be assumed, credentials that are not known.

use noderole::report::model::CoverageStatus;
use serde_json::json;

use super::noderole::Credentials;
use super::server::{Emulator, Server};

#[test]
fn a_role_that_cannot_be_assumed_costs_its_account_alone() {
    let server = Server::start(Emulator::MinistackWithIam);
    let accounts = server.plant(&json!({"accounts": [
        {"name": "auditor"},
        {"name": "open", "roles": [{"name": "NodeRoleAudit", "trust": {"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::${ACCOUNT:auditor}:root"}, "Action": "sts:AssumeRole",
        }}, "inline": {"All": {"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": ["eks:*", "iam:*"], "Resource": "*",
        }}}}]},
        {"name": "without-role"},
        {"name": "gone", "suspended": true},
    ]}));
    let run = server.noderole(&["audit", "--organization", "--region", "eu-west-1", "--format", "json"]);
    let report = run.report();
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let status = |name: &str| {
        let id = accounts.id(name);
        let entries: Vec<_> = report.coverage.iter().filter(|entry| entry.account.to_string() == id).collect();
        let [entry] = entries.as_slice() else { panic!("one entry for {name}: {:?}", report.coverage) };
        *entry
    };
    assert_eq!(status("auditor").status, CoverageStatus::Audited);
    assert_eq!(status("open").status, CoverageStatus::Audited);
    assert_eq!(status("gone").status, CoverageStatus::Disabled);
    let refused = status("without-role");
    assert_eq!(refused.status, CoverageStatus::Denied);
    assert_eq!(refused.missing[0].api, "sts:AssumeRole");
    assert_eq!(refused.missing[0].error, "AccessDenied");
    assert!(refused.missing[0].message.contains("role/NodeRoleAudit"), "{refused:?}");
}

#[test]
fn who_may_not_list_the_organization_is_told_which_permission_is_missing() {
    let server = Server::start(Emulator::MinistackWithIam);
    let user = json!({"UserName": "nobody"});
    let answers = server.calls(
        server.emulator.home_account(),
        &[("iam", "create_user", user.clone()), ("iam", "create_access_key", user)],
    );
    let key = &answers[1]["AccessKey"];
    let text = |name: &str| key[name].as_str().unwrap().to_owned();
    let nobody = Credentials { key: text("AccessKeyId"), secret: text("SecretAccessKey") };
    let run = server.noderole_as(&nobody, &["audit", "--organization", "--region", "eu-west-1"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("organizations:") && run.stderr.contains("--account"), "{}", run.stderr);
}

#[test]
fn credentials_that_aws_does_not_know_end_the_run_with_what_to_check() {
    let server = Server::start(Emulator::MinistackWithIam);
    let unknown = Credentials { key: "AKIAIOSFODNN7EXAMPLE".to_owned(), secret: "nobody's".to_owned() };
    let run = server.noderole_as(&unknown, &["audit", "--region", "eu-west-1"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("check the access key and its secret"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn a_caller_outside_of_an_organization_is_told_how_else_to_name_accounts() {
    // moto has no organization until one is created.
    let server = Server::start(Emulator::Moto);
    let run = server.noderole(&["audit", "--organization", "--region", "eu-west-1"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("not in an organization") && run.stderr.contains("--account"), "{}", run.stderr);
}
