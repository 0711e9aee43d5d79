//! Tests of wildcards, ARN parts and variables.

use super::{Pattern, Truth, Version};
use crate::policy::Context;

const ROLE: &str = "arn:aws:iam::111122223333:role/nodes/one";
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-a";
const OBJECT: &str = "arn:aws:s3:::bucket/key";

fn resource(pattern: &str, resource: &str) -> bool {
    Pattern::resource(pattern, Version::V2012).matches(resource, &Context::complete()) == Truth::True
}

fn arn(pattern: &str, arn: &str) -> bool {
    Pattern::arn(pattern, Version::V2012).matches(arn, &Context::complete()) == Truth::True
}

fn like(pattern: &str, text: &str) -> bool {
    Pattern::like(pattern, Version::V2012).matches(text, &Context::complete()) == Truth::True
}

fn team(value: &str) -> Context {
    let mut context = Context::complete();
    context.set("aws:PrincipalTag/team", vec![value.to_owned()]);
    context
}

#[test]
fn actions_have_no_case_and_wildcards_anywhere() {
    for pattern in ["*", "ec2:*", "EC2:describetags", "ec2:Describe*", "ec2:*Tags", "e?2:D*b*T?gs", "*:*", "ec2*"] {
        assert!(Pattern::action(pattern).matches_action("ec2:describetags"), "{pattern}");
    }
    for pattern in ["ec2:DescribeTag", "ec2:DescribeTags?", "ecr:*", "ec2:?", ""] {
        assert!(!Pattern::action(pattern).matches_action("ec2:describetags"), "{pattern}");
    }
}

#[test]
fn a_star_takes_no_text_some_text_and_a_character_of_several_bytes() {
    assert!(like("a*b", "ab") && like("a*b", "axxb") && like("*a*a*", "aa") && like("?", "é") && like("**", ""));
    assert!(!like("a*b", "abc") && !like("?", "") && !like("??", "é") && !like("*ab*ab", "ab"));
}

#[test]
fn many_stars_are_matched_quickly() {
    let pattern = "*a".repeat(60);
    assert!(like(&pattern, &"a".repeat(2000)));
    assert!(!like(&format!("{pattern}b"), &"a".repeat(2000)));
}

#[test]
fn a_star_within_a_part_of_an_arn_does_not_cross_the_colon() {
    assert!(resource("arn:aws:i*m::111122223333:role/nodes/one", ROLE));
    assert!(resource("arn:aws:iam::*3333:role/*", ROLE));
    assert!(!resource("arn:a*m::111122223333:role/nodes/one", ROLE));
    assert!(!resource("arn:aws:iam?:111122223333:role/nodes/one", ROLE));
    assert!(!resource("arn?aws:iam::111122223333:role/nodes/one", ROLE));
}

#[test]
fn a_star_that_ends_a_part_runs_on_beyond_the_colon() {
    for pattern in ["arn:aws:iam*", "arn:aws:i*", "arn:aws:*", "arn:aws:iam::1111*", "*", "arn:aws:iam*:role/nodes/one"]
    {
        assert!(resource(pattern, ROLE), "{pattern}");
    }
    assert!(resource("arn:aws:iam:*:111122223333:role/nodes/one", ROLE), "an empty region");
    assert!(!resource("arn:aws:iam", ROLE) && !resource("arn:aws:ec2*", ROLE) && !resource("arn:aws:i*:user/x", ROLE));
}

#[test]
fn wildcards_of_the_resource_part_match_every_character() {
    assert!(resource("arn:aws:iam::111122223333:role/*", ROLE));
    assert!(resource("arn:aws:iam::111122223333:role/nodes?one", ROLE));
    assert!(resource("arn:aws:iam::111122223333:*", ROLE));
    assert!(resource("arn:aws:iam::111122223333:r*", ROLE), "without a separator there is no type");
    assert!(resource("arn:aws:secretsmanager:us-east-1:111122223333:secret:*", SECRET));
    assert!(resource("arn:aws:secretsmanager:*:*:*:db-a", SECRET));
}

#[test]
fn a_wildcard_in_the_resource_type_is_no_wildcard_unless_it_is_the_whole_type() {
    assert!(!resource("arn:aws:iam::111122223333:r?le/nodes/one", ROLE));
    assert!(!resource("arn:aws:iam::111122223333:ro*/nodes/one", ROLE));
    assert!(!resource("arn:aws:secretsmanager:us-east-1:111122223333:se?ret:db-a", SECRET));
    assert!(resource("arn:aws:iam::111122223333:*/nodes/one", ROLE));
    assert!(resource("arn:aws:s3:::b?cket/key", OBJECT), "a bucket is no type");
}

