//! A clock that goes as tokio's does: hours of it pass while nobody waits.

use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use tokio::time::Instant;

/// What the clock shows at the start of a run, in seconds since 1970: in November 2026.
const BEGINNING: Duration = Duration::from_secs(1_795_000_000);

/// The clock of a run.
#[derive(Debug, Clone)]
pub(crate) struct VirtualClock {
    start: Instant,
}

impl VirtualClock {
    /// Starts now; only within a runtime.
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

impl TimeSource for VirtualClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + BEGINNING + self.start.elapsed()
    }
}
