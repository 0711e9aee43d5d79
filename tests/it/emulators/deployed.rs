//! Both templates, deployed by CloudFormation, at work: an organization is audited over many invocations, of which some are
//! killed, and a change starts an audit of what it touches.

mod remediation;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use noderole::report::model::{CoverageStatus, Report};
use serde_json::{Value, json};

use super::seed::Accounts;
use super::server::{Emulator, Server};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Accounts beside the auditor's.
const MEMBERS: usize = 40;

/// Every so many of them has a cluster.
const EVERY: usize = 8;

/// How often it is asked whether something has come about, at most. Each question starts a Python, which takes a third of a
/// second and more.
const QUESTIONS: usize = 900;

/// Invocations that are killed.
const KILLED: usize = 3;

/// An organization with both templates deployed.
struct Organization<'a> {
    server: &'a Server,
    accounts: Accounts,
    outputs: BTreeMap<String, String>,
}

/// The organization, of so many members: the auditor's account and some others have a cluster, whose node role may not pull
/// images.
fn planted(members: usize) -> Value {
    let account = |name: String, has_cluster: bool| {
        let mut account = json!({"name": name});
        if has_cluster {
            account["roles"] = json!([
                {"name": "Cluster", "trust": "eks.amazonaws.com", "attached": ["AmazonEKSClusterPolicy"]},
                {"name": "Node", "trust": "ec2.amazonaws.com", "attached": ["AmazonEKSWorkerNodePolicy"]},
            ]);
            account["clusters"] = json!([
                {"name": "prod", "role": "Cluster", "node_groups": [{"name": "ng-1", "role": "Node"}]},
            ]);
        }
        account
    };
    let members = (0..members).map(|n| account(format!("member-{n}"), n.is_multiple_of(EVERY)));
    let accounts: Vec<Value> = std::iter::once(account("auditor".to_owned(), true)).chain(members).collect();
    json!({"accounts": accounts})
}

impl<'a> Organization<'a> {
    fn deploy(server: &'a Server, members: usize) -> Self {
        Self::deploy_with(server, members, &json!({"FanOutAbove": "10"}))
    }

    /// With further parameters of the auditor's stack.
    fn deploy_with(server: &'a Server, members: usize, further: &Value) -> Self {
        let accounts = server.plant(&planted(members));
        let mut auditor = json!({
            "stack": "noderole", "template": format!("{ROOT}/template.yaml"), "binary": env!("CARGO_BIN_EXE_bootstrap"),
            "parameters": {"OrganizationId": "o-abcdefghij", "ExternalId": "ext-1"},
        });
        for (name, value) in further.as_object().unwrap() {
            auditor["parameters"][name] = value.clone();
        }
        let outputs: Vec<BTreeMap<String, String>> = server.deploy(&[auditor]);
        let outputs = outputs.into_iter().next().unwrap();
        let names = std::iter::once("auditor".to_owned()).chain((0..members).map(|n| format!("member-{n}")));
        let in_account = |name: String| {
            json!({
                "stack": "noderole-member", "template": format!("{ROOT}/deploy/member-roles.yaml"),
                "account": accounts.id(&name),
                "parameters": {
                    "OrganizationId": "o-abcdefghij", "ExternalId": "ext-1", "RoleRegion": "eu-west-1",
                    "AuditorRoleArn": outputs["AuditFunctionRoleArn"], "ChangeBusArn": outputs["ChangeBusArn"],
                    "IamRegion": "eu-west-1",
                    "RemediatorRoleArn": outputs.get("RemediationFunctionRoleArn").cloned().unwrap_or_default(),
                },
            })
        };
        server.deploy(&names.map(in_account).collect::<Vec<_>>());
        Self { server, accounts, outputs }
    }

    fn call(&self, service: &str, operation: &str, parameters: Value) -> Value {
        self.server.calls(self.server.emulator.home_account(), &[(service, operation, parameters)]).remove(0)
    }

    /// What the function answers to a sample of `events/`.
    fn invoke(&self, sample: &str) -> Value {
        let event = std::fs::read_to_string(format!("{ROOT}/events/{sample}.json")).unwrap();
        self.send(&serde_json::from_str(&event).unwrap())
    }

    /// What the function answers to an event.
    fn send(&self, event: &Value) -> Value {
        let (answer, error) = self.send_to("AuditFunctionName", event);
        assert_eq!(error, None, "{answer}");
        answer
    }

    /// What one of the functions answers, and what Lambda says of an error.
    fn send_to(&self, function: &str, event: &Value) -> (Value, Option<String>) {
        let parameters = json!({"FunctionName": self.outputs[function], "Payload": event.to_string()});
        let answer = self.call("lambda", "invoke", parameters);
        let error = answer.get("FunctionError").and_then(Value::as_str).map(str::to_owned);
        (serde_json::from_str(answer["Payload"].as_str().unwrap()).unwrap(), error)
    }

