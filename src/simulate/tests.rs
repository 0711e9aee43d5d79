//! Tests of the lines in and out.

use serde_json::{Value, json};

use super::{
    MAX_ACTION_BYTES, MAX_CONTEXT_BYTES, MAX_LEVELS, MAX_LINE_BYTES, MAX_POLICY_NAME_BYTES, MAX_RESOURCE_BYTES,
    Summary, run,
};

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
    assert!(answers[0]["error"].as_str().unwrap().starts_with("line 1: malformed"), "{}", answers[0]);
    assert_eq!(answers[1]["decision"], "allowed");
    assert!(answers[2]["error"].as_str().unwrap().contains("`action` is missing in the case"), "{}", answers[2]);
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

fn error(case: &Value) -> String {
    let answer = answer(case);
    assert_eq!((&answer["id"], answer.get("decision")), (&json!("a"), None), "{answer}");
    answer["error"].as_str().unwrap().to_owned()
}

#[test]
fn a_member_that_there_is_not_is_named_with_the_one_that_was_meant() {
    let message = error(&case_with("unknown_contexts", json!(["*"])));
    assert!(
        message.contains("`unknown_contexts` is no member of the case: did you mean `unknown_context`?"),
        "{message}"
    );
    let message = error(&case_with("zzz", json!(1)));
    assert!(message.contains("`zzz` is no member of the case") && !message.contains("did you mean"), "{message}");
    let policy = json!([{"name": "one", "document": allow("*"), "documents": allow("*")}]);
    let message = error(&case_with("identity_policies", policy));
    assert!(message.contains("`documents` is no member of identity policy 0"), "{message}");
    assert_eq!(answer(&case_with("description", json!("why")))["decision"], "allowed");
}

#[test]
fn only_an_object_is_a_case() {
    let members: Vec<Value> = case().as_object().unwrap().values().cloned().collect();
    for (line, says) in [
        (Value::from(members), "a list and not an object"),
        (json!("text"), "a string and not an object"),
        (json!(7), "a number and not an object"),
    ] {
        let answer = answer(&line);
        let message = answer["error"].as_str().unwrap();
        assert!(answer["id"].is_null() && message.starts_with("line 1: ") && message.ends_with(says), "{message}");
    }
    let positional = json!([["one", allow("*")]]);
    assert!(
        error(&case_with("identity_policies", positional)).contains("identity policy 0 is a list and not an object")
    );
}

#[test]
fn a_wrong_type_is_told_in_plain_words() {
    for (field, value, says) in [
        ("action", json!(7), "`action` is not a string"),
        ("principal", json!(null), "`principal` is not a string"),
        ("unknown_context", json!("*"), "`unknown_context` is not a list of strings"),
        ("context", json!([]), "`context` is malformed, invalid type: sequence, expected an object of condition keys"),
        ("service_control_policies", json!([1]), "`service_control_policies` is not a list of levels"),
        ("identity_policies", json!({}), "`identity_policies` is not a list of {name, document}"),
    ] {
        let message = error(&case_with(field, value));
        assert!(message.contains(says) && !message.contains("struct") && !message.contains("column"), "{message}");
    }
}

#[test]
fn a_line_that_is_not_json_is_told_by_its_own_number_and_the_column() {
    let (answers, _) = answers(b"\n\n{\"id\": \n");
    let message = answers[0]["error"].as_str().unwrap();
    assert!(message.starts_with("line 3: malformed: the line is not JSON, "), "{message}");
    assert!(message.ends_with("at column 6") && !message.contains("at line"), "{message}");
}

#[test]
fn a_member_that_stands_twice_is_an_error() {
    let line = case().to_string().replacen('{', "{\"resource\": \"x\", ", 1);
    let (answers, _) = answers(line.as_bytes());
    assert!(answers[0]["error"].as_str().unwrap().contains("`resource` stands twice"), "{}", answers[0]);
}

#[test]
fn only_one_action_can_be_asked_for() {
    for wrong in ["", "ec2", "ec2:", ":Name", "ec2:*", "ec2:Describe?nstances", "*", "ec2:A:B", " ec2:A"] {
        let message = error(&case_with("action", json!(wrong)));
        assert!(message.contains(&format!("`{wrong}`")) && message.contains("ec2:DescribeInstances"), "{message}");
    }
    assert_eq!(answer(&case_with("action", json!("eks-auth:AssumeRoleForPodIdentity")))["decision"], "implicit_deny");
}

#[test]
fn a_key_cannot_be_known_and_unknown() {
    let mut contradictory = case_with("context", json!({"aws:SourceIp": "10.0.0.1"}));
    contradictory["unknown_context"] = json!(["AWS:sourceip"]);
    let message = error(&contradictory);
    assert!(message.contains("`AWS:sourceip`") && message.contains("`unknown_context`"), "{message}");
}

#[test]
fn what_is_too_large_is_named_with_its_limit() {
    let long = |bytes: usize| "x".repeat(bytes + 1);
    let named = json!([{"name": long(MAX_POLICY_NAME_BYTES), "document": allow("*")}]);
    for (field, value, says) in [
        ("action", json!(format!("s3:{}", long(MAX_ACTION_BYTES))), "`action` is too large: at most 128 bytes"),
        ("resource", json!(long(MAX_RESOURCE_BYTES)), "`resource` is too large: at most 2048 bytes"),
        ("context", json!({"aws:x": long(MAX_CONTEXT_BYTES)}), "`context` is too large: at most 65536 bytes"),
        ("context", json!({"aws:x": vec![""; MAX_CONTEXT_BYTES]}), "`context` is too large"),
        ("identity_policies", named, "the name of an identity policy is too large: at most 2048 bytes"),
        ("service_control_policies", json!(vec![json!([]); MAX_LEVELS + 1]), "is too large: at most 16 levels"),
    ] {
        let answer = answer(&case_with(field, value));
        assert!(answer["error"].as_str().unwrap().contains(says), "{answer}");
        assert_eq!(answer["id"], "a");
    }
    let document = json!({"Id": long(crate::policy::document::MAX_BYTES), "Statement": []});
    let answer = answer(&case_with("permissions_boundary", document));
    assert!(answer["error"].as_str().unwrap().contains("is too large: at most 2097152 are read"), "{answer}");
}

#[test]
fn names_of_a_case_are_answered_to_the_letter_and_steer_no_terminal() {
    let attack = "\u{1b}[2J\u{9b}\u{202e}\nname";
    let mut hostile = case_with("id", json!(attack));
    hostile["identity_policies"][0]["name"] = json!(attack);
    hostile["identity_policies"][0]["document"]["Statement"]["Sid"] = json!(attack);
    let mut out = Vec::new();
    run(hostile.to_string().as_bytes(), &mut out).unwrap();
    hostile[attack] = json!(1);
    run(hostile.to_string().as_bytes(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(text.chars().all(|c| c == '\n' || !crate::echo::deceives(c)), "{text}");
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&answers[0]["id"], &answers[0]["by"][0]["sid"]), (&json!(attack), &json!(attack)));
    assert!(answers[1]["error"].as_str().unwrap().contains("is no member of the case"), "{}", answers[1]);
}

#[test]
fn nesting_without_end_is_an_error_wherever_it_stands() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    for field in case().as_object().unwrap().keys() {
        let line = case_with(field, json!("DEEP")).to_string().replace("\"DEEP\"", &deep);
        let (answers, summary) = answers(line.as_bytes());
        // what is not read may be anything
        assert_eq!(summary.failed, usize::from(field != "expected"), "{field}: {:?}", answers[0]);
    }
}
