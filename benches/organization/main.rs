//! What an audit of an organization costs, by its size: calls, wall time, CPU time, peak memory. The program itself, as it
//! ships, against a server in this process that answers as AWS does, each answer after 30 ms.
//!
//! `cargo bench --bench organization` prints the table of `docs/performance.md`; `-- 10 5000` measures other sizes;
//! `-- --function PATH` measures one invocation of the Lambda function's program at that path.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark stops where something is wrong, looks at the clock, and tells"
)]

mod aws;
mod function;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Accounts, by default.
const SIZES: [usize; 4] = [1, 10, 100, 1_000];

/// How often the process is looked at.
const EVERY: Duration = Duration::from_millis(5);

/// Ticks a second in /proc/PID/stat: USER_HZ, 100 on every Linux.
const TICKS: f64 = 100.0;

/// What one run cost.
#[derive(Debug, Default)]
struct Cost {
    wall: Duration,
    cpu_seconds: f64,
    peak_kib: u64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if given.is_empty() { SIZES.to_vec() } else { given };
    let program = arguments.iter().position(|argument| argument == "--function").map(|at| &arguments[at + 1]);
    if let Some(program) = program {
        return invocations(program, &sizes);
    }
    println!("| accounts | clusters | node groups | findings | calls | wall | CPU | peak memory |");
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    for accounts in sizes {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report.json");
        let (cost, succeeded) = measure(audit(accounts, &report));
        assert!(succeeded, "noderole failed");
        let report: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
        assert_eq!(report["complete"], true, "{}", report["coverage"]);
        let summary = &report["summary"];
        let calls: u64 = summary["api_calls"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        println!(
            "| {accounts} | {} | {} | {} | {calls} | {:.1} s | {:.1} s | {} MiB |",
            summary["clusters"],
            summary["node_groups"],
            report["findings"].as_array().unwrap().len(),
            cost.wall.as_secs_f64(),
            cost.cpu_seconds,
            cost.peak_kib / 1024,
        );
    }
}

/// The same of the function: one invocation for each size.
fn invocations(program: &str, sizes: &[usize]) {
    println!("| accounts | clusters | node groups | findings | wall | CPU | peak memory |");
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    for accounts in sizes {
        let folder = tempfile::tempdir().unwrap();
        let (answer, log) = (folder.path().join("answer.json"), folder.path().join("log.jsonl"));
        // It ends because nobody has another event for it.
        let (cost, _) = measure(function::invocation(program, *accounts, &answer, &log));
        let answer: Value = serde_json::from_slice(&std::fs::read(&answer).unwrap()).unwrap();
        assert_eq!(answer["complete"], true, "{answer}");
        println!(
            "| {accounts} | {} | {} | {} | {:.1} s | {:.1} s | {} MiB |",
            answer["summary"]["clusters"],
            answer["summary"]["node_groups"],
            answer["findings_logged"],
            cost.wall.as_secs_f64(),
            cost.cpu_seconds,
            cost.peak_kib / 1024,
        );
    }
}

/// The program, auditing an organization of so many accounts.
fn audit(accounts: usize, report: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_noderole"));
    command.args([
        "audit",
        "--organization",
        "--format",
        "json",
        "--fail-on",
        "never",
        "--progress",
        "never",
        "--output",
    ]);
    command.arg(report).env_clear().stdin(Stdio::null());
    command.env("AWS_ENDPOINT_URL", aws::serve(accounts)).env("AWS_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", format!("AKIA{}", aws::CALLER)).env("AWS_SECRET_ACCESS_KEY", "secret");
    command
}

/// Runs it and looks at it until it ends; and whether it ended well.
fn measure(mut command: Command) -> (Cost, bool) {
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut cost = Cost::default();
    loop {
        look(&child, &mut cost);
        if let Some(status) = child.try_wait().unwrap() {
            cost.wall = start.elapsed();
            return (cost, status.success());
        }
        std::thread::sleep(EVERY);
    }
}

/// Takes note of what the process used so far.
fn look(child: &Child, cost: &mut Cost) {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap_or_default();
    let peak =
        read("status").lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    cost.peak_kib = cost.peak_kib.max(peak.unwrap_or_default());
    // The command's name, in parentheses, may hold blanks; user and system time are the 12th and 13th after it.
    let stat = read("stat");
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    cost.cpu_seconds = cost.cpu_seconds.max(ticks / TICKS);
}
