//! SDK clients by lane: made when first needed, a bounded number kept; the retries of each lane are its own.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_eks::config::retry::RetryPartition;

use crate::ids::AccountId;

use super::limits::Lane;

/// Clients kept, of one service. Making one is cheap beside a call; keeping one for each of 10,000 accounts × 17 regions
/// is not.
const MAX_KEPT: usize = 1024;

/// The newest clients of one service.
#[derive(Debug)]
pub(super) struct Shelf<C> {
    kept: Mutex<Kept<C>>,
}

#[derive(Debug)]
struct Kept<C> {
    clients: HashMap<Lane, C>,
    /// The oldest first.
    order: VecDeque<Lane>,
}

impl<C> Default for Shelf<C> {
    fn default() -> Self {
        Self { kept: Mutex::new(Kept { clients: HashMap::new(), order: VecDeque::new() }) }
    }
}

impl<C: Clone> Shelf<C> {
    /// The lane's client, made by `make` if it is not there.
    pub(super) fn get(&self, lane: &Lane, make: impl FnOnce() -> C) -> C {
        let mut kept = held(&self.kept);
        if let Some(client) = kept.clients.get(lane) {
            return client.clone();
        }
        if kept.order.len() >= MAX_KEPT
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.clients.remove(&oldest);
        }
        let client = make();
        kept.clients.insert(lane.clone(), client.clone());
        kept.order.push_back(lane.clone());
        client
    }

    /// Lets the clients of an account go.
    pub(super) fn forget(&self, account: &AccountId) {
        let mut kept = held(&self.kept);
        kept.order.retain(|lane| lane.account != *account);
        kept.clients.retain(|lane, _| lane.account != *account);
    }
}

/// The retry budget of each lane.
///
/// Left to itself the SDK keeps one for each service and region of the process: an account that is throttled takes the
/// retries away from all others.
#[derive(Debug, Default)]
pub(super) struct RetryBudgets {
    by_lane: Mutex<HashMap<Lane, RetryPartition>>,
}

impl RetryBudgets {
    /// The lane's own; the same one for as long as the run lasts.
    pub(super) fn of(&self, lane: &Lane) -> RetryPartition {
        let make = || {
            let region = lane.region.as_ref().map_or("global", |region| region.as_str());
            RetryPartition::custom(format!("{}/{:?}/{region}", lane.account, lane.service)).build()
        };
        held(&self.by_lane).entry(lane.clone()).or_insert_with(make).clone()
    }

    /// Lets those of an account go.
    pub(super) fn forget(&self, account: &AccountId) {
        held(&self.by_lane).retain(|lane, _| lane.account != *account);
    }
}

/// The lock, even if another thread panicked while it held it: what is inside is whole after every step.
pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::limits::Service;

    fn lane(n: usize) -> Lane {
        Lane { account: format!("{n:012}").parse().unwrap(), service: Service::Eks, region: None }
    }

    #[test]
    fn a_shelf_keeps_the_newest_clients_and_makes_the_others_anew() {
        let shelf: Shelf<usize> = Shelf::default();
        for n in 0..=MAX_KEPT {
            assert_eq!(shelf.get(&lane(n), || n), n);
        }
        assert_eq!(shelf.get(&lane(MAX_KEPT), || 999_999), MAX_KEPT);
        assert_eq!(shelf.get(&lane(0), || 777), 777);
        assert!(held(&shelf.kept).clients.len() <= MAX_KEPT);
    }
}
