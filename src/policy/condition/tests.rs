//! Tests of the operators, one by one, and of the traps between them.

use super::{Condition, Context, Operator, Truth, Version};

fn test(operator: &str, values: &[&str]) -> Condition {
    let parsed = Operator::parse(operator).unwrap();
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Condition::new(operator.to_owned(), parsed, "aws:Key".to_owned(), values, Version::V2012)
}

/// Whether a test holds where the key has these values; it is absent where it has none.
fn holds(operator: &str, values: &[&str], given: &[&str]) -> bool {
    let mut context = Context::complete();
    context.set("AWS:KEY", given.iter().map(|value| (*value).to_owned()).collect());
    match test(operator, values).holds(&context) {
        Truth::True => true,
        Truth::False => false,
        Truth::Unknown => panic!("everything is known"),
    }
}

#[test]
fn string_operators_compare_text() {
    assert!(holds("StringEquals", &["a", "b"], &["b"]) && !holds("StringEquals", &["a"], &["A"]));
    assert!(!holds("StringEquals", &["a*"], &["ab"]), "no wildcards");
    assert!(holds("StringEqualsIgnoreCase", &["Straße"], &["STRAßE"]));
    assert!(holds("StringLike", &["a*", "x"], &["ab"]) && !holds("StringLike", &["a?"], &["a"]));
    assert!(holds("StringNotLike", &["a*"], &["b"]) && !holds("StringNotLike", &["a*", "b"], &["b"]));
    assert!(!holds("StringNotEqualsIgnoreCase", &["A"], &["a"]));
}

#[test]
fn a_negated_operator_with_several_values_holds_where_none_matches() {
    assert!(!holds("StringNotEquals", &["a", "b"], &["b"]));
    assert!(holds("StringNotEquals", &["a", "b"], &["c"]));
}

#[test]
fn without_the_key_only_negated_and_if_exists_hold() {
    for (operator, expected) in [
        ("StringEquals", false),
        ("StringNotEquals", true),
        ("StringEqualsIfExists", true),
        ("StringNotEqualsIfExists", true),
        ("ForAllValues:StringEquals", true),
        ("ForAllValues:StringNotEquals", true),
        ("ForAnyValue:StringEquals", false),
        ("ForAnyValue:StringNotEquals", false),
        ("ForAnyValue:StringEqualsIfExists", true),
    ] {
        assert_eq!(holds(operator, &["a"], &[]), expected, "{operator}");
    }
    assert!(holds("NotIpAddress", &["10.0.0.0/8"], &[]) && !holds("Bool", &["false"], &[]));
    assert!(holds("ArnNotLike", &["arn:aws:iam::*:role/x"], &[]) && holds("NumericNotEquals", &["1"], &[]));
    assert!(!holds("DateLessThan", &["2026-01-01T00:00:00Z"], &[]));
}

#[test]
fn several_values_need_for_all_or_for_any() {
    assert!(!holds("StringEquals", &["a", "b"], &["a", "b"]) && !holds("StringNotEquals", &["c"], &["a", "b"]));
    assert!(holds("ForAllValues:StringEquals", &["a", "b"], &["a", "b"]));
    assert!(!holds("ForAllValues:StringEquals", &["a"], &["a", "b"]));
    assert!(holds("ForAnyValue:StringLike", &["b*"], &["a", "bc"]));
    assert!(!holds("ForAnyValue:StringLike", &["c"], &["a", "b"]));
    assert!(holds("ForAllValues:StringNotEquals", &["c"], &["a", "b"]));
    assert!(holds("ForAnyValue:StringNotEquals", &["a"], &["a", "b"]));
    assert!(!holds("ForAnyValue:StringNotEquals", &["a", "b"], &["a", "b"]));
}

#[test]
fn values_that_are_all_empty_are_an_empty_set() {
    assert!(holds("ForAllValues:StringEquals", &["a"], &[""]));
    assert!(!holds("ForAnyValue:StringEquals", &[""], &[""]));
}

