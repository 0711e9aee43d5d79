//! The sinks that tell people: EventBridge, SNS and Security Hub, read back by the servers' own means.

mod compared;

use std::collections::BTreeSet;

use noderole::failure::FailureClass;
use noderole::report::Report;
use noderole::report::model::Delivery;
use serde_json::{Value, json};

use super::noderole::{Credentials, Run};
use super::server::{Emulator, Server};

const QUEUE: &str = "told";

/// How many messages SQS gives at once.
const AT_ONCE: usize = 10;

impl Server {
    /// Audits the sample organization and tells one sink, as the configuration says.
    fn tell(&self, configuration: &str) -> Run {
        let file = self.folder().join("noderole.toml");
        std::fs::write(&file, configuration).unwrap();
        self.noderole(&["audit", "--demo", "--config", file.to_str().unwrap(), "--format", "json"])
    }

    /// The ARN of something at home.
    fn home_arn(&self, service: &str, name: &str) -> String {
        format!("arn:aws:{service}:eu-west-1:{}:{name}", self.emulator.home_account())
    }

    /// What the queue holds, as JSON; at least `number` messages, and whatever is there besides.
    fn received(&self, number: usize) -> Vec<Value> {
        let home = self.emulator.home_account();
        let url = self.calls(home, &[("sqs", "get_queue_url", json!({"QueueName": QUEUE}))]);
        let ask = json!({"QueueUrl": url[0]["QueueUrl"], "MaxNumberOfMessages": AT_ONCE});
        // One more, for what should not be there.
        let calls = vec![("sqs", "receive_message", ask); number.div_ceil(AT_ONCE) + 1];
        let answers = self.calls(home, &calls);
        let messages = answers.iter().filter_map(|answer| answer["Messages"].as_array()).flatten();
        messages.map(|message| serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()).collect()
    }
}

/// The one delivery of a run.
fn delivery(report: &Report) -> &Delivery {
    let [delivery] = report.deliveries.as_slice() else { panic!("one delivery: {:?}", report.deliveries) };
    delivery
}

/// The ids of the findings that count.
fn open(report: &Report) -> BTreeSet<String> {
    report.findings.iter().filter(|finding| finding.counts()).map(|finding| finding.id.clone()).collect()
}

#[test]
fn ministack_routes_an_event_for_each_finding_to_a_queue() {
    let server = Server::start(Emulator::Ministack);
    let home = server.emulator.home_account();
    let pattern = json!({"source": ["noderole"]}).to_string();
    let target = json!({"Id": "queue", "Arn": server.home_arn("sqs", QUEUE)});
    server.calls(
        home,
        &[
            ("events", "create_event_bus", json!({"Name": "audit"})),
            ("sqs", "create_queue", json!({"QueueName": QUEUE})),
            ("events", "put_rule", json!({"Name": "all", "EventBusName": "audit", "EventPattern": pattern})),
            ("events", "put_targets", json!({"Rule": "all", "EventBusName": "audit", "Targets": [target]})),
        ],
    );
    let run = server.tell("[sinks]\ndeliver = [\"eventbridge\"]\n[sinks.eventbridge]\nevent-bus = \"audit\"\n");
    let report = run.report();
    let open = open(&report);
    assert!(open.len() > AT_ONCE, "more than one request");
    let told = delivery(&report);
    assert_eq!((told.offered, told.delivered), (open.len() + 1, open.len() + 1), "{told:?}");

    let events = server.received(open.len() + 1);
    assert_eq!(events.len(), open.len() + 1);
    let (of_run, of_findings): (Vec<&Value>, Vec<&Value>) =
        events.iter().partition(|event| event["detail-type"] == "noderole run completed");
    let ids: BTreeSet<String> =
        of_findings.iter().map(|event| event["detail"]["finding"]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, open);
    for event in &of_findings {
        let finding = &event["detail"]["finding"];
        assert_eq!((&event["source"], &event["detail"]["change"]), (&json!("noderole"), &json!("new")));
        let known = report.findings.iter().find(|known| known.id == finding["id"]).unwrap();
        assert_eq!(finding, &serde_json::to_value(known).unwrap());
        assert_eq!(event["resources"], json!(known.role_arn.iter().collect::<Vec<_>>()));
    }
    assert_eq!(of_run[0]["detail"]["changes"]["new"], open.len());
    assert_eq!(of_run[0]["detail"]["run_id"], report.run_id);
}

