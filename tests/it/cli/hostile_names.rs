//! Names and tags from AWS, or from a forged inventory, cannot act on whoever reads the report.

use serde_json::Value;

use super::Noderole;

/// A name that clears the screen, turns the reading direction, marks up, breaks a table, mentions and links.
const HOSTILE: &str = "x\u{1b}[2J\u{202e}`|\r\n<script>alert(1)</script> @all https://evil.example";

/// The sample with the hostile name on an account, a cluster, a node group and in an error message.
pub(crate) fn hostile(noderole: &Noderole) {
    noderole.sample(|facts| {
        for account in facts["accounts"].as_array_mut().unwrap() {
            account["name"] = HOSTILE.into();
            if let Some(refused) = account["access"].get_mut("refused") {
                refused["message"] = HOSTILE.into();
                refused["resource"] = HOSTILE.into();
            }
            for region in account["regions"].as_array_mut().unwrap() {
                let Some(clusters) = region["clusters"].get_mut("value").and_then(Value::as_array_mut) else {
                    continue;
                };
                for cluster in clusters {
                    let name = cluster["name"].as_str().unwrap().to_owned();
                    cluster["name"] = format!("{name}{HOSTILE}").into();
                    let Some(groups) = cluster["node_groups"].get_mut("value") else { continue };
                    let renamed = groups
                        .as_object()
                        .unwrap()
                        .iter()
                        .map(|(key, group)| (format!("{key}{HOSTILE}"), group.clone()));
                    *groups = Value::Object(renamed.collect());
                }
            }
        }
    });
}

#[test]
fn no_format_lets_a_name_act_on_its_reader() {
    let noderole = Noderole::new();
    hostile(&noderole);
    for format in ["table", "json", "jsonl", "markdown", "html", "csv", "sarif", "junit", "ocsf", "asff"] {
        let told = noderole.run(&["audit", "--inventory", "facts.json", "--format", format]);
        assert_eq!(told.code, 1, "{}", told.err);
        for text in [&told.out, &told.err] {
            assert!(
                text.replace("\r\n", "\n").chars().all(|c| c == '\n' || !c.is_control()),
                "{format} holds a control character"
            );
            assert!(!text.contains('\u{202e}'), "{format} turns the reading direction");
        }
        assert!(told.out.contains("evil.example"), "{format} has lost the name");
        if format == "markdown" {
            // What stands in a fence is code and shown as it is; every second part is one.
            for text in told.out.split("```").step_by(2) {
                assert!(!text.contains("<script>") && !text.contains("https://evil"), "{format} marks up: {text}");
            }
        }
    }
}

#[test]
fn json_still_holds_the_names_as_they_are() {
    let noderole = Noderole::new();
    hostile(&noderole);
    let report = noderole.run(&["audit", "--inventory", "facts.json"]).json();
    let groups =
        report["findings"].as_array().unwrap().iter().flat_map(|f| f["node_groups"].as_array().unwrap().clone());
    let names: Vec<Value> = groups.map(|group| group["name"].clone()).collect();
    assert!(!names.is_empty() && names.iter().any(|name| name.as_str().unwrap().ends_with(HOSTILE)), "{names:?}");
}

#[test]
fn an_error_repeats_no_control_character_that_was_typed() {
    let told = Noderole::new().run(&["audit", "--demo", "--cluster", "a\u{1b}[2Jb"]);
    told.is_error(2, &[r"a\u{1b}[2Jb"]);
    assert!(!told.err.contains('\u{1b}'));
}
