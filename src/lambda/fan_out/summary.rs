//! The facts of all accounts of a run, from where the steps have left them.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use jiff::Timestamp;

use crate::aws::Sdk;
use crate::collect::drive::not_reached;
use crate::collect::planner::RunFacts;
use crate::collect::scope::Manifest;
use crate::ids::AccountId;
use crate::inventory::Inventory;
use crate::lambda::error::LambdaError;

use super::Folder;

/// Objects that are read at once. Each is in memory as a whole; most are small, for most accounts have no cluster.
const AT_ONCE: usize = 16;

/// What was gathered beside the accounts, which were given away.
#[derive(Debug)]
pub(in crate::lambda) struct Gathered {
    /// What is to be said of the run: an inventory of no accounts.
    pub(in crate::lambda) run: Inventory,
    /// Accounts whose facts no step has written down.
    pub(in crate::lambda) not_written: Vec<AccountId>,
}

/// Gives away the facts of each account as an inventory of one, in the order of the accounts' ids.
pub(super) async fn gather(
    manifest: &Manifest,
    folder: &Folder,
    sdk: &Sdk,
    each: &mut (dyn FnMut(Inventory) + Send),
) -> Result<Gathered, LambdaError> {
    let mut sum = Sum::new(manifest);
    let mut not_written = Vec::new();
    let ids: Vec<AccountId> = manifest.ids().cloned().collect();
    let reading = ids.iter().map(async |id| (id, Box::pin(folder.facts(id)).await));
    let mut found = stream::iter(reading).buffered(AT_ONCE);
    while let Some((id, facts)) = found.next().await {
        match facts {
            Ok(Some(facts)) => {
                sum.add(&facts);
                each(facts);
            }
            Ok(None) => not_written.push(id.clone()),
            // An object that a step cut off or that somebody else wrote is as good as none; it is told, not trusted.
            Err(error @ (LambdaError::Facts { .. } | LambdaError::OtherFacts(_))) => {
                tracing::error!(%error, account = %id, "facts cannot be used");
                not_written.push(id.clone());
            }
            Err(error) => return Err(error),
        }
    }
    let (mut frame, unread) = not_reached(manifest.scope(|id| not_written.contains(id)), sum.run_facts(sdk.now()));
    unread.into_iter().for_each(each);
    frame.api_calls = sum.api_calls;
    frame.throttled = sum.throttled;
    Ok(Gathered { run: frame, not_written })
}

/// What the steps say of the run, together.
struct Sum {
    run_id: String,
    started_at: Timestamp,
    api_calls: BTreeMap<String, u64>,
    retries: BTreeMap<String, u64>,
    throttles: BTreeMap<String, u64>,
    throttled: u64,
}

impl Sum {
    fn new(manifest: &Manifest) -> Self {
        Self {
            run_id: manifest.run_id.clone(),
            started_at: manifest.started_at,
            api_calls: manifest.api_calls.clone(),
            retries: BTreeMap::new(),
            throttles: BTreeMap::new(),
            throttled: 0,
        }
    }

    fn add(&mut self, facts: &Inventory) {
        for (sum, part) in [
            (&mut self.api_calls, &facts.api_calls),
            (&mut self.retries, &facts.retries),
            (&mut self.throttles, &facts.throttles),
        ] {
            for (api, count) in part {
                *sum.entry(api.clone()).or_default() += count;
            }
        }
        self.throttled += facts.throttled;
    }

    fn run_facts(&self, finished_at: Timestamp) -> RunFacts {
        RunFacts {
            run_id: self.run_id.clone(),
            started_at: self.started_at,
            finished_at,
            retries: self.retries.clone(),
            throttles: self.throttles.clone(),
        }
    }
}
