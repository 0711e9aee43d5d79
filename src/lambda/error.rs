//! Why an invocation failed, with names that stay: Step Functions' `Retry` and `Catch` and alarms match on them.

use lambda_runtime::Diagnostic;
use thiserror::Error;

use crate::aws::{AwsError, StoredError};
use crate::collect::scope::ManifestError;
use crate::config::{ConfigError, Location};
use crate::failure::Failure;
use crate::ids::AccountId;
use crate::inventory::InventoryError;
use crate::remediate::apply::ApplyError;
use crate::remediate::place::PlaceError;
use crate::report::harmless;

use super::event::{EventError, FanOutRun};
use super::settings::SettingsError;

/// Why an invocation failed.
#[derive(Debug, Error)]
pub enum LambdaError {
    /// The event is not one that starts anything.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The function's environment is not a configuration.
    #[error("the function's environment variables are not a configuration")]
    Settings(#[from] SettingsError),
    /// The configuration could not be read.
    #[error("the configuration (NODEROLE_CONFIG) could not be read")]
    Stored(#[source] Box<StoredError>),
    /// The configuration is wrong.
    #[error("{place} (NODEROLE_CONFIG) is not a configuration")]
    Config {
        /// Where it is.
        place: Location,
        /// Everything that is wrong with it.
        source: ConfigError,
    },
    /// Nothing could be asked of AWS at all.
    #[error("the audit could not be done")]
    Aws(#[from] AwsError),
    /// A step of a fan-out has nowhere to leave what it did.
    #[error(
        "a fan-out keeps its runs in the bucket of the sink `s3`: set NODEROLE_S3_BUCKET, and name s3 in NODEROLE_SINKS"
    )]
    NoBucket,
    /// A step of a run that has not begun.
    #[error("run {0} is not known here: `list-accounts` comes first, with the same `run_id`")]
    UnknownRun(FanOutRun),
    /// An account that the run has not found.
    #[error("account {account} is none of run {run}: only accounts that `list-accounts` has found are read")]
    NotInTheRun {
        /// The run.
        run: FanOutRun,
        /// The account.
        account: AccountId,
    },
    /// An account that the run has found, and that the configuration leaves out by now.
    #[error(
        "account {account} of run {run} is outside of what the configuration names now, by its id, its units or every \
         region: begin a new run"
    )]
    OutOfConfiguration {
        /// The run.
        run: FanOutRun,
        /// The account.
        account: AccountId,
    },
    /// What a step has left could not be had, or left.
    #[error("the object {key} of the run could not be read or written")]
    RunNotStored {
        /// Its key.
        key: String,
        /// The answer.
        source: Failure,
    },
    /// The list of accounts is none.
    #[error("the object {key} of the run cannot be used")]
    Manifest {
        /// Its key.
        key: String,
        /// What is wrong with it.
        source: ManifestError,
    },
    /// The facts of an account are none.
    #[error("the object {key} of the run cannot be used")]
    Facts {
        /// Its key.
        key: String,
        /// What is wrong with it.
        source: InventoryError,
    },
    /// Facts of another account or run.
    #[error("the object {0} holds facts of another account or run")]
    OtherFacts(String),
    /// Something of an account may be had when it is tried again.
    #[error("account {account} could not be read as a whole, and may be if it is tried again: {what}")]
    AccountNotWhole {
        /// The account.
        account: AccountId,
        /// The first of what failed.
        what: String,
    },
    /// The state machine could not be begun.
    #[error("the state machine {state_machine} could not be started: the function needs states:StartExecution on it")]
    NoExecution {
        /// Its ARN.
        state_machine: String,
        /// The answer.
        source: Failure,
    },
    /// The invocation ends soon.
    #[error("no time is left for another account: its messages come again")]
    NoTimeLeft,
    /// Nothing was remediated at all.
    #[error("the remediation was not done")]
    Apply(#[from] Box<ApplyError>),
    /// A plan could not be kept.
    #[error("the plan could not be kept")]
    NotKept(#[from] PlaceError),
    /// Nowhere to keep plans and journals.
    #[error("plans and journals have no place: set NODEROLE_JOURNAL to s3://BUCKET/PREFIX")]
    NoJournal,
    /// The findings could not be written.
    #[error("the findings could not be written to the log")]
    Log(#[from] std::io::Error),
}

impl From<StoredError> for LambdaError {
    fn from(error: StoredError) -> Self {
        Self::Stored(Box::new(error))
    }
}

impl LambdaError {
    /// The stable name: `errorType` in Lambda's answer.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Event(EventError::Malformed { .. } | EventError::Task { .. }) => "NodeRole.MalformedEvent",
            Self::Event(EventError::Unknown { .. } | EventError::UnknownBatch(_) | EventError::UnknownTask(_)) => {
                "NodeRole.UnknownEvent"
            }
            Self::Event(EventError::Remediation) => "NodeRole.NotTheRemediationFunction",
            Self::Event(EventError::Audit) => "NodeRole.NotTheAuditFunction",
            Self::Settings(_) | Self::Config { .. } | Self::NoBucket | Self::NoJournal => {
                "NodeRole.InvalidConfiguration"
            }
            Self::Stored(_) => "NodeRole.ConfigurationNotRead",
            Self::Aws(_) => "NodeRole.AuditFailed",
            Self::UnknownRun(_) | Self::NotInTheRun { .. } | Self::OutOfConfiguration { .. } => "NodeRole.UnknownRun",
            Self::RunNotStored { .. } | Self::Manifest { .. } | Self::Facts { .. } | Self::OtherFacts(_) => {
                "NodeRole.RunNotStored"
            }
            Self::AccountNotWhole { .. } => "NodeRole.AccountNotWhole",
            Self::NoExecution { .. } => "NodeRole.FanOutFailed",
            Self::NoTimeLeft => "NodeRole.NoTimeLeft",
            Self::Apply(error) if error.is_refusal() => "NodeRole.RemediationRefused",
            Self::Apply(_) | Self::NotKept(_) => "NodeRole.RemediationFailed",
            Self::Log(_) => "NodeRole.LogFailed",
        }
    }
}

