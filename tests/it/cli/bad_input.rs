//! Bad input: one clear error, what to do next, exit code 2. What needs an AWS that answers (a region that does not exist, a
//! role that cannot be assumed) is tested against the emulators.

use super::{Noderole, told};

/// Credentials that nobody accepts.
const KEYS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "eu-west-1")];

#[test]
fn without_credentials_the_ways_to_give_them_are_named() {
    Noderole::new().run(&["audit"]).is_error(2, &["no AWS credentials", "AWS_PROFILE"]);
}

#[test]
fn an_endpoint_that_nobody_answers_at_is_named() {
    let noderole = Noderole::new();
    let mut command = noderole.command();
    command.envs(KEYS).env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").arg("audit");
    told(&mut command).is_error(3, &["http://127.0.0.1:1", "AWS_ENDPOINT_URL"]);
}

#[test]
fn names_that_cannot_be_right_are_refused_before_anything_is_asked() {
    let noderole = Noderole::new();
    for (arguments, part) in [
        (["audit", "--region", "eu-west"], "expected a name such as eu-west-1"),
        (["audit", "--account", "1234"], "expected 12 digits"),
        (["audit", "--role", "prod-node"], "expected arn:PARTITION:iam::ACCOUNT:role/NAME"),
        (["audit", "--cluster", ""], "expected the name of a cluster"),
        (["audit", "--role-name", "/audit/Path"], "give the name alone"),
        (["audit", "--role-name", "arn:aws:iam::111122223333:role/x"], "NodeRoleAudit"),
        (["explain", "--demo", "prod"], "CLUSTER/NODE_GROUP"),
    ] {
        noderole.run(&arguments).is_error(2, &[part]);
    }
}

#[test]
fn a_flag_value_that_is_not_known_comes_with_those_that_are() {
    let noderole = Noderole::new();
    noderole.run(&["audit", "--demo", "--format", "xml"]).is_error(2, &["xml", "table, json, jsonl, markdown, html"]);
    noderole.run(&["audit", "--demo", "--fail-on", "bad"]).is_error(2, &["low, medium, high, critical, never"]);
    noderole.run(&["audit", "--demo", "--rule", "ecr-pul"]).is_error(2, &["did you mean `ecr-pull`?"]);
    for wrong in ["0", "abc", "99999999999999"] {
        let part = "expected a whole number from 1 to 1024";
        noderole.run(&["audit", "--max-in-flight", wrong]).is_error(2, &[wrong, part]);
    }
    noderole.run(&["audit", "--deno"]).is_error(2, &["--demo"]);
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let noderole = Noderole::new();
    noderole.run(&["audit", "--demo", "--organization"]).is_error(2, &["--demo", "--organization"]);
    noderole.run(&["audit", "--inventory", "f", "--account", "111122223333"]).is_error(2, &["--account"]);
    noderole.run(&["audit", "--ou", "ou-ab12-11111111"]).is_error(2, &["--organization"]);
    for source in [&["--account", "111122223333"][..], &["--demo"], &["--inventory", "f"]] {
        for (flag, id) in
            [("--ou", "ou-ab12-11111111"), ("--exclude-ou", "ou-ab12-11111111"), ("--exclude-account", "111122223333")]
        {
            let arguments = [&["audit"][..], source, &[flag, id]].concat();
            noderole.run(&arguments).is_error(2, &[flag, source[0]]);
        }
    }
    let role = "arn:aws:iam::444455556666:role/x";
    noderole
        .run(&["audit", "--account", "111122223333", "--role", role])
        .is_error(2, &["444455556666", "help: add --account 444455556666"]);
    noderole
        .run(&["audit", "--demo", "--format", "json", "--format", "table", "--output", "-"])
        .is_error(2, &["help: give each --format its --output"]);
    noderole
        .run(&["audit", "--demo", "--save-inventory", "-", "--format", "json"])
        .is_error(2, &["standard output can take one document"]);
}

#[test]
fn an_inventory_that_is_none_is_refused_with_the_reason() {
    let noderole = Noderole::new();
    noderole.sample(|facts| facts["schema"] = "noderole.inventory/2".into());
    noderole
        .run(&["audit", "--inventory", "facts.json"])
        .is_error(2, &["facts.json", "noderole.inventory/2", "--save-inventory"]);
    noderole.sample(|_| {});
    let whole = std::fs::read_to_string(noderole.path("facts.json")).unwrap();
    noderole.write("cut.json", whole.split_at(whole.len() / 2).0);
    noderole.run(&["audit", "--inventory", "cut.json"]).is_error(2, &["cut.json", "not complete JSON", "line 1"]);
    noderole.sample(|facts| facts["accounts"][0]["id"] = "12".into());
    noderole.run(&["audit", "--inventory", "facts.json"]).is_error(2, &["accounts[0].id", "expected 12 digits"]);
    noderole.sample(|facts| {
        let again = facts["accounts"][0].clone();
        facts["accounts"].as_array_mut().unwrap().push(again);
    });
    noderole.run(&["audit", "--inventory", "facts.json"]).is_error(2, &["account 111122223333 is in it twice"]);
    noderole.sample(|facts| facts["accounts"] = serde_json::json!([]));
    noderole.run(&["audit", "--inventory", "facts.json"]).is_error(2, &["no account is in it"]);
    noderole.write("empty.json", "");
    noderole.run(&["audit", "--inventory", "empty.json"]).is_error(2, &["not complete JSON"]);
}

