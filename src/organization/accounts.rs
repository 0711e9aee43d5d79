//! The accounts of an organization: all, or those of units and the units below them, less the exclusions.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use crate::aws::read::{ListedAccount, Organization, Page, accounts, organization, units};
use crate::aws::{AwsError, Sessions};
use crate::collect::scope::{AccountScope, Entry, ServiceControl};
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, UnitId};

use super::desk::{Cut, Desk, MAX_PAGES, each};
use super::entry;
use super::service_control::DESCRIBE;

/// Units that are walked at most, those below the units that were named included. The quota is 5,000 an organization.
const MAX_UNITS: usize = 10_000;

/// The state of an account that can be entered.
const ACTIVE: &str = "ACTIVE";

/// Codes by which Organizations says that a unit does not exist, or that its name is not that of a unit.
const NO_SUCH_UNIT: &[&str] = &["ParentNotFoundException", "InvalidInputException", "ValidationException"];

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

/// The accounts of the organization in order of their ids.
pub(super) async fn of_organization(narrowing: &Narrowing<'_>, desk: &Desk<'_>) -> Result<Vec<AccountScope>, AwsError> {
    let mut found = if narrowing.units.is_empty() {
        let list = List { api: LIST, unit: None };
        let listed = all_pages(&list, desk, |token| accounts(desk.sessions, None, token)).await?;
        listed.into_iter().map(|account| (account.id.clone(), account)).collect()
    } else {
        in_units(narrowing.units, desk).await?
    };
    let before = found.len();
    let mut in_both = 0_usize;
    for excluded in in_units(narrowing.exclude_units, desk).await?.into_keys() {
        if found.remove(&excluded).is_some() && !narrowing.units.is_empty() {
            in_both += 1;
            tracing::debug!(account = %excluded, "in a unit to audit and in an excluded one: not audited");
        }
    }
    if in_both > 0 {
        tracing::info!(accounts = in_both, "these are in units to audit and in excluded ones: the exclusion holds");
    }
    for excluded in narrowing.exclude_accounts {
        if found.remove(excluded).is_none() {
            tracing::warn!(account = %excluded, "the excluded account was not among those to audit");
        }
    }
    if found.is_empty() {
        return Err(AwsError::NoAccounts { found: before, in_units: !narrowing.units.is_empty() });
    }
    Ok(found.into_values().map(|account| scope(account, desk.sessions)).collect())
}

/// What the organization says of itself. Its id decides a condition key, its management account is bound by no policies:
/// whoever may not know them goes without.
pub(super) async fn organization_of(desk: &Desk<'_>) -> Result<Organization, Failure> {
    desk.ask(DESCRIBE, || organization(desk.sessions)).await
}

/// Why the organization cannot be audited, if what it answered means that.
pub(super) fn prevents(organization: &Result<Organization, Failure>, sessions: &Sessions) -> Option<AwsError> {
    let failure = organization.as_ref().err().filter(|failure| failure.class != FailureClass::Denied)?;
    Some(fatal(&List { api: DESCRIBE, unit: None }, failure.clone(), sessions))
}

pub(super) fn scope(account: ListedAccount, sessions: &Sessions) -> AccountScope {
    let entry =
        if account.state == ACTIVE { entry(&account.id, sessions) } else { Entry::Inactive(account.state.clone()) };
    AccountScope {
        id: account.id,
        name: account.name,
        organization_path: account.path,
        entry,
        service_control: ServiceControl::LeftOut,
    }
}

/// The accounts of the units and of all units below them.
///
/// An account that is moved from one unit to the other while they are listed may be in both lists, or in neither. So the
/// accounts of several units are listed once more when all units are known: who was in neither is in the second list of
/// one, and where the lists differ, the later one holds.
async fn in_units(named: &[UnitId], desk: &Desk<'_>) -> Result<BTreeMap<AccountId, ListedAccount>, AwsError> {
    let mut found = BTreeMap::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut next: BTreeSet<String> = named.iter().map(ToString::to_string).collect();
    while !next.is_empty() {
        seen.extend(next.iter().cloned());
        if seen.len() > MAX_UNITS {
            return Err(AwsError::EndlessList { api: LIST_UNITS, pages: MAX_UNITS });
        }
        let both = |unit: String| async move { Ok((accounts_in(&unit, desk).await?, units_in(&unit, desk).await?)) };
        let listed = each(next.into_iter().map(both).collect()).await?;
        let (accounts, below): (Vec<_>, Vec<_>) = listed.into_iter().unzip();
        found.extend(accounts.into_iter().flatten());
        next = below.into_iter().flatten().filter(|unit| !seen.contains(unit)).collect();
    }
    if seen.len() > 1 {
        let once_more = |unit: String| async move { accounts_in(&unit, desk).await };
        let again = each(seen.into_iter().map(once_more).collect()).await?;
        found.extend(again.into_iter().flatten());
    }
    Ok(found)
}

/// The accounts that are in the unit itself.
async fn accounts_in(unit: &str, desk: &Desk<'_>) -> Result<Vec<(AccountId, ListedAccount)>, AwsError> {
    let list = List { api: LIST_IN, unit: Some(unit) };
    let listed = all_pages(&list, desk, |token| accounts(desk.sessions, Some(unit), token)).await?;
    Ok(listed.into_iter().map(|account| (account.id.clone(), account)).collect())
}

/// The units that are right below the unit.
async fn units_in(unit: &str, desk: &Desk<'_>) -> Result<Vec<String>, AwsError> {
    let list = List { api: LIST_UNITS, unit: Some(unit) };
    all_pages(&list, desk, |token| units(desk.sessions, unit, token)).await
}

/// What is listed.
struct List<'a> {
    api: &'static str,
    /// The unit in which, if in one.
    unit: Option<&'a str>,
}

/// Reads a list to its end.
async fn all_pages<T, F>(
    list: &List<'_>,
    desk: &Desk<'_>,
    page: impl Fn(Option<String>) -> F,
) -> Result<Vec<T>, AwsError>
where
    F: Future<Output = Result<Page<T>, Failure>>,
{
    desk.all_pages(list.api, page).await.map_err(|cut| match cut {
        Cut::Failed(failure) => fatal(list, failure, desk.sessions),
        Cut::Endless => AwsError::EndlessList { api: list.api, pages: MAX_PAGES },
    })
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
