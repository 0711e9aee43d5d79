//! What standard output is: a terminal or not, how wide, with colours or not.

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
pub(super) fn look(color: When) -> Look {
    let size = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    let columns = || std::env::var_os("COLUMNS").and_then(|text| text.to_str()?.parse().ok());
    let width = size.or_else(columns).filter(|width| *width > 0).unwrap_or(WIDTH_DEFAULT).min(WIDTH_MAX);
    let colour = match color {
        When::Always => Colour::On,
        When::Never => Colour::Off,
        When::Auto if anstyle_query::no_color() => Colour::Off,
        When::Auto if anstyle_query::clicolor_force() => Colour::On,
        When::Auto if stdout_is_terminal() && anstyle_query::term_supports_color() => Colour::On,
        When::Auto => Colour::Off,
    };
    Look { width, colour }
}

/// How a table looks in a file.
pub(super) fn look_in_file(color: When) -> Look {
    let colour = if color == When::Always { Colour::On } else { Colour::Off };
    Look { width: WIDTH_DEFAULT, colour }
}
