//! What to ask next, what an answer makes needless, what a failure costs: the collector without I/O.
//!
//! Every question is written down once in a ledger of the place where it is asked. Which questions are needed is
//! read off the answers that are there (`cluster`, `iam`, `role`), and the inventory is read off in the same walk: a
//! question that is needed and has no answer is wanted while the run lasts, and a gap when it ends. So the facts cannot
//! depend on the order in which answers come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::failure::{Failure, FailureClass};
use crate::ids::AccountId;
use crate::inventory::{Account, Inventory, PolicyVersion, SCHEMA, Target};
use crate::known::Known;

use super::ask::Progress;
use super::call::{Call, Question, Reply};
use super::scope::{AccountScope, Scope};

mod account;
mod aim;
mod cluster;
mod iam;
mod ledger;
mod place;
mod region;
mod relevance;
mod role;
mod shelf;
#[cfg(test)]
mod tests;

use account::AccountRun;
use aim::Aim;
use place::Place;
use shelf::Shelf;

/// Accounts that are read at a time. Enough to keep any number of calls in flight though each account is slow, and few
/// enough that a run which ends early has most of its accounts either whole or not begun, and that a large organization
/// does not stand in memory half read.
const OPEN_ACCOUNTS: usize = 256;

/// The state of a run: facts so far, and questions still open.
#[derive(Debug)]
pub struct Planner {
    scope: Scope,
    /// Accounts that were not begun, in order.
    waiting: BTreeMap<AccountId, AccountRun>,
    /// Accounts that are being read.
    open: BTreeMap<AccountId, AccountRun>,
    /// Accounts of which all is read.
    done: BTreeMap<AccountId, Account>,
    /// Customer managed policies that came with the roles.
    policies: BTreeMap<String, PolicyVersion>,
    shelf: Shelf,
    /// Calls to hand out.
    ready: Vec<Call>,
    in_flight: BTreeSet<Call>,
    api_calls: BTreeMap<String, u64>,
    stopped: bool,
}

impl Planner {
    /// Starts a run over the scope.
    pub fn new(scope: Scope) -> Self {
        let waiting = scope.accounts.iter().filter_map(|account| Some((account.id.clone(), begin(account, &scope)?)));
        let mut planner = Self {
            waiting: waiting.collect(),
            open: BTreeMap::new(),
            done: BTreeMap::new(),
            policies: BTreeMap::new(),
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
            return;
        }
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
            accounts: self.waiting.len() + self.open.len() + self.done.len(),
            accounts_done: self.done.len(),
            calls: self.api_calls.values().sum(),
            pending: self.ready.len() + self.in_flight.len(),
        }
    }

    /// The facts. What is still unanswered becomes `NotReached`.
    pub fn finish(mut self, run: RunFacts) -> Inventory {
        self.stop();
        let unfinished: Vec<AccountId> = self.open.keys().chain(self.waiting.keys()).cloned().collect();
        for id in unfinished {
            self.close(&id);
        }
        let (read, mut missed) = self.shelf.finish();
        let mut policies: BTreeMap<_, _> =
            self.policies.into_iter().map(|(arn, version)| (arn, Known::Value(version))).collect();
        policies.extend(read);
        let mut accounts: Vec<Account> = self.done.into_values().collect();
        for account in &mut accounts {
            account.gaps.extend(missed.remove(&account.id).unwrap_or_default());
            account.gaps.sort();
        }
        Inventory {
            schema: SCHEMA.to_owned(),
            run_id: run.run_id,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: run.started_at,
            finished_at: run.finished_at,
            partition: self.scope.partition,
            organization_id: self.scope.organization_id,
            target: self.scope.target,
            accounts,
            policies,
            api_calls: self.api_calls,
            throttled: run.throttled,
        }
    }

    /// Begins as many accounts as may be open. Ends: each round takes one that waits.
    fn open_accounts(&mut self) {
        while self.open.len() < OPEN_ACCOUNTS && !self.stopped {
            let Some((id, mut account)) = self.waiting.pop_first() else { break };
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
        let Some(run) = self.open.remove(id).or_else(|| self.waiting.remove(id)) else { return };
        let gathered = run.gather();
        self.policies.extend(gathered.policies);
        for policy in gathered.wanted_policies {
            let call = self.shelf.want(&policy, run.place());
            self.hand_out(call);
        }
        self.done.insert(id.clone(), gathered.account);
    }

    /// Makes calls ready, unless the run was stopped: then they stay open for good.
    fn hand_out(&mut self, calls: impl IntoIterator<Item = Call>) {
        if !self.stopped {
            self.ready.extend(calls);
        }
    }
}

/// An account before its first call; none where a targeted audit wants nothing of it.
fn begin(account: &AccountScope, scope: &Scope) -> Option<AccountRun> {
    let target = scope.target.as_ref().filter(|target| **target != Target::default());
    let aim = target.map(|target| Aim::new(target, &account.id));
    if aim.as_ref().is_some_and(Aim::is_empty) {
        return None;
    }
    let place = Place { partition: scope.partition, account: account.id.clone(), region: None, role: None };
    Some(AccountRun::new(account.clone(), place, scope.regions.clone(), aim))
}

/// What the driver knows of the run itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// The run's id.
    pub run_id: String,
    /// The start (UTC).
    pub started_at: Timestamp,
    /// The last answer (UTC).
    pub finished_at: Timestamp,
    /// Answers that asked to slow down.
    pub throttled: u64,
}