    /// The state machine's execution of a run, at its end; `meanwhile` is done while it runs.
    fn execution(&self, run: &str, mut meanwhile: impl FnMut()) -> Value {
        let arn = self.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:") + ":" + run;
        for _ in 0..QUESTIONS {
            meanwhile();
            let execution = self.call("stepfunctions", "describe_execution", json!({"executionArn": arn}));
            if execution["status"] != "RUNNING" {
                return execution;
            }
        }
        panic!("{arn} does not end");
    }

    fn latest(&self) -> Report {
        let place = json!({"Bucket": self.outputs["RunsBucketName"], "Key": "latest/report.json"});
        serde_json::from_str(self.call("s3", "get_object", place)["Body"].as_str().unwrap()).unwrap()
    }

    /// The lines of the log group of the findings.
    fn lines(&self) -> Vec<Value> {
        let log = self.call("logs", "filter_log_events", json!({"logGroupName": self.outputs["FindingsLogGroup"]}));
        let messages = log["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap());
        messages.map(|message| serde_json::from_str(message).unwrap()).collect()
    }

    /// The findings in the log group, by run: the id of each line.
    fn logged(&self) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in self.lines() {
            if let Some(id) = line["finding"]["id"].as_str() {
                found.entry(line["run_id"].as_str().unwrap().to_owned()).or_default().push(id.to_owned());
            }
        }
        found
    }

    /// Sends an event that nobody can handle: it comes three times, and then waits in the dead letters.
    fn loses_nothing(&self, changes: &Value, event: &str) {
        // In earnest it comes again when six times the function's longest time is over.
        let soon = json!({"QueueUrl": changes, "Attributes": {"VisibilityTimeout": "5"}});
        self.call("sqs", "set_queue_attributes", soon);
        self.call("sqs", "send_message", json!({"QueueUrl": changes, "MessageBody": event}));
        let letters = self.call("sqs", "get_queue_url", json!({"QueueName": "noderole-dead-letters"}));
        let receive = json!({"QueueUrl": letters["QueueUrl"], "AttributeNames": ["All"]});
        let letter = (0..QUESTIONS).find_map(|_| {
            let received = self.call("sqs", "receive_message", receive.clone());
            received["Messages"].as_array().and_then(|messages| messages.first().cloned())
        });
        let letter = letter.expect("it lands in the dead letters");
        assert_eq!(letter["Body"], *event);
        let received: u32 = letter["Attributes"]["ApproximateReceiveCount"].as_str().unwrap().parse().unwrap();
        assert_eq!(received, 3 + 1, "by the function three times, and now: {letter}");
        let left = json!({"QueueUrl": changes, "AttributeNames": ["ApproximateNumberOfMessages"]});
        let left = self.call("sqs", "get_queue_attributes", left);
        assert_eq!(left["Attributes"]["ApproximateNumberOfMessages"], "0", "what was handled is gone");
    }

    /// What the command finds in the same organization.
    fn by_command(&self) -> Report {
        let arguments = ["audit", "--organization", "--external-id", "ext-1", "--format", "json"];
        self.server.noderole(&arguments).report()
    }
}

/// The processes of the server's functions that run now.
fn functions(server: &Server) -> Vec<u32> {
    let code = format!("ministack-provided-code-{}", server.endpoint.rsplit(':').next().unwrap());
    let processes =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_one = |process: &u32| {
        std::fs::read_link(format!("/proc/{process}/exe"))
            .is_ok_and(|program: std::path::PathBuf| program.components().any(|part| part.as_os_str() == code.as_str()))
    };
    processes.filter(is_one).collect()
}

fn ids(report: &Report) -> BTreeSet<String> {
    report.findings.iter().map(|finding| finding.id.clone()).collect()
}

