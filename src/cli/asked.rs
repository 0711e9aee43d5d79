//! From flags and configuration to the facts that are asked for.

use std::collections::BTreeSet;

use crate::collect::ask::Accounts;
use crate::config::Wanted;
use crate::ids::AccountId;
use crate::inventory::Target;

use super::args::FactsArgs;
use super::door_error::DoorError;
use super::facts::{self, Source};

/// Where the facts come from.
pub(super) fn source<'a>(args: &'a FactsArgs, wanted: &Wanted) -> Result<Source<'a>, DoorError> {
    if args.demo {
        return Ok(Source::Demo);
    }
    if let Some(input) = &args.inventory {
        return Ok(Source::Saved(input));
    }
    let mut ask = facts::ask(accounts(args, wanted)?, &args.member, &args.regions, wanted)?;
    ask.service_control_policies &= !args.policies.no_scp;
    if !args.clusters.is_empty() || !args.roles.is_empty() {
        ask.target = Some(Target {
            clusters: args.clusters.clone(),
            roles: args.roles.iter().map(ToString::to_string).collect(),
        });
    }
    if let Some(limit) = args.max_in_flight {
        ask.max_in_flight = usize::from(limit);
    }
    Ok(Source::Aws(Box::new(ask)))
}

/// The accounts to ask; without a source flag those of the roles that are named, else those of the configuration, else the
/// caller's own.
fn accounts(args: &FactsArgs, wanted: &Wanted) -> Result<Accounts, DoorError> {
    let of_roles: BTreeSet<AccountId> = args.roles.iter().map(|role| role.account().clone()).collect();
    let unnamed = args.accounts.is_empty() && of_roles.is_empty();
    if args.organization || (unnamed && wanted.organization == Some(true)) {
        return Ok(Accounts::Organization {
            units: Wanted::list(args.units.clone(), &wanted.units),
            exclude_accounts: Wanted::list(args.exclude_accounts.clone(), &wanted.exclude_accounts),
            exclude_units: Wanted::list(args.exclude_units.clone(), &wanted.exclude_units),
        });
    }
    if args.accounts.is_empty() {
        let listed = if unnamed { wanted.ids.clone() } else { of_roles.into_iter().collect() };
        return Ok(if listed.is_empty() { Accounts::Own } else { Accounts::Listed(listed) });
    }
    if let Some(other) = of_roles.iter().find(|account| !args.accounts.contains(account)) {
        return Err(DoorError::Usage {
            message: format!("--role names a role of account {other}, which no --account names"),
            help: format!("add --account {other}, or leave --account out: the roles' accounts are audited then"),
        });
    }
    Ok(Accounts::Listed(args.accounts.clone()))
}
