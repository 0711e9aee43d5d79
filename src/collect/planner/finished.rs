//! Accounts of which all is read: handed out one by one, or joined to one inventory.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::collect::scope::Scope;
use crate::inventory::{Account, Inventory, PolicyVersion, SCHEMA};
use crate::known::Known;

use super::account::Gathered;
use super::shelf::{Shelf, State};

/// One account of which all is read, as far as it could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The account.
    pub account: Account,
    /// The managed policies that its roles need, AWS's own and the account's.
    pub policies: BTreeMap<String, Known<PolicyVersion>>,
}

/// What the driver knows of the run itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFacts {
    /// The run's id.
    pub run_id: String,
    /// The start (UTC).
    pub started_at: Timestamp,
    /// The last answer (UTC).
    pub finished_at: Timestamp,
    /// Attempts after the first of a call, by operation.
    pub retries: BTreeMap<String, u64>,
    /// Answers that asked to slow down, by operation.
    pub throttles: BTreeMap<String, u64>,
}

/// An account that is read but for managed policies.
#[derive(Debug)]
pub(super) struct Held(pub(super) Gathered);

impl Held {
    /// The managed policies that did not come with its roles.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &str> {
        self.0.wanted_policies.iter().map(String::as_str)
    }

    fn states<'a>(&'a self, policies: &'a Shelf) -> impl Iterator<Item = State<'a>> {
        self.wanted().map(|policy| policies.state(policy, &self.0.account.id))
    }

    /// Whether every policy was read, or will never be.
    pub(super) fn is_settled(&self, policies: &Shelf) -> bool {
        self.states(policies).all(|state| matches!(state, State::Read(_) | State::Missing(_)))
    }

    /// Whether all that it waits for are policies that it may not read itself.
    pub(super) fn is_stuck(&self, policies: &Shelf) -> bool {
        !self.is_settled(policies) && self.states(policies).all(|state| !matches!(state, State::Pending))
    }

    /// Takes what there is of the policies.
    pub(super) fn finish(self, read: &mut Shelf) -> Finished {
        let Gathered { mut account, policies, wanted_policies } = self.0;
        let mut policies: BTreeMap<_, _> =
            policies.into_iter().map(|(arn, version)| (arn, Known::Value(version))).collect();
        for arn in wanted_policies {
            let known = match read.state(&arn, &account.id) {
                State::Read(version) => Some(Known::Value(version.clone())),
                State::Refused(gap) | State::Missing(gap) => Some(Known::Missing(gap.clone())),
                State::Pending => None,
            };
            account.gaps.extend(known.as_ref().and_then(Known::gap).cloned());
            read.let_go(&arn, &account.id);
            policies.extend(known.map(|known| (arn, known)));
        }
        account.gaps.sort();
        account.gaps.dedup();
        Finished { account, policies }
    }
}

/// An inventory of no accounts.
pub(super) fn frame(scope: &Scope, run: RunFacts, api_calls: BTreeMap<String, u64>) -> Inventory {
    Inventory {
        schema: SCHEMA.to_owned(),
        run_id: run.run_id,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: run.started_at,
        finished_at: run.finished_at,
        partition: scope.partition,
        organization_id: scope.organization_id.clone(),
        target: scope.target.clone(),
        accounts: Vec::new(),
        policies: BTreeMap::new(),
        api_calls,
        throttled: run.throttles.values().sum(),
        retries: run.retries,
        throttles: run.throttles,
    }
}

/// One inventory of the accounts, in order of their ids. A policy that could be read for any of them is missing for none.
pub fn join(frame: Inventory, mut finished: Vec<Finished>) -> Inventory {
    finished.sort_by(|a, b| a.account.id.cmp(&b.account.id));
    let mut inventory = frame;
    for Finished { account, policies } in finished {
        inventory.accounts.push(account);
        for (arn, policy) in policies {
            let is_read = inventory.policies.get(&arn).is_some_and(|known| known.gap().is_none());
            if !is_read {
                inventory.policies.insert(arn, policy);
            }
        }
    }
    inventory
}
