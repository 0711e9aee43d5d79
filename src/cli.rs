//! The command line: what was typed, what it means, one file a command, and errors told with what to do next.
//!
//! Ctrl-C or SIGTERM while accounts are read ends the reading, and what was read by then is reported; before the accounts are
//! known there is nothing to report, and the run ends with an error. Files are written whole or not at all.

mod apply;
mod args;
mod asked;
mod audit;
mod configuration;
mod door_error;
mod explain;
mod facts;
mod listing;
mod log;
mod outputs;
mod plan;
mod progress;
mod report;
mod reports;
mod saved;
mod simulate;
mod sinks;
mod terminal;

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{CommandFactory, Parser};

use crate::exit::Exit;

use args::{Cli, Command};
use door_error::DoorError;

/// Runs the command line.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            // Nothing can be told to somebody who does not listen.
            usage.print().ok();
            return if usage.use_stderr() { Exit::Wrong } else { Exit::Clean };
        }
    };
    match log::start(&cli.global).and_then(|()| run(&cli)) {
        Ok(exit) => exit,
        Err(error) => {
            tell(&error);
            error.exit()
        }
    }
}

/// Runs the command.
fn run(cli: &Cli) -> Result<Exit, DoorError> {
    match &cli.command {
        Command::Audit(args) => audit::run(args, &cli.global),
        Command::Report(args) => report::run(args, &cli.global),
        Command::Plan(args) => plan::run(args, &cli.global),
        Command::Apply(args) => apply::run(args, &cli.global),
        Command::Undo(args) => apply::undo(args, &cli.global),
        Command::Retry(args) => apply::retry(args, &cli.global),
        Command::Explain(args) => explain::run(args, &cli.global),
        Command::Simulate(args) => simulate::run(args),
        Command::Config { command } => configuration::run(command, &cli.global),
        Command::Rules(args) => listing::rules(args, &cli.global),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "noderole", &mut script);
            outputs::Destination::Stdout.write(|sink| sink.write_all(&script))?;
            Ok(Exit::Clean)
        }
    }
}

/// Tells an error and what to do next, on standard error.
fn tell(error: &DoorError) {
    // Where standard error is closed there is nobody left to tell.
    write!(io::stderr().lock(), "{}", error.told()).ok();
}

/// Tells something worth knowing that is no error, on standard error.
fn note(text: &str) {
    writeln!(io::stderr().lock(), "note: {}", crate::report::harmless::line(text)).ok();
}
