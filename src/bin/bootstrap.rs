//! bootstrap: the Lambda's binary. Opens the door once, then answers each invocation; see `noderole::lambda`.

use std::io::{BufWriter, Write};
use std::process::ExitCode;
use std::time::SystemTime;

use jiff::Timestamp;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use noderole::lambda::{Answer, Door, Invocation, LambdaError};
use noderole::log::{Harmless, filter, guarded};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::util::SubscriberInitExt;

/// What Lambda sets for every function, and the runtime cannot be without.
const SET_BY_LAMBDA: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// The exit code of a wrong call, as that of `noderole`.
const WRONG_CALL: u8 = 2;

#[tokio::main]
async fn main() -> Result<ExitCode, Error> {
    if let Some(missing) = SET_BY_LAMBDA.into_iter().find(|name| std::env::var_os(name).is_none()) {
        writeln!(
            std::io::stderr(),
            "error: this is the binary of noderole's Lambda function, and {missing} is not set, as it is by Lambda: on a \
             command line use `noderole`"
        )?;
        return Ok(ExitCode::from(WRONG_CALL));
    }
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(Harmless::json(std::io::stderr))
        .with_max_level(tracing::Level::TRACE)
        .finish();
    // A filter that is none is refused by the door, which can tell whoever invokes.
    let asked = filter(|name| std::env::var_os(name)?.into_string().ok()).ok().flatten();
    guarded(subscriber, asked.unwrap_or_else(|| Targets::new().with_default(tracing::Level::WARN))).init();
    // A door that does not open is told to whoever invokes, by name; an exit here would be a bare "Runtime exited".
    let door = Door::open(std::env::vars()).await;
    let door = &door;
    Runtime::new(service_fn(async move |event: LambdaEvent<String>| answer(door, &event).await))
        .layer(MapRequestLayer::new(as_text))
        .layer(TracingLayer::new())
        .run()
        .await?;
    Ok(ExitCode::SUCCESS)
}

/// The event as a JSON string that holds its text: so the runtime takes whatever comes, and what is no event is refused
/// by the door, under its own name.
fn as_text(mut invocation: LambdaInvocation) -> LambdaInvocation {
    let text = String::from_utf8_lossy(&invocation.body);
    invocation.body = serde_json::Value::from(text).to_string().into();
    invocation
}

/// One invocation.
async fn answer(door: &Result<Door, LambdaError>, event: &LambdaEvent<String>) -> Result<Answer, Diagnostic> {
    let door = door.as_ref().map_err(Diagnostic::from)?;
    #[expect(clippy::disallowed_methods, reason = "Lambda gives the deadline as a time of day")]
    let now = SystemTime::now();
    let time_left = event.context.deadline().duration_since(now).unwrap_or_default();
    let started_at = Timestamp::try_from(now).unwrap_or_default();
    let invocation = Invocation::new(&event.context.request_id, started_at, time_left);
    let mut log = BufWriter::new(std::io::stdout());
    door.handle(&event.payload, &invocation, &mut log).await.map_err(|error| Diagnostic::from(&error))
}
