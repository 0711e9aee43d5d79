//! What starts the Lambda function: untrusted JSON → what it asks for, or an error that names what was expected.
//!
//! Not a part of the function's door, so that it is fuzzed and tested without the AWS SDK.

mod queue;
mod request;
mod task;

use serde_json::{Map, Value};
use thiserror::Error;

use crate::echo::echo;

pub use queue::Message;
pub use request::{Only, Request};
pub use task::{FanOutRun, Task};

/// The `detail-type` by which EventBridge asks for a remediation.
const REMEDIATION_REQUEST: &str = "noderole remediation request";

/// The largest event that is read, in bytes: more than Lambda hands out (6 MB).
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub const MAX_EVENT_BYTES: usize = 8 * 1024 * 1024;

/// What started the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A schedule rule of EventBridge, or a schedule of EventBridge Scheduler that has no input of its own: audit what the
    /// configuration says, now.
    Schedule,
    /// One step of a fan-out.
    Task(Task),
    /// A batch of a queue: what somebody changed.
    Changes(Vec<Message>),
    /// A request to change something.
    Request(Request),
}

/// Why an event is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EventError {
    /// Not shaped like an event.
    #[error("the event is malformed, {problem}: {EXPECTED}")]
    Malformed {
        /// What is wrong with it.
        problem: String,
    },
    /// An event, but none that this function acts on.
    #[error("an event with source `{origin}` and detail-type `{detail_type}` starts nothing here: {EXPECTED}")]
    Unknown {
        /// Its source.
        origin: String,
        /// Its detail-type.
        detail_type: String,
    },
    /// A batch that no queue sent.
    #[error("a batch of records from `{0}` starts nothing here: {EXPECTED}")]
    UnknownBatch(String),
    /// A task that there is not.
    #[error("the task `{0}` starts nothing here: {EXPECTED}")]
    UnknownTask(String),
    /// A task whose members are not what they should be.
    #[error("the task `{task}` is not complete, {problem}: see events/{task}.json")]
    Task {
        /// The task.
        task: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A request to change something, at the function that audits.
    #[error("this function audits and changes nothing: send the request to the remediation function")]
    Remediation,
    /// Something to audit, at the function that remediates.
    #[error("this function remediates alone, on request or on its schedule: send the event to the audit function")]
    Audit,
}

/// What every refusal says.
const EXPECTED: &str = "expected an EventBridge scheduled event (source `aws.events` or `aws.scheduler`, detail-type \
                        `Scheduled Event`), a task of the fan-out (`list-accounts`, `audit-account`, `summarize`), a \
                        batch of an SQS queue, or for the remediation function a task (`plan`, `apply`, `undo`) or an \
                        event with the detail-type `noderole remediation request`; the folder events/ has a sample of each";

impl Trigger {
    /// Recognizes an event. Of a schedule nothing but source and detail-type is looked at: the rest of it is of no
    /// consequence.
    ///
    /// # Errors
    /// [`EventError`]; the text of the event is repeated in part only, without control characters.
    pub fn parse(text: &str) -> Result<Self, EventError> {
        if text.trim().is_empty() {
            return Err(malformed("it is empty"));
        }
        if text.len() > MAX_EVENT_BYTES {
            return Err(malformed(format!("it has {} bytes, at most {MAX_EVENT_BYTES} are read", text.len())));
        }
        let event: Value = serde_json::from_str(text).map_err(|error| malformed(not_json(&error)))?;
        let Value::Object(members) = event else {
            return Err(malformed(format!("it is {} and not an object", kind(&event))));
        };
        if let Some(records) = members.get("Records") {
            return queue::messages(records).map(Self::Changes);
        }
        if members.contains_key("task") {
            let name = member(&members, "task")?;
            return match Request::parse(name, &members) {
                Some(request) => request.map(Self::Request),
                None => Task::parse(name, &members).map(Self::Task),
            };
        }
        let (origin, detail_type) = (member(&members, "source")?, member(&members, "detail-type")?);
        match (origin, detail_type) {
            ("aws.events" | "aws.scheduler", "Scheduled Event") => Ok(Self::Schedule),
            (_, REMEDIATION_REQUEST) => Request::of_event(&members).map(Self::Request),
            _ => Err(EventError::Unknown {
                origin: echo(origin).into_owned(),
                detail_type: echo(detail_type).into_owned(),
            }),
        }
    }
}

/// A member that has to be a text.
fn member<'e>(members: &'e Map<String, Value>, name: &str) -> Result<&'e str, EventError> {
    match members.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(malformed(format!("its `{name}` is {} and not a string", kind(other)))),
        None => Err(malformed(format!("it has no `{name}`"))),
    }
}

fn malformed(problem: impl Into<String>) -> EventError {
    EventError::Malformed { problem: problem.into() }
}

/// Where the text of an event stops being JSON.
fn not_json(error: &serde_json::Error) -> String {
    format!("it is not JSON (line {}, column {})", error.line(), error.column())
}

/// The JSON type in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
