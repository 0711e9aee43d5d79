//! What a remediation changes: one SDK operation a call (or two), its errors classed once, in a session of the account's
//! remediation role that may do just what one role's changes and their taking back need. In the caller's own account too.

mod eks;
mod iam;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sts::config::retry::{RetryConfig, RetryPartition};
use aws_smithy_async::time::SharedTimeSource;
use aws_types::region::Region as SdkRegion;

use crate::collect::member::MemberRole;
use crate::failure::{Failure, FailureClass};
use crate::ids::AccountId;
use crate::remediate::Change;
use crate::remediate::permits::{PermitError, SessionPolicy, session_policies};

use super::credentials::{CachedCredentials, Limits, RoleToAssume};
use super::sdk::{Caller, Sdk};
use super::session::{Client, session_name};
use super::watch::Watch;

/// Whose the sessions are, in CloudTrail: the trust policy of the remediation role asks for it (`sts:SourceIdentity`).
pub(crate) const SOURCE_IDENTITY: &str = "noderole";

/// The pauses after which a call is made again that AWS has asked to slow down, where the SDK makes it once.
const WAITS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

/// How long such a session lasts, in seconds: the least that STS gives. One role is done in less, or it is renewed.
const SECONDS: i32 = 900;

/// Who changes things: the caller, by way of the remediation role of each account.
pub(crate) struct Writers {
    config: SdkConfig,
    clock: SharedTimeSource,
    caller: Caller,
    callers_credentials: Arc<CachedCredentials>,
    role: MemberRole,
    session_name: String,
}

impl fmt::Debug for Writers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writers").field("caller", &self.caller).field("role", &self.role).finish_non_exhaustive()
    }
}

impl Writers {
    /// Sessions of `role` in each account, named after the journal.
    pub(crate) fn new(sdk: &Sdk, caller: Caller, role: MemberRole, journal_id: &str) -> Self {
        Self {
            config: sdk.config.clone(),
            clock: sdk.clock.clone(),
            caller,
            callers_credentials: Arc::clone(&sdk.caller),
            role,
            session_name: session_name(journal_id),
        }
    }

    /// Who makes some changes to one role and takes them back, and can do nothing else. Assumes nothing yet.
    ///
    /// # Errors
    /// A change that fits into no session.
    pub(crate) fn writer<'a>(
        &self,
        account: &AccountId,
        changes: impl IntoIterator<Item = &'a Change>,
    ) -> Result<Writer, PermitError> {
        let retries = RetryPartition::custom(format!("remediation/{account}")).build();
        let open = |policy| {
            let role = self.role_in(account, &policy, &retries);
            let credentials = Arc::new(CachedCredentials::of_role(role, self.clock.clone()));
            Session { policy, credentials }
        };
        let sessions = session_policies(changes)?.into_iter().map(open).collect();
        Ok(Writer { config: self.config.clone(), retries, home: self.caller.partition.home_region(), sessions })
    }

    fn role_in(&self, account: &AccountId, policy: &SessionPolicy, retries: &RetryPartition) -> RoleToAssume {
        let watch = Watch::of_the_endpoint();
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .region(SdkRegion::new(self.caller.sts_region.clone()))
            .retry_partition(retries.clone())
            .interceptor(watch.clone())
            .build();
        RoleToAssume {
            client: aws_sdk_sts::Client::from_conf(config),
            watch,
            arn: format!("arn:{}:iam::{account}:role/{}", self.caller.partition, self.role.name.as_str()),
            session_name: self.session_name.clone(),
            external_id: self.role.external_id.as_ref().map(|id| id.as_str().to_owned()),
            seconds: SECONDS,
            limits: Some(Limits { policy: policy.text().to_owned(), source_identity: SOURCE_IDENTITY }),
            caller: Arc::clone(&self.callers_credentials),
        }
    }
}

/// A session, and what it may do.
struct Session {
    policy: SessionPolicy,
    credentials: Arc<CachedCredentials>,
}

/// Who changes one role.
pub(crate) struct Writer {
    config: SdkConfig,
    retries: RetryPartition,
    home: &'static str,
    sessions: Vec<Session>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("sessions", &self.sessions.len()).finish_non_exhaustive()
    }
}

/// Makes a client of one service in a session.
macro_rules! client {
    ($writer:expr, $session:expr, $sdk:ident, $region:expr, $retries:expr) => {{
        let watch = Watch::of_the_endpoint();
        let config = $sdk::config::Builder::from(&$writer.config)
            .region(SdkRegion::new($region.to_owned()))
            .credentials_provider(CachedCredentials::shared(Arc::clone(&$session.credentials)))
            .retry_config($retries)
            .retry_partition($writer.retries.clone())
            .interceptor(watch.clone())
            .build();
        Client { sdk: $sdk::Client::from_conf(config), watch }
    }};
}

impl Writer {
    /// Makes the change. With a failure it may have been made all the same, or a part of it. What is throttled or has a bad
    /// moment is tried again by the SDK, where a second call proves nothing wrong of the first ([`Change::is_repeatable`]), else
    /// only where AWS asks to slow down, here; credentials that AWS says have run out are renewed once.
    pub(crate) async fn perform(&self, change: &Change) -> Result<(), Failure> {
        let session = self.sessions.iter().find(|session| session.policy.covers(change)).ok_or_else(|| Failure {
            class: FailureClass::Denied,
            code: "NotOfThePlan".to_owned(),
            message: format!("no session of this role was opened to {}: it is none of the plan's", change.described()),
        })?;
        let generation = session.credentials.ready().await?;
        match self.unhurried(session, change).await {
            Err(failure) if failure.class == FailureClass::Expired => {
                session.credentials.forget(generation).await;
                self.unhurried(session, change).await
            }
            answer => answer,
        }
    }

    /// Calls, and calls again while AWS asks to slow down, where the SDK does not.
    async fn unhurried(&self, session: &Session, change: &Change) -> Result<(), Failure> {
        let mut waits = WAITS.iter().filter(|_| !change.is_repeatable());
        loop {
            match self.call(session, change).await {
                Err(failure) if failure.class == FailureClass::Throttled => match waits.next() {
                    Some(wait) => tokio::time::sleep(*wait).await,
                    None => return Err(failure),
                },
                answer => return answer,
            }
        }
    }

    async fn call(&self, session: &Session, change: &Change) -> Result<(), Failure> {
        let retries = self.retries_of(change);
        match change.entry() {
            Some((region, _)) => {
                let eks = client!(self, session, aws_sdk_eks, region.as_str(), retries);
                Box::pin(eks::change(&eks, region, change)).await
            }
            None => Box::pin(iam::change(&client!(self, session, aws_sdk_iam, self.home, retries), change)).await,
        }
    }

    /// How often the SDK makes the call.
    fn retries_of(&self, change: &Change) -> RetryConfig {
        let usual = self.config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        if change.is_repeatable() { usual } else { RetryConfig::disabled() }
    }
}

#[cfg(test)]
mod tests;
