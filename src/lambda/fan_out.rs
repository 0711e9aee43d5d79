//! A run over many invocations: one finds the accounts, one reads each, one judges and tells all of it. What a step leaves
//! for the next is in the bucket of the sink `s3`, under the run's id; each step can be done again.

mod configured;
mod folder;
mod summary;

use std::future::pending;
use std::pin::pin;

use serde::Serialize;

use crate::aws::Sdk;
use crate::collect::ask::{Accounts, Ask};
use crate::collect::drive::{Control, collect, list};
use crate::failure::FailureClass;
use crate::ids::AccountId;
use crate::inventory::Inventory;
use crate::report::coverage;
use crate::report::model::{CoverageEntry, Missing};

use super::error::LambdaError;
use super::event::FanOutRun;

pub(super) use folder::Folder;
pub(super) use summary::Gathered;

/// Accounts that an answer names at most.
const MAX_NAMED: usize = 100;

/// What the step that finds the accounts answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The run.
    pub run_id: String,
    /// How many accounts there are.
    pub accounts: usize,
    /// The object with their ids, a list of JSON.
    pub key: String,
}

/// What the step that reads an account answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Read {
    /// The run.
    pub run_id: String,
    /// The account.
    pub account: AccountId,
    /// Whether everything of it could be read.
    pub complete: bool,
}

/// Finds the accounts, and writes down who they are; what another attempt has written down stands.
pub(super) async fn list_accounts(
    run: &FanOutRun,
    folder: &Folder,
    ask: &Ask,
    sdk: &Sdk,
) -> Result<Listed, LambdaError> {
    let manifest = if let Some(manifest) = folder.manifest_if_any().await? {
        manifest
    } else {
        let control = Control { progress: &mut |_| (), interrupt: pin!(pending()) };
        let manifest = Box::pin(list(ask, sdk, run.as_str(), control)).await?;
        folder.put_manifest(&manifest).await?;
        manifest
    };
    let ids: Vec<&AccountId> = manifest.ids().collect();
    let key = folder.put_ids(&ids).await?;
    Ok(Listed { run_id: run.to_string(), accounts: ids.len(), key })
}

/// Reads one account of the run, and writes its facts down.
///
/// # Errors
/// [`LambdaError::NotInTheRun`] for an account that the run has not found: whoever sends an event cannot widen it;
/// [`LambdaError::OutOfConfiguration`] for one that the configuration no longer names: nor can an event lead back into a run of
/// before; [`LambdaError::AccountNotWhole`] where trying again may bring more; what was read is written down all the same.
pub(super) async fn audit_account(
    run: &FanOutRun,
    account: &AccountId,
    folder: &Folder,
    ask: Ask,
    sdk: &Sdk,
) -> Result<Read, LambdaError> {
    let found = folder.manifest().await?.scope(|id| id == account);
    if found.accounts.is_empty() {
        return Err(LambdaError::NotInTheRun { run: run.clone(), account: account.clone() });
    }
    let scope = configured::within(&ask, found)
        .ok_or_else(|| LambdaError::OutOfConfiguration { run: run.clone(), account: account.clone() })?;
    let ask = Ask { accounts: Accounts::Found(Box::new(scope)), target: None, ..ask };
    let control = Control { progress: &mut |_| (), interrupt: pin!(pending()) };
    let facts = Box::pin(collect(&ask, sdk, run.as_str(), control)).await?;
    folder.put_facts(account, &facts).await?;
    let entries = coverage::of(&facts);
    if let Some(missing) = may_be_had(&entries) {
        let what = format!("{} on {} failed with {}", missing.api, missing.resource, missing.error);
        return Err(LambdaError::AccountNotWhole { account: account.clone(), what });
    }
    Ok(Read { run_id: run.to_string(), account: account.clone(), complete: coverage::complete(&entries) })
}

/// The first call that failed and may not, if it is made again by another invocation.
pub(super) fn may_be_had(coverage: &[CoverageEntry]) -> Option<&Missing> {
    coverage.iter().flat_map(|entry| &entry.missing).find(|missing| another_attempt_may_help(missing.class))
}

/// Whether another invocation may have what this one has not.
fn another_attempt_may_help(class: FailureClass) -> bool {
    match class {
        FailureClass::Throttled | FailureClass::Transient | FailureClass::Expired | FailureClass::NotReached => true,
        FailureClass::Denied
        | FailureClass::NotEnabled
        | FailureClass::Gone
        | FailureClass::Malformed
        | FailureClass::NotAsked
        | FailureClass::Other => false,
    }
}

/// Reads what the steps have written down, account by account; those that nobody could write are told as not reached.
pub(super) async fn summarize(
    folder: &Folder,
    sdk: &Sdk,
    each: &mut (dyn FnMut(Inventory) + Send),
) -> Result<Gathered, LambdaError> {
    let manifest = folder.manifest().await?;
    summary::gather(&manifest, folder, sdk, each).await
}

/// The first accounts of a list, as an answer names them.
pub(super) fn named(accounts: &[AccountId]) -> Vec<AccountId> {
    accounts.iter().take(MAX_NAMED).cloned().collect()
}
