//! What to ask next, what an answer makes needless, what a failure costs: the collector without I/O.
//!
//! Every question is written down once in a ledger of the place where it is asked. Which questions are needed is
//! read off the answers that are there (`cluster`, `iam`, `role`), and the inventory is read off in the same walk: a
//! question that is needed and has no answer is wanted while the run lasts, and a gap when it ends. So the facts cannot
//! depend on the order in which answers come.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::failure::{Failure, FailureClass};
use crate::ids::AccountId;
use crate::inventory::{Inventory, Target};

use super::ask::Progress;
use super::call::{Call, Question, Reply};
use super::scope::{AccountScope, Scope};

mod account;
mod aim;
mod bystanders;
mod cluster;
mod compute;
mod finished;
mod iam;
mod ledger;
mod likeness;
mod place;
mod region;
mod relevance;
mod role;
mod shelf;
#[cfg(test)]
pub(super) mod tests;

pub use finished::{Finished, RunFacts, join};

use account::AccountRun;
use aim::Aim;
use finished::Held;
use place::Place;
use shelf::Shelf;

/// Accounts that are read at a time. Enough to keep any number of calls in flight though each account is slow, and few
/// enough that a run which ends early has most of its accounts either whole or not begun, and that a large organization
/// does not stand in memory half read.
const OPEN_ACCOUNTS: usize = 128;

/// Accounts that wait in memory for others to read a policy that they may not read; the one that waits longest then goes
/// without it.
const STUCK_ACCOUNTS: usize = 64;

/// The state of a run: facts so far, and questions still open.
#[derive(Debug)]
pub struct Planner {
    /// What was asked for; the accounts are taken out of it as they are begun.
    scope: Scope,
    /// Accounts that were not begun, in order.
    waiting: BTreeMap<AccountId, AccountScope>,
    /// Accounts that are being read.
    open: BTreeMap<AccountId, AccountRun>,
    /// Accounts that were read but for policies on the shelf; those that wait longest first.
    held: VecDeque<Held>,
    /// Accounts of which all is read, and that nobody took yet.
    finished: Vec<Finished>,
    /// How many accounts were asked for, and of how many all is read.
    accounts: (usize, usize),
    shelf: Shelf,
    /// Calls to hand out.
    ready: Vec<Call>,
    in_flight: BTreeSet<Call>,
    api_calls: BTreeMap<String, u64>,
    stopped: bool,
}

impl Planner {
    /// Starts a run over the scope.
    pub fn new(mut scope: Scope) -> Self {
        let accounts = std::mem::take(&mut scope.accounts);
        let wanted = accounts.into_iter().filter(|account| aim_of(account, &scope).is_ok());
        let waiting: BTreeMap<_, _> = wanted.map(|account| (account.id.clone(), account)).collect();
        let mut planner = Self {
            accounts: (waiting.len(), 0),
            waiting,
            open: BTreeMap::new(),
            held: VecDeque::new(),
            finished: Vec::new(),
            shelf: Shelf::default(),
            ready: Vec::new(),
            in_flight: BTreeSet::new(),
            api_calls: BTreeMap::new(),
            stopped: false,
            scope,
        };
        planner.open_accounts();
        planner
    }

    /// The calls that can be made now, each handed out once. Empty and nothing in flight: the run is over.
    #[expect(clippy::should_implement_trait, reason = "an iterator that is empty and then is not would mislead")]
    pub fn next(&mut self) -> Vec<Call> {
        let calls = std::mem::take(&mut self.ready);
        self.in_flight.extend(calls.iter().cloned());
        calls
    }

    /// Takes the answer to a call that [`Planner::next`] handed out; any other is ignored.
    pub fn answer(&mut self, call: Call, result: Result<Reply, Failure>) {
        if !self.in_flight.remove(&call) {
            return;
        }
        let made = result.as_ref().err().is_none_or(|failure| failure.class != FailureClass::NotReached);
        if made {
            *self.api_calls.entry(call.question.api().to_owned()).or_default() += 1;
        }
        if matches!(call.question, Question::GetPolicy { .. } | Question::GetPolicyVersion { .. }) {
            let next = self.shelf.take(&call, result);
            self.hand_out(next);
            self.release();
            self.open_accounts();
        } else {
            self.answer_account(call, result);
        }
        // Where nobody else is left who could read a policy, those who wait for it go without.
        if self.ready.is_empty() && self.in_flight.is_empty() && !self.held.is_empty() {
            self.shelf.end();
            self.release();
        }
    }

