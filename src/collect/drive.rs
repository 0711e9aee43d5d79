//! The loop around the planner: performs its calls within the limits, until it is done or the deadline has come.
//!
//! One task polls all calls in flight and owns the planner and the limits; nothing is locked, and what happens next depends
//! on the order of the answers alone.

mod pump;

use std::pin::Pin;

use jiff::Timestamp;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::Instant;

use crate::aws::limits::Lane;
use crate::aws::{AwsError, Sdk, Sessions, Traffic};
use crate::failure::Failure;
use crate::ids::{Partition, Region};
use crate::inventory::Inventory;
use crate::organization;

use super::ask::{Ask, Progress};
use super::call::{Call, Reply};
use super::planner::{Finished, Planner, RunFacts, join};
use super::scope::{Manifest, Scope};

use pump::{Plan, Pump, pump};

/// What whoever started a run hears of it, and how it is ended.
pub struct Control<'a> {
    /// Told after every answer.
    pub progress: &'a mut (dyn FnMut(Progress) + Send),
    /// Ends the run before its time, as the deadline does: what was read is kept, the rest was not reached.
    pub interrupt: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
}

impl std::fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

/// Reads what was asked for, all into one inventory; see [`stream`].
pub async fn collect(ask: &Ask, sdk: &Sdk, run_id: &str, control: Control<'_>) -> Result<Inventory, AwsError> {
    let mut finished = Vec::new();
    let mut keep = |one: Inventory| {
        let policies = one.policies;
        finished.extend(one.accounts.into_iter().map(|account| Finished { account, policies: policies.clone() }));
    };
    let frame = Box::pin(stream(ask, sdk, run_id, control, &mut keep)).await?;
    Ok(join(frame, finished))
}

/// Reads what was asked for, and gives each account away as soon as all of it is read, as an inventory of one; what is
/// left at the end is what is to be said of the run, an inventory of no accounts. What could not be read is among the facts, with the reason; only
/// what prevents the whole run (no credentials, no answer from STS or Organizations, a region that does not exist) is an
/// error.
pub async fn stream(
    ask: &Ask,
    sdk: &Sdk,
    run_id: &str,
    mut control: Control<'_>,
    each: &mut (dyn FnMut(Inventory) + Send),
) -> Result<Inventory, AwsError> {
    let Begun { started_at, start, deadline, sessions, slowed, scope } =
        Box::pin(Begun::resolve(ask, sdk, run_id, &mut control)).await?;
    let sessions = &sessions;
    let planner = Planner::new(scope);
    let begun = RunFacts { run_id: run_id.to_owned(), started_at, finished_at: started_at, ..RunFacts::default() };
    let mut reading = Reading { frame: planner.frame(begun), planner, sessions, each };
    let again = Box::pin(pump(Pump {
        plan: &mut reading,
        max_in_flight: ask.max_in_flight,
        caller: &sessions.caller().account,
        perform: |call: Call| async move {
            let result = sessions.perform(&call).await;
            (call, result)
        },
        throttles: slowed,
        start,
        deadline,
        control,
    }))
    .await;
    reading.planner.end();
    reading.give_away();
    let Traffic { mut retries, throttles } = sessions.traffic();
    for (api, calls) in again {
        *retries.entry(api.to_owned()).or_default() += calls;
    }
    let run = RunFacts { run_id: run_id.to_owned(), started_at, finished_at: sdk.now(), retries, throttles };
    let mut frame = reading.planner.frame(run);
    for (api, calls) in sessions.counted() {
        *frame.api_calls.entry(api.to_owned()).or_default() += calls;
    }
    Ok(frame)
}

/// Finds the accounts that are asked for, and reads nothing of them: the first step of a fan-out, whose further ones ask
/// for [`Accounts::Found`](super::ask::Accounts::Found).
///
/// # Errors
/// What prevents the whole run, as for [`stream`].
pub async fn list(ask: &Ask, sdk: &Sdk, run_id: &str, mut control: Control<'_>) -> Result<Manifest, AwsError> {
    let begun = Box::pin(Begun::resolve(ask, sdk, run_id, &mut control)).await?;
    let calls = begun.sessions.counted().into_iter().map(|(api, calls)| (api.to_owned(), calls)).collect();
    Ok(Manifest::of(&begun.scope, run_id, begun.started_at, calls))
}

/// What is to be said of a run that `run` tells of, as an inventory of no accounts; and the facts of the accounts in `scope`,
/// which nobody came to read, each as an inventory of one.
pub fn not_reached(scope: Scope, run: RunFacts) -> (Inventory, Vec<Inventory>) {
    let mut planner = Planner::new(scope);
    planner.stop();
    planner.end();
    let frame = planner.frame(run);
    let each = planner.take_finished().into_iter().map(|finished| join(frame.clone(), vec![finished])).collect();
    (frame, each)
}

/// A run of which is known who asks, and who is audited.
struct Begun {
    started_at: Timestamp,
    start: Instant,
    deadline: Option<Instant>,
    sessions: Sessions,
    slowed: UnboundedReceiver<Lane>,
    scope: Scope,
}

impl Begun {
    async fn resolve(ask: &Ask, sdk: &Sdk, run_id: &str, control: &mut Control<'_>) -> Result<Self, AwsError> {
        let started_at = sdk.now();
        let start = Instant::now();
        let deadline = ask.deadline.map(|allowed| start + allowed);
        let (throttles, slowed) = mpsc::unbounded_channel();
        let resolving = async {
            let hint = ask.regions.first().map_or(Partition::Aws, Region::partition);
            let caller = Box::pin(sdk.identify(hint)).await?;
            let sessions = Sessions::new(sdk, caller, ask.member.clone(), run_id, throttles);
            let scope = Box::pin(organization::resolve(ask, &sessions)).await?;
            Ok::<_, AwsError>((sessions, scope))
        };
        let (sessions, scope) = tokio::select! {
            resolved = within(deadline, resolving) => resolved?,
            () = &mut control.interrupt => return Err(AwsError::Interrupted),
        };
        Ok(Self { started_at, start, deadline, sessions, slowed, scope })
    }
}

/// The planner at work: accounts are given away, and their credentials forgotten, as soon as all of them is read.
struct Reading<'a> {
    planner: Planner,
    /// What each account given away says of the run.
    frame: Inventory,
    sessions: &'a Sessions,
    each: &'a mut (dyn FnMut(Inventory) + Send),
}

impl Reading<'_> {
    fn give_away(&mut self) {
        for finished in self.planner.take_finished() {
            self.sessions.forget(&finished.account.id);
            (self.each)(join(self.frame.clone(), vec![finished]));
        }
    }
}

impl Plan for Reading<'_> {
    fn next(&mut self) -> Vec<Call> {
        self.give_away();
        self.planner.next()
    }
    fn answer(&mut self, call: Call, result: Result<Reply, Failure>) {
        self.planner.answer(call, result);
        self.give_away();
    }
    fn stop(&mut self) {
        self.planner.stop();
    }
    fn progress(&self) -> Progress {
        self.planner.progress()
    }
}

/// The result, unless the deadline comes first.
async fn within<T>(deadline: Option<Instant>, work: impl Future<Output = Result<T, AwsError>>) -> Result<T, AwsError> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, work).await.unwrap_or(Err(AwsError::TimeUp)),
        None => work.await,
    }
}

#[cfg(test)]
mod tests;
