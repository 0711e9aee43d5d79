//! noderole on the command line: parse, run, exit. Everything else is in [`noderole::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    noderole::cli::main(std::env::args_os()).into()
}
