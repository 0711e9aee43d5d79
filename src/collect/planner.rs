//! What to ask next, what an answer makes needless, what a failure costs: the collector without I/O.

use jiff::Timestamp;

use crate::failure::Failure;
use crate::inventory::Inventory;

use super::ask::Progress;
use super::call::{Call, Reply};
use super::scope::Scope;

/// The state of a run: facts so far, and questions still open.
#[derive(Debug)]
pub struct Planner {
    scope: Scope,
}

impl Planner {
    /// Starts a run over the scope.
    pub fn new(scope: Scope) -> Self {
        Self { scope }
    }

    /// The calls that can be made now, each handed out once. Empty and nothing in flight: the run is over.
    pub fn next(&mut self) -> Vec<Call> {
        Vec::new()
    }

    /// Takes the answer to a call that [`Planner::next`] handed out.
    pub fn answer(&mut self, _call: Call, _result: Result<Reply, Failure>) {}

    /// Ends the run before its time: what was not asked becomes `NotReached`. Answers in flight may still come.
    pub fn stop(&mut self) {}

    /// How far the run is.
    pub fn progress(&self) -> Progress {
        Progress { accounts: self.scope.accounts.len(), ..Progress::default() }
    }

    /// The facts. What is still unanswered becomes `NotReached`.
    pub fn finish(self, run: RunFacts) -> Inventory {
        let _ = run;
        unimplemented!()
    }
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
