//! What a run has found, as far as the configuration still names it: runs stay in the bucket, and whoever sends an event can
//! name any of them.

use crate::collect::ask::{Accounts, Ask};
use crate::collect::scope::{AccountScope, Entry, Scope};

/// The scope, less the regions that the configuration leaves out by now; none where it leaves out an account, or every
/// region.
pub(super) fn within(ask: &Ask, found: Scope) -> Option<Scope> {
    if !found.accounts.iter().all(|account| names(&ask.accounts, account)) {
        return None;
    }
    let regions = match (ask.regions.is_empty(), found.regions.is_empty()) {
        (true, _) => found.regions,
        (false, true) => ask.regions.clone(),
        (false, false) => {
            let both: Vec<_> = found.regions.into_iter().filter(|region| ask.regions.contains(region)).collect();
            if both.is_empty() {
                return None;
            }
            both
        }
    };
    Some(Scope { regions, ..found })
}

/// Whether the configuration names an account, by its place in the organization as the run has found it.
fn names(configured: &Accounts, account: &AccountScope) -> bool {
    match configured {
        Accounts::Own => account.entry == Entry::Own,
        Accounts::Listed(ids) => ids.contains(&account.id),
        Accounts::Organization { units, exclude_accounts, exclude_units } => {
            let path = account.organization_path.as_deref().unwrap_or_default();
            let is_below = |unit: &crate::ids::UnitId| path.split('/').any(|part| part == unit.as_str());
            !exclude_accounts.contains(&account.id)
                && !exclude_units.iter().any(is_below)
                && (units.is_empty() || units.iter().any(is_below))
        }
        // no configuration says that
        Accounts::Member { .. } | Accounts::Found(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::scope::ServiceControl;
    use crate::ids::{Partition, Region};
    use crate::lambda::Settings;

    fn ask(vars: &[(&str, &str)]) -> Ask {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from_vars(vars).unwrap().ask
    }

    fn regions(names: &[&str]) -> Vec<Region> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    /// An account of a run, below the unit `ou-ab12-cd34ef56`.
    fn found(names: &[&str]) -> Scope {
        let account = AccountScope {
            id: "111122223333".parse().unwrap(),
            name: None,
            organization_path: Some("o-a1b2c3d4e5/r-ab12/ou-ab12-cd34ef56/ou-ab12-00000000".to_owned()),
            entry: Entry::Assume,
            service_control: ServiceControl::LeftOut,
        };
        Scope {
            partition: Partition::Aws,
            organization_id: None,
            accounts: vec![account],
            regions: regions(names),
            compute_everywhere: false,
            target: None,
        }
    }

    #[test]
    fn an_account_that_the_configuration_still_names_is_read() {
        for vars in [
            &[][..],
            &[("NODEROLE_ACCOUNTS", "111122223333")],
            &[("NODEROLE_OUS", "ou-ab12-cd34ef56")],
            &[("NODEROLE_OUS", "ou-ab12-99999999,ou-ab12-00000000"), ("NODEROLE_EXCLUDE_ACCOUNTS", "444455556666")],
            &[("NODEROLE_EXCLUDE_OUS", "ou-ab12-cd34ef5")],
        ] {
            assert_eq!(within(&ask(vars), found(&[])), Some(found(&[])), "{vars:?}");
        }
    }

    #[test]
    fn an_account_that_the_configuration_leaves_out_since_the_run_is_not() {
        for vars in [
            &[("NODEROLE_ACCOUNTS", "own")][..],
            &[("NODEROLE_ACCOUNTS", "444455556666")],
            &[("NODEROLE_EXCLUDE_ACCOUNTS", "111122223333")],
            &[("NODEROLE_EXCLUDE_OUS", "ou-ab12-cd34ef56")],
            &[("NODEROLE_OUS", "ou-ab12-99999999")],
        ] {
            assert_eq!(within(&ask(vars), found(&[])), None, "{vars:?}");
        }
        let mut unplaced = found(&[]);
        unplaced.accounts[0].organization_path = None;
        assert_eq!(within(&ask(&[("NODEROLE_OUS", "ou-ab12-cd34ef56")]), unplaced), None);
    }

    #[test]
    fn no_region_is_read_that_the_configuration_leaves_out_since_the_run() {
        let now = ask(&[("NODEROLE_REGIONS", "eu-west-1,eu-central-1")]);
        assert_eq!(within(&now, found(&[])).unwrap().regions, now.regions);
        assert_eq!(within(&now, found(&["us-east-1", "eu-west-1"])).unwrap().regions, regions(&["eu-west-1"]));
        assert_eq!(within(&now, found(&["us-east-1"])), None);
        assert_eq!(within(&ask(&[]), found(&["us-east-1"])).unwrap().regions, regions(&["us-east-1"]));
    }
}
