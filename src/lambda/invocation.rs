//! One invocation: its run's id, and when new work must stop.

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::event::FanOutRun;

/// What is kept back at the end of an invocation: calls in flight end, the judgement, the log and the answer.
const MARGIN: Duration = Duration::from_secs(30);

/// What is kept back where sinks are told as well: they have all of it but the margin's last seconds.
const MARGIN_WITH_SINKS: Duration = Duration::from_mins(2);

/// What is kept back of that for the log and the answer.
const TO_ANSWER: Duration = Duration::from_secs(5);

/// One invocation of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The run, which other invocations may share.
    pub run: FanOutRun,
    /// From its start until Lambda kills it.
    pub time_left: Duration,
}

impl Invocation {
    /// An invocation that began at `started_at`; Lambda's id for the request tells apart runs that start together.
    #[must_use]
    pub fn new(request_id: &str, started_at: Timestamp, time_left: Duration) -> Self {
        let salt = Sha256::digest(request_id).iter().take(8).fold(0, |salt, byte| salt << 8 | u64::from(*byte));
        Self { run: FanOutRun::begun(started_at, salt), time_left }
    }

    /// How long new work may be begun: until 30 s before the end, or two minutes where sinks are told, in a shorter
    /// invocation for half of it.
    #[must_use]
    pub fn working_time(&self, has_sinks: bool) -> Duration {
        let margin = if has_sinks { MARGIN_WITH_SINKS } else { MARGIN };
        self.time_left.saturating_sub(margin.min(self.time_left / 2))
    }

    /// How long sinks may be told when so much time has passed: until 5 s before the end, in a shorter invocation for
    /// three quarters of what is left.
    #[must_use]
    pub fn time_to_send(&self, spent: Duration) -> Duration {
        let left = self.time_left.saturating_sub(spent);
        left.saturating_sub(TO_ANSWER.min(left / 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn working_time(time_left: Duration) -> Duration {
        Invocation::new("8f507cfc", Timestamp::UNIX_EPOCH, time_left).working_time(false)
    }

    #[test]
    fn new_work_stops_thirty_seconds_before_the_end() {
        assert_eq!(working_time(Duration::from_mins(15)), Duration::from_secs(870));
        assert_eq!(working_time(Duration::from_mins(1)), Duration::from_secs(30));
    }

    #[test]
    fn a_short_invocation_works_for_half_its_time() {
        assert_eq!(working_time(Duration::from_secs(10)), Duration::from_secs(5));
        assert_eq!(working_time(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn sinks_have_time_kept_back_for_them_and_leave_some_for_the_answer() {
        let invocation = Invocation::new("8f507cfc", Timestamp::UNIX_EPOCH, Duration::from_mins(15));
        assert_eq!(invocation.working_time(true), Duration::from_mins(13));
        assert_eq!(invocation.time_to_send(Duration::from_mins(13)), Duration::from_secs(115));
        assert_eq!(invocation.time_to_send(Duration::from_secs(896)), Duration::from_secs(3));
        assert_eq!(invocation.time_to_send(Duration::from_mins(16)), Duration::ZERO);
    }

    #[test]
    fn runs_that_start_together_have_ids_of_their_own() {
        let run = |request_id| Invocation::new(request_id, Timestamp::UNIX_EPOCH, Duration::ZERO).run;
        let one = run("8f507cfc-example");
        assert_ne!(one, run("4697b07a-example"));
        assert!(one.as_str().starts_with("19700101T000000Z-"));
        assert_eq!(FanOutRun::parse(one.as_str()), Some(one), "a step of its fan-out takes it");
    }
}
