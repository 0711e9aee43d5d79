//! Who is to be audited: accounts, organizational units, filters, regions, and the service control policies that
//! bind each account → a [`Scope`]. Nothing of an account is read yet.
//!
//! What is wrong here ends the run: a report over accounts or regions that nobody asked for would be worse than none.

mod accounts;
mod desk;
mod member;
mod regions;
mod service_control;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::aws::read::Organization;
use crate::aws::{AwsError, Sessions};
use crate::collect::ask::{Accounts, Ask};
use crate::collect::scope::{AccountScope, Entry, Scope, ServiceControl};
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, Region, RoleArn};

use accounts::Narrowing;
use desk::Desk;

/// How long Organizations is waited for where only single accounts are audited.
const PATIENCE: Duration = Duration::from_secs(10);

/// Resolves what was asked for. The caller is known (see [`Sessions::caller`]).
pub(crate) async fn resolve(ask: &Ask, sessions: &Sessions) -> Result<Scope, AwsError> {
    let desk = Desk::new(sessions);
    match &ask.accounts {
        Accounts::Found(scope) => Ok(Scope::clone(scope)),
        Accounts::Own => named(vec![unlisted(&sessions.caller().account, sessions)], ask, &desk).await,
        // An audit of nobody would look complete.
        Accounts::Listed(ids) if ids.is_empty() => Err(AwsError::NoAccountAskedFor),
        Accounts::Listed(ids) => {
            let ids: BTreeSet<&AccountId> = ids.iter().collect();
            named(ids.into_iter().map(|id| unlisted(id, sessions)).collect(), ask, &desk).await
        }
        Accounts::Member { account, units, exclude_accounts, exclude_units } => {
            let regions = regions::checked(&ask.regions, &desk).await?;
            let organization = accounts::organization_of(&desk).await;
            let organization =
                organization.map_err(|source| AwsError::Failed { api: service_control::DESCRIBE, source })?;
            let narrowing = Narrowing { units, exclude_accounts, exclude_units };
            let found = vec![member::member(account, &narrowing, &organization, &desk).await?];
            let id = organization.id.clone();
            let scope = Scope { organization_id: id, ..scope(ask, regions, &desk) };
            Ok(bound(found, Some(&Ok(organization)), scope, ask, &desk).await)
        }
        Accounts::Organization { units, exclude_accounts, exclude_units } => {
            let regions = regions::checked(&ask.regions, &desk).await?;
            let organization = accounts::organization_of(&desk).await;
            if let Some(error) = accounts::prevents(&organization, sessions) {
                return Err(error);
            }
            let narrowing = Narrowing { units, exclude_accounts, exclude_units };
            let found = accounts::of_organization(&narrowing, &desk).await?;
            let id = organization.as_ref().ok().and_then(|known| known.id.clone());
            let scope = Scope { organization_id: id, ..scope(ask, regions, &desk) };
            Ok(bound(found, Some(&organization), scope, ask, &desk).await)
        }
    }
}

/// Single accounts, whatever organization they are in: it matters by its policies alone, and may be out of the network's
/// reach.
async fn named(accounts: Vec<AccountScope>, ask: &Ask, desk: &Desk<'_>) -> Result<Scope, AwsError> {
    let scope = scope(ask, regions::checked(&ask.regions, desk).await?, desk);
    let organization = if ask.service_control_policies {
        let asked = tokio::time::timeout(PATIENCE, accounts::organization_of(desk)).await;
        Some(asked.unwrap_or_else(|_elapsed| Err(out_of_reach())))
    } else {
        None
    };
    Ok(bound(accounts, organization.as_ref(), scope, ask, desk).await)
}

/// What was asked for, without accounts.
fn scope(ask: &Ask, regions: Vec<Region>, desk: &Desk<'_>) -> Scope {
    Scope {
        partition: desk.sessions.caller().partition,
        organization_id: None,
        accounts: Vec::new(),
        regions,
        compute_everywhere: ask.compute_everywhere,
        target: ask.target.clone(),
    }
}

/// The scope with the accounts, and with the service control policies that bind them where those are asked for.
async fn bound(
    mut accounts: Vec<AccountScope>,
    organization: Option<&Result<Organization, Failure>>,
    scope: Scope,
    ask: &Ask,
    desk: &Desk<'_>,
) -> Scope {
    if let Some(organization) = organization.filter(|_| ask.service_control_policies) {
        service_control::bind(&mut accounts, organization, |account| is_wanted(ask, account), desk).await;
    }
    Scope { accounts, ..scope }
}

/// Organizations does not answer.
fn out_of_reach() -> Failure {
    let message = format!("no answer within {} s", PATIENCE.as_secs());
    Failure { class: FailureClass::Transient, code: "Timeout".to_owned(), message }
}

/// Whether anything of the account will be read: a targeted audit of roles alone reads their accounts.
fn is_wanted(ask: &Ask, account: &AccountId) -> bool {
    let Some(target) = ask.target.as_ref().filter(|target| target.clusters.is_empty()) else { return true };
    let owner = |role: &String| role.parse::<RoleArn>().is_ok_and(|role| role.account() == account);
    target.roles.is_empty() || target.roles.iter().any(owner)
}

/// An account of which only the id is known.
fn unlisted(id: &AccountId, sessions: &Sessions) -> AccountScope {
    AccountScope {
        id: id.clone(),
        name: None,
        organization_path: None,
        entry: entry(id, sessions),
        service_control: ServiceControl::LeftOut,
    }
}

/// How an active account is entered: the caller's own needs no role.
fn entry(id: &AccountId, sessions: &Sessions) -> Entry {
    if *id == sessions.caller().account { Entry::Own } else { Entry::Assume }
}

#[cfg(test)]
mod tests;
