//! What an audit of an organization costs, by its size: virtual wall time against what latency and AWS's rates dictate, calls
//! against the least possible, CPU time and peak memory; in one process, and as a fan-out of one invocation an account.
//!
//! `cargo bench --bench organization` prints the table of `docs/performance.md`; `-- 10 5000` measures other sizes. AWS is the
//! simulated organization of the tests, in the same process: each answer takes 30 to 50 ms of a clock that nobody waits for.
//! `-- --function PATH` measures one invocation of the function's program at that path, for which AWS is a server that answers
//! after 30 ms, and has no rates.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a benchmark stops where something is wrong, looks at the clock, and tells"
)]

mod function;
#[path = "../../tests/loopback.rs"]
mod loopback;
mod measured;
mod served;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/sim/simulation/mod.rs"]
mod simulation;

use std::process::Command;

use measured::{Cost, Mode};

/// Accounts, by default.
const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// Accounts that one invocation of the function audits, by default.
const OF_ONE_INVOCATION: [usize; 4] = [1, 10, 100, 1_000];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, mode, accounts] = arguments.as_slice()
        && flag == measured::FLAG
    {
        let cost = measured::measure(mode.parse().unwrap(), accounts.parse().unwrap());
        println!("{}", serde_json::to_string(&cost).unwrap());
        return;
    }
    let given: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let program = arguments.iter().position(|argument| argument == "--function").and_then(|at| arguments.get(at + 1));
    if let Some(program) = program {
        return invocations(program, if given.is_empty() { &OF_ONE_INVOCATION } else { &given });
    }
    let sizes = if given.is_empty() { SIZES.to_vec() } else { given };
    println!(
        "| accounts | how | clusters | node groups | findings | virtual time | of its bound | calls | of the least | throttled \
         | CPU | of it the simulation | peak memory |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for accounts in sizes {
        for mode in [Mode::Process, Mode::FanOut] {
            println!("{}", row(accounts, mode, &apart(accounts, mode)));
        }
    }
}

/// The function's program, one invocation for each size.
fn invocations(program: &str, sizes: &[usize]) {
    println!("| accounts | clusters | node groups of every kind | findings | wall | CPU | peak memory |");
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    for accounts in sizes {
        let Cost { clusters, node_groups, findings, took, cpu, peak_kib, .. } = function::measure(program, *accounts);
        println!(
            "| {accounts} | {clusters} | {node_groups} | {findings} | {took:.1} s | {cpu:.1} s | {} MiB |",
            peak_kib / 1024
        );
    }
}

/// A run in a process of its own, whose memory is that of nothing else.
fn apart(accounts: usize, mode: Mode) -> Cost {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args([measured::FLAG, mode.name(), &accounts.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn row(accounts: usize, mode: Mode, cost: &Cost) -> String {
    let Cost { clusters, node_groups, findings, calls, throttled, .. } = cost;
    format!(
        "| {accounts} | {} | {clusters} | {node_groups} | {findings} | {:.1} s | {:.2} | {calls} | {:.3} | {throttled} | {:.1} s \
         | {:.1} s | {} MiB |",
        mode.name(),
        cost.took,
        cost.took / cost.bound,
        *calls as f64 / cost.least as f64,
        cost.cpu,
        cost.own,
        cost.peak_kib / 1024,
    )
}