#[test]
fn a_request_without_resource_is_matched_by_a_star_alone() {
    assert!(resource("*", "*") && resource("**", "*"));
    assert!(!resource("arn:aws:*", "*") && !resource("arn:aws:ec2:*:*:instance/*", "*"));
}

#[test]
fn arn_operators_compare_the_six_parts_one_by_one() {
    assert!(arn("arn:aws:iam::*:role/nodes/*", ROLE) && arn("arn:*:iam:*:*:r?le/*", ROLE));
    let long = "arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/a.txt";
    assert!(!arn("arn:aws:x:*:111122223333:finance/*", long), "the example of the user guide");
    assert!(like("arn:aws:x:*:111122223333:finance/*", long));
    assert!(!arn("arn:aws:iam::*", ROLE) && !arn("*", ROLE), "fewer parts than six");
}

#[test]
fn a_variable_takes_the_value_of_its_key_and_never_a_pattern() {
    let pattern = Pattern::resource("arn:aws:s3:::b-${aws:principaltag/TEAM}/*", Version::V2012);
    assert_eq!(pattern.matches("arn:aws:s3:::b-core/x", &team("core")), Truth::True);
    assert_eq!(pattern.matches("arn:aws:s3:::b-web/x", &team("core")), Truth::False);
    assert_eq!(pattern.matches("arn:aws:s3:::b-web/x", &team("*")), Truth::False, "a tag is no wildcard");
}

#[test]
fn a_variable_without_value_matches_nothing_unless_it_has_a_default() {
    let plain = Pattern::like("${aws:PrincipalTag/team}", Version::V2012);
    assert_eq!(plain.matches("", &Context::complete()), Truth::False);
    let with_default = Pattern::like("x-${aws:PrincipalTag/team, 'company-wide'}", Version::V2012);
    assert_eq!(with_default.matches("x-company-wide", &Context::complete()), Truth::True);
    assert_eq!(with_default.matches("x-company-wide", &team("core")), Truth::False);
    let mut several = Context::complete();
    several.set("aws:PrincipalTag/team", vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(plain.matches("a", &several), Truth::False, "a key with several values is no variable");
}

#[test]
fn an_unknown_variable_leaves_open_only_what_it_could_match() {
    let pattern = Pattern::resource("arn:aws:s3:::b-${aws:PrincipalTag/team}/*", Version::V2012);
    let context = Context::partial();
    assert_eq!(pattern.matches("arn:aws:s3:::b-core/x", &context), Truth::Unknown);
    assert_eq!(pattern.matches("arn:aws:s3:::other/x", &context), Truth::False);
    let keys: Vec<_> = pattern.unknown_variables(&context).map(|variable| variable.key.as_str()).collect();
    assert_eq!(keys, ["aws:PrincipalTag/team"]);
}

#[test]
fn a_variable_before_the_resource_part_matches_nothing() {
    let pattern = Pattern::resource("arn:aws:iam::${aws:PrincipalAccount}:role/x", Version::V2012);
    let mut context = Context::complete();
    context.set("aws:PrincipalAccount", vec!["111122223333".to_owned()]);
    assert_eq!(pattern.matches("arn:aws:iam::111122223333:role/x", &context), Truth::False);
}

#[test]
fn escapes_stand_for_their_character() {
    assert!(like("a${*}b", "a*b") && !like("a${*}b", "axb"));
    assert!(like("a${?}b", "a?b") && like("${$}{x}", "${x}"));
    assert_eq!(Pattern::text("${*}", Version::V2012).matches("*", &Context::complete()), Truth::True);
    assert_eq!(Pattern::text("*", Version::V2012).matches("x", &Context::complete()), Truth::False);
}

#[test]
fn before_version_2012_a_variable_is_text() {
    let pattern = Pattern::text("${aws:username}", Version::V2008);
    assert_eq!(pattern.matches("${aws:username}", &Context::partial()), Truth::True);
    assert_eq!(Pattern::like("${*}", Version::V2008).matches("${anything}", &Context::complete()), Truth::True);
}

#[test]
fn an_unclosed_variable_is_text() {
    assert!(like("a${b", "a${b"));
}

#[test]
fn a_long_value_that_is_named_many_times_is_never_copied() {
    let context = team(&"a".repeat(1_000_000));
    // copied, this would be a terabyte
    let chain = "${aws:PrincipalTag/team}".repeat(1_000_000);
    let pattern = Pattern::like(&chain, Version::V2012);
    assert_eq!(pattern.matches(&"a".repeat(2_000), &context), Truth::False);
    assert_eq!(pattern.equals_ignoring_case("aaab", &context), Truth::False);
}