fn the_digest_reaches_a_queue(emulator: Emulator) {
    let server = Server::start(emulator);
    let topic = server.home_arn("sns", "noderole");
    let filter = json!({"severity": ["critical"], "complete": ["true", "false"]}).to_string();
    let subscription = json!({
        "TopicArn": topic, "Protocol": "sqs", "Endpoint": server.home_arn("sqs", QUEUE),
        "Attributes": {"FilterPolicy": filter},
    });
    server.calls(
        emulator.home_account(),
        &[
            ("sns", "create_topic", json!({"Name": "noderole"})),
            ("sqs", "create_queue", json!({"QueueName": QUEUE})),
            ("sns", "subscribe", subscription),
        ],
    );
    let run = server.tell(&format!("[sinks]\ndeliver = [\"sns\"]\n[sinks.sns]\ntopic = \"{topic}\"\n"));
    let report = run.report();
    let told = delivery(&report);
    assert_eq!((told.offered, told.delivered), (1, 1), "{told:?}");
    let messages = server.received(1);
    let [message] = messages.as_slice() else { panic!("one message: {messages:?}") };
    let new = open(&report).len();
    assert!(message["Subject"].as_str().unwrap().starts_with(&format!("noderole: INCOMPLETE, {new} new")), "{message}");
    let body = message["Message"].as_str().unwrap();
    assert!(body.contains(&report.run_id) && body.contains("\nOPEN ("), "{body}");
    let worst = &report.findings[0];
    assert!(body.contains(&worst.message) && body.contains(worst.role_arn.as_ref().unwrap()), "{body}");
    assert_eq!(message["MessageAttributes"]["new"]["Value"], new.to_string());
}

#[test]
fn moto_hands_the_digest_to_a_subscription_that_filters_by_severity() {
    the_digest_reaches_a_queue(Emulator::Moto);
}

#[test]
fn ministack_hands_the_digest_to_a_subscription_that_filters_by_severity() {
    the_digest_reaches_a_queue(Emulator::Ministack);
}

