//! The accounts of an organization: all, or those of units and the units below them, less the exclusions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;

use crate::aws::read::{ListedAccount, Page, accounts, organization_id, units};
use crate::aws::{AwsError, Sessions};
use crate::collect::scope::{AccountScope, Entry};
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, UnitId};

use super::entry;

/// Pages of one list at most; 20 accounts a page.
const MAX_PAGES: usize = 10_000;

/// Units that are walked at most, those below the units that were named included. The quota is 5,000 an organization.
const MAX_UNITS: usize = 10_000;

/// The state of an account that can be entered.
const ACTIVE: &str = "ACTIVE";

/// Codes by which Organizations says that a unit does not exist, or that its name is not that of a unit.
const NO_SUCH_UNIT: &[&str] = &["ParentNotFoundException", "InvalidInputException", "ValidationException"];

const DESCRIBE: &str = "organizations:DescribeOrganization";
const LIST: &str = "organizations:ListAccounts";
const LIST_IN: &str = "organizations:ListAccountsForParent";
const LIST_UNITS: &str = "organizations:ListOrganizationalUnitsForParent";

/// What narrows the organization.
#[derive(Debug)]
pub(super) struct Narrowing<'a> {
    /// Only these units and those below; empty: all.
    pub(super) units: &'a [UnitId],
    /// Not these accounts.
    pub(super) exclude_accounts: &'a [AccountId],
    /// Nor accounts in these units and those below.
    pub(super) exclude_units: &'a [UnitId],
}

/// The organization's id, where it may be read, and its accounts in order of their ids.
pub(super) async fn of_organization(
    narrowing: &Narrowing<'_>,
    sessions: &Sessions,
) -> Result<(Option<String>, Vec<AccountScope>), AwsError> {
    sessions.count(DESCRIBE);
    let organization = match organization_id(sessions).await {
        Ok(id) => id,
        // The id decides a condition key, no more: what is not known there is unknown.
        Err(failure) if failure.class == FailureClass::Denied => {
            tracing::warn!(%failure, "the organization's id is not known");
            None
        }
        Err(failure) => return Err(fatal(&List { api: DESCRIBE, unit: None }, failure, sessions)),
    };
    let mut found = if narrowing.units.is_empty() {
        let listed =
            all_pages(&List { api: LIST, unit: None }, sessions, |token| accounts(sessions, None, token)).await?;
        listed.into_iter().map(|account| (account.id.clone(), account)).collect()
    } else {
        in_units(narrowing.units, sessions).await?
    };
    let before = found.len();
    for excluded in in_units(narrowing.exclude_units, sessions).await?.into_keys() {
        found.remove(&excluded);
    }
    for excluded in narrowing.exclude_accounts {
        if found.remove(excluded).is_none() {
            tracing::warn!(account = %excluded, "the excluded account was not among those to audit");
        }
    }
    if found.is_empty() {
        return Err(AwsError::NoAccounts { found: before, in_units: !narrowing.units.is_empty() });
    }
    Ok((organization, found.into_values().map(|account| scope(account, sessions)).collect()))
}

fn scope(account: ListedAccount, sessions: &Sessions) -> AccountScope {
    let entry =
        if account.state == ACTIVE { entry(&account.id, sessions) } else { Entry::Inactive(account.state.clone()) };
    AccountScope { id: account.id, name: account.name, organization_path: account.path, entry }
}

/// The accounts of the units and of all units below them.
async fn in_units(named: &[UnitId], sessions: &Sessions) -> Result<BTreeMap<AccountId, ListedAccount>, AwsError> {
    let mut found = BTreeMap::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut waiting: VecDeque<String> = named.iter().map(ToString::to_string).collect();
    while let Some(unit) = waiting.pop_front() {
        if !seen.insert(unit.clone()) {
            continue;
        }
        if seen.len() > MAX_UNITS {
            return Err(AwsError::EndlessList { api: LIST_UNITS, pages: MAX_UNITS });
        }
        let list = List { api: LIST_IN, unit: Some(&unit) };
        let listed = all_pages(&list, sessions, |token| accounts(sessions, Some(&unit), token)).await?;
        found.extend(listed.into_iter().map(|account| (account.id.clone(), account)));
        let list = List { api: LIST_UNITS, unit: Some(&unit) };
        waiting.extend(all_pages(&list, sessions, |token| units(sessions, &unit, token)).await?);
    }
    Ok(found)
}

/// What is listed.
struct List<'a> {
    api: &'static str,
    /// The unit in which, if in one.
    unit: Option<&'a str>,
}

/// Reads a list to its end, which is where no token comes: an empty page with a token is not the end.
async fn all_pages<T, P>(
    list: &List<'_>,
    sessions: &Sessions,
    page: impl Fn(Option<String>) -> P,
) -> Result<Vec<T>, AwsError>
where
    P: Future<Output = Result<Page<T>, Failure>>,
{
    let mut all = Vec::new();
    let mut token = None;
    for _ in 0..MAX_PAGES {
        sessions.count(list.api);
        let (listed, next) = page(token).await.map_err(|failure| fatal(list, failure, sessions))?;
        all.extend(listed);
        match next {
            Some(next) => token = Some(next),
            None => return Ok(all),
        }
    }
    Err(AwsError::EndlessList { api: list.api, pages: MAX_PAGES })
}

/// What the failure of a call to Organizations means for the run.
fn fatal(list: &List<'_>, failure: Failure, sessions: &Sessions) -> AwsError {
    let api = list.api;
    if let Some(unit) = list.unit.filter(|_| NO_SUCH_UNIT.contains(&failure.code.as_str())) {
        return AwsError::NoSuchUnit(unit.to_owned());
    }
    if failure.code == "AWSOrganizationsNotInUseException" {
        return AwsError::NotInOrganization { account: sessions.caller().account.to_string() };
    }
    match failure.class {
        FailureClass::Denied => AwsError::OrganizationDenied { api, source: failure },
        FailureClass::Expired => AwsError::CredentialsExpired(failure),
        FailureClass::Transient if matches!(failure.code.as_str(), "ConnectionFailed" | "Timeout") => {
            AwsError::unreachable("ORGANIZATIONS", sessions.organizations_endpoint().as_deref(), &failure)
        }
        FailureClass::Throttled
        | FailureClass::NotEnabled
        | FailureClass::Gone
        | FailureClass::Transient
        | FailureClass::Malformed
        | FailureClass::NotReached
        | FailureClass::NotAsked
        | FailureClass::Other => AwsError::Failed { api, source: failure },
    }
}
