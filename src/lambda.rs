//! The Lambda's door: a scheduled event in, an audit of what the environment configures, findings to the log.
//!
//! An event only says *when*; what is audited is in [`Settings`] alone, so that nobody who can send an event can widen
//! it. Findings and metrics go to standard output, which Lambda carries to CloudWatch Logs: no further call, no further
//! permission.

mod baseline;
mod changes;
mod error;
mod event;
mod fan_out;
mod handler;
mod invocation;
mod judging;
mod log;
mod response;
mod settings;
mod work;

pub use error::LambdaError;
pub use event::{EventError, FanOutRun, Message, Task, Trigger};
pub use fan_out::{Listed, Read};
pub use handler::{Door, tell};
pub use invocation::Invocation;
pub use log::{default_filter, log_filter};
pub use response::{Answer, Changes, FailedMessage, Response, Started, Summary};
pub use settings::{FanOut, Settings, SettingsError, VARIABLES, Variable};
