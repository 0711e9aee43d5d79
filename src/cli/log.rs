//! The log: on standard error, quiet unless asked.

use tracing::Level;
use tracing_subscriber::filter::Targets;
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
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(|value| (name, value));
    let filter = match VARIABLES.into_iter().find_map(set) {
        Some((name, value)) => value.to_string_lossy().trim().parse().map_err(|error| DoorError::Usage {
            message: format!("the log filter in {name} is not one: {error}"),
            help: format!("set {name} to something like noderole=debug, or unset it and use -v"),
        })?,
        None => by_flags(global),
    };
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

/// What `-q` and `-v` ask for: noderole's own lines a level further than those of libraries, which trace more than a log may tell.
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