#[test]
fn an_organization_is_audited_over_many_invocations_though_some_are_killed() {
    assert!(Path::new("/proc/self/exe").exists(), "this test finds the functions' processes in /proc: run it on Linux");
    let server = Server::start(Emulator::Ministack);
    let organization = Organization::deploy(&server, MEMBERS);
    let begun = organization.invoke("scheduler");
    assert_eq!(begun["accounts"], MEMBERS + 1, "the state machine was started: {begun}");
    let run = begun["run_id"].as_str().unwrap();

    let mut killed = BTreeSet::new();
    let execution = organization.execution(run, || {
        for process in functions(&server).into_iter().filter(|process| !killed.contains(process)).collect::<Vec<_>>() {
            if killed.len() < KILLED {
                std::process::Command::new("kill").args(["-9", &process.to_string()]).status().unwrap();
                killed.insert(process);
            }
        }
    });
    assert_eq!(killed.len(), KILLED, "invocations were killed");
    assert_eq!(execution["status"], "SUCCEEDED", "{execution}");
    let output: Value = serde_json::from_str(execution["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["not_written"], json!([]), "{output}");

    let report = organization.latest();
    assert_eq!(report.run_id, run);
    let of_account = |id: &str| report.coverage.iter().filter(|entry| entry.account.as_str() == id).collect::<Vec<_>>();
    for name in std::iter::once("auditor".to_owned()).chain((0..MEMBERS).map(|n| format!("member-{n}"))) {
        let entries = of_account(organization.accounts.id(&name));
        assert!(!entries.is_empty(), "{name} is in the coverage");
        assert!(entries.iter().all(|entry| entry.status == CoverageStatus::Audited), "{name}: {entries:?}");
    }
    let expected = organization.by_command();
    assert!(!expected.findings.is_empty());
    assert_eq!(ids(&report), ids(&expected), "as one process finds it");
    let clusters = 1 + MEMBERS.div_ceil(EVERY);
    assert_eq!((report.summary.clusters, report.summary.node_roles), (clusters, clusters));
    let mut logged = organization.logged().remove(run).unwrap();
    logged.sort();
    assert_eq!(logged, ids(&expected).into_iter().collect::<Vec<_>>(), "each finding is one line");

    // The last step done again tells the same; the next run is compared with this one.
    let again = organization.send(&json!({"task": "summarize", "run_id": run}));
    assert_eq!((&again["run_id"], &again["complete"]), (&json!(run), &json!(true)), "{again}");
    assert_eq!(organization.latest().summary.changes, None, "there was no run before it, and still is none");
    let second = organization.invoke("scheduler")["run_id"].as_str().unwrap().to_owned();
    organization.execution(&second, || ());
    let report = organization.latest();
    let changes = report.summary.changes.unwrap();
    assert_eq!(report.run_id, second);
    assert_eq!((changes.new, changes.unchanged, changes.resolved), (0, expected.findings.len(), 0));
    assert_eq!(report.trend.len(), 2);
}

#[test]
fn a_change_starts_an_audit_of_what_it_touches() {
    let server = Server::start(Emulator::Ministack);
    let organization = Organization::deploy(&server, 1);
    let account = organization.accounts.id("auditor");
    let event = |name: &str| {
        json!({
            "version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
            "account": account, "time": "2026-11-24T09:15:04Z", "region": "eu-west-1", "resources": [],
            "detail": {
                "eventSource": "iam.amazonaws.com", "eventName": name, "awsRegion": "eu-west-1", "readOnly": false,
                "recipientAccountId": account, "eventID": "e-1", "userIdentity": {},
                "requestParameters": {"roleName": "Node"},
            },
        })
        .to_string()
    };
    // Nobody can send an event of AWS's own source: each rule on its way is asked, and the end of it is walked.
    for (bus, rule, passes) in [
        ("default", "noderole-role-changes", [true, false]),
        ("default", "noderole-cluster-changes", [false, false]),
        ("noderole-changes", "noderole-changes", [true, true]),
    ] {
        let rule = organization.call("events", "describe_rule", json!({"Name": rule, "EventBusName": bus}));
        let taken = ["DetachRolePolicy", "ListRoles"].map(|name| {
            let parameters = json!({"EventPattern": rule["EventPattern"], "Event": event(name)});
            organization.call("events", "test_event_pattern", parameters)["Result"].as_bool().unwrap()
        });
        assert_eq!(taken, passes, "{rule}");
    }
    let queue = organization.call("sqs", "get_queue_url", json!({"QueueName": "noderole-changes"}));
    for name in ["DetachRolePolicy", "AttachRolePolicy"] {
        let parameters = json!({"QueueUrl": queue["QueueUrl"], "MessageBody": event(name)});
        organization.call("sqs", "send_message", parameters);
    }

    let told = (0..QUESTIONS).find_map(|_| organization.logged().pop_first());
    let (run, found) = told.expect("an audit follows");
    assert!(run.ends_with(account), "{run}");
    let expected: BTreeSet<String> = organization
        .by_command()
        .findings
        .iter()
        .filter(|finding| finding.account.as_str() == account)
        .filter(|finding| finding.role_arn.as_deref().is_some_and(|arn| arn.ends_with("/Node")))
        .map(|finding| finding.id.clone())
        .collect();
    let metrics = organization.lines().into_iter().filter(|line| line.get("_aws").is_some()).count();
    assert_eq!(metrics, 0, "the numbers of a part are none of the whole");
    assert_eq!(found.len(), expected.len(), "two changes of one role are one audit: {found:?}");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "the role's findings, and no others");

    organization.loses_nothing(&queue["QueueUrl"], &event("CreateUser"));
}

#[test]
fn the_documented_command_deploys_all_of_it_and_shows_the_findings_of_a_scheduled_run() {
    let output = std::process::Command::new("python3")
        .args([&format!("{ROOT}/deploy/local.py"), "--binary", env!("CARGO_BIN_EXE_bootstrap")])
        .output()
        .unwrap();
    let (said, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{error}");
    for part in ["the state machine SUCCEEDED", "NR203", "NodeNoPodIdentity", "read from the log group"] {
        assert!(said.contains(part), "{part} is missing in:\n{said}\n{error}");
    }
}
