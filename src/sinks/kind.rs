//! The sinks by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SinkKind {
    /// A log group of CloudWatch Logs: one line a finding, and metrics.
    Cloudwatch,
    /// An event bus of EventBridge: one event a finding.
    Eventbridge,
    /// Security Hub: one finding of its own form a finding.
    SecurityHub,
    /// A topic of SNS: one message a run.
    Sns,
    /// A bucket of S3: the report, and the inventory where that is wanted.
    S3,
}

/// A name that no sink has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a sink: expected cloudwatch, eventbridge, security-hub, sns or s3")]
pub struct UnknownSink(String);

impl SinkKind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Cloudwatch, Self::Eventbridge, Self::SecurityHub, Self::Sns, Self::S3];

    /// The name, as flags, the configuration and the report write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cloudwatch => "cloudwatch",
            Self::Eventbridge => "eventbridge",
            Self::SecurityHub => "security-hub",
            Self::Sns => "sns",
            Self::S3 => "s3",
        }
    }
}

impl fmt::Display for SinkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SinkKind {
    type Err = UnknownSink;
    fn from_str(text: &str) -> Result<Self, UnknownSink> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownSink(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for kind in SinkKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert!("slack".parse::<SinkKind>().unwrap_err().to_string().contains("expected cloudwatch"));
    }
}
