//! Calls out of a plan, answers into it: the loop itself, which knows nothing of AWS but calls, lanes and answers.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

use crate::aws::limits::{Lane, Limits, Turn};
use crate::collect::ask::Progress;
use crate::collect::call::{Call, Reply};
use crate::failure::{Failure, FailureClass};
use crate::ids::AccountId;

use super::Control;

/// For how long after the deadline or an interrupt answers are still waited for: of calls that are in flight, no new ones.
const GRACE: Duration = Duration::from_secs(3);

/// What the loop needs of a planner.
pub(super) trait Plan {
    /// See [`crate::collect::planner::Planner::next`].
    fn next(&mut self) -> Vec<Call>;
    /// See [`crate::collect::planner::Planner::answer`].
    fn answer(&mut self, call: Call, result: Result<Reply, Failure>);
    /// See [`crate::collect::planner::Planner::stop`].
    fn stop(&mut self);
    /// See [`crate::collect::planner::Planner::progress`].
    fn progress(&self) -> Progress;
}

/// A loop to be run.
pub(super) struct Pump<'a, 'c, P, W> {
    /// Whose calls are made.
    pub(super) plan: &'a mut P,
    /// Calls in flight at most.
    pub(super) max_in_flight: usize,
    /// The account that assumes the roles.
    pub(super) caller: &'a AccountId,
    /// Makes a call, and gives it back with its answer.
    pub(super) perform: W,
    /// Throttled attempts, as they come.
    pub(super) throttles: UnboundedReceiver<Lane>,
    /// The start of the run.
    pub(super) start: Instant,
    /// When new work stops.
    pub(super) deadline: Option<Instant>,
    /// Told after every answer; may end the run.
    pub(super) control: Control<'c>,
}

/// Runs until the plan is done, or the deadline or an interrupt and the grace after it have passed. Returns how often calls
/// were made again because they were throttled, by operation.
pub(super) async fn pump<P, W, F>(run: Pump<'_, '_, P, W>) -> BTreeMap<&'static str, u64>
where
    P: Plan,
    W: Fn(Call) -> F,
    F: Future<Output = (Call, Result<Reply, Failure>)>,
{
    let Pump { plan, max_in_flight, caller, perform, mut throttles, start, deadline, control } = run;
    let Control { progress, mut interrupt } = control;
    let mut limits = Limits::new(max_in_flight);
    let mut in_flight = FuturesUnordered::new();
    let mut again: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut stopped: Option<Instant> = None;
    let mut planned = plan.next();
    progress(plan.progress());
    loop {
        if stopped.is_none() {
            for call in planned.drain(..) {
                limits.push(Lane::of(&call, caller), call);
            }
            while let Some(Turn { lane, call, throttled }) = limits.start(start.elapsed()) {
                if throttled > 0 {
                    *again.entry(call.question.api()).or_default() += 1;
                }
                let answer = perform(call);
                in_flight.push(async move { (lane, throttled, answer.await) });
            }
        }
        if in_flight.is_empty() && limits.is_empty() {
            break;
        }
        let until = stopped.map_or(deadline, |since| Some(since + GRACE));
        let wakes = limits.wakes_at(start.elapsed()).map(|at| start + at);
        tokio::select! {
            biased;
            () = at(until), if stopped.is_some() => break,
            () = end(until, &mut interrupt), if stopped.is_none() => {
                stopped = Some(Instant::now());
                limits.clear();
                plan.stop();
            }
            Some(lane) = throttles.recv() => {
                limits.throttled(&lane, start.elapsed());
            }
            Some((lane, throttled, (call, result))) = in_flight.next(), if !in_flight.is_empty() => {
                let slow = result.as_ref().is_err_and(|failure| failure.class == FailureClass::Throttled);
                let call = if slow && stopped.is_none() {
                    limits.put_back(Turn { lane, call, throttled }, start.elapsed())
                } else {
                    limits.answered(&lane);
                    Some(call)
                };
                if let Some(call) = call {
                    plan.answer(call, result);
                    planned = plan.next();
                    progress(plan.progress());
                }
            }
            () = at(wakes) => {}
        }
    }
    again
}

/// Waits for that time, or for the interrupt if it comes first.
async fn end(time: Option<Instant>, interrupt: &mut Pin<&mut (dyn Future<Output = ()> + Send)>) {
    tokio::select! {
        () = at(time) => {}
        () = interrupt => {}
    }
}

/// Waits for that time; for ever, if there is none.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