impl From<&LambdaError> for Diagnostic {
    /// The name, and the message with those of the sources behind it: Lambda's answer has one line only, in which nothing
    /// deceives whoever reads.
    fn from(error: &LambdaError) -> Self {
        let mut error_message = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            error_message.push_str(": ");
            error_message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self { error_type: error.name().to_owned(), error_message: harmless::line(&error_message).into_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::{Settings, Trigger};

    #[test]
    fn each_error_has_its_name_and_says_what_to_do() {
        let unknown = LambdaError::from(Trigger::parse(r#"{"source": "a", "detail-type": "b"}"#).unwrap_err());
        let batch = LambdaError::from(Trigger::parse(r#"{"Records": [{"eventSource": "aws:s3"}]}"#).unwrap_err());
        assert_eq!(batch.name(), "NodeRole.UnknownEvent");
        assert_eq!(LambdaError::from(EventError::Remediation).name(), "NodeRole.NotTheRemediationFunction");
        assert_eq!(LambdaError::from(EventError::Audit).name(), "NodeRole.NotTheAuditFunction");
        let refused = LambdaError::from(Box::new(ApplyError::Refused("no window".to_owned())));
        assert_eq!(refused.name(), "NodeRole.RemediationRefused");
        let malformed = LambdaError::from(Trigger::parse("1").unwrap_err());
        let settings =
            LambdaError::from(Settings::from_vars([("NODEROLE_REGIONS".into(), "europe".into())]).unwrap_err());
        let names = [&unknown, &malformed, &settings].map(LambdaError::name);
        assert_eq!(names, ["NodeRole.UnknownEvent", "NodeRole.MalformedEvent", "NodeRole.InvalidConfiguration"]);
        let shown = Diagnostic::from(&settings);
        assert!(shown.error_message.contains("NODEROLE_REGIONS"), "{}", shown.error_message);
        assert!(shown.error_message.contains("eu-west-1"), "{}", shown.error_message);
    }
}
