//! Reading a saved report from where it is: standard input, a file, an object in S3.

use std::io;

use crate::aws::{Sdk, StoredError, StoredKind, read_file};
use crate::config::Location;
use crate::report::Report;
use crate::report::saved::{self, SavedError};

use super::args::{Given, Saved};
use super::door_error::DoorError;

/// What a saved report is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is to be told.
    Report,
    /// It is to be compared with.
    Baseline,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Report => "report",
            Self::Baseline => "baseline",
        })
    }
}

/// Reads the report.
pub(super) fn read(place: &Saved, role: Role) -> Result<Report, DoorError> {
    let unreadable = |source| DoorError::Input { input: Given::Stdin, source };
    let loaded = match place {
        Saved::Stdin => saved::load(io::stdin().lock()),
        Saved::At(location) => saved::of_text(&text(location, role)?),
    };
    loaded.map_err(|error| match error {
        SavedError::Io(source) => unreadable(source),
        other @ (SavedError::TooLarge { .. }
        | SavedError::NotUtf8 { .. }
        | SavedError::Json { .. }
        | SavedError::Inventory
        | SavedError::OtherVersion(_)
        | SavedError::NoReport(_)
        | SavedError::Form { .. }) => DoorError::Report { place: place.clone(), role, source: Box::new(other) },
    })
}

/// Refuses two inputs that are both to come from standard input.
pub(super) fn one_from_stdin(first: bool, baseline: Option<&Saved>) -> Result<(), DoorError> {
    if first && baseline == Some(&Saved::Stdin) {
        return Err(DoorError::Usage {
            message: "standard input can give one document".to_owned(),
            help: "save the baseline to a file and name that".to_owned(),
        });
    }
    Ok(())
}

fn text(location: &Location, role: Role) -> Result<String, DoorError> {
    let read = match location {
        Location::File(path) => read_file(path, StoredKind::Report),
        Location::S3 { .. } | Location::Ssm(_) => from_aws(location)?,
    };
    read.map_err(|error| match error {
        StoredError::Credentials(error) => DoorError::Aws(error),
        other @ (StoredError::File { .. }
        | StoredError::Missing { .. }
        | StoredError::Denied { .. }
        | StoredError::TooLarge { .. }
        | StoredError::NotUtf8(_)
        | StoredError::Failed { .. }) => DoorError::StoredReport { role, source: Box::new(other) },
    })
}

fn from_aws(location: &Location) -> Result<Result<String, StoredError>, DoorError> {
    let runtime = tokio::runtime::Runtime::new().map_err(DoorError::Runtime)?;
    runtime.block_on(async {
        let sdk = Sdk::from_environment().await?;
        Ok(sdk.read_stored(location, StoredKind::Report).await)
    })
}
