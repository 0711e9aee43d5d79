//! A clock that goes as tokio's does: hours of it pass while nobody waits.

use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use tokio::time::Instant;

/// The clock of a run.
#[derive(Debug, Clone)]
pub(crate) struct VirtualClock {
    start: Instant,
    begins: SystemTime,
}

impl VirtualClock {
    /// Starts now, and shows that time; only within a runtime.
    pub(crate) fn start(begins: SystemTime) -> Self {
        Self { start: Instant::now(), begins }
    }

    /// Since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

impl TimeSource for VirtualClock {
    fn now(&self) -> SystemTime {
        self.begins + self.start.elapsed()
    }
}
