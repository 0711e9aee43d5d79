//! Why something could not be kept or read back, and what to do next.

use std::error::Error;
use std::io;

use thiserror::Error;

use crate::failure::Failure;
use crate::remediate::journal::JournalError;
use crate::remediate::plan::PlanError;

/// Why something could not be kept, or read back.
#[derive(Debug, Error)]
pub enum PlaceError {
    /// Not a name.
    #[error("`{text}` is not the id of a {what}: expected letters, digits and any of _.-, at most 128")]
    Name {
        /// Of what.
        what: &'static str,
        /// What was given.
        text: String,
    },
    /// A file could not be read or written.
    #[error("could not {doing} {at}: look at the folder's owner, rights and space")]
    Io {
        /// What was tried: `read`, `write`.
        doing: &'static str,
        /// The file.
        at: String,
        /// What the system said.
        source: io::Error,
    },
    /// An object could not be read or written.
    #[error(
        "could not {doing} {at}: look at the bucket's policy and key, and at s3:GetObject, s3:PutObject and s3:ListBucket"
    )]
    Bucket {
        /// What was tried: `read`, `write`.
        doing: &'static str,
        /// The object.
        at: String,
        /// What S3 said.
        source: Failure,
    },
    /// It is not there.
    #[error("there is no {what} at {at}: look at its id, and at `journal` under [remediation] in the configuration")]
    Missing {
        /// A journal or plan.
        what: &'static str,
        /// Where it was looked for.
        at: String,
    },
    /// It is there already.
    #[error("{at} exists already, and is not overwritten")]
    Exists {
        /// Where.
        at: String,
    },
    /// A journal that belongs to a place of its own.
    #[error("{at} is not in {place}: set `journal` under [remediation] in the configuration to where it is")]
    Elsewhere {
        /// The journal.
        at: String,
        /// The place that is looked in.
        place: String,
    },
    /// Somebody else goes on with the journal.
    #[error("another run writes {at}: wait for its end, and look at the journal then")]
    Busy {
        /// The journal.
        at: String,
    },
    /// What is there is no journal.
    #[error("{at} is no journal that can be read")]
    Journal {
        /// Where.
        at: String,
        /// Why.
        source: JournalError,
    },
    /// What is there is no plan.
    #[error("{at} is no plan that can be read")]
    Plan {
        /// Where.
        at: String,
        /// Why.
        source: PlanError,
    },
    /// What is there is no lock.
    #[error("{at} is no lock of noderole's: look who put it there, and take it away if no run is on its way")]
    NoLock {
        /// Where.
        at: String,
        /// Why.
        source: serde_json::Error,
    },
}

/// An error with what is behind it, on one line.
pub fn told(error: &(dyn Error + 'static)) -> String {
    let all = std::iter::successors(Some(error), |&error| error.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
