//! One run, and what it cost.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use noderole::audit::Settings;
use noderole::collect::ask::{Accounts, Ask};
use noderole::collect::drive::{Control, list};
use noderole::inventory::{Account, Cluster, Inventory};
use noderole::judgement::Judgement;
use noderole::report::Listed;
use noderole::report::narrow::Narrowing;
use serde::{Deserialize, Serialize};

use crate::simulation::World;
use crate::simulation::connector::{Aws, Weather};
use crate::simulation::least::least;
use crate::simulation::rates::as_reported;
use crate::simulation::run::{Told, everything, fair, on_a_paused_clock, run_each, sdk};

/// The argument by which the benchmark calls itself.
pub(crate) const FLAG: &str = "--measure";

/// Ticks a second in /proc/self/stat: USER_HZ, 100 on every Linux.
const TICKS: f64 = 100.0;

/// Invocations of a fan-out at a time: what `template.yaml` sets.
const CONCURRENCY: usize = 40;

/// The longest chain of calls of an account that wait for each other, in answers.
const CHAIN: u32 = 13;

/// How an organization is audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// In one process.
    Process,
    /// One invocation lists the accounts, one for each account reads it.
    FanOut,
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Process => "one process",
            Self::FanOut => "fan-out",
        }
    }
}

impl FromStr for Mode {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mode = [Self::Process, Self::FanOut].into_iter().find(|mode| mode.name() == text);
        mode.ok_or_else(|| format!("`{text}` is no way of auditing"))
    }
}

/// What a run cost. Times in seconds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) clusters: usize,
    pub(crate) node_groups: usize,
    pub(crate) findings: usize,
    pub(crate) took: f64,
    pub(crate) bound: f64,
    /// Calls that were answered.
    pub(crate) calls: u64,
    pub(crate) least: u64,
    /// Answers that asked to slow down.
    pub(crate) throttled: u64,
    pub(crate) cpu: f64,
    /// What of that the simulation took.
    pub(crate) own: f64,
    pub(crate) peak_kib: u64,
}

/// Audits an organization of so many accounts, one in ten with clusters.
pub(crate) fn measure(mode: Mode, accounts: usize) -> Cost {
    let world = Arc::new(World::large(accounts));
    let weather = Weather {
        jitter: Duration::from_millis(20),
        rates: as_reported,
        remembers: false,
        watch: Some(since_the_start),
        ..fair()
    };
    let mut cost = match mode {
        Mode::Process => in_one_process(&world, weather),
        Mode::FanOut => fanned_out(&world, &weather),
    };
    cost.least = least(&world, mode == Mode::FanOut);
    (cost.cpu, cost.peak_kib) = used("self").unwrap();
    cost
}

/// What a process has used so far: seconds of CPU, and KiB of memory at most. None where it is no more.
pub(crate) fn used(process: &str) -> Option<(f64, u64)> {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{process}/{file}")).ok();
    let status = read("status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())?;
    // The command's name, in parentheses, may hold blanks; user and system time are the 12th and 13th after it.
    let stat = read("stat")?;
    let after = stat.rsplit(')').next()?;
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    Some((ticks / TICKS, peak))
}

fn since_the_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Judges accounts as they come, as the command does.
struct Judging<'a> {
    judgement: Judgement<'a>,
    clusters: usize,
    node_groups: usize,
}

impl<'a> Judging<'a> {
    fn new(settings: &'a Settings) -> Self {
        let today = jiff::civil::date(2026, 11, 24);
        let judgement = Judgement::new(settings, Narrowing::default(), Listed::Open, today);
        Self { judgement, clusters: 0, node_groups: 0 }
    }

    fn take(&mut self, one: Inventory) {
        let clusters: Vec<&Cluster> = one.accounts.iter().flat_map(Account::clusters).map(|(_, one)| one).collect();
        self.clusters += clusters.len();
        self.node_groups += clusters.iter().filter_map(|one| one.node_groups.value()).map(BTreeMap::len).sum::<usize>();
        self.judgement.take(one);
    }

