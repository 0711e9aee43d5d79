//! Who is to be audited: accounts, organizational units, filters, regions, and the service control policies that
//! bind each account → a [`Scope`]. Nothing of an account is read yet.
//!
//! What is wrong here ends the run: a report over accounts or regions that nobody asked for would be worse than none.

mod accounts;
mod desk;
mod member;
mod regions;
mod service_control;

use std::time::Duration;

use crate::aws::{AwsError, Sessions};
use crate::collect::ask::{Accounts, Ask};
use crate::collect::scope::{AccountScope, Entry, Scope, ServiceControl};
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, RoleArn};

use accounts::Narrowing;
use desk::Desk;

/// How long Organizations is waited for where only single accounts are audited.
const PATIENCE: Duration = Duration::from_secs(10);

/// Resolves what was asked for. The caller is known (see [`Sessions::caller`]).
pub(crate) async fn resolve(ask: &Ask, sessions: &Sessions) -> Result<Scope, AwsError> {
    match &ask.accounts {
        Accounts::Found(scope) => Ok(Scope::clone(scope)),
        accounts @ (Accounts::Own | Accounts::Listed(_) | Accounts::Member { .. } | Accounts::Organization { .. }) => {
            find(accounts, ask, sessions).await
        }
    }
}

/// Asks Organizations who is to be audited, as far as it is needed.
async fn find(accounts: &Accounts, ask: &Ask, sessions: &Sessions) -> Result<Scope, AwsError> {
    let partition = sessions.caller().partition;
    let desk = Desk::new(sessions);
    let regions = regions::checked(&ask.regions, &desk).await?;
    let is_whole = matches!(accounts, Accounts::Organization { .. } | Accounts::Member { .. });
    // Of single accounts, the organization matters by its policies alone, and may be out of the network's reach.
    let organization = if is_whole {
        Some(accounts::organization_of(&desk).await)
    } else if ask.service_control_policies {
        let asked = tokio::time::timeout(PATIENCE, accounts::organization_of(&desk)).await;
        Some(asked.unwrap_or_else(|_elapsed| Err(out_of_reach())))
    } else {
        None
    };
    let mut accounts = match accounts {
        Accounts::Own => vec![unlisted(&sessions.caller().account, sessions)],
        // An audit of nobody would look complete.
        Accounts::Listed(ids) if ids.is_empty() => return Err(AwsError::NoAccountAskedFor),
        Accounts::Listed(ids) => {
            let mut accounts: Vec<AccountScope> = ids.iter().map(|id| unlisted(id, sessions)).collect();
            accounts.sort_by(|a, b| a.id.cmp(&b.id));
            accounts.dedup_by(|a, b| a.id == b.id);
            accounts
        }
        Accounts::Found(scope) => scope.accounts.clone(),
        Accounts::Member { account, units, exclude_accounts, exclude_units } => {
            let organization = match &organization {
                Some(Ok(organization)) => organization,
                Some(Err(failure)) => {
                    return Err(AwsError::Failed { api: service_control::DESCRIBE, source: failure.clone() });
                }
                None => return Err(AwsError::NotAMember(account.to_string())),
            };
            let narrowing = Narrowing { units, exclude_accounts, exclude_units };
            vec![member::member(account, &narrowing, organization, &desk).await?]
        }
        Accounts::Organization { units, exclude_accounts, exclude_units } => {
            if let Some(error) = organization.as_ref().and_then(|known| accounts::prevents(known, sessions)) {
                return Err(error);
            }
            let narrowing = Narrowing { units, exclude_accounts, exclude_units };
            accounts::of_organization(&narrowing, &desk).await?
        }
    };
    if let Some(organization) = organization.as_ref().filter(|_| ask.service_control_policies) {
        service_control::bind(&mut accounts, organization, |account| is_wanted(ask, account), &desk).await;
    }
    Ok(Scope {
        partition,
        organization_id: organization.filter(|_| is_whole).and_then(|known| known.ok()?.id),
        accounts,
        regions,
        compute_everywhere: ask.compute_everywhere,
        target: ask.target.clone(),
    })
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
