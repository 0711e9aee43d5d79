//! Tests of the lines in and out.

use serde_json::{Value, json};

use super::{MAX_LINE_BYTES, Summary, run};

/// The answers to some lines, and how many failed.
fn answers(lines: &[u8]) -> (Vec<Value>, Summary) {
    let mut out = Vec::new();
    let summary = run(lines, &mut out).unwrap();
    let lines = std::str::from_utf8(&out).unwrap().lines();
    (lines.map(|line| serde_json::from_str(line).unwrap()).collect(), summary)
}

fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Sid": "Grant", "Effect": "Allow", "Action": action, "Resource": "*"}})
}

fn case() -> Value {
    json!({
        "id": "a", "principal": "arn:aws:iam::111122223333:role/node", "action": "ec2:DescribeInstances",
        "resource": "*", "context": {}, "identity_policies": [{"name": "one", "document": allow("ec2:*")}],
        "permissions_boundary": null, "service_control_policies": [], "expected": "allowed"
    })
}

/// The case with one field set.
fn case_with(field: &str, value: Value) -> Value {
    let mut case = case();
    case[field] = value;
    case
}

fn answer(case: &Value) -> Value {
    let (answers, _) = answers(case.to_string().as_bytes());
    answers[0].clone()
}

#[test]
fn an_allowed_case_names_the_statement_that_grants_it() {
    let by = json!([{"layer": "identity", "policy": "one", "statement": 0, "sid": "Grant", "effect": "allow"}]);
    assert_eq!(answer(&case()), json!({"id": "a", "decision": "allowed", "by": by}));
}

#[test]
fn a_boundary_and_a_level_that_grant_nothing_are_named() {
    let mut case = case_with("permissions_boundary", allow("s3:*"));
    case["service_control_policies"] = json!([[allow("*")], []]);
    let answer = answer(&case);
    assert_eq!(answer["decision"], "implicit_deny");
    let nobody = |layer: &str| json!({"layer": layer, "policy": null, "statement": null, "sid": null, "effect": null});
    let mut level = nobody("service_control");
    level["level"] = json!(1);
    assert_eq!(answer["by"], json!([nobody("permissions_boundary"), level]));
}

#[test]
fn a_deny_of_an_scp_is_named_by_level_and_position() {
    let deny = json!({"Statement": [{"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}]});
    let answer = answer(&case_with("service_control_policies", json!([[allow("*"), deny]])));
    assert_eq!(answer["decision"], "explicit_deny");
    assert_eq!(answer["by"][0]["policy"], "scp level 0 policy 1");
    assert_eq!(answer["by"][0]["effect"], "deny");
}

#[test]
fn documents_may_be_strings_that_hold_json() {
    let policies = json!([{"name": "one", "document": allow("ec2:*").to_string()}]);
    assert_eq!(answer(&case_with("identity_policies", policies))["decision"], "allowed");
}

#[test]
fn only_a_key_that_is_called_unknown_makes_a_case_conditional() {
    let document = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}});
    let mut case = case_with("identity_policies", json!([{"name": "one", "document": document}]));
    assert_eq!(answer(&case)["decision"], "implicit_deny");
    case["context"] = json!({"AWS:sourcevpc": ["vpc-1"]});
    assert_eq!(answer(&case)["decision"], "allowed");
    case["unknown_context"] = json!(["*"]);
    assert_eq!(answer(&case)["decision"], "allowed", "the context has the key");
    case["context"] = json!({});
    assert_eq!(answer(&case)["decision"], "conditional");
    assert_eq!(answer(&case)["hinges"], json!([{"key": "aws:SourceVpc"}]));
    case["unknown_context"] = json!(["aws:SourceVpc"]);
    assert_eq!(answer(&case)["decision"], "conditional");
}

#[test]
fn context_values_may_be_numbers_and_booleans() {
    let document = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"s3:max-keys": 10}}}});
    let mut case = case_with("identity_policies", json!([{"name": "one", "document": document}]));
    case["context"] = json!({"aws:SecureTransport": true, "s3:max-keys": 9});
    assert_eq!(answer(&case)["decision"], "allowed");
}

#[test]
fn a_malformed_line_costs_only_itself() {
    let twice = case().to_string().replace("\"Sid\":\"Grant\"", "\"Sid\":\"Grant\",\"Sid\":\"Grant\"");
    let mut without_action = case();
    without_action.as_object_mut().unwrap().remove("action");
    let lines = format!("not json\n{}\n\n{without_action}\n{twice}\n{{\"id\": 7}}", case());
    let (answers, summary) = answers(lines.as_bytes());
    assert_eq!(summary, Summary { decided: 1, failed: 4 });
    assert_eq!(answers[0]["id"], Value::Null);
    assert!(answers[0]["error"].as_str().unwrap().starts_with("line 1: the case is malformed"), "{}", answers[0]);
    assert_eq!(answers[1]["decision"], "allowed");
    assert!(answers[2]["error"].as_str().unwrap().contains("missing field `action`"), "{}", answers[2]);
    let error = answers[3]["error"].as_str().unwrap();
    assert!(error.contains("`one`") && error.contains("`Sid` stands twice"), "{error}");
    assert_eq!(answers[4]["id"], 7);
}

#[test]
fn a_malformed_document_in_any_layer_is_an_error() {
    let broken = json!({"Statement": [{"Effect": "Allow", "Action": "*"}]});
    for (field, value, name) in [
        ("identity_policies", json!([{"name": "mine", "document": broken}]), "`mine`"),
        ("permissions_boundary", broken.clone(), "`permissions_boundary`"),
        ("service_control_policies", json!([[], [broken]]), "`scp level 1 policy 0`"),
        ("permissions_boundary", json!("{"), "`permissions_boundary`"),
        ("identity_policies", json!([{"name": "mine", "document": null}]), "`mine`"),
    ] {
        let answer = answer(&case_with(field, value));
        assert!(answer["error"].as_str().unwrap().contains(name), "{answer}");
        assert_eq!(answer["id"], "a");
    }
}

#[test]
fn a_boundary_that_is_forgotten_is_an_error() {
    let mut case = case();
    case.as_object_mut().unwrap().remove("permissions_boundary");
    assert!(answer(&case)["error"].as_str().unwrap().contains("permissions_boundary"));
}

#[test]
fn a_key_twice_in_the_context_is_an_error() {
    let answer = answer(&case_with("context", json!({"aws:SourceIp": "10.0.0.1", "aws:sourceip": "10.0.0.2"})));
    assert!(answer["error"].as_str().unwrap().contains("twice"), "{answer}");
}

#[test]
fn a_line_without_end_is_refused_and_the_next_is_answered() {
    let mut lines = vec![b'x'; usize::try_from(MAX_LINE_BYTES).unwrap() + 5];
    lines.push(b'\n');
    lines.extend_from_slice(case().to_string().as_bytes());
    let (answers, summary) = answers(&lines);
    assert_eq!(summary, Summary { decided: 1, failed: 1 });
    assert!(answers[0]["error"].as_str().unwrap().contains("longer than"), "{}", answers[0]);
}
