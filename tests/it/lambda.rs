//! The Lambda's handler without a Lambda: an inventory in, log lines and answer out.

use std::io::{self, Write};

use noderole::audit::Settings;
use noderole::inventory::{Inventory, load};
use noderole::lambda::{MAX_LINE_BYTES, Response, tell};
use serde_json::{Value, json};

/// An organization of which one account was read, one refused, and one not reached.
fn inventory() -> Inventory {
    let gap = |class: &str, error: &str| json!({"api": "sts:AssumeRole", "resource": "the member role", "class": class, "error": error, "message": "no"});
    let not_listed = json!({"missing": gap("not_reached", "NotReached")});
    let account = |id: &str, access: Value| {
        json!({"id": id, "name": null, "organization_path": null, "access": access, "regions": [], "roles": {},
               "role_list": not_listed, "service_control_policies": null, "gaps": []})
    };
    let mut entered = account("111122223333", json!("entered"));
    entered["role_list"] = json!({"value": null});
    entered["regions"] = json!([{"name": "eu-west-1", "clusters": {"value": []}, "gaps": []}]);
    let accounts = [
        entered,
        account("222233334444", json!({"refused": gap("denied", "AccessDenied")})),
        account("333344445555", json!({"refused": gap("not_reached", "NotReached")})),
    ];
    let text = json!({
        "schema": "noderole.inventory/1", "run_id": "run-1", "tool_version": "0.1.0",
        "started_at": "2026-11-23T03:00:00Z", "finished_at": "2026-11-23T03:00:07Z", "partition": "aws",
        "organization_id": "o-a1", "target": null, "accounts": accounts, "policies": {},
        "api_calls": {"sts:AssumeRole": 2, "eks:ListClusters": 1}, "throttled": 3
    })
    .to_string();
    load(text.as_bytes()).unwrap()
}

fn told(inventory: &Inventory) -> (Response, Vec<String>) {
    let mut log = Vec::new();
    let response = tell(inventory, &Settings::default(), &mut log).unwrap();
    (response, String::from_utf8(log).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn the_answer_counts_accounts_by_how_far_they_were_audited() {
    let (response, _) = told(&inventory());
    let answer = serde_json::to_value(&response).unwrap();
    assert_eq!(answer["run_id"], "run-1");
    assert_eq!(answer["complete"], false);
    let counts = ["audited", "denied", "not_reached", "partial"].map(|status| answer["coverage"][status].as_u64());
    assert_eq!(counts, [Some(1), Some(1), Some(1), Some(0)]);
    assert_eq!(answer["summary"]["accounts"], 3);
    assert_eq!(answer["summary"]["throttled"], 3);
}

#[test]
fn the_last_line_of_the_log_is_the_run_as_metrics() {
    let (_, lines) = told(&inventory());
    let line: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "NodeRole");
    assert_eq!(line["AccountsDenied"], 1);
    assert_eq!(line["ApiCalls"], 3);
    assert_eq!(line["Duration"], 7_000);
}

#[test]
fn a_log_that_cannot_be_written_is_an_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is full"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = tell(&inventory(), &Settings::default(), &mut Full).unwrap_err();
    assert_eq!(error.to_string(), "the disk is full");
}

#[test]
fn an_answer_stays_small_whatever_was_audited() {
    let mut large = inventory();
    let refused = large.accounts[1].clone();
    large.accounts.extend((0..20_000_u64).map(|number| {
        let mut account = refused.clone();
        account.id = format!("{number:012}").parse().unwrap();
        account
    }));
    let (response, lines) = told(&large);
    assert!(serde_json::to_string(&response).unwrap().len() < 8 * 1024);
    assert!(lines.iter().all(|line| line.len() <= MAX_LINE_BYTES));
}

#[test]
fn each_finding_of_the_sample_organization_is_one_line_of_json() {
    let (response, lines) = told(&noderole::demo::inventory().unwrap());
    let findings: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let logged = findings.iter().filter(|line| line.get("finding").is_some()).count();
    assert_eq!(logged, response.findings_logged);
    let summary = &response.summary;
    assert_eq!(logged, summary.fail + summary.advice + summary.unknown, "passes are counted, not listed");
    assert_eq!(lines.len(), logged + 1, "and one line of metrics");
    assert!(logged > 0 && lines.iter().all(|line| line.len() <= MAX_LINE_BYTES));
}
