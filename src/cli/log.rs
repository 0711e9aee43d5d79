//! The log: on standard error, quiet unless asked.

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::util::SubscriberInitExt;

use crate::log::{Harmless, filter, guarded};
use crate::report::table::Colour;

use super::args::Global;
use super::door_error::DoorError;
use super::terminal;

/// Starts the log.
pub(super) fn start(global: &Global) -> Result<(), DoorError> {
    let filter = filter(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()));
    let filter = filter.map_err(|error| DoorError::Usage {
        message: error.to_string(),
        help: format!("set {} to something like noderole=debug, or unset it and use -v", error.name),
    })?;
    let filter = filter.unwrap_or_else(|| by_flags(global));
    // A second start, as in tests, changes nothing.
    let in_colours = terminal::log_colour(global.color) == Colour::On;
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_writer(Harmless::text(std::io::stderr, in_colours))
        .with_ansi(in_colours)
        .finish();
    guarded(subscriber, filter).try_init().ok();
    Ok(())
}

/// What `-q` and `-v` ask for: of noderole's own lines more than of those of libraries, up to `-vv`.
fn by_flags(global: &Global) -> Targets {
    let (others, own) = match (global.quiet, global.verbose) {
        (true, _) => (Level::ERROR, Level::ERROR),
        (false, 0) => (Level::ERROR, Level::WARN),
        (false, 1) => (Level::WARN, Level::INFO),
        (false, 2) => (Level::INFO, Level::DEBUG),
        (false, _) => (Level::DEBUG, Level::DEBUG),
    };
    Targets::new().with_default(others).with_target("noderole", own)
}