#[test]
fn a_file_that_is_not_there_or_is_a_folder_is_named() {
    let noderole = Noderole::new();
    noderole.run(&["audit", "--inventory", "none.json"]).is_error(2, &["none.json", "help: check the path"]);
    noderole.run(&["audit", "--inventory", "."]).is_error(2, &["help: name a file, not a folder"]);
    noderole.run(&["simulate", "--cases", "none.jsonl"]).is_error(2, &["none.jsonl"]);
    noderole.run(&["simulate", "--cases", "."]).is_error(2, &["help: name a file, not a folder"]);
    noderole.run(&["audit", "--demo", "--format", "json", "--output", "."]).is_error(2, &["help: name a file"]);
}

#[test]
fn a_name_that_is_not_among_the_facts_does_not_end_as_nothing_wrong() {
    let noderole = Noderole::new();
    noderole.run(&["audit", "--demo", "--cluster", "plygroun"]).is_error(2, &["`plygroun`", "playground"]);
    noderole.run(&["audit", "--demo", "--region", "ap-south-1"]).is_error(2, &["`ap-south-1`", "eu-west-1"]);
    noderole.run(&["explain", "--demo", "playground/nobody"]).is_error(2, &["playground/nobody", "near it"]);
}

#[test]
fn a_policy_document_that_is_not_json_costs_only_what_stands_behind_it() {
    let noderole = Noderole::new();
    let account =
        |facts: &mut serde_json::Value| facts["accounts"].as_array_mut().unwrap().retain(|a| a["id"] == "888899990000");
    noderole.sample(account);
    let before = noderole.run(&["audit", "--inventory", "facts.json", "--include-passed", "--fail-on", "never"]);
    assert_eq!(before.code, 0, "{}", before.err);
    let before = before.json();
    let passed = before["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "NR101" && f["status"] == "pass");
    let arn = passed.unwrap()["role_arn"].as_str().unwrap().to_owned();
    let name = arn.rsplit('/').next().unwrap();
    noderole.sample(|facts| {
        account(facts);
        facts["accounts"][0]["roles"][name]["found"]["trust"] = "Version: not JSON".into();
    });
    let after = noderole.run(&["audit", "--inventory", "facts.json", "--include-passed", "--fail-on", "never"]);
    assert_eq!(after.code, 3, "{}", after.err);
    let after = after.json();
    let missing =
        &after["coverage"].as_array().unwrap().iter().find(|e| e["region"] == "global").unwrap()["missing"][0];
    assert_eq!(missing["error"], "MalformedPolicyDocument");
    assert!(
        missing["resource"].as_str().unwrap().contains(&arn) && missing["message"].as_str().unwrap().contains("line 1")
    );
    for finding in after["findings"].as_array().unwrap() {
        let same = before["findings"].as_array().unwrap().iter().find(|old| old["id"] == finding["id"]).unwrap();
        // Rules about trust, or about who else may be the role, need the document; all others stay as they were.
        let changed = same["status"] != finding["status"];
        assert!(!changed || finding["status"] == "unknown", "{finding}");
        assert!(!changed || finding["role_arn"] == arn.as_str() || finding["rule"] == "NR005", "{finding}");
    }
    let trust =
        after["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "NR101" && f["role_arn"] == arn.as_str());
    assert_eq!(trust.unwrap()["status"], "unknown");
}

#[test]
fn help_and_version_are_no_errors() {
    let noderole = Noderole::new();
    for arguments in [&["--help"][..], &["--version"], &["audit", "--help"], &["explain", "-h"], &["help", "simulate"]]
    {
        let told = noderole.run(arguments);
        assert_eq!((told.code, told.err.as_str()), (0, ""), "{arguments:?}");
        assert!(!told.out.is_empty());
    }
    let bare = noderole.run(&[]);
    assert_eq!(bare.code, 2);
    assert!(bare.err.contains("Usage:"), "{}", bare.err);
}

#[test]
fn a_cluster_of_another_region_is_told_with_its_region() {
    let noderole = Noderole::new();
    noderole
        .run(&["audit", "--demo", "--cluster", "playground", "--region", "eu-west-1"])
        .is_error(2, &["no cluster `playground`", "in eu-west-1; it is in us-east-1"]);
}

#[test]
fn a_role_that_does_not_exist_or_is_of_another_partition_ends_the_audit_and_all_are_named() {
    let noderole = Noderole::new();
    noderole.sample(|facts| {
        let account = facts["accounts"].as_array_mut().unwrap().iter_mut().find(|a| a["id"] == "678967896789").unwrap();
        account["roles"]["nope"] = "no_such_role".into();
    });
    let (right, wrong) = ("arn:aws:iam::678967896789:role/hackday-nodes", "arn:aws:iam::678967896789:role/nope");
    let china = "arn:aws-cn:iam::678967896789:role/hackday-nodes";
    noderole
        .run(&["audit", "--inventory", "facts.json", "--role", right, "--role", wrong, "--role", china])
        .is_error(2, &["role/nope` does not exist", "partition aws-cn"]);
    // A role that a node group names and that does not exist is a finding, not an error.
    let used = noderole.run(&["audit", "--demo", "--role", "arn:aws:iam::678967896789:role/playground-demo-nodes"]);
    assert_eq!(used.code, 1, "{}", used.err);
    let path = noderole.run(&["audit", "--demo", "--role", "arn:aws:iam::678967896789:role/x/hackday-nodes"]);
    assert!(path.err.contains(&format!("is {right}")), "{}", path.err);
}
