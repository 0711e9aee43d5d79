//! Sessions, limits and errors of the AWS SDK. No SDK type leaves this room.

use thiserror::Error;

/// Why nothing could be asked of AWS at all. The message says what to do next.
#[derive(Debug, Error)]
pub enum AwsError {
    /// No credentials were found.
    #[error("no AWS credentials were found")]
    NoCredentials,
}

/// The SDK's configuration: shared HTTP client, credentials, endpoints, retries.
#[derive(Debug)]
pub struct Sdk {}

impl Sdk {
    /// From the environment, profile and instance role, as every AWS tool.
    pub async fn from_environment() -> Result<Self, AwsError> {
        Ok(Self {})
    }
}
