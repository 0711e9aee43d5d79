//! What starts the Lambda function.

use std::path::Path;

use noderole::event::{EventError, Request, Task, Trigger};

use super::{change, seeds, told};

/// A sample of each event.
pub fn seeds(root: &Path) -> Vec<Vec<u8>> {
    seeds::files(&root.join("events"), "json")
}

/// An event is one of the known kinds, or refused with what was expected.
pub fn hold(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Trigger::parse(&text) {
        Ok(Trigger::Schedule) => {}
        Ok(Trigger::Task(Task::ListAccounts(run) | Task::AuditAccount(run, _) | Task::Summarize(run))) => {
            let run = run.as_str();
            let is_plain = run.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            assert!(is_plain && (1..=80).contains(&run.len()) && !run.starts_with('.'), "{run}");
        }
        Ok(Trigger::Changes(messages)) => {
            for message in messages {
                change::hold(message.body.as_bytes());
            }
        }
        Ok(Trigger::Request(request)) => {
            if let Request::Apply { plan: id, .. } | Request::Undo { journal: id, .. } = &request {
                let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
                assert!(is_plain && (1..=80).contains(&id.len()) && !id.starts_with('.'), "{id}");
            }
        }
        Err(error) => {
            let message = error.to_string();
            told::is_clear(&message);
            let expects = match error {
                EventError::Malformed { .. }
                | EventError::Unknown { .. }
                | EventError::UnknownBatch(_)
                | EventError::UnknownTask(_) => "expected an EventBridge scheduled event",
                EventError::Task { .. } => "see events/",
                EventError::Remediation => "the remediation function",
                EventError::Audit => "the audit function",
            };
            assert!(message.contains(expects), "{message}");
        }
    }
}
