//! How a sink tries again what its service took in part only, or not at all after the SDK's own retries.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use crate::failure::{Failure, FailureClass};

/// How often a request is made at most, the first time included; each time with all of the SDK's own retries beneath.
pub(crate) const MAX_ROUNDS: u32 = 4;

/// The pause after the first round, about; doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Whether the same request may go better a moment later.
pub(crate) fn may_pass(class: FailureClass) -> bool {
    match class {
        FailureClass::Throttled | FailureClass::Transient => true,
        FailureClass::Denied
        | FailureClass::NotEnabled
        | FailureClass::Gone
        | FailureClass::Malformed
        | FailureClass::Expired
        | FailureClass::NotReached
        | FailureClass::NotAsked
        | FailureClass::Other => false,
    }
}

/// Makes a call again while its service asks to slow down: the SDK does so by itself, but does not know every spelling of it.
pub(crate) async fn unhurried<T>(salt: &str, call: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
    let mut round = 0;
    loop {
        match call().await {
            Err(failure) if failure.class == FailureClass::Throttled && round + 1 < MAX_ROUNDS => {
                tokio::time::sleep(pause(salt, round)).await;
                round += 1;
            }
            result => return result,
        }
    }
}

/// The pause after a round (from 0): three quarters to five quarters of what it is about. `salt` parts runs that were
/// refused together.
pub(crate) fn pause(salt: &str, round: u32) -> Duration {
    let mut hasher = DefaultHasher::new();
    (salt, round).hash(&mut hasher);
    let part = u32::try_from(hasher.finish() & 0x7f).unwrap_or_default();
    FIRST_PAUSE.saturating_mul(1 << round.min(MAX_ROUNDS)) * (192 + part) / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_is_asked_to_slow_down_asks_again_and_gives_up_in_the_end() {
        let asked = |class: FailureClass, good_after: u32| async move {
            let calls = std::cell::Cell::new(0);
            let told = unhurried("run", async || {
                calls.set(calls.get() + 1);
                let failure = Failure { class, code: "code".to_owned(), message: String::new() };
                if calls.get() > good_after { Ok(()) } else { Err(failure) }
            });
            (told.await.is_ok(), calls.get())
        };
        assert_eq!(asked(FailureClass::Throttled, MAX_ROUNDS - 1).await, (true, MAX_ROUNDS));
        assert_eq!(asked(FailureClass::Throttled, u32::MAX).await, (false, MAX_ROUNDS));
        // these the SDK has made again itself, or nothing helps
        for class in [FailureClass::Transient, FailureClass::Denied] {
            assert_eq!(asked(class, 1).await, (false, 1), "{class:?}");
        }
    }

    #[test]
    fn pauses_grow_and_differ_from_run_to_run() {
        for round in 0..MAX_ROUNDS {
            let about = FIRST_PAUSE * 2_u32.pow(round);
            let pause = pause("run-1", round);
            assert!(about * 3 / 4 <= pause && pause <= about * 5 / 4, "{pause:?}");
        }
        let of_many: std::collections::BTreeSet<Duration> =
            (0..20).map(|run| pause(&format!("run-{run}"), 0)).collect();
        assert!(of_many.len() > 5);
    }
}
