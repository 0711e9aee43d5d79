//! Who is to be audited: accounts, organizational units, filters, regions → a [`Scope`]. Nothing of an account is read yet.
//!
//! What is wrong here ends the run: a report over accounts or regions that nobody asked for would be worse than none.

mod accounts;
mod regions;

use crate::aws::{AwsError, Sessions};
use crate::collect::ask::{Accounts, Ask};
use crate::collect::scope::{AccountScope, Entry, Scope};
use crate::ids::AccountId;

use accounts::Narrowing;

/// Resolves what was asked for. The caller is known (see [`Sessions::caller`]).
pub(crate) async fn resolve(ask: &Ask, sessions: &Sessions) -> Result<Scope, AwsError> {
    let partition = sessions.caller().partition;
    let regions = regions::checked(&ask.regions, sessions).await?;
    let (organization_id, accounts) = match &ask.accounts {
        Accounts::Own => (None, vec![unlisted(&sessions.caller().account, sessions)]),
        // An audit of nobody would look complete.
        Accounts::Listed(ids) if ids.is_empty() => return Err(AwsError::NoAccountAskedFor),
        Accounts::Listed(ids) => {
            let mut accounts: Vec<AccountScope> = ids.iter().map(|id| unlisted(id, sessions)).collect();
            accounts.sort_by(|a, b| a.id.cmp(&b.id));
            accounts.dedup_by(|a, b| a.id == b.id);
            (None, accounts)
        }
        Accounts::Organization { units, exclude_accounts, exclude_units } => {
            let narrowing = Narrowing { units, exclude_accounts, exclude_units };
            accounts::of_organization(&narrowing, sessions).await?
        }
    };
    Ok(Scope {
        partition,
        organization_id,
        accounts,
        regions,
        compute_everywhere: ask.compute_everywhere,
        target: ask.target.clone(),
    })
}

/// An account of which only the id is known.
fn unlisted(id: &AccountId, sessions: &Sessions) -> AccountScope {
    AccountScope { id: id.clone(), name: None, organization_path: None, entry: entry(id, sessions) }
}

/// How an active account is entered: the caller's own needs no role.
fn entry(id: &AccountId, sessions: &Sessions) -> Entry {
    if *id == sessions.caller().account { Entry::Own } else { Entry::Assume }
}

#[cfg(test)]
mod tests;
