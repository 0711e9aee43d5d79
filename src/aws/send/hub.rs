//! Security Hub: findings imported, in the caller's account or from within others.

mod form;

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_sts::config::retry::RetryPartition;
use aws_types::region::Region as SdkRegion;

use crate::aws::classify::{Place, failure, of_entry};
use crate::aws::credentials::{CachedCredentials, RoleToAssume, SESSION_SECONDS};
use crate::aws::error::AwsError;
use crate::aws::sdk::{Caller, Sdk};
use crate::aws::session::{Client, session_name};
use crate::aws::watch::Watch;
use crate::collect::member::MemberRole;
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, Partition, Region};
use crate::report::asff::AsffFinding;
use crate::sinks::SinkKind;

use super::{Outlet, client};

/// Security Hub in every account whose role the caller may assume, and in the caller's own.
#[derive(Debug)]
pub(crate) struct Hubs<'a> {
    sdk: &'a Sdk,
    caller: Caller,
    /// The caller's region, else the partition's home.
    region: Region,
    role: MemberRole,
    session_name: String,
}

/// An account that was entered.
#[derive(Debug)]
pub(crate) struct Entered {
    account: AccountId,
    config: SdkConfig,
    /// Those of the role; none in the caller's own account.
    credentials: Option<Arc<CachedCredentials>>,
}

/// Security Hub of one account and region.
#[derive(Debug)]
pub(crate) struct Hub {
    client: Client<aws_sdk_securityhub::Client>,
    credentials: Option<Arc<CachedCredentials>>,
}

impl<'a> Hubs<'a> {
    /// Finds out who is asking. `role` is assumed in each account but the caller's own.
    pub(crate) async fn new(
        sdk: &'a Sdk,
        partition: Partition,
        role: MemberRole,
        run_id: &str,
    ) -> Result<Self, AwsError> {
        let caller = Box::pin(sdk.identify(partition)).await?;
        let region = caller
            .sts_region
            .parse()
            .map_err(|_not_a_region| AwsError::NotARegion { region: caller.sts_region.clone(), nearest: None })?;
        Ok(Self { sdk, caller, region, role, session_name: session_name(run_id) })
    }

    /// The caller's account.
    pub(crate) fn caller(&self) -> &AccountId {
        &self.caller.account
    }

    /// The caller's region.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// Assumes the role of an account; into the caller's own nothing is needed.
    pub(crate) async fn enter(&self, account: &AccountId) -> Result<Entered, Failure> {
        let config = self.sdk.config.clone();
        if *account == self.caller.account {
            return Ok(Entered { account: account.clone(), config, credentials: None });
        }
        let watch = Watch::of_the_endpoint();
        let sts = aws_sdk_sts::config::Builder::from(&config)
            .region(SdkRegion::new(self.caller.sts_region.clone()))
            // One account whose role cannot be assumed for long does not use up the retries of all others.
            .retry_partition(RetryPartition::custom(format!("sink/sts/{account}")).build())
            .interceptor(watch.clone())
            .build();
        let role = RoleToAssume {
            client: aws_sdk_sts::Client::from_conf(sts),
            watch,
            arn: format!("arn:{}:iam::{account}:role/{}", self.caller.partition, self.role.name.as_str()),
            session_name: self.session_name.clone(),
            external_id: self.role.external_id.as_ref().map(|id| id.as_str().to_owned()),
            seconds: SESSION_SECONDS,
            limits: None,
            caller: Arc::clone(&self.sdk.caller),
        };
        let credentials = Arc::new(CachedCredentials::of_role(role, self.sdk.clock.clone()));
        credentials.ready().await?;
        let provider = CachedCredentials::shared(Arc::clone(&credentials));
        let config = config.into_builder().credentials_provider(provider).build();
        Ok(Entered { account: account.clone(), config, credentials: Some(credentials) })
    }
}

impl Entered {
    /// Security Hub of a region. Its retries are its own.
    pub(crate) fn hub(&self, region: &Region) -> Hub {
        let retries =
            RetryPartition::custom(format!("sink/{}/{}/{region}", SinkKind::SecurityHub, self.account)).build();
        let config = self.config.to_builder().region(SdkRegion::new(region.to_string())).build();
        let outlet = Outlet { config, retries };
        Hub { client: client!(outlet, aws_sdk_securityhub), credentials: self.credentials.clone() }
    }
}

impl Hub {
    /// Imports findings, within the limits of one request; of each in order, why it was not taken. Credentials that AWS says have
    /// run out are renewed once.
    pub(crate) async fn import(&self, findings: &[AsffFinding]) -> Result<Vec<Option<Failure>>, Failure> {
        let Some(credentials) = &self.credentials else { return self.sent(findings).await };
        let generation = credentials.ready().await?;
        match self.sent(findings).await {
            Err(failure) if failure.class == FailureClass::Expired => {
                credentials.forget(generation).await;
                self.sent(findings).await
            }
            answer => answer,
        }
    }

    async fn sent(&self, findings: &[AsffFinding]) -> Result<Vec<Option<Failure>>, Failure> {
        let call = self.client.sdk.batch_import_findings();
        let call = call.set_findings(Some(findings.iter().map(form::finding).collect()));
        let place = Place { region: None, endpoint: self.client.watch.endpoint() };
        let answer = call.send().await.map_err(|error| failure(&error, place))?;
        let told = answer.failed_findings();
        let named = |finding: &AsffFinding| {
            let failed = told.iter().find(|failed| failed.id() == Some(finding.id.as_str()))?;
            Some(of_entry(failed.error_code().unwrap_or_default(), failed.error_message()))
        };
        let refused: Vec<Option<Failure>> = findings.iter().map(named).collect();
        let taken = refused.iter().filter(|refused| refused.is_none()).count();
        // More failed than are named: which of the others, nobody knows, so that none of them counts as taken.
        if answer.success_count().is_some_and(|success| usize::try_from(success).is_ok_and(|success| success < taken)) {
            let unnamed = of_entry("IncompleteAnswer", Some("the answer does not name all findings that failed"));
            return Ok(refused.into_iter().map(|failed| failed.or_else(|| Some(unnamed.clone()))).collect());
        }
        Ok(refused)
    }
}
