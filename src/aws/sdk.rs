//! The caller: the SDK's configuration from the environment, one HTTP client for all accounts, and who is asking.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::config::IdentityCache;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource, TimeSource};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder as HttpClientBuilder, ConnectorBuilder, tls};
use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use jiff::Timestamp;

use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, Partition};

use super::classify::{Place, chain, failure, of_provider};
use super::credentials::CachedCredentials;
use super::error::AwsError;
use super::regions;
use super::watch::Watch;

/// The longest that a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest wait for the first byte of an answer. A page of a thousand roles takes IAM several seconds.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest that one attempt may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(45);

/// The longest that one call may take, retries and their pauses included.
const CALL_TIMEOUT: Duration = Duration::from_mins(3);

/// Attempts of one call at most, the first included.
pub(super) const MAX_ATTEMPTS: u32 = 7;

/// Attempts of the first call of all, which finds out whether anybody is there: a person waits for it.
const FIRST_CALL_ATTEMPTS: u32 = 3;

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The account.
    pub(crate) account: AccountId,
    /// The partition.
    pub(crate) partition: Partition,
    /// The region in which STS was asked.
    pub(crate) sts_region: String,
}

/// The SDK's configuration: shared HTTP client, credentials, endpoints, retries.
pub struct Sdk {
    /// With the caller's credentials; the region is what the environment says, if it does.
    pub(super) config: SdkConfig,
    /// The caller's credentials.
    pub(super) caller: Arc<CachedCredentials>,
    pub(super) clock: SharedTimeSource,
}

impl fmt::Debug for Sdk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sdk").field("region", &self.config.region()).finish_non_exhaustive()
    }
}

impl Sdk {
    /// From environment, profile and instance role, as every AWS tool. Reads no credentials yet.
    pub async fn from_environment() -> Result<Self, AwsError> {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(https())
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
            .timeout_config(timeouts())
            .load()
            .await;
        Self::new(config, SharedTimeSource::new(SystemTimeSource::new()))
    }

    /// Everything by hand, nothing from the environment: for tests and for embedders.
    pub fn builder() -> SdkBuilder {
        SdkBuilder::default()
    }

    fn new(config: SdkConfig, clock: SharedTimeSource) -> Result<Self, AwsError> {
        let provider = config.credentials_provider().ok_or(AwsError::NoCredentials)?;
        let caller = Arc::new(CachedCredentials::of_caller(provider, clock.clone()));
        let config = config
            .into_builder()
            .credentials_provider(CachedCredentials::shared(Arc::clone(&caller)))
            // `CachedCredentials` caches, and can forget what has run out.
            .identity_cache(IdentityCache::no_cache())
            .build();
        Ok(Self { config, caller, clock })
    }

    /// The present time (UTC).
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::try_from(self.clock.now()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Asks STS who is asking. `partition` is where to ask if the environment names no region.
    pub(crate) async fn identify(&self, partition: Partition) -> Result<Caller, AwsError> {
        if let Err(error) = self.caller.get().await {
            return Err(without_credentials(&error).await);
        }
        let region = self.config.region().map_or_else(|| regions::home(partition).to_owned(), ToString::to_string);
        let (throttles, _nobody) = tokio::sync::mpsc::unbounded_channel();
        let lane = super::limits::Lane {
            account: "000000000000".parse().map_err(|_inner| incomplete("an account"))?,
            service: super::limits::Service::Sts,
            region: None,
        };
        let watch = Watch::new(lane, throttles);
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .region(aws_sdk_sts::config::Region::new(region.clone()))
            .retry_config(RetryConfig::standard().with_max_attempts(FIRST_CALL_ATTEMPTS))
            .interceptor(watch.clone())
            .build();
        let answer = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await;
        let identity = answer.map_err(|error| {
            let endpoint = watch.endpoint();
            refused(failure(&error, Place { region: None, endpoint }), &region, endpoint)
        })?;
        let arn = identity.arn().ok_or_else(|| incomplete("an ARN"))?;
        let partition = arn.split(':').nth(1).and_then(|p| p.parse().ok()).ok_or_else(|| incomplete("a partition"))?;
        let account = identity.account().and_then(|a| a.parse().ok()).ok_or_else(|| incomplete("an account"))?;
        Ok(Caller { account, partition, sts_region: region })
    }
}

fn incomplete(what: &str) -> AwsError {
    AwsError::Incomplete { api: "sts:GetCallerIdentity", what: what.to_owned() }
}

/// Why STS did not say who is asking.
fn refused(failure: Failure, region: &str, endpoint: Option<&str>) -> AwsError {
    match (failure.class, failure.code.as_str()) {
        (FailureClass::Expired, _) => AwsError::CredentialsExpired(failure),
        (
            _,
            "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "IncompleteSignature"
            | "InvalidAccessKeyId"
            | "AuthFailure",
        ) => AwsError::CredentialsRefused { region: region.to_owned(), code: failure.code.clone(), source: failure },
        (_, "NotSent") => AwsError::Endpoint { reason: failure.message },
        (FailureClass::Transient, "ConnectionFailed" | "Timeout") => AwsError::unreachable("STS", endpoint, &failure),
        _ => AwsError::Failed { api: "sts:GetCallerIdentity", source: failure },
    }
}

/// Why there are no credentials.
async fn without_credentials(error: &CredentialsError) -> AwsError {
    let carried = of_provider(error);
    if carried.class == FailureClass::Expired {
        return AwsError::CredentialsExpired(carried);
    }
    let said = chain(error, None);
    // The chain asks the metadata service last, and where there is none, some networks answer for it.
    let is_about_metadata = said.contains("IMDS");
    if !is_about_metadata && !matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
        return AwsError::CredentialsNotLoaded { reason: said };
    }
    // The chain passes over a profile that is not there and ends with "nothing found": ask for the profile alone.
    let profile = ProfileFileCredentialsProvider::builder().build().provide_credentials().await;
    profile
        .err()
        .and_then(|error| undefined_profile(&chain(&error, None)))
        .map_or(AwsError::NoCredentials, AwsError::NoSuchProfile)
}

/// The name of the profile that an error of the SDK says is not defined.
fn undefined_profile(message: &str) -> Option<String> {
    let (before, _) = message.split_once("` was not defined")?;
    before.rsplit_once('`').map(|(_, name)| name.to_owned())
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build()
}

/// One HTTP client, with one TLS configuration and one pool, for every account: left to itself each SDK client makes its
/// own. Proxies are taken from the environment.
fn https() -> SharedHttpClient {
    HttpClientBuilder::new().build_with_connector_fn(|settings, components| {
        let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let mut connector = ConnectorBuilder::default().tls_provider(tls).proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(
            components.and_then(aws_smithy_runtime_api::client::runtime_components::RuntimeComponents::sleep_impl),
        );
        connector.build()
    })
}

#[cfg(test)]
mod tests;

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

    /// The SDK. An error where no credentials were given.
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
