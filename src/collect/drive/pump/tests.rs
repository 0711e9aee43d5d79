//! The loop with a plan by hand, on the paused clock.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::pending;
use std::pin::pin;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::sleep;

mod rates;

use super::*;
use crate::collect::call::Question;

/// Asks each account for its clusters, and after each of these answers for one cluster.
#[derive(Default)]
struct Accounts {
    planned: Vec<Call>,
    answered: Vec<(Call, Option<FailureClass>)>,
    stopped: bool,
}

impl Accounts {
    fn of(accounts: usize, each: usize) -> Self {
        let calls = (0..accounts).flat_map(|account| (0..each).map(move |n| call(account, &format!("c{n}"))));
        Self { planned: calls.collect(), ..Self::default() }
    }
}

impl Plan for Accounts {
    fn next(&mut self) -> Vec<Call> {
        if self.stopped { Vec::new() } else { std::mem::take(&mut self.planned) }
    }
    fn answer(&mut self, call: Call, result: Result<Reply, Failure>) {
        if let Question::DescribeCluster { cluster } = &call.question
            && !cluster.ends_with('+')
        {
            let account = call.account.as_str().parse().unwrap();
            self.planned.push(self::call(account, &format!("{cluster}+")));
        }
        self.answered.push((call, result.err().map(|failure| failure.class)));
    }
    fn stop(&mut self) {
        self.stopped = true;
    }
    fn progress(&self) -> Progress {
        Progress { calls: self.answered.len() as u64, ..Progress::default() }
    }
}

fn call(account: usize, cluster: &str) -> Call {
    Call {
        account: format!("{account:012}").parse().unwrap(),
        region: "eu-west-1".parse().ok(),
        question: Question::DescribeCluster { cluster: cluster.to_owned() },
        page: None,
    }
}

/// What the world did: how many at once, when, and for whom.
#[derive(Default)]
struct World {
    in_flight: Cell<usize>,
    most: Cell<usize>,
    made: RefCell<Vec<(Duration, String)>>,
}

impl World {
    async fn perform(&self, call: Call, start: Instant, takes: Duration) -> (Call, Result<Reply, Failure>) {
        self.in_flight.set(self.in_flight.get() + 1);
        self.most.set(self.most.get().max(self.in_flight.get()));
        self.made.borrow_mut().push((start.elapsed(), call.account.to_string()));
        sleep(takes).await;
        self.in_flight.set(self.in_flight.get() - 1);
        (call, Ok(Reply::Done))
    }
}

struct Settings {
    max_in_flight: usize,
    deadline: Option<Duration>,
    takes: Duration,
}

async fn run(plan: &mut Accounts, world: &World, settings: Settings) -> Vec<Progress> {
    let (_kept, throttles) = unbounded_channel();
    run_with(plan, world, settings, throttles, |_| ()).await
}

async fn run_with(
    plan: &mut Accounts,
    world: &World,
    settings: Settings,
    throttles: UnboundedReceiver<Lane>,
    before: impl Fn(&Call),
) -> Vec<Progress> {
    let mut told = Vec::new();
    let start = Instant::now();
    pump(Pump {
        plan,
        max_in_flight: settings.max_in_flight,
        caller: &"000000000099".parse().unwrap(),
        perform: |call: Call| {
            before(&call);
            world.perform(call, start, settings.takes)
        },
        throttles,
        start,
        deadline: settings.deadline.map(|at| start + at),
        control: Control { progress: &mut |progress| told.push(progress), interrupt: pin!(pending()) },
    })
    .await;
    told
}

const QUICK: Duration = Duration::from_millis(10);

#[tokio::test(start_paused = true)]
async fn every_call_and_what_follows_from_it_is_made_once() {
    let (mut plan, world) = (Accounts::of(20, 3), World::default());
    let told = run(&mut plan, &world, Settings { max_in_flight: 7, deadline: None, takes: QUICK }).await;
    assert_eq!(plan.answered.len(), 120);
    let distinct: BTreeSet<&Call> = plan.answered.iter().map(|(call, _)| call).collect();
    assert_eq!(distinct.len(), 120);
    assert_eq!(told.len(), 121);
    assert_eq!(told.last().unwrap().calls, 120);
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_are_in_flight_than_allowed_and_no_fewer_where_there_is_work() {
    for max_in_flight in [1, 5, 64] {
        let (mut plan, world) = (Accounts::of(100, 2), World::default());
        run(&mut plan, &world, Settings { max_in_flight, deadline: None, takes: QUICK }).await;
        assert_eq!(world.most.get(), max_in_flight);
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_deadline_nothing_starts_and_what_is_in_flight_is_still_taken() {
    let (mut plan, world) = (Accounts::of(50, 1), World::default());
    let takes = Duration::from_millis(300);
    let before = Instant::now();
    let deadline = Some(Duration::from_secs(1));
    run(&mut plan, &world, Settings { max_in_flight: 2, deadline, takes }).await;
    assert!(plan.stopped);
    // Rounds at 0, 0.3, 0.6 and 0.9 s; the last one ends after the deadline.
    assert_eq!(plan.answered.len(), 8);
    assert!(world.made.borrow().iter().all(|(at, _)| *at < Duration::from_secs(1)));
    assert!(before.elapsed() < Duration::from_millis(1500), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn calls_that_outlast_the_grace_are_given_up() {
    let (mut plan, world) = (Accounts::of(3, 1), World::default());
    let before = Instant::now();
    let deadline = Some(Duration::from_secs(1));
    run(&mut plan, &world, Settings { max_in_flight: 3, deadline, takes: Duration::from_hours(1) }).await;
    assert!(plan.answered.is_empty());
    assert_eq!(before.elapsed(), Duration::from_secs(1) + GRACE);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_account_slows_down_alone() {
    let (mut plan, world) = (Accounts::of(2, 100), World::default());
    let (tell, throttles): (UnboundedSender<Lane>, _) = unbounded_channel();
    let before = |call: &Call| {
        if call.account.as_str().ends_with('1') {
            let lane = Lane::of(call, &"000000000099".parse().unwrap());
            tell.send(lane).unwrap();
        }
    };
    let settings = Settings { max_in_flight: 64, deadline: None, takes: QUICK };
    run_with(&mut plan, &world, settings, throttles, before).await;
    assert_eq!(plan.answered.len(), 400);
    let last = |account: &str| {
        world.made.borrow().iter().filter(|(_, of)| of.ends_with(account)).map(|(at, _)| *at).max().unwrap()
    };
    assert!(last("0") < Duration::from_millis(500), "the healthy account took {:?}", last("0"));
    assert!(last("1") > last("0") * 4, "the throttled account took {:?}", last("1"));
}
