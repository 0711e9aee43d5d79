//! Sinks on the command line, without AWS: what is refused, and what becomes of findings where nobody can be told.

use serde_json::Value;

use super::{Noderole, told};

#[test]
fn a_sink_that_lacks_its_place_to_go_is_refused_before_anything_is_read() {
    let noderole = Noderole::new();
    let refused = noderole.run(&["audit", "--demo", "--sink", "sns"]);
    refused.is_error(2, &["`topic` under [sinks.sns]", "docs/sinks.md"]);
    assert!(refused.out.is_empty());
    noderole.run(&["audit", "--demo", "--sink", "s3"]).is_error(2, &["`bucket` under [sinks.s3]"]);
    noderole.run(&["audit", "--demo", "--sink", "slack"]).is_error(2, &["security-hub", "cloudwatch"]);
    noderole.write("noderole.toml", "[sinks]\ndeliver = [\"s3\"]\n");
    noderole.run(&["audit", "--demo", "--config", "noderole.toml"]).is_error(2, &["`bucket` under [sinks.s3]"]);
}

#[test]
fn names_and_numbers_that_aws_does_not_take_are_told_by_their_place() {
    let noderole = Noderole::new();
    let wrong =
        "[sinks.cloudwatch]\nlog-group = 'a b'\nretention-days = 31\nkms-key = 'alias/x'\n[sinks.s3]\nprefix = '/x'\n";
    noderole.write("noderole.toml", wrong);
    let told = noderole.run(&["config", "check", "noderole.toml"]);
    assert_eq!(told.code, 2);
    for says in [
        "2:13",
        "the name of a log group",
        "expected one of 1, 3, 5",
        "ARN of a KMS key",
        "lacks the key `bucket`",
        "6:10",
    ] {
        assert!(told.err.contains(says), "{says}: {}", told.err);
    }
}

#[test]
fn without_credentials_the_report_is_written_and_says_that_nobody_was_told() {
    let noderole = Noderole::new();
    let audit = |more: &[&str]| {
        let arguments = ["audit", "--demo", "--sink", "cloudwatch", "--format", "json"];
        told(noderole.command().env("AWS_REGION", "eu-west-1").args(arguments).args(more))
    };
    let run = audit(&[]);
    assert_eq!(run.code, 1, "findings stay what they are: {}", run.err);
    assert!(run.err.contains("the sink cloudwatch (/noderole/findings) took 0 of"), "{}", run.err);
    assert!(run.err.contains("no AWS credentials were found: set AWS_PROFILE"), "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert!(!report["findings"].as_array().unwrap().is_empty());
    let delivery = &report["deliveries"][0];
    assert_eq!((&delivery["sink"], &delivery["delivered"]), (&"cloudwatch".into(), &0.into()));
    assert!(delivery["offered"].as_u64().unwrap() > 0 && !delivery["failures"].as_array().unwrap().is_empty());
    assert_eq!(audit(&["--fail-on", "never"]).code, 3);
}

#[test]
fn a_saved_report_is_told_again_only_where_that_is_asked_for_and_says_what_became_of_it() {
    let noderole = Noderole::new();
    let run = |arguments: &[&str]| told(noderole.command().env("AWS_REGION", "eu-west-1").args(arguments));
    noderole.write(
        "noderole.toml",
        "[sinks]\ndeliver = [\"eventbridge\"]\n[sinks.s3]\nbucket = \"reports\"\ninventory = true\n",
    );
    run(&["audit", "--demo", "--config", "noderole.toml", "--output", "report.json"]);
    let saved = std::fs::read_to_string(noderole.path("report.json")).unwrap();
    let first: Value = serde_json::from_str(&saved).unwrap();
    assert_eq!(first["deliveries"][0]["sink"], "eventbridge");

    let quiet = told(noderole.command().env("NODEROLE_CONFIG", "noderole.toml").args(["report", "report.json"]));
    assert_eq!(quiet.json(), first, "nobody is told by a mere look");
    let again = run(&["report", "report.json", "--config", "noderole.toml", "--sink", "s3", "--sink", "eventbridge"]);
    assert_eq!(again.code, 1, "{}", again.err);
    assert!(
        again.err.contains("the sink s3 (s3://reports/) took 0 of 1"),
        "neither the facts nor the latest: {}",
        again.err
    );
    let report = again.json();
    let sinks: Vec<&Value> = report["deliveries"].as_array().unwrap().iter().map(|one| &one["sink"]).collect();
    assert_eq!(sinks, ["eventbridge", "s3"], "each once");
    assert_eq!(report["findings"], first["findings"]);
    run(&["report", "report.json", "--sink", "sns"]).is_error(2, &["`topic` under [sinks.sns]"]);
    run(&["report", "report.json", "--config", "noderole.toml"]).is_error(2, &["--sink"]);
}
