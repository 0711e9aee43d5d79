//! The log: on standard error, quiet unless asked.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::log::{Harmless, guarded};
use crate::report::table::Colour;

use super::args::Global;
use super::door_error::DoorError;
use super::terminal;

/// The variables that hold a filter, the first one that is set wins over `-v`.
const VARIABLES: [&str; 2] = ["NODEROLE_LOG", "RUST_LOG"];

/// Starts the log.
pub(super) fn start(global: &Global) -> Result<(), DoorError> {
    let variable = VARIABLES.into_iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let filter = match variable {
        Some(name) => EnvFilter::try_from_env(name).map_err(|error| DoorError::Usage {
            message: format!("the log filter in {name} is not one: {error}"),
            help: format!("set {name} to something like noderole=debug, or unset it and use -v"),
        })?,
        None => EnvFilter::new(match (global.quiet, global.verbose) {
            (true, _) => "error",
            (false, 0) => "error,noderole=warn",
            (false, 1) => "warn,noderole=info",
            (false, 2) => "info,noderole=debug",
            (false, _) => "debug,noderole=trace",
        }),
    };
    // A second start, as in tests, changes nothing.
    let in_colours = terminal::log_colour(global.color) == Colour::On;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Harmless::text(std::io::stderr, in_colours))
        .with_ansi(in_colours)
        .finish();
    guarded(subscriber).try_init().ok();
    Ok(())
}
