//! A row of runs that keeps its latest report in S3: each compares with the one before it and carries the trend on.

use std::fs;

use noderole::report::model::{Changes, Report};
use serde_json::{Value, json};

use super::server::{Emulator, Server};

const LATEST: &str = "s3://reports/noderole/latest.json";

#[test]
fn a_row_of_runs_keeps_its_trend_in_one_object() {
    let server = Server::start(Emulator::Moto);
    let home = Emulator::Moto.home_account();
    let place = json!({"LocationConstraint": "eu-west-1"});
    let missing = server.noderole(&["audit", "--demo", "--baseline", LATEST]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    assert!(missing.stderr.contains("there is no bucket of s3://reports/noderole/latest.json"), "{}", missing.stderr);
    let made = json!({"Bucket": "reports", "CreateBucketConfiguration": place});
    server.calls(home, &[("s3", "create_bucket", made)]);
    let missing = server.noderole(&["audit", "--demo", "--baseline", LATEST]);
    for part in ["there is no object s3://reports/noderole/latest.json", "leave --baseline out in the first run"] {
        assert!(missing.stderr.contains(part), "{}", missing.stderr);
    }

    let facts = ["--save-inventory", "facts.json", "--output", "latest.json"];
    server.noderole(&[&["audit", "--demo"][..], &facts].concat());
    let first = latest(&server);
    let path = server.folder().join("facts.json");
    for run in ["second", "third"] {
        let body = fs::read_to_string(server.folder().join("latest.json")).unwrap();
        let kept = json!({"Bucket": "reports", "Key": "noderole/latest.json", "Body": body});
        server.calls(home, &[("s3", "put_object", kept)]);
        let mut facts: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        facts["run_id"] = run.into();
        fs::write(&path, facts.to_string()).unwrap();
        let told =
            server.noderole(&["audit", "--inventory", "facts.json", "--baseline", LATEST, "--output", "latest.json"]);
        assert_eq!(told.code, Some(1), "{}", told.stderr);
        let unchanged = first.findings.iter().filter(|finding| finding.counts()).count();
        assert_eq!(latest(&server).summary.changes, Some(Changes { new: 0, unchanged, resolved: 0 }));
        // The object itself can be told in another form.
        let table = server.noderole(&["report", LATEST, "--format", "table"]);
        assert_eq!(table.code, Some(1), "{}", table.stderr);
    }
    let runs: Vec<String> = latest(&server).trend.into_iter().map(|point| point.run_id).collect();
    assert_eq!(runs, [first.run_id.as_str(), "second", "third"]);
}

/// The report that was written last.
fn latest(server: &Server) -> Report {
    let text = fs::read_to_string(server.folder().join("latest.json")).unwrap();
    noderole::report::saved::of_text(&text).unwrap()
}
