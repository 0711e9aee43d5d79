//! The Lambda's door: an event in, an audit of what the environment configures, findings to log and sinks.
//!
//! A schedule says *when*, a change what to read again, a task which step of a run over many invocations; what is audited
//! is in [`Settings`] alone, so that nobody who can send an event can widen it.

mod changes;
mod error;
mod fan_out;
mod handler;
mod invocation;
mod remediation;
mod response;
mod settings;
mod telling;
mod work;

use crate::event;

pub use error::LambdaError;
pub use event::{EventError, FanOutRun, MAX_EVENT_BYTES, Message, Only, Request, Task, Trigger};
pub use fan_out::{Listed, Read};
pub use handler::{Door, tell};
pub use invocation::Invocation;
pub use response::{Answer, Changes, FailedMessage, Planned, PlannedRole, Remediated, Response, Started, Summary};
pub use settings::{FanOut, Function, Settings, SettingsError, VARIABLES, Variable};
