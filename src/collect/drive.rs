//! The loop around the planner: performs its calls within the limits, until it is done or the deadline has come.
//!
//! One task polls all calls in flight and owns the planner and the limits; nothing is locked, and what happens next depends
//! on the order of the answers alone.

mod pump;

use std::pin::Pin;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::aws::{AwsError, Sdk, Sessions};
use crate::ids::{Partition, Region};
use crate::inventory::Inventory;
use crate::organization;

use super::ask::{Ask, Progress};
use super::call::Call;
use super::planner::{Planner, RunFacts};

use pump::{Pump, pump};

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

/// Reads what was asked for. What could not be read is in the inventory, with the reason; only what prevents the whole
/// run (no credentials, no answer from STS or Organizations, a region that does not exist) is an error.
pub async fn collect(ask: &Ask, sdk: &Sdk, run_id: &str, mut control: Control<'_>) -> Result<Inventory, AwsError> {
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
    let mut planner = Planner::new(scope);
    let sessions = &sessions;
    let slow_answers = Box::pin(pump(Pump {
        plan: &mut planner,
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
    let run = RunFacts { run_id: run_id.to_owned(), started_at, finished_at: sdk.now(), throttled: slow_answers };
    let mut inventory = planner.finish(run);
    for (api, calls) in sessions.counted() {
        *inventory.api_calls.entry(api.to_owned()).or_default() += calls;
    }
    Ok(inventory)
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
