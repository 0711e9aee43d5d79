//! A run against a baseline, over facts whose names attack their reader: what is new, changed and resolved reaches every sink,
//! and nothing that is as it was does where only news are told.

use noderole::report::model::{Change, Changes};
use noderole::sinks::SinkKind;

use super::*;
use crate::cli::Noderole;
use crate::cli::hostile_names::hostile;

/// An account of the sample that was read whole.
const WHOLE: &str = "888899990000";

/// The id of a finding that this run does not have any more.
const MENDED: &str = "NR101-00000000000000ff";

/// What the runs differ in.
struct Compared {
    home: Noderole,
    new: String,
    changed: String,
}

/// Hostile facts, and a report of them from which one finding is taken, in which one is worse and one more.
fn compared() -> Compared {
    let home = Noderole::new();
    hostile(&home);
    let before = home.run(&["audit", "--inventory", "facts.json", "--format", "json"]);
    let mut before: Report = serde_json::from_str(&before.out).unwrap();
    "before".clone_into(&mut before.run_id);
    let new = before.findings.remove(0).id;
    let changed = &mut before.findings[0];
    changed.severity = noderole::finding::Severity::Low;
    let changed = changed.id.clone();
    let mended = before.findings.iter().find(|finding| finding.account.as_str() == WHOLE).unwrap();
    let mended = noderole::report::model::ReportedFinding { id: MENDED.to_owned(), ..mended.clone() };
    before.findings.push(mended);
    home.write("before.json", &serde_json::to_string(&before).unwrap());
    Compared { home, new, changed }
}

impl Compared {
    /// Audits the facts against the report, and tells the sinks of a configuration.
    fn tell(&self, server: &Server, configuration: &str) -> Report {
        self.home.write("noderole.toml", configuration);
        let path = |name: &str| self.home.path(name).to_str().unwrap().to_owned();
        let (facts, before, config) = (path("facts.json"), path("before.json"), path("noderole.toml"));
        let audit = ["audit", "--inventory", &facts, "--baseline", &before, "--config", &config, "--format", "json"];
        let run = server.noderole(&audit);
        let report = run.report();
        assert!(report.deliveries.iter().all(Delivery::is_clean), "{}", run.stderr);
        let changes = report.summary.changes.unwrap();
        assert_eq!(changes, Changes { new: 1, unchanged: changes.unchanged, resolved: 1 });
        report
    }
}

