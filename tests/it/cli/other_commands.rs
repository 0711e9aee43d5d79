//! `explain`, `simulate`, `rules` and `completions`.

use serde_json::{Value, json};

use super::{Noderole, told};

/// A case for `simulate`.
fn case(id: &str, action: &str) -> Value {
    json!({
        "id": id, "principal": "arn:aws:iam::111122223333:role/x", "action": action, "resource": "*", "context": {},
        "identity_policies": [{"name": "p", "document": {"Version": "2012-10-17",
            "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}}],
        "permissions_boundary": null, "service_control_policies": []
    })
}

#[test]
fn simulate_answers_each_case_by_a_line() {
    let noderole = Noderole::new();
    let cases = format!("{}\n{}\n", case("a", "ec2:DescribeInstances"), case("b", "ec2:RunInstances"));
    let told = told(noderole.command().args(["simulate", "--cases", "-"]).write_stdin(cases));
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    let answers: Vec<Value> = told.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 2);
    assert_eq!((&answers[0]["id"], &answers[0]["decision"]), (&json!("a"), &json!("allowed")));
    assert_eq!(answers[0]["by"][0]["sid"], "Read");
    assert_eq!(answers[1]["decision"], "implicit_deny");
}

#[test]
fn a_malformed_case_gets_an_error_and_2_and_the_others_are_decided() {
    let noderole = Noderole::new();
    noderole.write("cases.jsonl", &format!("{{\"id\": \"bad\"}}\n{}\n", case("good", "ec2:DescribeTags")));
    let told = noderole.run(&["simulate", "--cases", "cases.jsonl"]);
    assert_eq!(told.code, 2);
    let answers: Vec<Value> = told.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers[0]["id"], "bad");
    assert!(answers[0]["error"].is_string() && answers[0].get("decision").is_none());
    assert_eq!(answers[1]["decision"], "allowed");
}

#[test]
fn explain_takes_a_role_and_a_node_group_in_both_forms() {
    let noderole = Noderole::new();
    let by_group = noderole.run(&["explain", "--demo", "playground/hackday"]);
    assert_eq!(by_group.code, 0, "{}", by_group.err);
    let explanation = by_group.json();
    let arn = explanation["roles"][0]["role_arn"].as_str().unwrap();
    assert!(!explanation["roles"][0]["needs"].as_array().unwrap().is_empty());
    let by_role = noderole.run(&["explain", "--demo", arn]).json();
    assert_eq!(by_role["roles"][0]["needs"], explanation["roles"][0]["needs"]);
    let table = noderole.run(&["explain", "--demo", arn, "--format", "table"]);
    assert!(table.out.starts_with(arn) && table.out.contains("assume it? yes"), "{}", table.out);
    assert!(table.out.contains("by policy `") && table.out.contains("--format json"), "{}", table.out);
}

#[test]
fn a_role_that_does_not_exist_is_explained_as_not_known() {
    let told = Noderole::new().run(&["explain", "--demo", "playground/demo", "--format", "table"]);
    assert_eq!(told.code, 3, "{}{}", told.out, told.err);
    assert!(told.out.contains("does not exist"), "{}", told.out);
}

#[test]
fn rules_lists_every_rule_in_every_form() {
    let noderole = Noderole::new();
    let rules = noderole.run(&["rules", "--format", "json"]).json();
    let rules = rules["rules"].as_array().unwrap();
    assert!(rules.len() >= 13);
    let (table, markdown) = (noderole.run(&["rules"]), noderole.run(&["rules", "--format", "markdown"]));
    for rule in rules {
        let (id, slug) = (rule["id"].as_str().unwrap(), rule["slug"].as_str().unwrap());
        assert!(table.out.contains(id) && table.out.contains(slug), "{id}");
        assert!(markdown.out.contains(&format!("## {id} {slug}\n")), "{id}");
    }
}

#[test]
fn completions_are_there_for_each_shell() {
    let noderole = Noderole::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let told = noderole.run(&["completions", shell]);
        assert_eq!(told.code, 0);
        assert!(told.out.contains("noderole") && told.out.contains("simulate"), "{shell}");
    }
}
