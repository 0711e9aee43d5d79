//! An end before its time: SIGTERM and Ctrl-C end the reading, and what was read is reported.
#![cfg(unix)]

use std::io::BufReader;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::loopback;

/// What STS answers.
const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/auditor</Arn><UserId>AIDAEXAMPLE</UserId>\
    <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

/// Runs an audit against a server that answers STS and nobody else, and sends the signal while it waits.
fn ended_by(signal: &str) -> (Option<i32>, Value, String) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = tempfile::tempdir().unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_noderole"))
        .args(["audit", "--region", "eu-west-1", "--no-scp", "--format", "json"])
        .env_clear()
        .envs([("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "eu-west-1")])
        .env("AWS_ENDPOINT_URL", format!("http://{}", server.local_addr().unwrap()))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stream, _) = server.accept().unwrap();
    let asked = loopback::next(&mut BufReader::new(&stream)).unwrap();
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/"));
    loopback::answer(&mut stream, 200, &[("connection", "close")], CALLER.as_bytes()).unwrap();
    drop(stream);
    // held, and never answered
    let (unanswered, _) = server.accept().unwrap();
    let asked = loopback::next(&mut BufReader::new(&unanswered)).unwrap();
    let body = String::from_utf8_lossy(&asked.body);
    assert!(!body.contains("GetCallerIdentity"), "{} {body}", asked.target);
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {err}"));
    (output.status.code(), report, err)
}

#[test]
fn either_signal_ends_the_reading_and_the_report_says_what_was_not_reached() {
    for signal in ["-TERM", "-INT"] {
        let (code, report, err) = ended_by(signal);
        assert_eq!(code, Some(3), "{signal}: {err}");
        assert!(err.contains("note: the run was interrupted"), "{signal}: {err}");
        assert_eq!(report["coverage"][0]["status"], "not_reached", "{signal}: {report}");
    }
}
