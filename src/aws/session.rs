//! The accounts of a run: their credentials, and clients that use them. One call goes through [`Sessions::perform`].

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_smithy_async::time::SharedTimeSource;
use aws_types::region::Region as SdkRegion;
use tokio::sync::mpsc::UnboundedSender;

use crate::collect::call::{Call, Question, Reply};
use crate::collect::member::MemberRole;
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, Region};

use super::clients::{RetryBudgets, Shelf, held};
use super::credentials::{CachedCredentials, RoleToAssume, SESSION_SECONDS};
use super::limits::{Lane, Service};
use super::read;
use super::sdk::{Caller, Sdk};
use super::watch::{Listener, ThrottledIsForThePacer, Traffic, Watch};

/// The longest name that STS takes for a session, in characters.
const MAX_SESSION_NAME: usize = 64;

/// The call by which a run begins: see [`Sdk::identify`].
const IDENTIFY: &str = "sts:GetCallerIdentity";

/// A client with what was seen on its wire.
#[derive(Debug, Clone)]
pub(super) struct Client<C> {
    pub(super) sdk: C,
    pub(super) watch: Watch,
}

/// The accounts of a run.
pub(crate) struct Sessions {
    config: SdkConfig,
    clock: SharedTimeSource,
    caller: Caller,
    callers_credentials: Arc<CachedCredentials>,
    role: MemberRole,
    session_name: String,
    listener: Listener,
    budgets: RetryBudgets,
    members: Mutex<HashMap<AccountId, Arc<CachedCredentials>>>,
    resolving: Mutex<BTreeMap<&'static str, u64>>,
    eks: Shelf<Client<aws_sdk_eks::Client>>,
    ec2: Shelf<Client<aws_sdk_ec2::Client>>,
    auto_scaling: Shelf<Client<aws_sdk_autoscaling::Client>>,
    iam: Shelf<Client<aws_sdk_iam::Client>>,
    account: Shelf<Client<aws_sdk_account::Client>>,
    organizations: Shelf<Client<aws_sdk_organizations::Client>>,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("caller", &self.caller).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Makes a client of one service: region, credentials, retries and the watch are the same for all.
macro_rules! client {
    ($self:ident, $sdk:ident, $shelf:ident, $lane:expr, $region:expr, $credentials:expr) => {{
        let lane: Lane = $lane;
        $self.$shelf.get(&lane, || {
            let watch = Watch::new(lane.clone(), $self.listener.clone());
            let config = $sdk::config::Builder::from(&$self.config)
                .region(SdkRegion::new($region.to_owned()))
                .credentials_provider(CachedCredentials::shared($credentials))
                .retry_partition($self.budgets.of(&lane))
                .retry_classifier(ThrottledIsForThePacer)
                .interceptor(watch.clone())
                .build();
            Client { sdk: $sdk::Client::from_conf(config), watch }
        })
    }};
}

impl Sessions {
    /// Sessions for the caller, and for all whose member role the caller may assume. Every throttled attempt is told to
    /// `throttles`.
    pub(crate) fn new(
        sdk: &Sdk,
        caller: Caller,
        role: MemberRole,
        run_id: &str,
        throttles: UnboundedSender<Lane>,
    ) -> Self {
        Self {
            config: sdk.config.clone(),
            clock: sdk.clock.clone(),
            caller,
            callers_credentials: Arc::clone(&sdk.caller),
            role,
            session_name: session_name(run_id),
            listener: Listener::new(throttles),
            budgets: RetryBudgets::default(),
            members: Mutex::default(),
            resolving: Mutex::new(BTreeMap::from([(IDENTIFY, 1)])),
            eks: Shelf::default(),
            ec2: Shelf::default(),
            auto_scaling: Shelf::default(),
            iam: Shelf::default(),
            account: Shelf::default(),
            organizations: Shelf::default(),
        }
    }

    /// Who is asking.
    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Counts a call that finds out what is to be audited; those of the audit itself are the planner's to count.
    pub(crate) fn count(&self, api: &'static str) {
        *held(&self.resolving).entry(api).or_default() += 1;
    }

    /// The calls that found out what is to be audited, by operation; one page is one call.
    pub(crate) fn counted(&self) -> BTreeMap<&'static str, u64> {
        held(&self.resolving).clone()
    }

    /// Counts a call that is made again because it was throttled, while it is found out what is to be audited.
    pub(crate) fn count_again(&self, api: &'static str) {
        self.listener.count_again(api);
    }

    /// Retries and throttled attempts so far.
    pub(crate) fn traffic(&self) -> Traffic {
        self.listener.traffic()
    }

    /// Lets credentials, clients and retry budgets of an account go: all of it is read. (The caller's own are kept.)
    pub(crate) fn forget(&self, account: &AccountId) {
        if *account == self.caller.account {
            return;
        }
        held(&self.members).remove(account);
        self.budgets.forget(account);
        self.eks.forget(account);
        self.ec2.forget(account);
        self.auto_scaling.forget(account);
        self.iam.forget(account);
        self.account.forget(account);
    }

