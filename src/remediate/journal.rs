//! The journal: what was done to each role, line by line, each written before what it announces and synced.

mod lines;

pub use lines::{Journal, JournalError, MAX_BYTES};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, RoleArn};

use super::Change;
use super::plan::Plan;
use super::state::State;

/// The version of the saved form.
pub const SCHEMA: &str = "noderole.journal/1";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// When it was written (UTC).
    pub at: Timestamp,
    /// What happened, or is about to.
    pub what: What,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// The first line: which plan is applied, and by whom.
    Begun {
        /// [`SCHEMA`].
        schema: String,
        /// The journal's id.
        journal_id: String,
        /// The version of noderole that writes it.
        tool_version: String,
        /// Who applies it: the caller's ARN.
        caller: String,
        /// The plan, whole.
        plan: Box<Plan>,
    },
    /// The image of a role from before: its first change comes after this.
    Before {
        /// The role.
        role: RoleArn,
        /// How it was.
        state: Box<State>,
    },
    /// A call is about to be made.
    Doing {
        /// The role whose plan it belongs to.
        role: RoleArn,
        /// Its position in the role's plan, from 0.
        step: usize,
        /// The call.
        change: Change,
    },
    /// The call was made, and its effect was seen.
    Done {
        /// The role.
        role: RoleArn,
        /// The step.
        step: usize,
        /// How the role is now.
        state: Box<State>,
    },
    /// The rules were judged again on what is there now; they pass.
    Verified {
        /// The role.
        role: RoleArn,
        /// Ids of the findings that are gone.
        findings: Vec<String>,
    },
    /// A call that takes a step back is about to be made.
    Undoing {
        /// The role.
        role: RoleArn,
        /// The step that is taken back.
        step: usize,
        /// The call.
        change: Change,
    },
    /// The step is taken back, and its effect was seen.
    Undone {
        /// The role.
        role: RoleArn,
        /// The step.
        step: usize,
        /// How the role is now.
        state: Box<State>,
    },
    /// A role is finished with, for this time.
    Ended {
        /// The role.
        role: RoleArn,
        /// What came of it.
        outcome: Outcome,
        /// Why, in words; empty where all went well.
        message: String,
    },
    /// The last line: nothing is open.
    Closed {
        /// The accounts whose locks were given back.
        accounts: Vec<AccountId>,
    },
}

impl What {
    /// The call on a role that the line announces; none where it says anything else, or of another role.
    pub(super) fn announces(&self, of: &RoleArn) -> Option<&Change> {
        match self {
            Self::Doing { role, change, .. } if role == of => Some(change),
            Self::Begun { .. }
            | Self::Before { .. }
            | Self::Doing { .. }
            | Self::Done { .. }
            | Self::Verified { .. }
            | Self::Undoing { .. }
            | Self::Undone { .. }
            | Self::Ended { .. }
            | Self::Closed { .. } => None,
        }
    }
}

/// What came of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Changed and verified.
    Applied,
    /// It was so already: nothing was called.
    Unchanged,
    /// A guard, the check or a change from outside stood against it: nothing was called.
    Refused,
    /// Something failed, and all is as it was before.
    Restored,
    /// Something failed, and not all of it could be taken back: `noderole apply --resume` goes on, `noderole undo` takes it
    /// back.
    Failed,
    /// Taken back by `undo`.
    Undone,
}
