//! `noderole simulate`: IAM cases in, decisions out.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use crate::exit::Exit;
use crate::simulate::{self, Summary};

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
    // None where whoever reads the answers had enough.
    let mut summary = None;
    Destination::Stdout.write(|sink| {
        summary = Some(simulate::run(cases, sink)?);
        Ok(())
    })?;
    if summary == Some(Summary::default()) {
        note(&format!("there was no case in {}: `noderole simulate --help` tells what one is", args.cases));
    }
    let failed = summary.unwrap_or_default().failed;
    if failed == 0 {
        return Ok(Exit::Clean);
    }
    note(&format!("cases that could not be decided: {failed}; their answers have an `error` in place of a `decision`"));
    Ok(Exit::Wrong)
}
