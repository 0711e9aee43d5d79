//! The journal's saved form: one line of JSON for each thing that happened.

use std::io::Read;

use thiserror::Error;

use crate::echo::{echo, message};
use crate::ids::RoleArn;
use crate::remediate::plan::Plan;

use super::{Line, SCHEMA, What};

/// The largest journal that is read, in bytes.
pub const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// A journal as it was read: its first line begins it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Its lines, in the order in which they were written.
    pub lines: Vec<Line>,
    /// How many bytes they are. What stands behind them is a line that was never written to its end: it is to be cut off
    /// before another one is added.
    pub bytes: u64,
}

/// Why a journal could not be read.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The bytes could not be read.
    #[error("the journal could not be read")]
    Io(#[from] std::io::Error),
    /// More than [`MAX_BYTES`].
    #[error("the journal is larger than {} MB: it is none of noderole's", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// No line was written to its end.
    #[error("the journal has no line that is complete: nothing was changed")]
    Empty,
    /// A line that is not of this form.
    #[error("line {line} of the journal does not have the form of `{SCHEMA}`, at `{path}`: {message}")]
    Form {
        /// Line, from 1.
        line: usize,
        /// Where in it, as a path into the document.
        path: String,
        /// What was wrong there.
        message: String,
    },
    /// The first line does not begin a journal, or begins one of another version.
    #[error(
        "the journal {}, this version of noderole reads `{SCHEMA}`",
        found.as_ref().map_or_else(|| "names no schema in its first line".to_owned(), |found| format!("has the schema `{found}`"))
    )]
    Schema {
        /// What stood there, if a name did.
        found: Option<String>,
    },
    /// A line could not be put into words.
    #[error("a line of the journal could not be written as JSON")]
    Write(#[source] serde_json::Error),
}

impl Line {
    /// The line as it is saved, its end included.
    ///
    /// # Errors
    /// [`JournalError::Write`].
    pub fn write(&self) -> Result<Vec<u8>, JournalError> {
        let mut bytes = serde_json::to_vec(self).map_err(JournalError::Write)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

impl Journal {
    /// Reads a journal. A last line without its end is passed over: it was cut off while it was written, and what it
    /// announced was not done.
    ///
    /// # Errors
    /// Why it is none, and where.
    pub fn read(source: impl Read) -> Result<Self, JournalError> {
        let mut bytes = Vec::new();
        source.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
            return Err(JournalError::TooLarge);
        }
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let whole = bytes.get(..whole).unwrap_or_default();
        let written = whole.strip_suffix(b"\n").ok_or(JournalError::Empty)?;
        let mut lines = Vec::new();
        for (index, text) in written.split(|byte| *byte == b'\n').enumerate() {
            if index == 0 {
                begins(text)?;
            }
            lines.push(line(text, index + 1)?);
        }
        Ok(Self { lines, bytes: u64::try_from(whole.len()).unwrap_or(u64::MAX) })
    }

    /// The plan that was carried out, as the first line tells it.
    pub fn plan(&self) -> Option<&Plan> {
        self.whats().find_map(|what| if let What::Begun { plan, .. } = what { Some(&**plan) } else { None })
    }

    /// What the lines tell.
    pub fn whats(&self) -> impl DoubleEndedIterator<Item = &What> {
        self.lines.iter().map(|line| &line.what)
    }

    /// The roles that it tells of, each once, the one that was changed last first: the order in which they are undone.
    pub fn roles(&self) -> Vec<&RoleArn> {
        let mut roles = Vec::new();
        for role in self.whats().rev().filter_map(What::role) {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        roles
    }
}

impl What {
    /// The role that the line is about.
    pub fn role(&self) -> Option<&RoleArn> {
        match self {
            Self::Begun { .. } | Self::Closed { .. } => None,
            Self::Before { role, .. }
            | Self::Doing { role, .. }
            | Self::Done { role, .. }
            | Self::Verified { role, .. }
            | Self::Undoing { role, .. }
            | Self::Undone { role, .. }
            | Self::Ended { role, .. } => Some(role),
        }
    }
}

fn line(text: &[u8], number: usize) -> Result<Line, JournalError> {
    let form = |path: String, error: &serde_json::Error| JournalError::Form {
        line: number,
        path: message(&path),
        message: message(&error.to_string()),
    };
    let mut source = serde_json::Deserializer::from_slice(text);
    let line =
        serde_path_to_error::deserialize(&mut source).map_err(|error| form(error.path().to_string(), error.inner()))?;
    // two lines in one: the end of the first was lost
    source.end().map_err(|error| form(".".to_owned(), &error))?;
    Ok(line)
}

/// Whether the first line begins a journal of this version.
fn begins(text: &[u8]) -> Result<(), JournalError> {
    let value: serde_json::Value = serde_json::from_slice(text).map_err(|error| JournalError::Form {
        line: 1,
        path: ".".to_owned(),
        message: message(&error.to_string()),
    })?;
    let found = value.pointer("/what/begun/schema").and_then(serde_json::Value::as_str);
    if found == Some(SCHEMA) {
        Ok(())
    } else {
        Err(JournalError::Schema { found: found.map(|found| echo(found).into_owned()) })
    }
}

#[cfg(test)]
mod tests;
