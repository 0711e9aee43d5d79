//! What standard output and standard error are: a terminal or not, how wide, with colours or not.

use std::io::IsTerminal;

use crate::report::table::{Colour, Look};

use super::args::When;

/// The width where none can be asked for.
const WIDTH_DEFAULT: usize = 100;

/// The widest table: longer lines are hard to read.
const WIDTH_MAX: usize = 160;

/// Whether standard output is a terminal.
pub(super) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// How a table looks on standard output.
pub(super) fn look(when: When) -> Look {
    let size = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    let columns = || std::env::var_os("COLUMNS").and_then(|text| text.to_str()?.parse().ok());
    let width = size.or_else(columns).filter(|width| *width > 0).unwrap_or(WIDTH_DEFAULT).min(WIDTH_MAX);
    Look { width, colour: colour(when, || suits(stdout_is_terminal())) }
}

/// How a table looks in a file.
pub(super) fn look_in_file(when: When) -> Look {
    Look { width: WIDTH_DEFAULT, colour: colour(when, || false) }
}

/// Whether the log on standard error is coloured.
pub(super) fn log_colour(when: When) -> Colour {
    colour(when, || suits(std::io::stderr().is_terminal()))
}

/// Whether the environment wants colours in a stream that is a terminal, or is not.
fn suits(is_terminal: bool) -> bool {
    if anstyle_query::no_color() {
        return false;
    }
    anstyle_query::clicolor_force() || (is_terminal && anstyle_query::term_supports_color())
}

/// Whether to colour; `auto` decides where the flag leaves it open.
fn colour(when: When, auto: impl FnOnce() -> bool) -> Colour {
    let on = match when {
        When::Always => true,
        When::Never => false,
        When::Auto => auto(),
    };
    if on { Colour::On } else { Colour::Off }
}
