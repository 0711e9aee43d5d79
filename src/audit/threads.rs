//! Accounts judged side by side: no rule looks from one into another, so that threads change nothing but the time it takes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::inventory::Account;

use super::Results;

/// Judges each account, and puts the results together in the accounts' order. Each thread takes the next account that none
/// has taken, so that a large one holds nobody up.
pub(super) fn on_threads<'a>(
    threads: usize,
    accounts: &'a [Account],
    judge: impl Fn(&'a Account) -> Results + Sync,
) -> Results {
    let mut results = Results::default();
    if threads < 2 {
        accounts.iter().map(judge).for_each(|part| results.add(part));
        return results;
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let taken = || {
            let place = next.fetch_add(1, Ordering::Relaxed);
            Some((place, judge(accounts.get(place)?)))
        };
        std::iter::from_fn(taken).collect::<Vec<_>>()
    };
    let mut parts: Vec<(usize, Results)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = work();
        for other in others {
            match other.join() {
                Ok(of_other) => parts.extend(of_other),
                // As without threads.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parts
    });
    parts.sort_by_key(|(place, _)| *place);
    for (_, part) in parts {
        results.add(part);
    }
    results
}