#[test]
fn a_topic_that_is_not_there_is_told_in_the_report_and_by_the_exit_code() {
    let server = Server::start(Emulator::Ministack);
    let topic = server.home_arn("sns", "nobody");
    let file = server.folder().join("noderole.toml");
    std::fs::write(&file, format!("[sinks.sns]\ntopic = \"{topic}\"\n")).unwrap();
    let audit = ["audit", "--demo", "--fail-on", "never", "--format", "json", "--sink", "sns", "--config"];
    let run = server.noderole(&[&audit[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(run.code, Some(3), "{run:#?}");
    let report = run.report();
    let told = delivery(&report);
    assert_eq!((told.offered, told.delivered), (1, 0));
    assert!(told.failures[0].error.contains("NotFound"), "{told:?}");
}

/// Tells a sink in ministack with IAM, as a user with that policy alone.
fn tell_with(server: &Server, policy: &Value, configuration: &str) -> Report {
    let user = json!({"UserName": "auditor"});
    let put = json!({"UserName": "auditor", "PolicyName": "Sink", "PolicyDocument": policy.to_string()});
    let calls = [
        ("iam", "create_user", user.clone()),
        ("iam", "put_user_policy", put),
        ("iam", "create_access_key", user.clone()),
        ("iam", "delete_user_policy", json!({"UserName": "auditor", "PolicyName": "Sink"})),
    ];
    let [create, put, key, take] = &calls;
    let answers = server.calls(server.emulator.home_account(), &[create.clone(), put.clone(), key.clone()]);
    let key = &answers[2]["AccessKey"];
    let text = |name: &str| key[name].as_str().unwrap().to_owned();
    let auditor = Credentials { key: text("AccessKeyId"), secret: text("SecretAccessKey") };
    let file = server.folder().join("noderole.toml");
    std::fs::write(&file, configuration).unwrap();
    let audit = ["audit", "--demo", "--config", file.to_str().unwrap(), "--format", "json"];
    let report = server.noderole_as(&auditor, &audit).report();
    // Without the policy nothing is taken, and that is told: the policy was what let it pass.
    server.calls(server.emulator.home_account(), std::slice::from_ref(take));
    let refused = server.noderole_as(&auditor, &audit).report();
    let told = delivery(&refused);
    assert_eq!(told.delivered, 0);
    assert_eq!(told.failures[0].class, FailureClass::Denied, "{told:?}");
    report
}

#[test]
fn the_documented_policy_of_the_bus_suffices_and_nothing_passes_without_it() {
    let server = Server::start(Emulator::MinistackWithIam);
    server.calls(server.emulator.home_account(), &[("events", "create_event_bus", json!({"Name": "audit"}))]);
    let policy = serde_json::from_str(include_str!("../../../deploy/sink-eventbridge-policy.json")).unwrap();
    let configuration = "[sinks]\ndeliver = [\"eventbridge\"]\n[sinks.eventbridge]\nevent-bus = \"audit\"\n";
    assert!(delivery(&tell_with(&server, &policy, configuration)).is_whole());
}

#[test]
fn the_documented_policy_of_the_topic_suffices_and_nothing_passes_without_it() {
    let server = Server::start(Emulator::MinistackWithIam);
    server.calls(server.emulator.home_account(), &[("sns", "create_topic", json!({"Name": "noderole"}))]);
    let policy = serde_json::from_str(include_str!("../../../deploy/sink-sns-policy.json")).unwrap();
    let topic = server.home_arn("sns", "noderole");
    let configuration = format!("[sinks]\ndeliver = [\"sns\"]\n[sinks.sns]\ntopic = \"{topic}\"\n");
    assert!(delivery(&tell_with(&server, &policy, &configuration)).is_whole());
}

/// What Security Hub holds of an account, by id.
fn imported(server: &Server, account: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut ask = json!({"MaxResults": 100});
    // Ends with the pages.
    loop {
        let answer = server.calls(account, &[("securityhub", "get_findings", ask.clone())]).remove(0);
        all.extend(answer["Findings"].as_array().unwrap().clone());
        match answer["NextToken"].as_str() {
            Some(token) => ask["NextToken"] = json!(token),
            None => return all,
        }
    }
}

#[test]
fn moto_holds_the_findings_of_each_account_in_its_own_security_hub() {
    let server = Server::start(Emulator::Moto);
    let file_under_finding = "[sinks]\ndeliver = [\"security-hub\"]\n[sinks.security-hub]\nregion = \"eu-west-1\"\n";
    let report = server.tell(file_under_finding).report();
    let told = delivery(&report);
    assert_eq!((told.offered, told.delivered), (report.findings.len(), report.findings.len()), "{told:?}");
    let accounts: BTreeSet<String> = report.findings.iter().map(|finding| finding.account.to_string()).collect();
    assert!(accounts.len() > 1);
    for account in &accounts {
        let found = imported(&server, account);
        let expected = report.findings.iter().filter(|finding| finding.account.as_str() == account).count();
        assert_eq!(found.len(), expected);
        let product = format!("arn:aws:securityhub:eu-west-1:{account}:product/{account}/default");
        assert!(found.iter().all(|finding| finding["AwsAccountId"] == **account && finding["ProductArn"] == *product));
    }
    // A second run renews the findings, and adds none.
    server.tell(file_under_finding);
    let all: usize = accounts.iter().map(|account| imported(&server, account).len()).sum();
    assert_eq!(all, report.findings.len());
}

#[test]
fn moto_holds_all_findings_under_the_auditor_where_that_is_configured() {
    let server = Server::start(Emulator::Moto);
    let configuration = "[sinks]\ndeliver = [\"security-hub\"]\n\
        [sinks.security-hub]\nfile-under = \"auditor\"\nregion = \"eu-west-1\"\n";
    let report = server.tell(configuration).report();
    let home = server.emulator.home_account();
    let found = imported(&server, home);
    let ids: BTreeSet<String> = found.iter().map(|finding| finding["Id"].as_str().unwrap().to_owned()).collect();
    let expected: BTreeSet<String> = report.findings.iter().map(|finding| format!("noderole/{}", finding.id)).collect();
    assert_eq!(ids, expected);
    for finding in &found {
        assert_eq!(finding["AwsAccountId"], home);
        assert!(finding["RecordState"] == "ACTIVE" || finding["RecordState"] == "ARCHIVED");
        assert!(finding["ProductFields"]["noderole/Account"].is_string() && finding.get("Workflow").is_none());
    }
}
