//! A run of the planner over a world: in some order, with some failures, to the end or until it is stopped.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::call::{Call, Reply};
use crate::collect::planner::{Planner, RunFacts};
use crate::collect::scope::Scope;
use crate::failure::Failure;
use crate::inventory::{Access, Account, Cluster, Inventory, RegionFacts};
use crate::known::Gap;

use super::World;

type Answers<'a> = Box<dyn Fn(&Call) -> Option<Result<Reply, Failure>> + 'a>;

/// A run to be made.
pub(super) struct Run<'a> {
    world: &'a World,
    scope: Scope,
    instead: Answers<'a>,
    seed: Option<u64>,
    stop_after: Option<usize>,
}

/// What came of it.
pub(super) struct Outcome {
    pub(super) inventory: Inventory,
    /// Every call, in the order in which it was answered.
    pub(super) calls: Vec<Call>,
}

impl<'a> Run<'a> {
    pub(super) fn new(world: &'a World, scope: Scope) -> Self {
        Self { world, scope, instead: Box::new(|_| None), seed: None, stop_after: None }
    }

    /// Some calls are answered otherwise than by the world.
    pub(super) fn answering(mut self, instead: impl Fn(&Call) -> Option<Result<Reply, Failure>> + 'a) -> Self {
        self.instead = Box::new(instead);
        self
    }

    /// Some calls fail.
    pub(super) fn failing(self, fault: impl Fn(&Call) -> Option<Failure> + 'a) -> Self {
        self.answering(move |call| fault(call).map(Err))
    }

    /// Answers come in an order of their own.
    pub(super) fn in_order(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The run is stopped after so many answers.
    pub(super) fn stopped_after(mut self, answers: usize) -> Self {
        self.stop_after = Some(answers);
        self
    }

    pub(super) fn go(self) -> Outcome {
        let mut planner = Planner::new(self.scope);
        let mut seen = BTreeSet::new();
        let mut open: Vec<Call> = Vec::new();
        let mut calls = Vec::new();
        let mut random = self.seed;
        loop {
            if self.stop_after == Some(calls.len()) {
                planner.stop();
                assert!(planner.next().is_empty(), "a stopped run asks nothing more");
                break;
            }
            for call in planner.next() {
                assert!(seen.insert(call.clone()), "asked twice: {call:?}");
                open.push(call);
            }
            let progress = planner.progress();
            assert_eq!((progress.calls, progress.pending), (calls.len() as u64, open.len()));
            if open.is_empty() {
                assert_eq!(progress.accounts_done, progress.accounts, "over, and not done");
                break;
            }
            let index = random.as_mut().map_or(0, |state| pick(state, open.len()));
            let call = open.remove(index);
            let answer = (self.instead)(&call).unwrap_or_else(|| self.world.answer(&call));
            calls.push(call.clone());
            planner.answer(call, answer);
        }
        let run = RunFacts {
            run_id: "r-1".to_owned(),
            started_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            finished_at: "2026-01-01T00:01:00Z".parse().unwrap(),
            ..RunFacts::default()
        };
        Outcome { inventory: planner.finish(run), calls }
    }
}

/// The next number of a seeded sequence (splitmix64).
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One of so many, by the next number of the sequence.
pub(super) fn pick(state: &mut u64, of: usize) -> usize {
    usize::try_from(draw(state) % of as u64).unwrap()
}

impl Outcome {
    /// How often each operation was called.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.calls {
            *counts.entry(call.question.api()).or_default() += 1;
        }
        counts
    }
}

pub(super) fn account<'a>(inventory: &'a Inventory, id: &str) -> &'a Account {
    inventory.accounts.iter().find(|account| account.id.as_str() == id).expect("the account is in the inventory")
}

pub(super) fn region_of<'a>(inventory: &'a Inventory, id: &str, region: &str) -> &'a RegionFacts {
    let regions = &account(inventory, id).regions;
    regions.iter().find(|facts| facts.name.as_str() == region).expect("the region is in the inventory")
}

pub(super) fn cluster<'a>(inventory: &'a Inventory, id: &str, name: &str) -> &'a Cluster {
    account(inventory, id)
        .clusters()
        .map(|(_, cluster)| cluster)
        .find(|c| c.name == name)
        .expect("the cluster is there")
}

/// Every gap of the account: of its entry, its regions, and itself.
pub(super) fn gaps(account: &Account) -> Vec<Gap> {
    let mut gaps = account.gaps.clone();
    gaps.extend(account.regions.iter().flat_map(|region| region.gaps.clone()));
    if let Access::Refused(gap) = &account.access {
        gaps.push(gap.clone());
    }
    gaps
}
