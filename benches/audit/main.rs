//! A whole audit of a saved inventory, stage by stage: loaded, judged on one core and on all of them, written as JSON.
//!
//! `cargo bench --no-default-features --bench audit` prints the table of `docs/performance.md`; `-- 1000` measures another
//! number of node groups. `-- 1065 many` (or `one`) is one run on one thread, whose instructions `instructions.sh` counts.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a benchmark stops where something is wrong, looks at the clock, and tells"
)]

mod inventory;

use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

use noderole::audit::Settings;
use noderole::inventory::Inventory;
use noderole::judgement::Judgement;
use noderole::report::narrow::Narrowing;
use noderole::report::{Listed, json};

/// Node groups, by default.
const GROUPS: usize = 10_650;

/// Node groups of an account where there are many accounts.
const GROUPS_OF_ACCOUNT: usize = 71;

/// How often each audit is done; the best counts.
const TIMES: usize = 5;

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let groups = given.iter().find_map(|argument| argument.parse().ok()).unwrap_or(GROUPS);
    let only = given.iter().find(|argument| ["many", "one"].contains(&argument.as_str()));
    let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    println!(
        "| accounts | node groups | results | inventory | load | judge | write | together | judge on {cores} threads |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (name, accounts) in [("many", groups.div_ceil(GROUPS_OF_ACCOUNT)), ("one", 1)] {
        if only.is_none_or(|only| only == name) {
            let times = if only.is_some() { 1 } else { TIMES };
            let saved = inventory::saved(accounts, groups);
            let best_on = |threads: NonZeroUsize| {
                (0..times)
                    .map(|_| audit(&saved, threads))
                    .min_by_key(|run| run.stages.iter().sum::<Duration>())
                    .unwrap()
            };
            let best = best_on(NonZeroUsize::MIN);
            let on_all = if only.is_some() { "-".to_owned() } else { milliseconds(best_on(cores).stages[1]) };
            let told: Vec<String> = best.stages.iter().map(|stage| milliseconds(*stage)).collect();
            println!(
                "| {accounts} | {groups} | {} | {} MiB | {} | {} | {on_all} |",
                best.results,
                saved.len() / 1024 / 1024,
                told.join(" | "),
                milliseconds(best.stages.iter().sum()),
            );
        }
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

/// One audit.
struct Run {
    stages: [Duration; 3],
    results: usize,
}

fn audit(saved: &str, threads: NonZeroUsize) -> Run {
    let settings = Settings::default();
    let start = Instant::now();
    let mut run = inventory::loaded(saved);
    let loaded = start.elapsed();
    let accounts = std::mem::take(&mut run.accounts);
    let inventory = Inventory { accounts, ..run.clone() };
    let start = Instant::now();
    let today = jiff::civil::date(2026, 11, 24);
    let mut judgement = Judgement::new(&settings, Narrowing::default(), Listed::Open, today).on_threads(threads);
    judgement.take(inventory);
    let report = judgement.end(&run).report;
    let judged = start.elapsed();
    let start = Instant::now();
    let mut written = Vec::new();
    json::write(&report, &mut written).unwrap();
    let summary = &report.summary;
    let results = summary.fail + summary.advice + summary.unknown + summary.pass + summary.not_applicable;
    assert!(report.complete && summary.fail > 0, "an audit that finds nothing is not worth measuring");
    Run { stages: [loaded, judged, start.elapsed()], results }
}
