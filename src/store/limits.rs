//! How long the program waits for the store. Nothing that asks it hangs for longer.

use std::time::Duration;

use aws_sdk_s3::config::StalledStreamProtectionConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;

/// A body has this many bytes a second at least; stalls are noticed earlier.
const SLOWEST: u64 = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLimits {
    /// To connect to a store elsewhere.
    pub connect: Duration,
    /// From the end of a request to the first byte of its answer. It is tried twice more.
    pub answer: Duration,
    /// In the middle of a body without a byte, in either direction.
    pub stall: Duration,
    /// For everything without a body of the caller's, retries included.
    pub small: Duration,
    /// For what an operation asks, or for the beginning of a file that somebody fetches. An operation ends after 5
    /// seconds, so that here it is the store that is told to be slow.
    pub waited_for: Duration,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            answer: Duration::from_secs(30),
            stall: Duration::from_secs(20),
            small: Duration::from_mins(1),
            waited_for: Duration::from_secs(4),
        }
    }
}

impl StoreLimits {
    /// Time for a body of so many bytes to be sent and answered.
    pub(super) fn time_for(self, bytes: u64) -> TimeoutConfig {
        let answer = self.answer.saturating_add(Duration::from_secs(bytes / SLOWEST));
        TimeoutConfig::builder().connect_timeout(self.connect).read_timeout(answer).build()
    }

    pub(super) fn stalls(self) -> StalledStreamProtectionConfig {
        StalledStreamProtectionConfig::enabled().grace_period(self.stall).build()
    }
}
