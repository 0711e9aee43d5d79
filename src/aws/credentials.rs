//! Credentials of one account: fetched when first needed, once for all who wait, renewed before they run out.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::types::Credentials as StsCredentials;
use aws_smithy_async::time::SharedTimeSource;
use tokio::sync::Mutex;

use crate::failure::{Failure, FailureClass};

use super::classify::{Place, failure, of_provider};
use super::watch::Watch;

/// How long the session of a member role lasts, in seconds. More is not given to roles that a role assumes.
pub(super) const SESSION_SECONDS: i32 = 3600;

/// How long before their end credentials are renewed.
const RENEW_BEFORE: Duration = Duration::from_mins(5);

/// The longest that the caller's own provider may take (a process that asks for a second factor, SSO, IMDS).
const LOAD_TIMEOUT: Duration = Duration::from_mins(1);

/// For how long a failure to fetch is the answer to all who ask, so that they do not ask AWS one after the other.
const KEEP_FAILURE: Duration = Duration::from_secs(5);

/// The call that fetches the credentials of a role: the first of an account is the planner's to count, others are again.
const ASSUME: &str = "sts:AssumeRole";

/// How the role of a member account is assumed.
#[derive(Debug, Clone)]
pub(super) struct RoleToAssume {
    pub(super) client: aws_sdk_sts::Client,
    pub(super) watch: Watch,
    pub(super) arn: String,
    pub(super) session_name: String,
    pub(super) external_id: Option<String>,
    /// How long the session lasts, in seconds.
    pub(super) seconds: i32,
    /// What narrows the session; none: it may do what the role may.
    pub(super) limits: Option<Limits>,
    /// The credentials with which it is assumed.
    pub(super) caller: Arc<CachedCredentials>,
}

/// What narrows a session that changes something, and tells whose it is.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// The inline policy: JSON text.
    pub(super) policy: String,
    /// The source identity, which CloudTrail keeps.
    pub(super) source_identity: &'static str,
}

/// Where credentials come from.
#[derive(Debug)]
enum Source {
    /// The caller's own chain.
    Provider(SharedCredentialsProvider),
    /// sts:AssumeRole.
    Role(Box<RoleToAssume>),
}

/// Credentials that are fetched once and kept.
pub(super) struct CachedCredentials {
    source: Source,
    clock: SharedTimeSource,
    /// Held while they are fetched, so that all others wait for the one answer.
    kept: Mutex<Kept>,
}

/// What was fetched; the generation counts how often.
#[derive(Default)]
struct Kept {
    credentials: Option<Credentials>,
    generation: u64,
    failed: Option<(SystemTime, Failure)>,
}

impl CachedCredentials {
    /// The caller's own.
    pub(super) fn of_caller(provider: SharedCredentialsProvider, clock: SharedTimeSource) -> Self {
        Self { source: Source::Provider(provider), clock, kept: Mutex::default() }
    }

    /// Those of a role.
    pub(super) fn of_role(role: RoleToAssume, clock: SharedTimeSource) -> Self {
        Self { source: Source::Role(Box::new(role)), clock, kept: Mutex::default() }
    }

    /// In the form that clients take.
    pub(super) fn shared(credentials: Arc<Self>) -> SharedCredentialsProvider {
        let provider: Arc<dyn ProvideCredentials> = credentials;
        SharedCredentialsProvider::from(provider)
    }

    /// The credentials, fetched or renewed where that is needed.
    pub(super) async fn get(&self) -> Result<Credentials, CredentialsError> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        let good = |c: &&Credentials| c.expiry().is_none_or(|expiry| expiry > now + RENEW_BEFORE);
        if let Some(credentials) = kept.credentials.as_ref().filter(good) {
            return Ok(credentials.clone());
        }
        if let Some((_, failure)) = kept.failed.as_ref().filter(|(at, _)| now < *at + KEEP_FAILURE) {
            return Err(CredentialsError::provider_error(failure.clone()));
        }
        match self.fetch(kept.generation).await {
            Ok(fresh) => {
                *kept = Kept {
                    credentials: Some(fresh.clone()),
                    generation: kept.generation.wrapping_add(1),
                    failed: None,
                };
                Ok(fresh)
            }
            Err(error) => {
                let failure = of_provider(&error);
                // Whoever was throttled tries again in its turn, and is not to be told of this time then.
                if matches!(self.source, Source::Role(_)) && failure.class != FailureClass::Throttled {
                    kept.failed = Some((self.clock.now(), failure));
                }
                // What is still good for a while is better than nothing.
                kept.credentials.as_ref().filter(|c| c.expiry().is_some_and(|e| e > now)).cloned().ok_or(error)
            }
        }
    }

    /// Fetches the credentials if need be, and says of which generation they are; for [`CachedCredentials::forget`].
    pub(super) async fn ready(&self) -> Result<u64, Failure> {
        // Through the provider's boxed future: a role's credentials wait for the caller's in the same way.
        self.provide_credentials().await.map_err(|error| of_provider(&error))?;
        Ok(self.kept.lock().await.generation)
    }

    /// Drops the credentials of that generation, which AWS says have run out; newer ones are kept.
    pub(super) async fn forget(&self, generation: u64) {
        let mut kept = self.kept.lock().await;
        if kept.generation == generation {
            kept.credentials = None;
        }
    }

    /// Fetches them; `before` is how often they were fetched already.
    async fn fetch(&self, before: u64) -> Result<Credentials, CredentialsError> {
        match &self.source {
            Source::Provider(provider) => tokio::time::timeout(LOAD_TIMEOUT, provider.provide_credentials())
                .await
                .unwrap_or_else(|_elapsed| Err(CredentialsError::provider_timed_out(LOAD_TIMEOUT))),
            Source::Role(role) => {
                let generation = role.caller.ready().await.map_err(CredentialsError::provider_error)?;
                if before > 0 {
                    role.watch.count_again(ASSUME);
                }
                let mut answer = role.assume().await;
                if answer.as_ref().is_err_and(|failure| failure.class == FailureClass::Expired) {
                    // It is the caller's own that ran out.
                    role.caller.forget(generation).await;
                    role.watch.count_again(ASSUME);
                    answer = role.assume().await;
                }
                answer.map_err(CredentialsError::provider_error)
            }
        }
    }
}

impl RoleToAssume {
    async fn assume(&self) -> Result<Credentials, Failure> {
        let request = self
            .client
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(&self.session_name)
            .set_external_id(self.external_id.clone())
            .set_policy(self.limits.as_ref().map(|limits| limits.policy.clone()))
            .set_source_identity(self.limits.as_ref().map(|limits| limits.source_identity.to_owned()))
            .duration_seconds(self.seconds);
        let answer = request
            .send()
            .await
            .map_err(|error| failure(&error, Place { region: None, endpoint: self.watch.endpoint() }))?;
        answer.credentials.as_ref().map(session_credentials).ok_or_else(|| Failure {
            class: FailureClass::Malformed,
            code: "NoCredentials".to_owned(),
            message: "sts:AssumeRole answered without credentials".to_owned(),
        })
    }
}

/// The credentials of a session, in the form that clients take.
fn session_credentials(given: &StsCredentials) -> Credentials {
    Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        SystemTime::try_from(*given.expiration()).ok(),
        "noderole::AssumeRole",
    )
}

impl ProvideCredentials for CachedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.get())
    }
}

impl fmt::Debug for CachedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never what is kept.
        f.debug_struct("CachedCredentials").finish_non_exhaustive()
    }
}
