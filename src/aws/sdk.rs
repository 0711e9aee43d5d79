//! The caller: the SDK's configuration from the environment, one HTTP client for all accounts, and who is asking.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::config::IdentityCache;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder as HttpClientBuilder, ConnectorBuilder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};
use jiff::Timestamp;

use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, Partition, Region};

use super::classify::{Place, chain, failure, found_nothing, of_provider};
use super::credentials::CachedCredentials;
use super::error::AwsError;
use super::watch::Watch;
use super::whole::Whole;

pub(crate) mod builder;
mod environment;

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
    /// Its ARN: a user's, or that of a session of a role.
    pub(crate) arn: String,
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
    ///
    /// # Errors
    /// [`AwsError::Endpoint`] where an endpoint is set to nothing, [`AwsError::NotARegion`] where the region is none, [`AwsError::NoCredentials`] where nothing could provide them.
    pub async fn from_environment() -> Result<Self, AwsError> {
        environment::check_endpoints(&Env::real())?;
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(https())
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
            .timeout_config(timeouts());
        let loader = match environment::region_past_blanks(&Env::real()) {
            Some(region) => loader.region(region),
            None => loader,
        };
        Self::new(loader.load().await, SharedTimeSource::new(SystemTimeSource::new()))
    }

    fn new(config: SdkConfig, clock: SharedTimeSource) -> Result<Self, AwsError> {
        let region = environment::checked(config.region())?;
        let provider = config.credentials_provider().ok_or(AwsError::NoCredentials)?;
        let caller = Arc::new(CachedCredentials::of_caller(provider, clock.clone()));
        let client = config.http_client().unwrap_or_else(https);
        let config = config
            .into_builder()
            .region(region)
            .http_client(Whole(client))
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

    /// Makes sure that there are credentials; an error says what to do.
    pub(super) async fn need_credentials(&self) -> Result<(), AwsError> {
        match self.caller.get().await {
            Ok(_) => Ok(()),
            Err(error) => Err(Box::pin(without_credentials(&error)).await),
        }
    }

    /// Asks STS who is asking. `partition` is where to ask if the environment names no region.
    pub(crate) async fn identify(&self, partition: Partition) -> Result<Caller, AwsError> {
        Box::pin(self.need_credentials()).await?;
        let region = self.config.region().map_or_else(|| partition.home_region().to_owned(), ToString::to_string);
        // The run has not begun: nobody makes room for a call that is throttled here.
        let watch = Watch::of_the_endpoint();
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
        Ok(Caller { account, partition, arn: arn.to_owned(), sts_region: region })
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
        ) => AwsError::CredentialsRefused { place: place(region), code: failure.code.clone(), source: failure },
        (_, "NotSent") => AwsError::Endpoint { reason: failure.message },
        (FailureClass::Transient, "ConnectionFailed" | "Timeout") => AwsError::unreachable("STS", endpoint, &failure),
        _ => AwsError::Failed { api: "sts:GetCallerIdentity", source: failure },
    }
}

/// A region with its partition.
fn place(region: &str) -> String {
    match region.parse::<Region>() {
        Ok(region) => format!("{region}, partition {}", region.partition()),
        Err(_) => region.to_owned(),
    }
}

/// Why there are no credentials.
async fn without_credentials(error: &CredentialsError) -> AwsError {
    let carried = of_provider(error);
    if carried.class == FailureClass::Expired {
        return AwsError::CredentialsExpired(carried);
    }
    let said = chain(error);
    if !found_nothing(error, &said) {
        return AwsError::CredentialsNotLoaded { reason: said };
    }
    // The chain passes over a profile that is not there and ends with "nothing found": ask for the profile alone.
    let profile = ProfileFileCredentialsProvider::builder().build().provide_credentials().await;
    let named_in_another = profile.err().and_then(|error| undefined_profile(&chain(&error)));
    let missing = match named_in_another {
        Some(name) => Some(name),
        // Where there is no file at all, or an empty one, nothing of the kind is said.
        None => environment::missing_profile(&Fs::real(), &Env::real()).await,
    };
    missing.map_or(AwsError::NoCredentials, AwsError::NoSuchProfile)
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
