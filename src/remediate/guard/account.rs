//! Whether roles of an account may be changed.

use crate::audit::units;
use crate::inventory::Account;
use crate::remediate::settings::Settings;

/// Why none may.
pub(super) fn refusal(settings: &Settings, account: &Account) -> Option<String> {
    let id = account.id.as_str();
    if let Some(excluded) = settings.exclude_accounts.iter().find(|pattern| pattern.matches(id)) {
        return Some(format!("account {id} matches `{excluded}` in `exclude-accounts` of [remediation]"));
    }
    let path: Option<Vec<&str>> = units(account).map(Iterator::collect);
    if !settings.exclude_units.is_empty() {
        let Some(path) = &path else {
            return Some(format!(
                "where account {id} stands in the organization is not known, and `exclude-ous` of [remediation] leaves units out"
            ));
        };
        if let Some(excluded) = settings.exclude_units.iter().find(|unit| path.contains(&unit.as_str())) {
            return Some(format!("account {id} is in {excluded}, one of `exclude-ous` of [remediation]"));
        }
    }
    let named = settings.accounts.iter().any(|pattern| pattern.matches(id));
    let within = settings.units.iter().any(|unit| path.as_ref().is_some_and(|path| path.contains(&unit.as_str())));
    if named || within {
        return None;
    }
    if path.is_none() && !settings.units.is_empty() {
        return Some(format!(
            "account {id} is not among `accounts` of [remediation], and whether it is in one of `ous` is not known"
        ));
    }
    Some(format!("account {id} is in neither `accounts` nor `ous` of [remediation]"))
}
