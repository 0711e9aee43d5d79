//! Why a run could not begin.

use thiserror::Error;

use crate::aws::AwsError;
use crate::remediate::place::PlaceError;

/// Why nothing could be begun. Nothing was changed then.
#[derive(Debug, Error)]
pub enum DriveError {
    /// There is nobody to ask AWS as.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The journal could not be begun, or read.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The journal does not begin with a plan.
    #[error("{at} does not begin with a plan: it is no journal that can be gone on with or taken back")]
    NoPlan {
        /// The journal.
        at: String,
    },
}
