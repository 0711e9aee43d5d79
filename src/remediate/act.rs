//! What carrying out a plan asks for, one thing at a time, and what comes back: the seam between the order of things
//! (`carry_out`, pure) and AWS, the journal and the clock.

use std::time::Duration;

use crate::failure::Failure;

use super::Change;
use super::journal::{Outcome, What};
use super::state::{State, Subject};

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Write a line to the journal, and sync it.
    Write(Box<What>),
    /// Read how the subject is now.
    Read(Box<Subject>),
    /// Make the call, in a session that may do that alone.
    Call(Box<Change>),
    /// Wait: what was changed is not visible everywhere yet.
    Wait(Duration),
    /// Nothing more: the line that says so is written.
    Finished {
        /// What came of it.
        outcome: Outcome,
        /// Why, in words; empty where all went well.
        message: String,
    },
}

/// What came of an [`Act`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The line is written and synced, or why not.
    Written(Result<(), String>),
    /// How the subject is.
    Read(Result<Box<State>, Failure>),
    /// The call was made, or failed; with a failure it may have been made all the same.
    Called(Result<(), Failure>),
    /// The time is over.
    Waited,
}
