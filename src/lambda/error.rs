//! Why an invocation failed, with names that stay: Step Functions' `Retry` and `Catch` and alarms match on them.

use lambda_runtime::Diagnostic;
use thiserror::Error;

use crate::aws::{AwsError, StoredError};
use crate::config::{ConfigError, Location};

use super::event::EventError;
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
    Stored(#[from] StoredError),
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
    /// The findings could not be written.
    #[error("the findings could not be written to the log")]
    Log(#[from] std::io::Error),
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
            Self::Settings(_) | Self::Config { .. } => "NodeRole.InvalidConfiguration",
            Self::Stored(_) => "NodeRole.ConfigurationNotRead",
            Self::Aws(_) => "NodeRole.AuditFailed",
            Self::Log(_) => "NodeRole.LogFailed",
        }
    }
}

impl From<&LambdaError> for Diagnostic {
    /// The name, and the message with those of the sources behind it: Lambda's answer has one line only.
    fn from(error: &LambdaError) -> Self {
        let mut error_message = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            error_message.push_str(": ");
            error_message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self { error_type: error.name().to_owned(), error_message }
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
        let apply = LambdaError::from(Trigger::parse(r#"{"task": "apply"}"#).unwrap_err());
        assert_eq!(apply.name(), "NodeRole.NotTheRemediationFunction");
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
