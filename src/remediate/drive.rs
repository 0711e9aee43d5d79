//! The loop around the machines that carry a plan out and take it back: reads, calls, writes lines and waits, one role after
//! the other, each account under its lock. What a run did not come to is told.

mod error;
mod holding;
mod role;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::aws::change::Writers;
use crate::aws::{Sdk, Sessions};
use crate::collect::member::MemberRole;
use crate::ids::{AccountId, Partition, RoleArn};

use super::carry_out::{CarryOut, Undo};
use super::journal::{Journal, Line, Outcome, SCHEMA, What};
use super::place::{OpenJournal, Place};
use super::plan::{Plan, RolePlan};
use super::state::State;

pub use error::DriveError;

use holding::Holding;
use role::{Machine, Order, carry};

/// Who reads, who changes, and for how long.
#[derive(Debug, Clone)]
pub struct Means {
    /// The role that is assumed to read in each account but the caller's own.
    pub reader: MemberRole,
    /// The role that is assumed to change something, in every account.
    pub writer: MemberRole,
    /// From when no further role is begun, counted from the start.
    pub deadline: Option<Duration>,
    /// When a role that was begun is left as it is, counted from the start: the journal tells how to go on.
    pub end: Option<Duration>,
}

/// What whoever started a run hears of it, and how it is ended.
pub struct Control<'a> {
    /// Told of every role, once it is over.
    pub told: &'a mut (dyn FnMut(&Carried) + Send),
    /// From then on no further role is begun; the one that is begun is carried to its end.
    pub interrupt: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
}

impl fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

/// Judges the rules on a state of a planned role, and says which would not pass, or gets worse.
pub type Judge<'a> = &'a (dyn Fn(&RolePlan, &State) -> Result<(), String> + Send + Sync);

/// What became of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Its account.
    pub account: AccountId,
    /// The role.
    pub role: RoleArn,
    /// What came of it; none: the run did not come to it.
    pub outcome: Option<Outcome>,
    /// Why, in words; empty where all went well.
    pub message: String,
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The journal: the path of its file, or the URL of its objects.
    pub journal: String,
    /// Every role of the plan, in the order of the run.
    pub roles: Vec<Carried>,
    /// What went wrong beside: a lock that could not be given back, a last line that could not be written.
    pub notes: Vec<String>,
}

/// Carries a plan out. Whether it is allowed was asked before; a role that the plan itself says is refused is not touched.
///
/// # Errors
/// [`DriveError`] where nothing could be begun: nothing was changed then.
pub async fn apply(
    plan: &Plan,
    judge: Judge<'_>,
    journal_id: &str,
    place: &Place,
    sdk: &Sdk,
    means: &Means,
    control: Control<'_>,
) -> Result<Ran, DriveError> {
    let begun = Box::pin(Begun::new(sdk, means, plan.partition, journal_id)).await?;
    let mut journal = place.begin_journal(journal_id)?;
    let what = What::Begun {
        schema: SCHEMA.to_owned(),
        journal_id: journal_id.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        caller: begun.sessions.caller().arn.clone(),
        plan: Box::new(plan.clone()),
    };
    journal.write(&Line { at: sdk.now(), what }).await?;
    let orders = plan.roles.iter().map(|role| forward(role, judge, &[])).collect();
    Ok(Box::pin(begun.run(orders, journal_id, &mut journal, place, control)).await)
}

/// Goes on where a run was interrupted, or failed. The journal is named by its id, path or URL.
///
/// # Errors
/// [`DriveError`] where nothing could be begun: nothing was changed then.
pub async fn resume(
    named: &str,
    judge: Judge<'_>,
    place: &Place,
    sdk: &Sdk,
    means: &Means,
    control: Control<'_>,
) -> Result<Ran, DriveError> {
    let (read, mut journal) = place.reopen_journal(named).await?;
    let (id, plan) = beginning(&read, &journal)?;
    let begun = Box::pin(Begun::new(sdk, means, plan.partition, id)).await?;
    let lines: Vec<&What> = read.whats().collect();
    let orders = plan.roles.iter().map(|role| forward(role, judge, &lines)).collect();
    Ok(Box::pin(begun.run(orders, id, &mut journal, place, control)).await)
}

