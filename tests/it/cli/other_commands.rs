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
fn that_a_role_does_not_exist_is_the_explanation() {
    let told = Noderole::new().run(&["explain", "--demo", "playground/demo", "--format", "table"]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
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

#[test]
fn what_could_not_be_read_is_not_taken_for_a_wrong_name() {
    let noderole = Noderole::new();
    noderole
        .run(&["explain", "--demo", "partners/file-transfer"])
        .is_error(3, &["eks:DescribeNodegroup", "nodegroup/partners/file-transfer", "failed with"]);
    // A group that is not in its cluster's list, which was read, is a wrong name whatever else was not read.
    noderole.run(&["explain", "--demo", "playground/hackdoy"]).is_error(2, &["near it are playground/hackday"]);
    // A cluster that was nowhere read may be where nothing could be read.
    noderole.run(&["explain", "--demo", "plygroun/hackday"]).is_error(3, &["sts:AssumeRole", "playground/hackday"]);
    let refused = "arn:aws:iam::444455556666:role/node";
    noderole
        .run(&["explain", "--demo", refused])
        .is_error(3, &["sts:AssumeRole on account 444455556666", "AccessDenied"]);
    noderole.sample(|facts| {
        let account = facts["accounts"].as_array_mut().unwrap().iter_mut().find(|a| a["id"] == "678967896789").unwrap();
        account["regions"] = json!([]);
        account["gaps"] = json!([{"api": "account:ListRegions", "resource": "account 678967896789", "class": "denied",
            "error": "AccessDeniedException", "message": "no"}]);
    });
    let hidden = "arn:aws:iam::678967896789:role/hackday-nodes";
    noderole
        .run(&["explain", "--inventory", "facts.json", hidden])
        .is_error(3, &["account:ListRegions on account 678967896789", "AccessDeniedException"]);
}

#[test]
fn an_explanation_that_hangs_on_what_was_not_read_gives_3_and_a_known_fact_0() {
    let noderole = Noderole::new();
    let open = noderole.run(&["explain", "--demo", "erp/reports"]);
    assert_eq!(open.code, 3, "{}", open.err);
    assert!(open.err.contains("iam:GetRolePolicy") && open.err.contains("s3-exports"), "{}", open.err);
    assert!(open.json()["missing"].to_string().contains("s3-exports"));
    let gone = noderole.run(&["explain", "--demo", "playground/demo"]);
    assert_eq!(gone.code, 0, "{}", gone.err);
    assert_eq!(gone.json()["roles"][0]["unread"], "the role does not exist");
}

#[test]
fn explain_looks_only_into_the_regions_that_were_asked_for() {
    let noderole = Noderole::new();
    let there = noderole.run(&["explain", "--demo", "playground/hackday", "--region", "us-east-1"]);
    assert_eq!(there.code, 0, "{}", there.err);
    for target in ["playground/hackday", "arn:aws:iam::678967896789:role/hackday-nodes"] {
        let told = noderole.run(&["explain", "--demo", target, "--region", "eu-west-1"]);
        told.is_error(2, &[target, "no nodes in eu-west-1; it is in us-east-1"]);
    }
}

#[test]
fn an_explanation_that_hangs_on_a_document_that_is_no_json_gives_3_and_names_the_policy() {
    let noderole = Noderole::new();
    let broken = |account: &str, path: &str, policy: Value| {
        noderole.sample(|facts| {
            let account = facts["accounts"].as_array_mut().unwrap().iter_mut().find(|a| a["id"] == account).unwrap();
            account.pointer_mut(path).unwrap().as_array_mut().unwrap().push(policy);
        });
    };
    let (own, of_aws_node) = ("/roles/hackday-nodes/found/inline/value", "/roles/tooling-vpc-cni/found/inline/value");
    let policy = json!({"name": "broken", "document": "this is not json"});
    for (account, path, policy, target, says) in [
        (
            "678967896789",
            own,
            json!({"value": policy}),
            "playground/hackday",
            "`broken` of arn:aws:iam::678967896789:role/hackday-nodes",
        ),
        (
            "678967896789",
            "/service_control_policies/2",
            policy.clone(),
            "playground/hackday",
            "service control policy `broken`",
        ),
        (
            "555566667777",
            of_aws_node,
            json!({"value": policy}),
            "tooling/general",
            "`broken` of arn:aws:iam::555566667777:role/tooling-vpc-cni",
        ),
    ] {
        assert_eq!(noderole.run(&["explain", "--demo", target]).code, 0, "{target}");
        broken(account, path, policy);
        let told = noderole.run(&["explain", "--inventory", "facts.json", target]);
        assert_eq!(told.code, 3, "{}", told.err);
        let report = told.json();
        let [missing] = report["missing"].as_array().unwrap().as_slice() else { panic!("{}", report["missing"]) };
        let missing = missing.as_str().unwrap();
        assert!(missing.contains(says) && missing.contains("its document cannot be read"), "{missing}");
        assert!(told.err.contains(missing), "{}", told.err);
    }
}

#[test]
fn a_node_group_that_is_being_deleted_is_told_to_be() {
    Noderole::new()
        .run(&["explain", "--demo", "sandbox/al2"])
        .is_error(2, &["`sandbox/al2` is being deleted in eu-west-1 of account 567856785678"]);
}

#[test]
fn that_there_was_no_case_is_said() {
    let noderole = Noderole::new();
    noderole.write("empty.jsonl", "\n");
    for file in ["empty.jsonl", "-"] {
        let told = told(noderole.command().args(["simulate", "--cases", file]).write_stdin(""));
        assert_eq!((told.code, told.out.as_str()), (0, ""));
        assert!(told.err.contains("there was no case in"), "{}", told.err);
    }
}