    fn answer_account(&mut self, call: Call, result: Result<Reply, Failure>) {
        let id = call.account.clone();
        let Some(account) = self.open.get_mut(&id) else { return };
        let calls = account.take(call, result);
        let done = account.done();
        self.hand_out(calls);
        if done {
            self.close(&id);
            self.open_accounts();
        }
    }

    /// Ends the run before its time: what was not asked becomes `NotReached`. Answers in flight may still come.
    pub fn stop(&mut self) {
        self.stopped = true;
        self.ready.clear();
    }

    /// How far the run is.
    pub fn progress(&self) -> Progress {
        Progress {
            accounts: self.accounts.0,
            accounts_done: self.accounts.1,
            calls: self.api_calls.values().sum(),
            pending: self.ready.len() + self.in_flight.len(),
        }
    }

    /// The accounts of which all is read, each handed out once, in no order: what is taken need not be kept.
    pub fn take_finished(&mut self) -> Vec<Finished> {
        std::mem::take(&mut self.finished)
    }

    /// Ends the run: what is still unanswered becomes `NotReached`, and every account is finished.
    pub fn end(&mut self) {
        self.stop();
        let unfinished: Vec<AccountId> = self.open.keys().chain(self.waiting.keys()).cloned().collect();
        for id in unfinished {
            self.close(&id);
        }
        self.shelf.end();
        self.release();
    }

    /// The facts of the accounts that nobody took. What is still unanswered becomes `NotReached`.
    pub fn finish(mut self, run: RunFacts) -> Inventory {
        self.end();
        let finished = self.take_finished();
        join(self.frame(run), finished)
    }

    /// An inventory of no accounts: what is to be said of the run itself.
    pub fn frame(&self, run: RunFacts) -> Inventory {
        finished::frame(&self.scope, run, self.api_calls.clone())
    }

    /// Begins as many accounts as may be open. Ends: each round takes one that waits.
    fn open_accounts(&mut self) {
        while self.open.len() + self.held.len() < OPEN_ACCOUNTS + STUCK_ACCOUNTS
            && self.open.len() < OPEN_ACCOUNTS
            && !self.stopped
        {
            let Some((id, scope)) = self.waiting.pop_first() else { break };
            let mut account = begin(scope, &self.scope);
            let calls = account.start();
            let done = account.done();
            self.hand_out(calls);
            self.open.insert(id.clone(), account);
            if done {
                self.close(&id);
            }
        }
    }

    /// Reads the facts off an account, whole or not, and lets the rest of it go.
    fn close(&mut self, id: &AccountId) {
        let never_begun = || Some(begin(self.waiting.remove(id)?, &self.scope));
        let Some(mut run) = self.open.remove(id).or_else(never_begun) else { return };
        let held = Held(run.gather());
        for policy in held.wanted() {
            let call = self.shelf.want(policy, run.place());
            if !self.stopped {
                self.ready.extend(call);
            }
        }
        self.held.push_back(held);
        self.release();
    }

    /// Finishes the accounts whose policies are all there, or will not come.
    fn release(&mut self) {
        let mut stuck = self.held.iter().filter(|held| held.is_stuck(&self.shelf)).count();
        for held in std::mem::take(&mut self.held) {
            let is_stuck = held.is_stuck(&self.shelf);
            if held.is_settled(&self.shelf) || (is_stuck && stuck > STUCK_ACCOUNTS) {
                stuck -= usize::from(is_stuck);
                self.finished.push(held.finish(&mut self.shelf));
                self.accounts.1 += 1;
            } else {
                self.held.push_back(held);
            }
        }
    }

    /// Makes calls ready, unless the run was stopped: then they stay open for good.
    fn hand_out(&mut self, calls: impl IntoIterator<Item = Call>) {
        if !self.stopped {
            self.ready.extend(calls);
        }
    }
}

/// An account before its first call.
fn begin(account: AccountScope, scope: &Scope) -> AccountRun {
    let aim = aim_of(&account, scope).unwrap_or_default();
    let place = Place { partition: scope.partition, account: account.id.clone(), region: None, role: None };
    AccountRun::new(account, place, scope, aim)
}

/// What a targeted audit wants of an account; none: everything.
fn aim_of(account: &AccountScope, scope: &Scope) -> Result<Option<Aim>, Unwanted> {
    let target = scope.target.as_ref().filter(|target| **target != Target::default());
    let aim = target.map(|target| Aim::new(target, &account.id));
    if aim.as_ref().is_some_and(Aim::is_empty) { Err(Unwanted) } else { Ok(aim) }
}

/// A targeted audit wants nothing of the account.
#[derive(Debug)]
struct Unwanted;
