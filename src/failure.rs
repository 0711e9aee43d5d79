//! The classes of failure that a call to AWS can end in. Errors are put into them once, in `aws/classify.rs`.

use serde::{Deserialize, Serialize};

/// What kind of failure it was; decides what the coverage says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The caller lacks the permission, or an SCP denies it.
    Denied,
    /// AWS asked to slow down, and retries did not help.
    Throttled,
    /// The region is not enabled in the account, or the service is not there.
    NotEnabled,
    /// The thing does not exist (any more).
    Gone,
    /// A network or server error that outlived the retries.
    Transient,
    /// An answer or a document that does not parse.
    Malformed,
    /// The credentials ran out.
    Expired,
    /// The run ended before this was asked.
    NotReached,
    /// It was left out on purpose: nobody needs the answer. No failure, and never among the gaps of an account or region.
    NotAsked,
    /// None of these; code and message say more.
    Other,
}

/// A call that failed: class, code and message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Failure {
    /// The class.
    pub class: FailureClass,
    /// The error code as AWS gave it.
    pub code: String,
    /// The message as AWS gave it.
    pub message: String,
}
