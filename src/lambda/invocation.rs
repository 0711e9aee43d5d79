//! One invocation: its run's id, and when new work must stop.

use std::time::Duration;

/// What is kept back at the end of an invocation: calls in flight end, the judgement, the log and the answer.
const MARGIN: Duration = Duration::from_secs(30);

/// How long a run's id may be: with `noderole-` before it, it is a session name of at most 64 characters (STS).
const RUN_ID_LIMIT: usize = 48;

/// One invocation of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The run's id: the id that Lambda gave to the request, so that the function's log and its findings agree.
    pub run_id: String,
    /// From now until Lambda kills it.
    pub time_left: Duration,
}

impl Invocation {
    /// An invocation. Characters that a session name may not have are left out of the id.
    #[must_use]
    pub fn new(request_id: &str, time_left: Duration) -> Self {
        let legal = |c: &char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(*c);
        let id: String = request_id.chars().filter(legal).take(RUN_ID_LIMIT).collect();
        let run_id = if id.is_empty() { "unnamed".to_owned() } else { id };
        Self { run_id, time_left }
    }

    /// How long new work may be begun: until 30 s before the end, in a shorter invocation for half of it.
    #[must_use]
    pub fn working_time(&self) -> Duration {
        self.time_left - MARGIN.min(self.time_left / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_work_stops_thirty_seconds_before_the_end() {
        assert_eq!(Invocation::new("r", Duration::from_mins(15)).working_time(), Duration::from_secs(870));
        assert_eq!(Invocation::new("r", Duration::from_mins(1)).working_time(), Duration::from_secs(30));
    }

    #[test]
    fn a_short_invocation_works_for_half_its_time() {
        assert_eq!(Invocation::new("r", Duration::from_secs(10)).working_time(), Duration::from_secs(5));
        assert_eq!(Invocation::new("r", Duration::ZERO).working_time(), Duration::ZERO);
    }

    #[test]
    fn the_id_of_a_run_fits_into_a_session_name() {
        let id = "8f507cfc-example 4697/b07a:\n";
        assert_eq!(Invocation::new(id, Duration::ZERO).run_id, "8f507cfc-example4697b07a");
        assert_eq!(Invocation::new(&"x".repeat(500), Duration::ZERO).run_id.len(), 48);
        assert_eq!(Invocation::new("///", Duration::ZERO).run_id, "unnamed");
    }
}
