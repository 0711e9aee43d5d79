//! An audit of the simulated organization, from the SDK's configuration to the findings.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::TokioSleep;
use noderole::aws::{AwsError, Sdk, SdkBuilder};
use noderole::collect::ask::{Accounts, Ask, DEFAULT_MAX_IN_FLIGHT};
use noderole::collect::drive::{Control, stream};
use noderole::collect::member::MemberRole;
use noderole::inventory::Inventory;

use super::World;
use super::connector::{Aws, Traffic, Weather};

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Told {
    /// Each account by itself, in the order in which they were read.
    pub(crate) accounts: Vec<Inventory>,
    /// When each was given away.
    pub(crate) given: Vec<Duration>,
    /// What is to be said of the run, or why there was none.
    pub(crate) frame: Result<Inventory, AwsError>,
    /// How long it took on the virtual clock.
    pub(crate) took: Duration,
    pub(crate) traffic: Traffic,
}

/// When a run begins, in seconds since 1970: in November 2026.
const BEGINNING: Duration = Duration::from_secs(1_795_000_000);

/// A day on which nothing is wrong.
pub(crate) fn fair() -> Weather {
    Weather {
        begins: SystemTime::UNIX_EPOCH + BEGINNING,
        latency: Duration::from_millis(30),
        jitter: Duration::ZERO,
        seed: 0,
        rates: |_| None,
        rules: Vec::new(),
        remembers: true,
        watch: None,
    }
}

/// An audit of the whole organization, in the regions that each account has.
pub(crate) fn everything() -> Ask {
    Ask {
        accounts: Accounts::Organization { units: Vec::new(), exclude_accounts: Vec::new(), exclude_units: Vec::new() },
        member: MemberRole::default(),
        regions: Vec::new(),
        target: None,
        service_control_policies: true,
        compute_everywhere: false,
        max_in_flight: DEFAULT_MAX_IN_FLIGHT,
        deadline: None,
    }
}

/// The SDK that talks to this AWS.
pub(crate) fn sdk(aws: &Aws, caller: &str) -> Sdk {
    let builder = SdkBuilder::default().http_client(aws.clone()).sleep(TokioSleep::new()).clock(aws.clock());
    builder.access_key(&format!("AKIA{caller}"), "secret").region("us-east-1").build().unwrap()
}

/// Does that on a paused clock, in a thread by itself: nothing of an earlier run is left in it.
pub(crate) fn on_a_paused_clock<T>(seed: u64, work: impl Future<Output = T>) -> T {
    // The jitter of the SDK's retries comes from here.
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work)
}

/// Makes a run, which `interrupted` may end before its time.
pub(crate) fn run(world: &Arc<World>, weather: Weather, ask: &Ask, interrupted: Option<Duration>) -> Told {
    let mut accounts = Vec::new();
    let told = run_each(world, weather, ask, interrupted, &mut |account| accounts.push(account));
    Told { accounts, ..told }
}

/// As [`run`]; the accounts are given away one by one.
pub(crate) fn run_each(
    world: &Arc<World>,
    weather: Weather,
    ask: &Ask,
    interrupted: Option<Duration>,
    each: &mut (dyn FnMut(Inventory) + Send),
) -> Told {
    let seed = weather.seed;
    on_a_paused_clock(seed, async {
        let aws = Aws::new(Arc::clone(world), weather);
        let sdk = sdk(&aws, world.caller.as_str());
        let interrupt = pin!(async {
            match interrupted {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        });
        let control = Control { progress: &mut |_| (), interrupt };
        let (clock, mut given) = (aws.clock(), Vec::new());
        let mut keep = |account| {
            given.push(clock.elapsed());
            each(account);
        };
        let frame = Box::pin(stream(ask, &sdk, "run", control, &mut keep)).await;
        let took = aws.clock().elapsed();
        Told { accounts: Vec::new(), given, frame, took, traffic: aws.take_traffic() }
    })
}

impl Told {
    /// The facts of all accounts as one inventory.
    pub(crate) fn inventory(&self) -> Inventory {
        let mut whole = self.frame.as_ref().unwrap().clone();
        let mut policies = BTreeMap::new();
        for one in &self.accounts {
            whole.accounts.extend(one.accounts.iter().cloned());
            policies.extend(one.policies.clone());
        }
        whole.accounts.sort_by(|a, b| a.id.cmp(&b.id));
        whole.policies = policies;
        whole
    }
}
