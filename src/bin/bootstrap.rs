//! bootstrap: the Lambda's binary. Opens the door once, then answers each invocation; see `noderole::lambda`.

use std::io::BufWriter;
use std::time::SystemTime;

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use noderole::lambda::{Door, Invocation, LambdaError, Response};
use serde_json::Value;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn")))
        .init();
    // A door that does not open is told to whoever invokes, by name; an exit here would be a bare "Runtime exited".
    let door = Door::open(std::env::vars()).await;
    let door = &door;
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Value>| answer(door, &event).await)).await
}

/// One invocation.
async fn answer(door: &Result<Door, LambdaError>, event: &LambdaEvent<Value>) -> Result<Response, Diagnostic> {
    let door = door.as_ref().map_err(Diagnostic::from)?;
    #[expect(clippy::disallowed_methods, reason = "Lambda gives the deadline as a time of day")]
    let now = SystemTime::now();
    let time_left = event.context.deadline().duration_since(now).unwrap_or_default();
    let started_at = Timestamp::try_from(now).unwrap_or_default();
    let invocation = Invocation::new(&event.context.request_id, started_at, time_left);
    let mut log = BufWriter::new(std::io::stdout());
    door.handle(&event.payload, &invocation, &mut log).await.map_err(|error| Diagnostic::from(&error))
}
