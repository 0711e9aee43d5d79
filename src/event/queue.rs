//! A batch of SQS: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>.

use serde_json::Value;

use super::{EventError, echo, kind, malformed};

/// The most messages of a batch that is taken: as many as Lambda can be told to hand out.
const MAX_MESSAGES: usize = 10_000;

/// The longest id of a message, in bytes; SQS's are UUIDs.
const LONGEST_ID: usize = 128;

/// One message of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, by which a failure of this one alone is answered.
    pub id: String,
    /// Its text, an event of EventBridge; untrusted.
    pub body: String,
}

/// The messages of a batch.
pub(super) fn messages(records: &Value) -> Result<Vec<Message>, EventError> {
    let Value::Array(records) = records else {
        return Err(malformed(format!("its `Records` are {} and not a list", kind(records))));
    };
    match records.len() {
        0 => Err(malformed("its `Records` are empty")),
        1..=MAX_MESSAGES => records.iter().map(message).collect(),
        more => Err(malformed(format!("it has {more} records, no queue hands out more than {MAX_MESSAGES}"))),
    }
}

fn message(record: &Value) -> Result<Message, EventError> {
    // SNS capitalizes it.
    let source = record.get("eventSource").or_else(|| record.get("EventSource")).and_then(Value::as_str);
    match source {
        Some("aws:sqs") => {}
        Some(other) => return Err(EventError::UnknownBatch(echo(other).into_owned())),
        None => return Err(malformed("a record has no `eventSource`")),
    }
    let text = |name: &str| {
        let value = record.get(name).and_then(Value::as_str);
        value.map(str::to_owned).ok_or_else(|| malformed(format!("a record has no `{name}`")))
    };
    let id = text("messageId")?;
    if id.len() > LONGEST_ID {
        return Err(malformed(format!("`{}` is not the id of a message: at most {LONGEST_ID} bytes", echo(&id))));
    }
    Ok(Message { id, body: text("body")? })
}
