//! Tests of what is a document, and of the positions of errors.

use super::{Document, MAX_BYTES, MAX_TRUST_BYTES, Version};
use crate::policy::Effect;

fn error(text: &str) -> String {
    Document::parse(text).unwrap_err().to_string()
}

/// The error of a document with one statement of these elements.
fn error_of(elements: &str) -> String {
    error(&format!("{{\"Statement\": {{{elements}}}}}"))
}

const GRANT: &str = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;

#[test]
fn a_statement_may_be_an_object_or_a_list_and_so_may_actions() {
    let listed = r#"{"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]}"#;
    assert_eq!(Document::parse(GRANT).unwrap(), Document::parse(listed).unwrap());
    assert_eq!(Document::parse(r#"{"Statement": []}"#).unwrap().statements().len(), 0);
}

#[test]
fn a_url_encoded_document_is_decoded_and_a_percent_sign_in_json_is_not() {
    let encoded = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22\
                   %3A%22*%22%7D%7D";
    assert_eq!(Document::parse(encoded).unwrap(), Document::parse(GRANT).unwrap());
    let plain = GRANT.replace("s3:*", "s3:%2A+x");
    let document = Document::parse(&plain).unwrap();
    assert_eq!(document.statements()[0].actions().collect::<Vec<_>>(), ["s3:%2A+x"]);
    assert!(error("%7B%FF%7D").contains("not UTF-8"));
}

#[test]
fn the_version_is_one_of_two_and_may_stand_last() {
    let document = Document::parse(&GRANT.replace("}}", r#"}, "Version": "2012-10-17", "Id": "x"}"#)).unwrap();
    assert_eq!(document.version(), Some(Version::V2012));
    assert_eq!(Document::parse(GRANT).unwrap().version(), None);
    assert!(error(r#"{"Version": "2012-10-18", "Statement": []}"#).contains("`2012-10-18`"));
    assert!(error(r#"{"Version": 2012, "Statement": []}"#).contains("integer `2012`"));
}

#[test]
fn statements_keep_sid_effect_and_negations() {
    let text = r#"{"Statement": [{"Sid": "One", "Effect": "Deny", "NotAction": "iam:*", "NotResource": ["a", "b"],
        "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"s3:max-keys": [5, "6", 7.5]}}}]}"#;
    let document = Document::parse(text).unwrap();
    let statement = &document.statements()[0];
    assert_eq!((statement.sid(), statement.effect()), (Some("One"), Effect::Deny));
    assert!(statement.is_not_action() && statement.is_not_resource());
    assert_eq!(statement.resources().collect::<Vec<_>>(), ["a", "b"]);
    let tests: Vec<_> = statement.tests().map(|test| (test.operator, test.key, test.values.to_vec())).collect();
    let expected = vec!["5".to_owned(), "6".to_owned(), "7.5".to_owned()];
    assert_eq!(tests[0], ("Bool", "aws:SecureTransport", vec!["false".to_owned()]));
    assert_eq!(tests[1], ("NumericLessThan", "s3:max-keys", expected));
}

#[test]
fn every_error_has_the_position_of_what_is_wrong() {
    let text = "{\n  \"Statement\": {\n    \"Effect\": \"allow\",\n    \"Action\": \"*\", \"Resource\": \"*\"\n  }\n}";
    let error = Document::parse(text).unwrap_err();
    assert_eq!((error.line, error.column), (3, 21), "{error}");
    assert_eq!(error.message, "Effect must be `Allow` or `Deny`, not `allow`");
    let error = Document::parse("{\n \"Statement\": [],\n \"Sttement\": []}").unwrap_err();
    assert_eq!(error.line, 3, "{error}");
    let error = Document::parse("{\"Statement\": [\n").unwrap_err();
    assert_eq!((error.line, error.message.as_str()), (2, "EOF while parsing a list"));
}

#[test]
fn a_key_that_stands_twice_is_refused_at_every_depth() {
    let twice = [
        r#"{"Statement": [], "Statement": []}"#,
        r#"{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}"#,
        r#"{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}, "Bool": {}}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"Bool": {"aws:x": "true", "aws:x": "false"}}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Principal": {"AWS": "*", "AWS": "1"}}}"#,
    ];
    for text in twice {
        assert!(error(text).contains("stands twice"), "{text}");
    }
}

#[test]
fn unknown_elements_are_refused_with_a_suggestion() {
    assert!(error(r#"{"Statment": []}"#).contains("did you mean `Statement`?"));
    assert!(error_of(r#""Effect": "Allow", "Actions": "*", "Resource": "*""#).contains("did you mean `Action`?"));
    assert!(error_of(r#""Effect": "Allow", "Action": "*", "Principal": {"Aws": "*"}"#).contains("`Aws`"));
    assert!(error_of(r#""Zzz": 1"#).contains("`Zzz` is not an element of a statement"));
}

#[test]
fn what_is_missing_or_too_much_is_refused() {
    assert!(error(r#"{"Version": "2012-10-17"}"#).contains("no Statement"));
    assert!(error_of(r#""Action": "*", "Resource": "*""#).contains("no Effect"));
    assert!(error_of(r#""Effect": "Allow", "Resource": "*""#).contains("neither Action nor NotAction"));
    assert!(error_of(r#""Effect": "Allow", "Action": "*""#).contains("neither Resource nor NotResource"));
    let both = |elements| error_of(&format!(r#""Effect": "Allow", "Action": "*", "Resource": "*", {elements}"#));
    assert!(both(r#""NotAction": "*""#).contains("both Action and NotAction"));
    assert!(both(r#""NotResource": "*""#).contains("both Resource and NotResource"));
    assert!(both(r#""Principal": "*", "NotPrincipal": "*""#).contains("both Principal and NotPrincipal"));
}

#[test]
fn wrong_types_are_refused() {
    for text in ["[]", "null", "5", "\"x\"", "", "{", r#"{"Statement": "x"}"#, r#"{"Statement": [[]]}"#] {
        assert!(Document::parse(text).is_err(), "{text}");
    }
    let wrong = |elements: &str| error_of(&format!(r#""Effect": "Allow", "Action": "*", "Resource": "*", {elements}"#));
    assert!(wrong(r#""Condition": []"#).contains("expected a condition"));
    assert!(wrong(r#""Condition": {"StringEquals": "x"}"#).contains("condition keys for StringEquals"));
    assert!(wrong(r#""Condition": {"StringEquals": {"k": {}}}"#).contains("a string, a number, a boolean"));
    assert!(wrong(r#""Condition": {"StringEquals": {"k": [null]}}"#).contains("a string, a number or a boolean"));
    assert!(wrong(r#""Condition": {"StringEqualz": {"k": "x"}}"#).contains("did you mean `StringEquals`?"));
    assert!(wrong(r#""Sid": 5"#).contains("expected a string"));
    assert!(wrong(r#""Principal": "me""#).contains("`*` or an object"));
    assert!(error_of(r#""Effect": "Allow", "Action": [5], "Resource": "*""#).contains("expected a string"));
    assert!(error(&format!("{GRANT} x")).contains("trailing characters"));
}

#[test]
fn a_policy_of_permissions_has_resources_and_a_trust_policy_principals() {
    let trust = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "x"}}}"#;
    assert!(Document::parse(trust).is_ok() && Document::parse_trust(trust).is_ok());
    assert!(Document::parse_permissions(trust).unwrap_err().message.contains("only a trust policy"));
    assert!(Document::parse_permissions(GRANT).is_ok());
    assert!(Document::parse_trust(GRANT).unwrap_err().message.contains("a trust policy has no resource"));
    let neither = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole"}}"#;
    assert!(Document::parse_trust(neither).unwrap_err().message.contains("neither Principal nor NotPrincipal"));
    let nobody = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {}}}"#;
    assert!(error(nobody).contains("names nobody"));
}

#[test]
fn printing_keeps_everything_that_a_document_says() {
    let texts = [
        r#"{"Version":"2008-10-17","Id":"x","Statement":[]}"#,
        r#"{"Statement":[{"Sid":"a","Effect":"Deny","NotPrincipal":{"AWS":["1","2"],"Service":"s"},"Action":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Principal":"*","NotAction":[],"Condition":{"Bool":{"a":"true","b":["1","2"]},"Null":{"c":"false"}}}]}"#,
    ];
    for text in texts {
        assert_eq!(Document::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn a_document_above_the_limit_is_refused_with_the_limit_be_it_encoded_or_not() {
    let filled = |statement: &str, limit: usize| {
        let document = format!(r#"{{"Statement": {statement}}}"#);
        format!("{document}{}", " ".repeat(limit - document.len()))
    };
    let permissions = |bytes| filled(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#, bytes);
    let trust = |bytes| filled(r#"{"Effect": "Allow", "Action": "*", "Principal": "*"}"#, bytes);
    assert!(Document::parse_permissions(&permissions(MAX_BYTES)).is_ok());
    assert!(Document::parse_trust(&trust(MAX_TRUST_BYTES)).is_ok());
    let encoded = permissions(MAX_BYTES + 1).replace('{', "%7B");
    for (text, limit) in [(permissions(MAX_BYTES + 1), MAX_BYTES), (encoded, MAX_BYTES)] {
        let error = Document::parse_permissions(&text).unwrap_err();
        assert!(error.message.contains(&format!("at most {limit} are read")), "{error}");
    }
    let error = Document::parse_trust(&trust(MAX_TRUST_BYTES + 1)).unwrap_err();
    assert!(error.message.contains(&format!("at most {MAX_TRUST_BYTES} are read")), "{error}");
}

#[test]
fn an_error_repeats_little_of_a_hostile_document() {
    let long = r"x\u001b[31m".repeat(50_000);
    for text in [
        format!(r#"{{"{long}": 1}}"#),
        format!(r#"{{"Version": "{long}"}}"#),
        format!(r#"{{"Statement": {{"Effect": "{long}"}}}}"#),
        format!(r#"{{"Statement": {{"Principal": "{long}"}}}}"#),
        format!(r#"{{"Statement": {{"Condition": {{"{long}": {{}}}}}}}}"#),
        format!(r#"{{"Statement": {{"Condition": {{"Bool": {{"{long}": [], "{long}": []}}}}}}}}"#),
        format!(r#"{{"Id": "{long}", "Statement": "{long}"}}"#),
        format!(r#"{{"Statement": {}1"#, "[".repeat(100_000)),
    ] {
        let error = Document::parse(&text).unwrap_err().to_string();
        assert!(error.len() < 400 && !error.contains('\u{1b}'), "{} bytes: {:.200}", error.len(), error);
    }
}
