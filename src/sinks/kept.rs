//! The inventory of a run in a file of its own, for as long as it is sent.

use std::fs::File;
use std::io::{self, BufWriter};

use tempfile::NamedTempFile;

use crate::failure::{Failure, FailureClass};
use crate::inventory::{Inventory, Spill};

/// Writes the inventory whose accounts were spilled; `run` is what is to be said of the run. The file goes with the value.
///
/// # Errors
/// Where it could not be written, or the accounts could not be spilled.
pub fn keep(spilled: &io::Result<Spill<File>>, run: &Inventory) -> Result<NamedTempFile, Failure> {
    let spill = spilled.as_ref().map_err(not_kept)?;
    let mut writer = BufWriter::new(NamedTempFile::new().map_err(|error| not_kept(&error))?);
    spill.save(run, &mut writer).map_err(|error| not_kept(&error))?;
    writer.into_inner().map_err(|error| not_kept(&error))
}

fn not_kept(error: &impl ToString) -> Failure {
    let message = format!("the inventory could not be kept for the sink: {}", error.to_string());
    Failure { class: FailureClass::Other, code: "NotSent".to_owned(), message }
}