/// Holds a text as a service keeps it against what it must not be able to do.
fn is_harmless(text: &str) {
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn what_is_new_changed_and_resolved_reaches_log_bus_topic_and_bucket() {
    let compared = compared();
    let server = Server::start(Emulator::Ministack);
    let topic = server.home_arn("sns", "noderole");
    let queue = server.home_arn("sqs", QUEUE);
    let bucket = json!({"Bucket": "reports", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    let pattern = json!({"source": ["noderole"]}).to_string();
    let home = server.emulator.home_account();
    server.calls(
        home,
        &[
            ("s3", "create_bucket", bucket),
            ("sqs", "create_queue", json!({"QueueName": QUEUE})),
            ("sns", "create_topic", json!({"Name": "noderole"})),
            ("sns", "subscribe", json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue})),
            ("events", "put_rule", json!({"Name": "all", "EventPattern": pattern})),
            ("events", "put_targets", json!({"Rule": "all", "Targets": [{"Id": "queue", "Arn": queue}]})),
        ],
    );
    let sinks = format!(
        "[sinks]\ndeliver = [\"cloudwatch\", \"eventbridge\", \"sns\", \"s3\"]\n\
         [sinks.sns]\ntopic = \"{topic}\"\n[sinks.s3]\nbucket = \"reports\"\n"
    );
    let report = compared.tell(&server, &sinks);

    let messages = server.received(5);
    let (digests, events): (Vec<Value>, Vec<Value>) =
        messages.into_iter().partition(|message| message.get("Message").is_some());
    events_are_the_news(&events, &compared);
    let [digest] = digests.as_slice() else { panic!("one digest: {digests:?}") };
    digest_is_of_the_news(digest["Message"].as_str().unwrap());
    assert!(digest["Subject"].as_str().unwrap().starts_with("noderole: INCOMPLETE, 1 new"), "{digest}");
    assert_eq!(digest["MessageAttributes"]["resolved"]["Value"], "1");
    log_has_the_resolved_one_and_counts_it_nowhere(&server, &report);

    let kept = json!({"Bucket": "reports", "Key": "latest/report.json"});
    let kept = server.calls(home, &[("s3", "get_object", kept)]).remove(0);
    let kept = kept["Body"].as_str().unwrap();
    is_harmless(kept);
    let kept: Report = serde_json::from_str(kept).unwrap();
    assert_eq!((&kept.findings, &kept.baseline), (&report.findings, &report.baseline));
    let others: Vec<SinkKind> = kept.deliveries.iter().map(|delivery| delivery.sink).collect();
    assert_eq!(others, [SinkKind::Cloudwatch, SinkKind::Eventbridge, SinkKind::Sns]);
}

fn events_are_the_news(events: &[Value], compared: &Compared) {
    let told: BTreeSet<(&str, &str)> = events
        .iter()
        .filter(|event| event["detail-type"] == "noderole finding")
        .map(|event| {
            let (change, id) = (&event["detail"]["change"], &event["detail"]["finding"]["id"]);
            (change.as_str().unwrap(), id.as_str().unwrap())
        })
        .collect();
    let expected = [("new", compared.new.as_str()), ("changed", compared.changed.as_str()), ("resolved", MENDED)];
    assert_eq!(told, BTreeSet::from(expected));
    assert_eq!(events.len(), 4, "and one for the run: {events:?}");
    let of_run = events.iter().find(|event| event["detail-type"] == "noderole run completed").unwrap();
    assert_eq!(
        (&of_run["detail"]["baseline"], &of_run["detail"]["changes"]["resolved"]),
        (&json!("before"), &json!(1))
    );
}

fn digest_is_of_the_news(body: &str) {
    is_harmless(body);
    assert!(!body.contains("https://"), "{body}");
    for section in ["\nNEW (1)\n", "\nRESOLVED (1)\n", "\nCHANGED (1)\n"] {
        assert!(body.contains(section), "{section}: {body}");
    }
}

fn log_has_the_resolved_one_and_counts_it_nowhere(server: &Server, report: &Report) {
    let ask = json!({"logGroupName": "/noderole/findings", "limit": 10_000});
    let log = server.calls(server.emulator.home_account(), &[("logs", "filter_log_events", ask)]).remove(0);
    let lines: Vec<Value> = log["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            let line = event["message"].as_str().unwrap();
            is_harmless(line);
            serde_json::from_str(line).unwrap()
        })
        .collect();
    let findings = lines.iter().filter(|line| line.get("finding").is_some());
    let resolved: Vec<&Value> = findings.clone().filter(|line| line["finding"]["change"] == "resolved").collect();
    assert_eq!(findings.count(), report.findings.len());
    assert_eq!(resolved.len(), 1);
    assert_eq!(resolved[0]["finding"]["id"], MENDED);
    let of_run = lines.iter().find(|line| line.get("FindingsCritical").is_some()).unwrap();
    let failing: u64 = ["Critical", "High", "Medium", "Low"]
        .iter()
        .map(|severity| of_run[format!("Findings{severity}")].as_u64().unwrap())
        .sum();
    assert_eq!(usize::try_from(failing).unwrap(), report.summary.fail);
}

#[test]
fn what_is_resolved_is_archived_where_it_was_imported() {
    let compared = compared();
    let server = Server::start(Emulator::Moto);
    let sinks = "[sinks]\ndeliver = [\"security-hub\"]\n\
        [sinks.security-hub]\nfile-under = \"auditor\"\nregion = \"eu-west-1\"\n";
    let report = compared.tell(&server, sinks);
    let found = imported(&server, server.emulator.home_account());
    assert_eq!(found.len(), report.findings.len());
    let archived: Vec<&Value> = found.iter().filter(|finding| finding["RecordState"] == "ARCHIVED").collect();
    assert_eq!(archived.len(), 1);
    assert_eq!(archived[0]["Id"], format!("noderole/{MENDED}"));
    let mended = report.findings.iter().find(|finding| finding.change == Some(Change::Resolved)).unwrap();
    let expected = if mended.status == noderole::finding::Status::Pass { "PASSED" } else { "NOT_AVAILABLE" };
    assert_eq!(archived[0]["Compliance"]["Status"], expected);
    for finding in &found {
        for text in ["Title", "Description"] {
            is_harmless(finding[text].as_str().unwrap());
        }
    }
}
