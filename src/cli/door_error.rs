//! What ends a command before its time, told as one error, its causes, and what to do next.

use std::error::Error;
use std::fmt::Write;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::aws::{AwsError, AwsErrorKind, StoredError};
use crate::baseline::BaselineError;
use crate::exit::Exit;
use crate::explain::ExplainError;
use crate::inventory::InventoryError;
use crate::remediate::apply::ApplyError;
use crate::remediate::plan::PlanError;
use crate::report::harmless;
use crate::report::narrow::Absent;
use crate::report::saved::SavedError;

use super::args::{Given, Saved};
use super::configuration::Wrong;
use super::saved::Role;

/// What ends a command.
#[derive(Debug, Error)]
pub(super) enum DoorError {
    /// Flags that do not go together, found after parsing.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do instead.
        help: String,
    },
    /// An input that could not be read.
    #[error("{input} could not be read")]
    Input {
        /// The input.
        input: Given,
        /// Why.
        source: io::Error,
    },
    /// A configuration that could not be read.
    #[error("the configuration could not be read")]
    Stored(#[source] Box<StoredError>),
    /// A configuration that is wrong.
    #[error("the configuration is wrong")]
    Config(Box<Wrong>),
    /// A saved report that could not be read.
    #[error("the {role} could not be read")]
    StoredReport {
        /// What it is for.
        role: Role,
        /// Why.
        source: Box<StoredError>,
    },
    /// A saved report that is none.
    #[error("the {role} in {place} cannot be used")]
    Report {
        /// Where it came from.
        place: Saved,
        /// What it is for.
        role: Role,
        /// Why.
        source: Box<SavedError>,
    },
    /// A baseline that does not fit the report.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// An inventory that is none.
    #[error("the inventory in {input} cannot be used")]
    Inventory {
        /// Where it came from.
        input: Given,
        /// Why.
        source: InventoryError,
    },
    /// A plan that is none.
    #[error("the plan in {input} cannot be used")]
    Plan {
        /// Where it came from.
        input: Given,
        /// Why.
        source: Box<PlanError>,
    },
    /// Nothing was applied or undone at all.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The sample organization that ships with the program.
    #[error("the sample organization cannot be read: please report this")]
    Demo(#[source] InventoryError),
    /// Something named on the command line is not among the facts.
    #[error("{}", listed(.0))]
    Absent(Vec<Absent>),
    /// Nothing bears the name that is to be explained.
    #[error(transparent)]
    Unexplained(#[from] ExplainError),
    /// Nothing could be asked of AWS.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The asynchronous runtime could not be started.
    #[error("the runtime could not be started")]
    Runtime(#[source] io::Error),
    /// An output that could not be written.
    #[error("`{}` could not be written", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output could not be written.
    #[error("standard output could not be written")]
    Stdout(#[source] io::Error),
}

/// Each in words.
fn listed(absent: &[Absent]) -> String {
    let told: Vec<String> = absent.iter().map(ToString::to_string).collect();
    told.join("; and ")
}

/// Whether a folder was named in the place of a file.
fn is_a_folder(error: &StoredError) -> bool {
    matches!(error, StoredError::File { source, .. } if source.kind() == io::ErrorKind::IsADirectory)
}

/// Whether nothing is there.
fn is_absent(error: &StoredError) -> bool {
    match error {
        StoredError::File { source, .. } => source.kind() == io::ErrorKind::NotFound,
        StoredError::Missing { .. } => true,
        StoredError::Credentials(_)
        | StoredError::Denied { .. }
        | StoredError::TooLarge { .. }
        | StoredError::NotUtf8(_)
        | StoredError::Failed { .. } => false,
    }
}

impl DoorError {
    /// What to do next.
    fn help(&self) -> Option<String> {
        match self {
            Self::Usage { help, .. } => Some(help.clone()),
            Self::Input { input: Given::File(_), source } if source.kind() == io::ErrorKind::NotFound => {
                Some("check the path; `-` reads standard input".to_owned())
            }
            Self::Output { source, .. }
                if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                Some("create the folder first, or write elsewhere".to_owned())
            }
            Self::Input { source, .. } | Self::Output { source, .. }
                if source.kind() == io::ErrorKind::IsADirectory =>
            {
                Some("name a file, not a folder".to_owned())
            }
            Self::Input { source, .. } if source.kind() == io::ErrorKind::InvalidData => {
                Some("an inventory is JSON in UTF-8".to_owned())
            }
            Self::Input { input: Given::File(_), .. } => Some("check the path and its permissions".to_owned()),
            Self::Output { .. } => Some("check the folder's permissions and free space, or write elsewhere".to_owned()),
            Self::Absent(_) => Some("check the spelling, or leave the flag out to audit everything".to_owned()),
            Self::Unexplained(ExplainError::Unread { .. }) => {
                Some("give the audit role what it lacks (docs/audit-role.md) and try again".to_owned())
            }
            Self::Stored(error) | Self::StoredReport { source: error, .. } if is_a_folder(error) => {
                Some("name a file, not a folder".to_owned())
            }
            Self::StoredReport { role: Role::Baseline, source } if is_absent(source) => {
                Some("leave --baseline out in the first run: there is nothing to compare with yet".to_owned())
            }
            // Their own messages say what to do, where anything can be done.
            Self::Stored(_)
            | Self::StoredReport { .. }
            | Self::Report { .. }
            | Self::Baseline(_)
            | Self::Config(_)
            | Self::Inventory { .. }
            | Self::Plan { .. }
            | Self::Apply(_)
            | Self::Aws(_)
            | Self::Unexplained(ExplainError::NotFound { .. })
            | Self::Input { input: Given::Stdin, .. }
            | Self::Demo(_)
            | Self::Runtime(_)
            | Self::Stdout(_) => None,
        }
    }

    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Aws(error) => match error.kind() {
                AwsErrorKind::SetUp => Exit::Wrong,
                AwsErrorKind::Unavailable => Exit::Incomplete,
            },
            Self::Unexplained(ExplainError::Unread { .. }) => Exit::Incomplete,
            Self::Apply(error) if error.is_input() => Exit::Wrong,
            Self::Apply(_) => Exit::Refused,
            Self::Usage { .. }
            | Self::Input { .. }
            | Self::Stored(_)
            | Self::StoredReport { .. }
            | Self::Report { .. }
            | Self::Baseline(_)
            | Self::Config(_)
            | Self::Inventory { .. }
            | Self::Plan { .. }
            | Self::Demo(_)
            | Self::Absent(_)
            | Self::Unexplained(ExplainError::NotFound { .. })
            | Self::Runtime(_)
            | Self::Output { .. }
            | Self::Stdout(_) => Exit::Wrong,
        }
    }

    /// The error as it stands on standard error: the message, its causes, the help.
    pub(super) fn told(&self) -> String {
        if let Self::Config(wrong) = self {
            return wrong.shown();
        }
        let mut text = format!("error: {}\n", harmless::line(&self.to_string()));
        let mut cause = self.source();
        while let Some(error) = cause {
            // Writing to a String cannot fail.
            writeln!(text, "  cause: {}", harmless::line(&error.to_string())).ok();
            cause = error.source();
        }
        if let Some(help) = self.help() {
            writeln!(text, "  help: {}", harmless::line(&help)).ok();
        }
        text
    }
}
