//! What `noderole apply` and `undo` tell the sinks: what they mended is resolved by their journal, and every outcome is there,
//! that of a role that nothing was done to as well.

use std::collections::BTreeMap;
use std::fs;

use super::*;

const SINKS: &str = "
[sinks]
deliver = [\"cloudwatch\", \"s3\"]

[sinks.cloudwatch]
log-group = \"/audit/findings\"

[sinks.s3]
bucket = \"reports\"
inventory = true
";

/// The roles by name, with what came of each in an apply or undo.
type Came = BTreeMap<String, String>;

impl Setting {
    /// The same, with sinks that are there, and a latest report.
    fn with_sinks() -> Self {
        let setting = Self::new(Emulator::Ministack);
        let bucket = json!({"Bucket": "reports", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
        setting.server.calls(setting.server.emulator.home_account(), &[("s3", "create_bucket", bucket)]);
        fs::write(setting.server.folder().join("noderole.toml"), format!("{CONFIG}{SINKS}")).unwrap();
        setting.audit();
        setting
    }

    fn home(&self, service: &str, operation: &str, parameters: Value) -> Value {
        self.server.calls(self.server.emulator.home_account(), &[(service, operation, parameters)]).remove(0)
    }

    /// The lines of the log group.
    fn lines(&self) -> Vec<Value> {
        let all = json!({"logGroupName": "/audit/findings", "limit": 10_000});
        let log = self.home("logs", "filter_log_events", all);
        let events = log["events"].as_array().unwrap().iter();
        events.map(|event| serde_json::from_str(event["message"].as_str().unwrap()).unwrap()).collect()
    }

    /// The lines from that number on: what came of each role, and the findings that are resolved, each with its journal.
    fn told_since(&self, number: usize) -> (Came, BTreeMap<String, String>) {
        let lines = self.lines().split_off(number);
        let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
        let outcomes = lines.iter().filter(|line| line["type"] == "remediation");
        let came = outcomes.map(|line| (text(&line["role"]).split_off(31), text(&line["outcome"])));
        let resolved = lines.iter().map(|line| &line["finding"]).filter(|finding| finding["change"] == "resolved");
        let resolved = resolved.map(|finding| (text(&finding["id"]), text(&finding["previous"]["journal"])));
        (came.collect(), resolved.collect())
    }

    /// The reports that the bucket holds under the keys of runs, by key.
    fn kept(&self) -> BTreeMap<String, Report> {
        let list = self.home("s3", "list_objects_v2", json!({"Bucket": "reports", "Prefix": "runs/"}));
        let keys = list["Contents"].as_array().unwrap().iter().map(|object| object["Key"].as_str().unwrap().to_owned());
        let reports = keys.filter(|key| key.ends_with("/report.json"));
        reports
            .map(|key| {
                let object = self.home("s3", "get_object", json!({"Bucket": "reports", "Key": key}));
                (key, serde_json::from_str(object["Body"].as_str().unwrap()).unwrap())
            })
            .collect()
    }
}

/// What came of roles in a report.
fn came(report: &Report) -> Came {
    let outcomes = report.remediations.iter();
    outcomes
        .map(|came| {
            let outcome = serde_json::to_value(came.outcome).unwrap().as_str().unwrap().to_owned();
            (came.role.name().to_owned(), outcome)
        })
        .collect()
}

#[test]
fn apply_and_undo_tell_the_sinks_what_they_mended_and_what_came_of_every_role() {
    let setting = Setting::with_sinks();
    let plan = setting.plan();
    // one role is another since, so that it is refused
    let attach = json!({"RoleName": "Bare", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    setting.server.calls(setting.member(), &[("iam", "attach_role_policy", attach)]);
    let expected: Came = plan
        .roles
        .iter()
        .map(|role| {
            let outcome = if role.role.name() == "Bare" { "refused" } else { "applied" };
            (role.role.name().to_owned(), outcome.to_owned())
        })
        .collect();
    let failed = setting.audit();
    let failing: BTreeSet<&str> = failing(&plan, &failed);
    let (before, whole) = (setting.lines().len(), setting.home("s3", "get_object", latest()));

    let applied = setting.apply();
    assert_eq!(applied.code, Some(4), "{applied:#?}");
    assert!(applied.stdout.contains("Told cloudwatch, s3: "), "{applied:#?}");
    let journal = setting.journals().remove(0);
    let id = std::path::Path::new(&journal).file_stem().unwrap().to_str().unwrap().to_owned();
    let (outcomes, resolved) = setting.told_since(before);
    assert_eq!(outcomes, expected, "{applied:#?}");
    assert!(resolved.values().all(|journal| *journal == id), "{resolved:#?}");
    let report = &setting.kept()[&format!("runs/{id}-{}/report.json", setting.member())];
    assert_eq!(came(report), expected);
    assert_eq!(setting.home("s3", "get_object", latest())["Body"], whole["Body"], "a part is not the latest");
    // What is open no more was told as resolved; that it is advice now is another news.
    let open: BTreeSet<String> = setting.audit().findings.into_iter().map(|finding| finding.id).collect();
    let gone: BTreeSet<String> = failing.iter().filter(|id| !open.contains(**id)).map(|id| (*id).to_owned()).collect();
    assert!(gone.len() > 5 && gone.iter().all(|finding| resolved.contains_key(finding)), "{gone:#?} {resolved:#?}");

    // Nothing but refusals: nothing is audited, and the sinks hear of it.
    let (before, kept) = (setting.lines().len(), setting.kept().len());
    let bare = plan.roles.iter().find(|role| role.role.name() == "Bare").unwrap();
    let apply = ["apply", "plan.json", "--config", "noderole.toml", "--yes", "--role", bare.role.as_str()];
    let refused = setting.noderole(&apply);
    assert_eq!(refused.code, Some(4), "{refused:#?}");
    let (outcomes, resolved) = setting.told_since(before);
    assert_eq!((outcomes, resolved.len()), ([("Bare".to_owned(), "refused".to_owned())].into(), 0));
    assert_eq!((setting.lines().len(), setting.kept().len()), (before + 1, kept + 1));
    assert!(setting.kept().values().filter(|report| report.is_of_remediations_alone()).count() == 1);

    let before = setting.lines().len();
    let undone = setting.noderole(&["undo", &journal, "--config", "noderole.toml", "--yes", "--sink", "cloudwatch"]);
    assert_eq!(undone.code, Some(0), "{undone:#?}");
    let (outcomes, _) = setting.told_since(before);
    let word = |outcome: &String| if outcome == "applied" { "undone" } else { "unchanged" }.to_owned();
    let expected: Came = expected.iter().map(|(role, outcome)| (role.clone(), word(outcome))).collect();
    assert_eq!(outcomes, expected, "{undone:#?}");
    assert!(setting.lines().split_off(before).iter().any(|line| line["finding"]["status"] == "fail"), "{undone:#?}");
}

fn latest() -> Value {
    json!({"Bucket": "reports", "Key": "latest/report.json"})
}

#[test]
fn a_sink_that_is_down_hides_nothing_of_what_was_done_and_the_exit_code_tells() {
    let setting = Setting::with_sinks();
    let plan = setting.plan();
    let writes = plan.roles.iter().find(|role| role.role.name() == "Writes").unwrap();
    let config = format!("{CONFIG}{}", SINKS.replace("\"reports\"", "\"nowhere\""));
    fs::write(setting.server.folder().join("noderole.toml"), config).unwrap();
    let apply = ["apply", "plan.json", "--config", "noderole.toml", "--yes", "--role", writes.role.as_str()];
    let applied = setting.noderole(&apply);
    assert_eq!(applied.code, Some(3), "{applied:#?}");
    assert!(applied.stdout.contains("applied") && applied.stdout.contains("1 role applied"), "{applied:#?}");
    assert!(applied.stderr.contains("the sink s3 (s3://nowhere/) took 0 of"), "{applied:#?}");
    assert_eq!(setting.lines().iter().filter(|line| line["outcome"] == "applied").count(), 1);
    // Without a place to go nothing is begun.
    fs::write(setting.server.folder().join("noderole.toml"), CONFIG).unwrap();
    let before = setting.image();
    let refused = setting.noderole(&[&apply[..], &["--sink", "sns"]].concat());
    assert_eq!((refused.code, setting.image()), (Some(2), before), "{refused:#?}");
}
