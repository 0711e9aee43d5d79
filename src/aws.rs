//! Sessions, limits and errors of the AWS SDK. No SDK type leaves this room.
//!
//! [`Sdk`] is the caller: configuration, credentials, one HTTP client. `Sessions` is a run: the credentials of every
//! account, and clients whose retries are each account's own. `read` turns a call into an SDK operation and back;
//! `send` is what sinks send; `change` what a remediation changes; `classify` turns errors into failures, once; `limits` says when a call may start.

pub(crate) mod change;
mod classify;
mod clients;
mod credentials;
mod error;
pub(crate) mod limits;
pub(crate) mod read;
pub(crate) mod regions;
mod sdk;
pub(crate) mod send;
mod session;
mod stored;
mod watch;
mod whole;
#[cfg(test)]
pub(crate) mod wire;

pub use error::{AwsError, AwsErrorKind};
pub use sdk::Sdk;
pub use sdk::builder::SdkBuilder;
pub(crate) use session::Sessions;
pub use stored::{StoredError, StoredKind, read_file};
pub(crate) use watch::Traffic;