/// Takes back what a journal tells, the role that was changed last first; of some roles alone where they are named. The
/// journal is named by its id, path or URL.
///
/// # Errors
/// [`DriveError`] where nothing could be begun: nothing was changed then.
pub async fn undo(
    named: &str,
    only: &BTreeSet<RoleArn>,
    force: bool,
    place: &Place,
    sdk: &Sdk,
    means: &Means,
    control: Control<'_>,
) -> Result<Ran, DriveError> {
    let (read, mut journal) = place.reopen_journal(named).await?;
    let (id, plan) = beginning(&read, &journal)?;
    let begun = Box::pin(Begun::new(sdk, means, plan.partition, id)).await?;
    let lines: Vec<&What> = read.whats().collect();
    let asked_for = read.roles().into_iter().filter(|role| only.is_empty() || only.contains(role));
    let orders = asked_for.map(|role| Order {
        account: role.account().clone(),
        role: role.clone(),
        refused: None,
        is_new: false,
        changes: lines.iter().filter_map(|what| what.announces(role)).cloned().collect(),
        machine: Machine::Back(Box::new(Undo::new(role, lines.iter().copied(), force))),
    });
    let orders = orders.collect();
    Ok(Box::pin(begun.run(orders, id, &mut journal, place, control)).await)
}

/// The first line of a journal: its id, and the plan.
fn beginning<'a>(journal: &'a Journal, open: &OpenJournal<'_>) -> Result<(&'a str, &'a Plan), DriveError> {
    match journal.lines.first().map(|line| &line.what) {
        Some(What::Begun { journal_id, plan, .. }) => Ok((journal_id, plan)),
        Some(_) | None => Err(DriveError::NoPlan { at: open.told() }),
    }
}

/// The order to carry out the plan of a role, from where the lines end.
fn forward<'a>(plan: &'a RolePlan, judge: Judge<'a>, lines: &[&What]) -> Order<'a> {
    let verify: role::Verify<'a> = Box::new(move |state: &State| judge(plan, state));
    let steps = plan.steps.iter().map(|step| &step.change);
    Order {
        account: plan.account.clone(),
        role: plan.role.clone(),
        refused: plan.refused.clone(),
        is_new: !lines.iter().any(|what| matches!(what, What::Before { role, .. } if *role == plan.role)),
        changes: steps.chain(lines.iter().filter_map(|what| what.announces(&plan.role))).cloned().collect(),
        machine: Machine::Forward(Box::new(CarryOut::resume(plan, verify, lines.iter().copied()))),
    }
}

/// A run of which is known who asks.
struct Begun<'a> {
    sdk: &'a Sdk,
    sessions: Sessions,
    writers: Writers,
    /// From then on no further role is begun.
    deadline: Option<Instant>,
    /// Then all is left as it is.
    end: Option<Instant>,
}

impl<'a> Begun<'a> {
    async fn new(sdk: &'a Sdk, means: &Means, partition: Partition, journal_id: &str) -> Result<Self, DriveError> {
        let start = Instant::now();
        let caller = Box::pin(sdk.identify(partition)).await?;
        // a state is read call by call: what is throttled waits by itself, and nobody else is to be told
        let (throttles, _unheard) = mpsc::unbounded_channel();
        Ok(Self {
            sdk,
            writers: Writers::new(sdk, caller.clone(), means.writer.clone(), journal_id),
            sessions: Sessions::new(sdk, caller, means.reader.clone(), journal_id, throttles),
            deadline: means.deadline.map(|allowed| start + allowed),
            end: means.end.map(|allowed| start + allowed),
        })
    }

    /// One role after the other.
    async fn run(
        &self,
        orders: Vec<Order<'_>>,
        journal_id: &str,
        journal: &mut OpenJournal<'_>,
        place: &Place,
        mut control: Control<'_>,
    ) -> Ran {
        let mut holding = Holding::new(place, self.sdk, journal_id);
        let mut roles: Vec<Carried> = Vec::new();
        let mut interrupted = false;
        for mut order in orders {
            let late = [self.deadline, self.end].into_iter().flatten().any(|at| at <= Instant::now());
            let carried = if interrupted || late {
                let why = if interrupted { "the run was interrupted" } else { "the time was over" };
                order.told(None, format!("{why} before this role was begun: nothing was called"))
            } else {
                let mut carrying = Box::pin(carry(&mut order, self, &mut holding, journal));
                // comes to an end with the role, or at the end of all time
                loop {
                    tokio::select! {
                        carried = &mut carrying => break carried,
                        () = &mut control.interrupt, if !interrupted => interrupted = true,
                    }
                }
            };
            (control.told)(&carried);
            roles.push(carried);
        }
        let mut notes = holding.end().await;
        let open = |carried: &Carried| matches!(carried.outcome, None | Some(Outcome::Failed));
        if !roles.iter().any(open) {
            let what = What::Closed { accounts: holding.given_back().to_vec() };
            if let Err(error) = journal.write(&Line { at: self.sdk.now(), what }).await {
                notes.push(super::place::told(&error));
            }
        }
        Ran { journal: journal.told(), roles, notes }
    }
}