#[test]
fn null_asks_whether_the_key_is_there() {
    assert!(holds("Null", &["true"], &[]) && !holds("Null", &["true"], &["x"]));
    assert!(holds("Null", &["false"], &["x"]) && !holds("Null", &["false"], &[]));
    assert!(!holds("Null", &["maybe"], &[]));
}

#[test]
fn numbers_are_compared_as_numbers() {
    assert!(holds("NumericEquals", &["10"], &["10.0"]) && holds("NumericNotEquals", &["10"], &["9"]));
    assert!(holds("NumericLessThan", &["10"], &["9"]) && !holds("NumericLessThan", &["10"], &["10"]));
    assert!(holds("NumericLessThanEquals", &["10"], &["10"]) && holds("NumericGreaterThan", &["-2"], &["-1.5"]));
    assert!(holds("NumericGreaterThanEquals", &["0"], &["-0"]) && !holds("NumericGreaterThanEquals", &["9"], &["8.9"]));
    assert!(!holds("NumericEquals", &["nan"], &["nan"]) && !holds("NumericLessThan", &["inf"], &["1"]));
}

#[test]
fn dates_are_iso_8601_or_seconds_since_1970() {
    let new_year = "2026-01-01T00:00:00Z";
    for same in ["2026-01-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00Z", "2026-01", "1767225600"] {
        assert!(holds("DateEquals", &[same], &[new_year]), "{same}");
    }
    assert!(holds("DateEquals", &["2026-01-01T01:30:00+01:30"], &[new_year]), "with an offset");
    assert!(holds("DateEquals", &["2026-01-01T00:00:00.000Z"], &[new_year]), "with a fraction");
    assert!(holds("DateLessThan", &[new_year], &["2025-12-31T23:59:59Z"]));
    assert!(!holds("DateLessThan", &[new_year], &[new_year]) && holds("DateLessThanEquals", &[new_year], &[new_year]));
    assert!(holds("DateGreaterThan", &[new_year], &["1767225601"]));
    assert!(holds("DateGreaterThanEquals", &[new_year], &[new_year]));
    assert!(holds("DateNotEquals", &[new_year], &["2027"]), "a whole number is seconds");
    assert!(!holds("DateGreaterThan", &["yesterday"], &[new_year]) && !holds("DateEquals", &["x"], &["x"]));
}

#[test]
fn bool_takes_true_and_false_in_any_case() {
    assert!(holds("Bool", &["true"], &["True"]) && !holds("Bool", &["true"], &["false"]));
    assert!(!holds("Bool", &["yes"], &["yes"]) && !holds("Bool", &["1"], &["true"]));
    assert!(holds("BoolIfExists", &["false"], &["false"]));
}

#[test]
fn binary_values_are_compared_by_their_bytes() {
    assert!(
        holds("BinaryEquals", &["QmluYXJ5"], &["QmluYXJ5"]) && !holds("BinaryEquals", &["QmluYXJ5"], &["QmluYXJ6"])
    );
    assert!(!holds("BinaryEquals", &["not base64"], &["not base64"]));
}

#[test]
fn addresses_are_in_ranges_of_their_own_family() {
    assert!(holds("IpAddress", &["10.0.0.0/8"], &["10.1.2.3"]) && !holds("IpAddress", &["10.0.0.0/8"], &["11.0.0.1"]));
    assert!(holds("IpAddress", &["203.0.113.9"], &["203.0.113.9"]), "one address");
    assert!(holds("IpAddress", &["10.9.9.9/8"], &["10.1.2.3"]), "an address with bits behind the prefix");
    assert!(
        holds("IpAddress", &["0.0.0.0/0"], &["203.0.113.9"]) && !holds("NotIpAddress", &["::/0"], &["2001:db8::1"])
    );
    assert!(holds("IpAddress", &["10.0.0.0/8", "2001:DB8::/32"], &["2001:db8::1"]));
    assert!(!holds("IpAddress", &["0.0.0.0/0"], &["2001:db8::1"]) && holds("NotIpAddress", &["0.0.0.0/0"], &["::1"]));
    assert!(holds("IpAddress", &["2001:db8::1"], &["2001:0db8:0:0:0:0:0:1"]), "two spellings");
    assert!(!holds("IpAddress", &["10.0.0.0/40"], &["10.0.0.1"]) && !holds("IpAddress", &["10.0.0.0/8"], &["ten"]));
}

