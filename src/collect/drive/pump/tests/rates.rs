//! A large account at AWS's rates, on the paused clock: token buckets that answer throttled, and none.

use std::collections::BTreeMap;

use super::*;
use crate::aws::limits::Service;
use crate::collect::planner::tests::large::large;
use crate::collect::planner::{Planner, RunFacts};
use crate::inventory::Inventory;

/// How long each answer takes.
const LATENCY: Duration = Duration::from_millis(30);

impl Plan for Planner {
    fn next(&mut self) -> Vec<Call> {
        Self::next(self)
    }
    fn answer(&mut self, call: Call, result: Result<Reply, Failure>) {
        Self::answer(self, call, result);
    }
    fn stop(&mut self) {
        Self::stop(self);
    }
    fn progress(&self) -> Progress {
        Self::progress(self)
    }
}

/// The time of the longest chain of calls that wait for each other, about: ten answers, and a few for windows to open.
const CHAIN: Duration = Duration::from_millis(390);

/// A token bucket: so many calls at once, so many a second.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    burst: f64,
    rate: f64,
    tokens: f64,
    at: Duration,
}

impl Bucket {
    fn take(&mut self, now: Duration) -> bool {
        self.tokens = (self.tokens + now.saturating_sub(self.at).as_secs_f64() * self.rate).min(self.burst);
        self.at = now;
        let is_there = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(is_there));
        is_there
    }
}

/// What AWS counts by.
type Counted = (Service, Option<String>);

/// How AWS counts calls, and with which buckets.
#[derive(Clone, Copy)]
struct Rates {
    bucket: Bucket,
    /// Whether each region has a bucket of its own.
    by_region: bool,
}

impl Rates {
    fn new(rate: f64, burst: f64, by_region: bool) -> Self {
        Self { bucket: Bucket { burst, rate, tokens: burst, at: Duration::ZERO }, by_region }
    }

    fn counted(self, lane: &Lane) -> Counted {
        (lane.service, lane.region.as_ref().filter(|_| self.by_region).map(ToString::to_string))
    }

    /// The time that the busiest bucket needs for its calls, if no token is lost.
    fn alone(self, good: &BTreeMap<Counted, u32>) -> Duration {
        let most = good.values().copied().max().unwrap_or_default();
        Duration::from_secs_f64((f64::from(most) - self.bucket.burst).max(0.0) / self.bucket.rate)
    }
}

/// What came of a run.
struct Outcome {
    inventory: Inventory,
    took: Duration,
    good: BTreeMap<Counted, u32>,
    throttled: u32,
    again: u64,
}

/// Reads the large account.
async fn read(regions: usize, rates: Option<Rates>, max_in_flight: usize) -> Outcome {
    let (scope, answer) = large(regions);
    let mut planner = Planner::new(scope);
    let caller = "000000000099".parse().unwrap();
    let start = Instant::now();
    let buckets: RefCell<BTreeMap<Counted, Bucket>> = RefCell::default();
    let good: RefCell<BTreeMap<Counted, u32>> = RefCell::default();
    let throttled = Cell::new(0);
    let (tell, heard) = unbounded_channel();
    let perform = |call: Call| {
        let lane = Lane::of(&call, &caller);
        let (answer, buckets, good, throttled, tell) = (&answer, &buckets, &good, &throttled, &tell);
        async move {
            sleep(LATENCY).await;
            if let Some(rates) = rates {
                let counted = rates.counted(&lane);
                let mut buckets = buckets.borrow_mut();
                let bucket = buckets.entry(counted).or_insert(rates.bucket);
                if !bucket.take(start.elapsed()) {
                    throttled.set(throttled.get() + 1);
                    tell.send(lane).unwrap();
                    let (class, code) = (FailureClass::Throttled, "ThrottlingException".to_owned());
                    return (call, Err(Failure { class, code, message: String::new() }));
                }
                *good.borrow_mut().entry(rates.counted(&lane)).or_default() += 1;
            }
            let answer = answer(&call);
            (call, answer)
        }
    };
    let again = pump(Pump {
        plan: &mut planner,
        max_in_flight,
        caller: &caller,
        perform,
        throttles: heard,
        start,
        deadline: None,
        control: Control { progress: &mut |_| (), interrupt: pin!(pending()) },
    })
    .await;
    Outcome {
        took: start.elapsed(),
        inventory: planner.finish(RunFacts::default()),
        good: good.into_inner(),
        throttled: throttled.get(),
        again: again.values().sum(),
    }
}

/// Whether no call of the run failed, and all clusters, node groups and roles are there.
fn is_whole(inventory: &Inventory) -> bool {
    let account = &inventory.accounts[0];
    let mut gaps = account.gaps.iter().chain(account.regions.iter().flat_map(|region| &region.gaps));
    let groups = account.clusters().filter_map(|(_, cluster)| cluster.node_groups.value()).flatten();
    gaps.next().is_none()
        && (account.clusters().count(), groups.count(), account.roles.len()) == (30, 120, 200)
        && inventory.policies.values().all(|policy| policy.gap().is_none())
}

#[tokio::test(start_paused = true)]
async fn a_large_account_takes_about_ten_answers_time_where_nothing_is_throttled() {
    for regions in [1, 3] {
        let outcome = read(regions, None, crate::collect::ask::DEFAULT_MAX_IN_FLIGHT).await;
        assert!(is_whole(&outcome.inventory));
        eprintln!("{regions} {:?}", outcome.took);
        assert!(outcome.took <= CHAIN, "{regions} regions: {:?}", outcome.took);
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_account_is_read_whole_nearly_as_fast_as_the_buckets_allow() {
    for by_region in [true, false] {
        for regions in [1, 3, 17] {
            for (rate, burst) in [(10.0, 10.0), (20.0, 20.0), (10.0, 40.0), (20.0, 5.0)] {
                let rates = Rates::new(rate, burst, by_region);
                let outcome = read(regions, Some(rates), crate::collect::ask::DEFAULT_MAX_IN_FLIGHT).await;
                let alone = rates.alone(&outcome.good);
                let case = format!(
                    "{rate}/s, burst {burst}, {regions} regions{}: {:?} of {alone:?}, {} throttled",
                    if by_region { " apart" } else { "" },
                    outcome.took,
                    outcome.throttled
                );
                eprintln!("{case}: {:.2}", outcome.took.as_secs_f64() / alone.as_secs_f64());
                assert!(is_whole(&outcome.inventory), "{case}: not complete");
                let most = alone.mul_f64(1.3) + CHAIN;
                assert!(outcome.took <= most, "{case}, at most {most:?}");
                assert_eq!(outcome.again, u64::from(outcome.throttled), "{case}");
            }
        }
    }
}
