//! How far a run is, on standard error: one line that is rewritten on a terminal, a line an account elsewhere.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

use crate::collect::ask::Progress;

use super::args::{Global, When};

/// The line on a terminal.
const TEMPLATE: &str = "{spinner} {pos}/{len} accounts, {msg}";

/// Whether and how progress is shown.
#[derive(Debug)]
pub(super) enum Shown {
    /// On a terminal.
    Bar(ProgressBar),
    /// As lines; the number of accounts that the last line told.
    Lines(usize),
    /// Not.
    Nothing,
}

impl Shown {
    /// As the flags say.
    pub(super) fn new(when: When, global: &Global) -> Self {
        match (when, io::stderr().is_terminal()) {
            _ if global.quiet => Self::Nothing,
            (When::Never, _) | (When::Auto, false) => Self::Nothing,
            (When::Always, false) => Self::Lines(0),
            (When::Auto | When::Always, true) => {
                // The log and the line would overwrite each other.
                if global.verbose > 0 {
                    return Self::Lines(0);
                }
                let bar = ProgressBar::new(0);
                if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
                    bar.set_style(style);
                }
                Self::Bar(bar)
            }
        }
    }

    /// Shows how far it is.
    pub(super) fn show(&mut self, progress: Progress) {
        let (accounts, done) = (progress.accounts, progress.accounts_done);
        match self {
            Self::Bar(bar) => {
                bar.set_length(u64::try_from(accounts).unwrap_or(u64::MAX));
                bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
                bar.set_message(format!("{} calls made, {} to make", progress.calls, progress.pending));
                bar.tick();
            }
            Self::Lines(told) if done > *told => {
                *told = done;
                // Progress that cannot be shown is no reason to stop.
                writeln!(io::stderr().lock(), "progress: {done} of {accounts} accounts, {} calls", progress.calls).ok();
            }
            Self::Lines(_) | Self::Nothing => {}
        }
    }

    /// Takes the line away.
    pub(super) fn finish(&self) {
        match self {
            Self::Bar(bar) => bar.finish_and_clear(),
            Self::Lines(_) | Self::Nothing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn global(quiet: bool) -> Global {
        Global { color: When::Auto, verbose: 0, quiet }
    }

    #[test]
    fn no_progress_is_shown_where_it_was_not_wanted() {
        assert!(matches!(Shown::new(When::Never, &global(false)), Shown::Nothing));
        assert!(matches!(Shown::new(When::Always, &global(true)), Shown::Nothing));
        assert!(!matches!(Shown::new(When::Always, &global(false)), Shown::Nothing));
    }
}
