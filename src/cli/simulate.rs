//! `noderole simulate`: IAM cases in, decisions out.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use crate::exit::Exit;
use crate::simulate;

use super::args::{Given, SimulateArgs};
use super::door_error::DoorError;
use super::note;
use super::outputs::Destination;

/// Decides the cases; those that are malformed are answered by an error each and give exit code 2 at the end.
pub(super) fn run(args: &SimulateArgs) -> Result<Exit, DoorError> {
    let unreadable = |source| DoorError::Input { input: args.cases.clone(), source };
    let mut cases: Box<dyn BufRead> = match &args.cases {
        Given::Stdin => Box::new(io::stdin().lock()),
        Given::File(path) => Box::new(BufReader::new(File::open(path).map_err(unreadable)?)),
    };
    // What cannot be read at all (a folder) shows at the first byte.
    cases.fill_buf().map_err(unreadable)?;
    let mut failed = 0;
    Destination::Stdout.write(|sink| {
        failed = simulate::run(cases, sink)?.failed;
        Ok(())
    })?;
    if failed == 0 {
        return Ok(Exit::Clean);
    }
    note(&format!("cases that could not be decided: {failed}; their answers have an `error` in place of a `decision`"));
    Ok(Exit::Wrong)
}
