//! The Lambda function's program with a runtime API that has one event, of a schedule, and what the invocation cost.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::measured::{self, Cost};
use crate::{loopback, served};

const EVENT: &[u8] = include_bytes!("../../events/scheduler.json");

/// The longest that Lambda lets a function work.
const LONGEST: Duration = Duration::from_mins(15);

/// How often the process is looked at.
const EVERY: Duration = Duration::from_millis(5);

/// One invocation of the program on an organization of so many accounts.
pub(crate) fn measure(program: &str, accounts: usize) -> Cost {
    let folder = tempfile::tempdir().unwrap();
    let answer = folder.path().join("answer.json");
    // It ends because nobody has another event for it.
    let mut cost = watched(command(program, accounts, &answer).spawn().unwrap());
    let answer: Value = serde_json::from_slice(&std::fs::read(&answer).unwrap()).unwrap();
    assert_eq!(answer["complete"], true, "{answer}");
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    cost.clusters = number(&answer["summary"]["clusters"]);
    cost.node_groups = number(&answer["summary"]["node_groups"]);
    cost.findings = number(&answer["findings_logged"]);
    cost
}

/// Looks at the process until it ends.
fn watched(mut child: Child) -> Cost {
    let start = Instant::now();
    let mut cost = Cost::default();
    loop {
        // What has just ended tells nothing any more.
        if let Some((cpu, peak_kib)) = measured::used(&child.id().to_string()) {
            (cost.cpu, cost.peak_kib) = (cpu, peak_kib);
        }
        if child.try_wait().unwrap().is_some() {
            cost.took = start.elapsed().as_secs_f64();
            return cost;
        }
        std::thread::sleep(EVERY);
    }
}

fn command(program: &str, accounts: usize, answer: &Path) -> Command {
    let api = TcpListener::bind("127.0.0.1:0").unwrap();
    let (aws, caller) = served::serve(accounts);
    let mut command = Command::new(program);
    // What fails is in the answer; standard error complains of the end alone.
    command.env_clear().stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::null());
    command.env("AWS_LAMBDA_RUNTIME_API", api.local_addr().unwrap().to_string());
    command.envs([("AWS_LAMBDA_FUNCTION_NAME", "audit"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")]);
    command.env("AWS_LAMBDA_FUNCTION_VERSION", "1").env("AWS_REGION", "us-east-1").env("AWS_ENDPOINT_URL", aws);
    command.env("AWS_ACCESS_KEY_ID", format!("AKIA{caller}")).env("AWS_SECRET_ACCESS_KEY", "secret");
    let answer = answer.to_owned();
    std::thread::spawn(move || serve(&api, &answer));
    command
}

/// Hands the event out, takes the answer, and then answers no more, by which the function ends.
fn serve(api: &TcpListener, answer: &Path) {
    let answered = loopback::one_event(api, EVENT, SystemTime::now() + LONGEST);
    std::fs::write(answer, answered).unwrap();
}
