//! Whom the conditions of a statement that lets everyone in really let in, less those whom Deny statements keep out.

use crate::ids::AccountId;
use crate::policy::trust::{ConditionEntry, Narrowing, TrustGrant};

/// Whom a condition leaves of everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Principals of the role's own account, or services of AWS.
    OwnAccount,
    /// Principals of the organization, or of accounts that are named.
    Others,
    /// Whoever brings what the condition wants: an external id, an address, a tag on himself.
    Anyone,
}

/// Operators, in lower case, that compare with what is written, so that an absent key does not pass.
pub(super) const COMPARISONS: [&str; 5] =
    ["stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"];

/// Whom a grant to everyone reaches: its own condition and every Deny that is for everyone narrow it. A Deny of one action
/// keeps nobody from another: the action that reaches most people counts.
pub(super) fn reach(grant: &TrustGrant, own: &AccountId) -> Reach {
    // All tests of a condition must hold: the narrowest of them counts.
    let allowed = grant.condition_keys.iter().map(|entry| of_entry(entry, own, Reading::Allows)).min();
    // A Deny lets in whoever fails one of its tests: the widest of them counts.
    let spared: Vec<(&Narrowing, Reach)> = grant
        .narrowed_by
        .iter()
        .filter(|denial| denial.for_everyone)
        .filter_map(|denial| {
            let of_tests = denial.condition_keys.iter().map(|entry| of_entry(entry, own, Reading::Denies));
            Some((denial.as_ref(), of_tests.max()?))
        })
        .collect();
    let by = |action: &&'static str| {
        let of_action = spared.iter().filter(|(denial, _)| denial.actions.contains(action)).map(|(_, reach)| *reach);
        allowed.into_iter().chain(of_action).min().unwrap_or(Reach::Anyone)
    };
    grant.actions.iter().map(by).max().unwrap_or(Reach::Anyone)
}

/// Whether a test says who may come, or who may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Allows,
    Denies,
}

/// The comparison that an operator makes, if it keeps out whoever does not have the key.
fn comparison(operator: &str, reading: Reading) -> Option<String> {
    let operator = operator.to_ascii_lowercase();
    match reading {
        // ForAllValues and ...IfExists hold where the key is absent, which a stranger sees to.
        Reading::Allows => Some(operator.strip_prefix("foranyvalue:").unwrap_or(&operator).to_owned()),
        // A negated operator holds where the key is absent, so that its Deny keeps strangers out; with ForAnyValue not.
        Reading::Denies => {
            let bare = operator.strip_suffix("ifexists").unwrap_or(&operator);
            let bare = bare.strip_prefix("forallvalues:").unwrap_or(bare);
            bare.contains("not").then(|| bare.replacen("not", "", 1))
        }
    }
}

/// `aws:PrincipalIsAWSService`, as a data perimeter spares services: allowed where true, denied where false.
fn is_for_services(entry: &ConditionEntry, reading: Reading) -> bool {
    let operator = entry.operator.to_ascii_lowercase();
    let (operators, wanted) = match reading {
        Reading::Allows => (["bool", "bool"], "true"),
        Reading::Denies => (["bool", "boolifexists"], "false"),
    };
    entry.key == "aws:principalisawsservice"
        && operators.contains(&operator.as_str())
        && entry.values.iter().all(|value| value.eq_ignore_ascii_case(wanted))
}

/// One of the values must hold: the widest of them counts.
fn of_entry(entry: &ConditionEntry, own: &AccountId, reading: Reading) -> Reach {
    if is_for_services(entry, reading) {
        return Reach::OwnAccount;
    }
    let Some(operator) = comparison(&entry.operator, reading) else {
        return Reach::Anyone;
    };
    if !COMPARISONS.contains(&operator.as_str()) {
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
    use crate::policy::Document;
    use crate::policy::trust::grants;

    /// The reach of a grant to everyone by this statement, the first of the document, before the others.
    fn reach_of_first(allow: &str, others: &str) -> Reach {
        reach_by("sts:AssumeRole", allow, others)
    }

    fn reach_by(action: &str, allow: &str, others: &str) -> Reach {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Principal": "*", "Action": "{action}", "Condition": {allow}}} {others}]}}"#
        );
        let document = Document::parse_trust(&text).unwrap();
        let grant = grants(&document).into_iter().find(|grant| grant.statement == 0).unwrap();
        reach(&grant, &"111122223333".parse().unwrap())
    }

    fn reach_of(operator: &str, key: &str, values: &[&str]) -> Reach {
        reach_of_first(&serde_json::json!({operator: {key: values}}).to_string(), "")
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
        for operator in ["StringEqualsIfExists", "ForAllValues:StringEquals", "StringNotEquals"] {
            assert_eq!(reach_of(operator, "aws:principalorgid", &["o-abc"]), Reach::Anyone, "{operator}");
        }
        assert_eq!(reach_of("Null", "aws:principalorgid", &["false"]), Reach::Anyone);
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
        assert_eq!(reach_of("StringEquals", "aws:principalaccount", &["111122223333", "444455556666"]), Reach::Others);
        let both = r#"{"StringEquals": {"sts:ExternalId": "secret", "aws:PrincipalAccount": "111122223333"}}"#;
        assert_eq!(reach_of_first(both, ""), Reach::OwnAccount);
        assert_eq!(reach_of_first("{}", ""), Reach::Anyone);
    }

    #[test]
    fn a_deny_for_everyone_outside_narrows() {
        let outside = |principal: &str, condition: &str| {
            let deny = format!(
                r#", {{"Effect": "Deny", "Principal": {principal}, "Action": "sts:*", "Condition": {condition}}}"#
            );
            reach_of_first("{}", &deny)
        };
        let organization = r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-abc"}}"#;
        assert_eq!(outside(r#""*""#, organization), Reach::Others);
        assert_eq!(outside(r#"{"AWS": ["*"]}"#, organization), Reach::Others);
        assert_eq!(outside(r#"{"AWS": "444455556666"}"#, organization), Reach::Anyone);
        assert_eq!(outside(r#""*""#, r#"{"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}"#), Reach::Anyone);
        assert_eq!(
            outside(r#""*""#, r#"{"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-abc/*"}}"#),
            Reach::Anyone
        );
        let perimeter = r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-abc"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}"#;
        assert_eq!(outside(r#""*""#, perimeter), Reach::Others);
        let either = r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-abc", "sts:ExternalId": "secret"}}"#;
        assert_eq!(outside(r#""*""#, either), Reach::Anyone);
    }

    #[test]
    fn a_deny_of_one_action_keeps_nobody_from_another() {
        let deny = |action: &str| {
            format!(
                r#", {{"Effect": "Deny", "Principal": "*", "Action": "{action}",
                    "Condition": {{"StringNotEquals": {{"aws:PrincipalAccount": "111122223333"}}}}}}"#
            )
        };
        let (of_web, of_saml) = (deny("sts:AssumeRoleWithWebIdentity"), deny("sts:AssumeRoleWithSAML"));
        let of_role = deny("sts:AssumeRole");
        assert_eq!(reach_by("sts:*", "{}", &of_web), Reach::Anyone);
        assert_eq!(reach_by("sts:*", "{}", &of_role), Reach::Anyone);
        assert_eq!(reach_by("sts:AssumeRole", "{}", &of_role), Reach::OwnAccount);
        assert_eq!(reach_by("sts:*", "{}", &deny("sts:*")), Reach::OwnAccount);
        assert_eq!(reach_by("sts:*", "{}", &[of_role, of_web, of_saml].concat()), Reach::OwnAccount);
    }
}
