//! An SDK by hand, nothing from the environment: for tests, which hand in who answers and what time it is.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource, TimeSource};
use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};

use super::{AwsError, MAX_ATTEMPTS, Sdk, https, timeouts};

/// Builds an [`Sdk`] by hand.
#[derive(Debug, Default)]
pub struct SdkBuilder {
    http_client: Option<SharedHttpClient>,
    sleep: Option<SharedAsyncSleep>,
    clock: Option<SharedTimeSource>,
    credentials: Option<Credentials>,
    region: Option<String>,
    endpoint: Option<String>,
}

impl SdkBuilder {
    /// Who answers; without it, the network.
    #[must_use]
    pub fn http_client(mut self, client: impl HttpClient + 'static) -> Self {
        self.http_client = Some(SharedHttpClient::new(client));
        self
    }

    /// How retries wait; without it, tokio's clock.
    #[must_use]
    pub fn sleep(mut self, sleep: impl AsyncSleep + 'static) -> Self {
        self.sleep = Some(SharedAsyncSleep::new(sleep));
        self
    }

    /// The clock of signatures, of credentials and of the run's times; without it, the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl TimeSource + 'static) -> Self {
        self.clock = Some(SharedTimeSource::new(clock));
        self
    }

    /// The caller's access key; without it there are no credentials.
    #[must_use]
    pub fn access_key(mut self, id: &str, secret: &str) -> Self {
        self.credentials = Some(Credentials::new(id, secret, None, None, "noderole::SdkBuilder"));
        self
    }

    /// The caller's region; without it, the home of the partition.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// One endpoint for all services; without it, AWS's own.
    #[must_use]
    pub fn endpoint(mut self, url: &str) -> Self {
        self.endpoint = Some(url.to_owned());
        self
    }

    /// The SDK.
    ///
    /// # Errors
    /// [`AwsError::NoCredentials`] where none were given, [`AwsError::NotARegion`] where the region is none.
    pub fn build(self) -> Result<Sdk, AwsError> {
        let clock = self.clock.unwrap_or_else(|| SharedTimeSource::new(SystemTimeSource::new()));
        let credentials = self.credentials.ok_or(AwsError::NoCredentials)?;
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.http_client.unwrap_or_else(https))
            .sleep_impl(self.sleep.unwrap_or_else(|| SharedAsyncSleep::new(TokioSleep::new())))
            .time_source(clock.clone())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
            .timeout_config(timeouts())
            .region(self.region.map(aws_types::region::Region::new));
        config.set_endpoint_url(self.endpoint);
        Sdk::new(config.build(), clock)
    }
}