    /// Makes the call. Credentials that AWS says have run out are renewed once.
    pub(crate) async fn perform(&self, call: &Call) -> Result<Reply, Failure> {
        if call.question == Question::AssumeRole {
            self.credentials(&call.account).ready().await?;
            return Ok(Reply::Done);
        }
        self.renewing(&call.account, Some(call.question.api()), || read::ask(self, call)).await
    }

    /// Asks with the credentials of the account, and once more with new ones where AWS says that they have run out; the second
    /// attempt is counted under the operation, if there is one.
    pub(super) async fn renewing<T, F>(
        &self,
        account: &AccountId,
        counted: Option<&'static str>,
        ask: impl Fn() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let credentials = self.credentials(account);
        let generation = credentials.ready().await?;
        match ask().await {
            Err(failure) if failure.class == FailureClass::Expired => {
                credentials.forget(generation).await;
                if let Some(api) = counted {
                    self.listener.count_again(api);
                }
                ask().await
            }
            answer => answer,
        }
    }

    /// The credentials of an account: the caller's own, or those of its member role.
    fn credentials(&self, account: &AccountId) -> Arc<CachedCredentials> {
        if *account == self.caller.account {
            return Arc::clone(&self.callers_credentials);
        }
        let make = || Arc::new(CachedCredentials::of_role(self.role_in(account), self.clock.clone()));
        Arc::clone(held(&self.members).entry(account.clone()).or_insert_with(make))
    }

    /// The member role of an account. STS counts the calls against the caller; but the retries are the member's, so that
    /// one account whose role cannot be assumed for long does not use up those of all others.
    fn role_in(&self, account: &AccountId) -> RoleToAssume {
        let counted = Lane { account: self.caller.account.clone(), service: Service::Sts, region: None };
        let own = Lane { account: account.clone(), ..counted.clone() };
        let watch = Watch::new(counted, self.listener.clone());
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .region(SdkRegion::new(self.caller.sts_region.clone()))
            .retry_partition(self.budgets.of(&own))
            .retry_classifier(ThrottledIsForThePacer)
            .interceptor(watch.clone())
            .build();
        RoleToAssume {
            client: aws_sdk_sts::Client::from_conf(config),
            watch,
            arn: format!("arn:{}:iam::{account}:role/{}", self.caller.partition, self.role.name.as_str()),
            session_name: self.session_name.clone(),
            external_id: self.role.external_id.as_ref().map(|id| id.as_str().to_owned()),
            seconds: SESSION_SECONDS,
            limits: None,
            caller: Arc::clone(&self.callers_credentials),
        }
    }

    pub(super) fn eks(&self, account: &AccountId, region: &Region) -> Client<aws_sdk_eks::Client> {
        let lane = Lane { account: account.clone(), service: Service::Eks, region: Some(region.clone()) };
        client!(self, aws_sdk_eks, eks, lane, region.as_str(), self.credentials(account))
    }

    pub(super) fn ec2(&self, account: &AccountId, region: &Region) -> Client<aws_sdk_ec2::Client> {
        let lane = Lane { account: account.clone(), service: Service::Ec2, region: Some(region.clone()) };
        client!(self, aws_sdk_ec2, ec2, lane, region.as_str(), self.credentials(account))
    }

    pub(super) fn auto_scaling(&self, account: &AccountId, region: &Region) -> Client<aws_sdk_autoscaling::Client> {
        let lane = Lane { account: account.clone(), service: Service::AutoScaling, region: Some(region.clone()) };
        client!(self, aws_sdk_autoscaling, auto_scaling, lane, region.as_str(), self.credentials(account))
    }

    pub(super) fn iam(&self, account: &AccountId) -> Client<aws_sdk_iam::Client> {
        let lane = Lane { account: account.clone(), service: Service::Iam, region: None };
        client!(self, aws_sdk_iam, iam, lane, self.caller.partition.home_region(), self.credentials(account))
    }

    pub(super) fn account_management(&self, account: &AccountId) -> Client<aws_sdk_account::Client> {
        let lane = Lane { account: account.clone(), service: Service::Account, region: None };
        client!(self, aws_sdk_account, account, lane, self.caller.partition.home_region(), self.credentials(account))
    }

    /// Scheme and host of Organizations, as far as it is known.
    pub(crate) fn organizations_endpoint(&self) -> Option<String> {
        self.organizations().watch.endpoint().map(str::to_owned)
    }

    /// Organizations, asked as the caller.
    pub(super) fn organizations(&self) -> Client<aws_sdk_organizations::Client> {
        let account = &self.caller.account;
        let lane = Lane { account: account.clone(), service: Service::Organizations, region: None };
        let home = self.caller.partition.home_region();
        client!(self, aws_sdk_organizations, organizations, lane, home, self.credentials(account))
    }
}

/// `noderole-RUN_ID` in the characters that STS takes, cut to its limit.
pub(super) fn session_name(run_id: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) { c } else { '-' };
    format!("noderole-{run_id}").chars().map(legal).take(MAX_SESSION_NAME).collect()
}

#[cfg(test)]
mod tests;