    fn end(self, frame: &Inventory) -> Cost {
        let Self { judgement, clusters, node_groups } = self;
        let report = judgement.end(frame).report;
        assert!(report.complete, "{:?}", report.coverage.iter().find(|entry| !entry.missing.is_empty()));
        let calls = frame.api_calls.values().sum();
        Cost {
            clusters,
            node_groups,
            findings: report.findings.len(),
            calls,
            throttled: frame.throttled,
            ..Cost::default()
        }
    }
}

fn in_one_process(world: &Arc<World>, weather: Weather) -> Cost {
    let settings = Settings::default();
    let mut judging = Judging::new(&settings);
    let ask = everything();
    let (latency, rates) = (weather.latency, weather.rates);
    let Told { frame, took, traffic, .. } = run_each(world, weather, &ask, None, &mut |one| judging.take(one));
    let frame = frame.unwrap();
    let mut cost = judging.end(&frame);
    let at_once = u32::try_from(ask.max_in_flight).unwrap();
    let requests = u32::try_from(traffic.requests.values().sum::<u64>()).unwrap();
    let bound = traffic.buckets.slowest(rates).max(latency * requests / at_once) + latency * CHAIN;
    (cost.took, cost.bound, cost.own) = (took.as_secs_f64(), bound.as_secs_f64(), traffic.own.as_secs_f64());
    cost
}

/// The accounts are listed, then read by so many invocations at a time, each by itself, and judged together.
fn fanned_out(world: &Arc<World>, weather: &Weather) -> Cost {
    let (latency, rates) = (weather.latency, weather.rates);
    let (manifest, listing, slowest, mut own) = on_a_paused_clock(0, async {
        let aws = Aws::new(Arc::clone(world), weather.clone());
        let control = Control { progress: &mut |_| (), interrupt: std::pin::pin!(std::future::pending()) };
        let manifest = list(&everything(), &sdk(&aws, world.caller.as_str()), "run", control).await.unwrap();
        let traffic = aws.take_traffic();
        (manifest, aws.clock().elapsed(), traffic.buckets.slowest(rates), traffic.own)
    });
    let settings = Settings::default();
    let mut judging = Judging::new(&settings);
    let mut free = vec![Duration::ZERO; CONCURRENCY];
    let (mut calls, mut throttled, mut work) = (manifest.api_calls.values().sum(), 0, Duration::ZERO);
    for id in manifest.ids() {
        let ask = Ask { accounts: Accounts::Found(Box::new(manifest.scope(|one| one == id))), ..everything() };
        let Told { frame, took, traffic, .. } =
            run_each(world, weather.clone(), &ask, None, &mut |one| judging.take(one));
        let frame = frame.unwrap();
        calls += frame.api_calls.values().sum::<u64>();
        throttled += frame.throttled;
        own += traffic.own;
        let least = latency * 4;
        work += least.max(traffic.buckets.slowest(rates));
        *free.iter_mut().min().unwrap() += took;
    }
    let mut frame = manifest_frame(world);
    frame.throttled = throttled;
    let mut cost = judging.end(&frame);
    let bound = slowest + (work / u32::try_from(CONCURRENCY).unwrap()).max(latency * CHAIN);
    let took = listing + free.into_iter().max().unwrap();
    (cost.calls, cost.took, cost.bound, cost.own) = (calls, took.as_secs_f64(), bound.as_secs_f64(), own.as_secs_f64());
    cost
}

/// What is to be said of a run of many parts.
fn manifest_frame(world: &World) -> Inventory {
    let sample = noderole::demo::inventory().unwrap();
    Inventory {
        accounts: Vec::new(),
        organization_id: world.organization.clone(),
        api_calls: BTreeMap::new(),
        ..sample
    }
}