#[test]
fn arn_operators_have_wildcards_by_either_name() {
    let role = "arn:aws:iam::111122223333:role/nodes/one";
    for operator in ["ArnLike", "ArnEquals"] {
        assert!(holds(operator, &["arn:aws:iam::*:role/nodes/*"], &[role]), "{operator}");
    }
    assert!(!holds("ArnNotLike", &["arn:aws:iam::*:role/*"], &[role]) && !holds("ArnNotEquals", &[role], &[role]));
    assert!(!holds("ArnLike", &["role"], &["role"]), "no ARN");
}

#[test]
fn a_variable_without_value_is_equal_to_nothing_so_negations_hold() {
    assert!(!holds("StringEquals", &["${aws:PrincipalTag/none}"], &["x"]));
    assert!(holds("StringNotEquals", &["${aws:PrincipalTag/none}"], &["x"]));
    assert!(holds("StringEquals", &["${aws:PrincipalTag/none, 'x'}"], &["x"]));
    assert!(holds("StringEqualsIgnoreCase", &["${aws:PrincipalTag/none, 'X'}"], &["x"]));
    assert!(holds("StringEquals", &["${aws:KEY}"], &["x"]));
}

#[test]
fn an_unknown_key_leaves_every_operator_open() {
    let context = Context::partial();
    for operator in ["StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAllValues:StringLike", "Null"] {
        assert_eq!(test(operator, &["true"]).holds(&context), Truth::Unknown, "{operator}");
    }
    assert_eq!(test("Null", &["true", "false"]).holds(&context), Truth::True, "there or not: both are wanted");
    let keys = ["aws:Key"];
    assert_eq!(test("Null", &["true"]).unknown_keys(&context).map(|key| key.written).collect::<Vec<_>>(), keys);
}

#[test]
fn an_unknown_variable_leaves_open_what_no_other_value_decides() {
    let mut context = Context::partial();
    context.set("aws:Key", vec!["x".to_owned()]);
    assert_eq!(test("StringEquals", &["${aws:username}"]).holds(&context), Truth::Unknown);
    assert_eq!(test("StringEquals", &["${aws:username}", "x"]).holds(&context), Truth::True);
    assert_eq!(test("StringNotEquals", &["${aws:username}", "x"]).holds(&context), Truth::False);
    assert_eq!(test("StringNotLike", &["y${aws:username}"]).holds(&context), Truth::True, "it cannot match");
    let open = test("StringEquals", &["${aws:username}"]);
    assert_eq!(open.unknown_keys(&context).map(|key| key.written).collect::<Vec<_>>(), ["aws:username"]);
    let decided = test("StringEquals", &["${aws:username}", "x"]);
    assert_eq!(decided.unknown_keys(&context).next(), None, "it hangs on nothing");
}

#[test]
fn operators_have_no_case_and_unknown_ones_are_refused() {
    assert!(holds("stringEQUALS", &["a"], &["a"]) && holds("forallvalues:stringlikeIFEXISTS", &["a"], &["a"]));
    let error = Operator::parse("StringEqual").unwrap_err();
    assert!(error.contains("did you mean `StringEquals`"), "{error}");
    assert!(Operator::parse("Frobnicate").unwrap_err().ends_with("is not a condition operator"));
    assert!(Operator::parse("NullIfExists").is_err());
    assert!(Operator::parse("ForSomeValues:StringEquals").is_err());
}
