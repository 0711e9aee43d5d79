//! Whom the conditions of a statement that lets everyone in really let in.

use crate::ids::AccountId;
use crate::policy::trust::ConditionEntry;

/// Whom a condition leaves of everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Principals of the role's own account.
    OwnAccount,
    /// Principals of the organization, or of accounts that are named.
    Others,
    /// Whoever brings what the condition wants: an external id, an address, a tag on himself.
    Anyone,
}

/// Operators that compare with what is written, so that an absent key does not pass.
const COMPARISONS: [&str; 5] = ["stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"];

/// All tests of a condition must hold: the narrowest of them counts.
pub(super) fn reach(condition: &[ConditionEntry], own: &AccountId) -> Reach {
    condition.iter().map(|entry| of_entry(entry, own)).min().unwrap_or(Reach::Anyone)
}

/// One of the values must hold: the widest of them counts.
fn of_entry(entry: &ConditionEntry, own: &AccountId) -> Reach {
    let operator = entry.operator.to_ascii_lowercase();
    // ForAllValues and ...IfExists hold where the key is absent, which a stranger sees to.
    let operator = operator.strip_prefix("foranyvalue:").unwrap_or(&operator);
    if !COMPARISONS.contains(&operator) {
        return Reach::Anyone;
    }
    // Only what the caller cannot choose says who he is. An external id is a word that is passed on; tags are the caller's
    // account's to give; an address says from where, not who.
    let of_value: fn(&str, &AccountId) -> Reach = match entry.key.as_str() {
        "aws:principalaccount" | "aws:sourceaccount" => of_account,
        "aws:principalarn" | "aws:sourcearn" => of_arn,
        "aws:principalorgid" | "aws:sourceorgid" | "aws:principalorgpaths" | "aws:sourceorgpaths" => of_organization,
        "aws:userid" => of_user_id,
        _ => return Reach::Anyone,
    };
    entry.values.iter().map(|value| of_value(value, own)).max().unwrap_or(Reach::Anyone)
}

fn of_account(value: &str, own: &AccountId) -> Reach {
    if value == own.as_str() || value.eq_ignore_ascii_case("${aws:ResourceAccount}") {
        Reach::OwnAccount
    } else if value.parse::<AccountId>().is_ok() {
        Reach::Others
    } else {
        Reach::Anyone
    }
}

fn of_arn(value: &str, own: &AccountId) -> Reach {
    of_account(value.split(':').nth(4).unwrap_or_default(), own)
}

fn of_organization(value: &str, _own: &AccountId) -> Reach {
    let id = value.split('/').next().unwrap_or_default();
    let named = id.starts_with("o-") && !id.contains(['*', '?', '$']);
    if named || id.eq_ignore_ascii_case("${aws:ResourceOrgID}") { Reach::Others } else { Reach::Anyone }
}

/// `AROA...:session` names one role, of whatever account.
fn of_user_id(value: &str, _own: &AccountId) -> Reach {
    let id = value.split(':').next().unwrap_or_default();
    let unique = ["AROA", "AIDA"].iter().any(|kind| id.starts_with(kind)) && !id.contains(['*', '?', '$']);
    if unique { Reach::Others } else { Reach::Anyone }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach_of(operator: &str, key: &str, values: &[&str]) -> Reach {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        let entry = ConditionEntry { operator: operator.to_owned(), key: key.to_owned(), values };
        reach(&[entry], &"111122223333".parse().unwrap())
    }

    #[test]
    fn only_keys_that_say_who_calls_narrow() {
        assert_eq!(reach_of("StringEquals", "aws:principalorgid", &["o-abc"]), Reach::Others);
        assert_eq!(reach_of("StringEquals", "aws:principalaccount", &["111122223333"]), Reach::OwnAccount);
        assert_eq!(reach_of("StringEquals", "aws:principalaccount", &["444455556666"]), Reach::Others);
        assert_eq!(reach_of("ArnLike", "aws:principalarn", &["arn:aws:iam::111122223333:role/*"]), Reach::OwnAccount);
        assert_eq!(reach_of("StringEquals", "aws:userid", &["AROAX:session"]), Reach::Others);
        assert_eq!(reach_of("StringEquals", "sts:externalid", &["secret"]), Reach::Anyone);
        assert_eq!(reach_of("IpAddress", "aws:sourceip", &["192.0.2.0/24"]), Reach::Anyone);
        assert_eq!(reach_of("StringEquals", "aws:principaltag/team", &["shop"]), Reach::Anyone);
    }

    #[test]
    fn operators_that_hold_without_the_key_do_not_narrow() {
        for operator in ["StringEqualsIfExists", "ForAllValues:StringEquals", "StringNotEquals", "Null", "Bool"] {
            assert_eq!(reach_of(operator, "aws:principalorgid", &["o-abc"]), Reach::Anyone, "{operator}");
        }
        assert_eq!(reach_of("ForAnyValue:StringLike", "aws:principalorgpaths", &["o-abc/r-1/*"]), Reach::Others);
    }

    #[test]
    fn wildcards_and_variables_in_the_place_of_a_name_do_not_narrow() {
        assert_eq!(reach_of("StringLike", "aws:principalorgid", &["o-*"]), Reach::Anyone);
        assert_eq!(reach_of("ArnLike", "aws:principalarn", &["arn:aws:iam::*:role/admin"]), Reach::Anyone);
        assert_eq!(reach_of("StringEquals", "aws:principalorgid", &["${aws:PrincipalOrgID}"]), Reach::Anyone);
        assert_eq!(reach_of("StringEquals", "aws:principalorgid", &["${aws:ResourceOrgID}"]), Reach::Others);
        assert_eq!(reach_of("StringEquals", "aws:principalaccount", &["${aws:ResourceAccount}"]), Reach::OwnAccount);
    }

    #[test]
    fn the_widest_value_and_the_narrowest_test_count() {
        assert_eq!(reach_of("StringLike", "aws:principalaccount", &["111122223333", "*"]), Reach::Anyone);
        let own = "111122223333".parse().unwrap();
        let entry = |key: &str, value: &str| ConditionEntry {
            operator: "StringEquals".to_owned(),
            key: key.to_owned(),
            values: vec![value.to_owned()],
        };
        let both = [entry("sts:externalid", "secret"), entry("aws:principalaccount", "111122223333")];
        assert_eq!(reach(&both, &own), Reach::OwnAccount);
        assert_eq!(reach(&[], &own), Reach::Anyone);
    }
}
