//! Where a run is told besides its report: CloudWatch, EventBridge, Security Hub, SNS, S3. Each sink for itself: one that
//! is down neither stops the others nor hides a finding, and what it did not take is told in the report.
//!
//! What is sent (lines, batches, texts, identities) is pure; only sending needs the feature `aws`.

#[cfg(any(feature = "aws", test))]
mod batches;
pub mod cloudwatch;
#[cfg(feature = "aws")]
mod deliver;
#[cfg(feature = "aws")]
mod earlier;
pub mod eventbridge;
#[cfg(feature = "aws")]
mod kept;
mod kind;
mod news;
#[cfg(feature = "aws")]
mod receipt;
#[cfg(feature = "aws")]
mod retry;
#[cfg(feature = "aws")]
mod rounds;
#[cfg(feature = "aws")]
mod s3;
#[cfg(any(feature = "aws", test))]
mod security_hub;
#[cfg(test)]
#[cfg(feature = "aws")]
mod served;
pub mod settings;
mod shortened;
pub mod sns;
#[cfg(test)]
#[cfg(feature = "aws")]
mod trial;

#[cfg(feature = "aws")]
pub use deliver::{Left, Run, deliver, refuse};
#[cfg(feature = "aws")]
pub(crate) use earlier::objects;
#[cfg(feature = "aws")]
pub use earlier::{Earlier, bucket};
#[cfg(feature = "aws")]
pub use kept::keep;
pub use kind::{SinkKind, UnknownSink};
#[cfg(feature = "aws")]
pub(crate) use s3::latest;
pub use settings::{Settings, Sink, Unconfigured};

/// A run's id in the characters that names of log streams and keys of objects may have. (That of a saved inventory may hold
/// anything.)
#[cfg(feature = "aws")]
fn plain_id(run_id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' };
    let id: String = run_id.chars().map(plain).take(MAX_PLAIN_ID).collect();
    // A folder of such a name would be another folder.
    if id.trim_matches('.').is_empty() { "run".to_owned() } else { id }
}

/// The longest such id, in characters.
#[cfg(feature = "aws")]
const MAX_PLAIN_ID: usize = 128;
