//! Untrusted JSON → what it asks for, or an error that names what was expected.

use serde_json::Value;
use thiserror::Error;

/// How much of an unknown event an error repeats, in characters.
const ECHO_LIMIT: usize = 60;

/// What started the function. Both mean the same: audit what the configuration says, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A schedule rule of EventBridge.
    EventBridgeRule,
    /// A schedule of EventBridge Scheduler that has no input of its own.
    Scheduler,
}

/// Why an event is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EventError {
    /// Not shaped like an event of EventBridge.
    #[error("the event is malformed, {problem}: {EXPECTED}")]
    Malformed {
        /// What is wrong with it.
        problem: String,
    },
    /// What another sender sends.
    #[error("{what} starts nothing here: {EXPECTED}")]
    Other {
        /// What it is.
        what: &'static str,
    },
    /// An event, but none that this function acts on.
    #[error("an event with source `{origin}` and detail-type `{detail_type}` starts nothing here: {EXPECTED}")]
    Unknown {
        /// Its source.
        origin: String,
        /// Its detail-type.
        detail_type: String,
    },
}

/// What every refusal says.
const EXPECTED: &str = "expected an EventBridge scheduled event (source `aws.events`, detail-type `Scheduled Event`) or \
                        the event that EventBridge Scheduler sends where its target has no input of its own (source \
                        `aws.scheduler`, detail-type `Scheduled Event`); see events/scheduled.json";

/// An event that is known by one of its members, and has no source.
struct OtherEvent {
    member: &'static str,
    what: &'static str,
}

/// What a function is likely to be sent by mistake.
const OTHER_EVENTS: &[OtherEvent] = &[
    OtherEvent { member: "Records", what: "a batch of records (SQS, SNS, S3, streams)" },
    OtherEvent { member: "task", what: "an event with a `task`" },
];

impl Trigger {
    /// Recognizes an event. Nothing but source and detail-type is looked at: the rest of it is of no consequence.
    ///
    /// # Errors
    /// [`EventError`]; the text of the event is repeated in part only, without control characters.
    pub fn parse(text: &str) -> Result<Self, EventError> {
        let malformed = |problem: String| EventError::Malformed { problem };
        if text.trim().is_empty() {
            return Err(malformed("it is empty".to_owned()));
        }
        let event: Value = serde_json::from_str(text).map_err(|error| malformed(not_json(&error)))?;
        let Value::Object(members) = &event else {
            return Err(malformed(format!("it is {} and not an object", kind(&event))));
        };
        if let Some(other) = OTHER_EVENTS.iter().find(|other| members.contains_key(other.member)) {
            return Err(EventError::Other { what: other.what });
        }
        let text = |name: &str| match members.get(name) {
            Some(Value::String(text)) => Ok(text.as_str()),
            Some(other) => Err(malformed(format!("its `{name}` is {} and not a string", kind(other)))),
            None => Err(malformed(format!("it has no `{name}`"))),
        };
        let (origin, detail_type) = (text("source")?, text("detail-type")?);
        match (origin, detail_type) {
            ("aws.events", "Scheduled Event") => Ok(Self::EventBridgeRule),
            ("aws.scheduler", "Scheduled Event") => Ok(Self::Scheduler),
            _ => Err(EventError::Unknown { origin: echo(origin), detail_type: echo(detail_type) }),
        }
    }
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

/// Text of the event as an error may repeat it: it ends up in logs.
fn echo(text: &str) -> String {
    let mut shown: String =
        text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(ECHO_LIMIT).collect();
    if text.chars().nth(ECHO_LIMIT).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample(name: &str) -> String {
        std::fs::read_to_string(format!("{}/events/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn the_samples_are_taken() {
        assert_eq!(Trigger::parse(&sample("scheduled")), Ok(Trigger::EventBridgeRule));
        assert_eq!(Trigger::parse(&sample("scheduler")), Ok(Trigger::Scheduler));
    }

    #[test]
    fn an_event_of_another_service_is_refused_with_what_was_expected() {
        let event = json!({"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "detail": {}});
        let message = Trigger::parse(&event.to_string()).unwrap_err().to_string();
        assert!(
            message.contains("`aws.ec2`") && message.contains("expected an EventBridge scheduled event"),
            "{message}"
        );
    }

    #[test]
    fn what_is_no_event_is_refused_with_what_is_wrong() {
        for (event, problem) in [
            (json!(null), "it is null and not an object"),
            (json!([1]), "it is a list and not an object"),
            (json!({}), "it has no `source`"),
            (json!({"source": 7}), "its `source` is a number and not a string"),
            (json!({"source": "aws.events"}), "it has no `detail-type`"),
            (json!({"source": "aws.events", "detail-type": {}}), "its `detail-type` is an object and not a string"),
        ] {
            let error = Trigger::parse(&event.to_string()).unwrap_err();
            assert_eq!(error, EventError::Malformed { problem: problem.to_owned() }, "{event}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused_with_the_place() {
        let nested = "[".repeat(100_000);
        for (text, problem) in [
            ("", "it is empty"),
            (" \n", "it is empty"),
            ("hello", "it is not JSON (line 1, column 1)"),
            ("{\"source\": ", "it is not JSON (line 1, column 11)"),
            (&format!("{} x", sample("scheduled").trim_end()), "it is not JSON"),
            (&nested, "it is not JSON"),
        ] {
            let Err(EventError::Malformed { problem: found }) = Trigger::parse(text) else {
                panic!("{text} was taken")
            };
            assert!(found.starts_with(problem), "{found}");
        }
    }

    #[test]
    fn batches_and_tasks_are_refused_as_events_of_another_kind() {
        for (event, says) in [
            (json!({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}), "a batch of records"),
            (json!({"task": "audit"}), "an event with a `task`"),
        ] {
            let error = Trigger::parse(&event.to_string()).unwrap_err();
            assert!(matches!(error, EventError::Other { .. }), "{error:?}");
            let message = error.to_string();
            assert!(
                message.starts_with(says) && message.contains("expected an EventBridge scheduled event"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_refusal_repeats_little_of_a_hostile_event() {
        let event = json!({"source": "x".repeat(1_000_000), "detail-type": "line\nbreak\u{1b}[31m"});
        let message = Trigger::parse(&event.to_string()).unwrap_err().to_string();
        assert!(message.len() < 600 && !message.chars().any(char::is_control), "{message}");
    }
}
