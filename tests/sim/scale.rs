//! Time and calls at AWS's rates: what latency and token buckets dictate, and little more. The table is that of the bench.

use std::sync::Arc;
use std::time::Duration;

use noderole::audit::{Settings, audit};
use noderole::report::coverage;

use crate::simulation::World;
use crate::simulation::connector::Weather;
use crate::simulation::least::least;
use crate::simulation::rates::as_reported;
use crate::simulation::run::{everything, fair, run};

/// How much longer than the bound a run may take.
const LONGER: f64 = 1.25;

/// How many calls a run may make for a hundred of the least.
const MORE: u64 = 105;

/// The longest chain of calls of an account that wait for each other, in answers.
const CHAIN: u32 = 13;

#[test]
fn a_run_takes_little_more_than_the_rates_dictate_and_the_fewest_calls() {
    let accounts = 60;
    let world = Arc::new(World::large(accounts));
    let weather = Weather { jitter: Duration::from_millis(20), rates: as_reported, remembers: false, ..fair() };
    let ask = everything();
    let told = run(&world, weather.clone(), &ask, None);
    let frame = told.frame.as_ref().unwrap();
    let requests = u32::try_from(told.traffic.requests.values().sum::<u64>()).unwrap();
    let in_flight = weather.latency * requests / u32::try_from(ask.max_in_flight).unwrap();
    let bound = told.traffic.buckets.slowest(weather.rates).max(in_flight) + weather.latency * CHAIN;
    assert!(told.took <= bound.mul_f64(LONGER), "{:?} of {bound:?}", told.took);
    let (calls, fewest) = (frame.api_calls.values().sum::<u64>(), least(&world, false));
    assert!(calls * 100 <= fewest * MORE, "{calls} calls, and {fewest} would do");
    assert_eq!(told.accounts.len(), accounts);
    let clusters = told.accounts.iter().flat_map(|one| one.accounts[0].clusters()).count();
    assert!(clusters >= accounts / 10, "{clusters} clusters");
    for one in &told.accounts {
        assert!(coverage::complete(&coverage::of(one)), "{:?}", coverage::of(one));
        let id = one.accounts[0].id.as_str();
        assert!(audit(one, &Settings::default()).iter().all(|finding| finding.account.as_str() == id));
    }
}
