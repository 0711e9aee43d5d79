//! Why nothing was applied, resumed or undone at all.

use jiff::Timestamp;
use thiserror::Error;

use crate::aws::AwsError;
use crate::remediate::drive::DriveError;
use crate::remediate::history::HistoryError;
use crate::remediate::place::PlaceError;

/// Why nothing was done at all.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The plan is too old.
    #[error("the plan expired at {0}: what it was made from may not be so any more; make it anew with `noderole plan`")]
    Expired(Timestamp),
    /// No clock agrees with its times.
    #[error(
        "the plan says that it was made at {created_at} and holds until {expires_at}, which noderole writes into none: make it anew with `noderole plan`"
    )]
    Times {
        /// When it says that it was made.
        created_at: Timestamp,
        /// Until when it says that it holds.
        expires_at: Timestamp,
    },
    /// The configuration does not allow it, or none of it.
    #[error("nothing was changed: {0}")]
    Refused(String),
    /// What was asked for is none of what the journal tells of.
    #[error("the journal tells of nothing for {0}")]
    Absent(String),
    /// Whoever was asked did not agree.
    #[error("nothing was changed, as you wish")]
    Declined,
    /// The facts could not be read anew.
    #[error("the facts could not be read anew, and nothing was changed")]
    Aws(#[from] AwsError),
    /// Nothing could be begun.
    #[error(transparent)]
    Drive(#[from] DriveError),
    /// What is kept could not be read.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// What is kept of a finding is none of ours.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The journal holds no plan.
    #[error("{0} is no journal of an apply: its first line holds no plan")]
    NoPlan(String),
}

impl ApplyError {
    /// Whether what was named is not there, or is something else.
    pub fn is_input(&self) -> bool {
        match self {
            Self::NoPlan(_) | Self::Absent(_) | Self::Times { .. } | Self::Drive(DriveError::NoPlan { .. }) => true,
            Self::Place(error) | Self::Drive(DriveError::Place(error)) => match error {
                PlaceError::Name { .. }
                | PlaceError::Missing { .. }
                | PlaceError::Elsewhere { .. }
                | PlaceError::Journal { .. }
                | PlaceError::Plan { .. } => true,
                PlaceError::Io { .. }
                | PlaceError::Bucket { .. }
                | PlaceError::Exists { .. }
                | PlaceError::Busy { .. }
                | PlaceError::NoLock { .. } => false,
            },
            Self::Expired(_)
            | Self::Refused(_)
            | Self::Declined
            | Self::Aws(_)
            | Self::Drive(DriveError::Aws(_))
            | Self::History(_) => false,
        }
    }

    /// Whether it was refused, and not failed: trying again changes nothing.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Expired(_) | Self::Times { .. } | Self::Refused(_) | Self::Absent(_) | Self::Declined => true,
            Self::Aws(_) | Self::Drive(_) | Self::Place(_) | Self::History(_) | Self::NoPlan(_) => false,
        }
    }
}
