//! The configuration on the command line: wrong ones are told whole, right ones change what is judged and what counts.

use serde_json::Value;

use super::{Noderole, told};

/// A report of the sample organization under a configuration, and what was said beside it.
fn audited(config: &str, further: &[&str]) -> (Value, String, i32) {
    let noderole = Noderole::new();
    noderole.write("noderole.toml", config);
    let arguments = [&["audit", "--demo", "--format", "json", "--config", "noderole.toml"], further].concat();
    let told = noderole.run(&arguments);
    (serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{}", told.err)), told.err, told.code)
}

#[test]
fn every_error_is_shown_at_once_with_its_place_and_what_was_meant() {
    let noderole = Noderole::new();
    noderole.write("noderole.toml", "[accounts]\norganisation = true\n\n[rules]\ndisable = ['ecr-pul']\n");
    for arguments in [&["config", "check", "noderole.toml"][..], &["audit", "--demo", "--config", "noderole.toml"]] {
        let told = noderole.run(arguments);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{}", told.err);
        for part in [
            "unknown key `organisation` in `accounts`",
            "noderole.toml:2:1",
            "did you mean `organization`?",
            "noderole.toml:5:12",
            "did you mean `ecr-pull`?",
            "2 errors",
        ] {
            assert!(told.err.contains(part), "{part} is missing in\n{}", told.err);
        }
    }
}

#[test]
fn each_kind_of_wrong_value_is_refused() {
    let noderole = Noderole::new();
    for (text, says) in [
        ("[rules]\ndisable = ['NR999']", "`NR999` is not a rule"),
        ("[[suppress]]\nmatch = { role = 'prod-[ab]' }\nreason = 'x'", "only `*` (any text) and `?`"),
        ("[[suppress]]\nmatch = { role = 'x' }\nreason = 'x'\nexpires = '31.01.2027'", "such as 2027-01-31"),
        ("[accounts]\norganization = true\nids = ['111122223333']", "`organization` asks for all of them"),
        ("[scope]\nmax-in-flight = 0", "a whole number from 1 to 1024"),
        ("[rules", "1:"),
    ] {
        noderole.write("wrong.toml", text);
        let told = noderole.run(&["config", "check", "wrong.toml"]);
        assert_eq!(told.code, 2, "{text}");
        assert!(told.err.contains(says), "{says} is missing in\n{}", told.err);
    }
}

#[test]
fn a_sink_that_is_delivered_to_and_has_no_place_is_refused_by_the_check_as_by_an_audit() {
    let noderole = Noderole::new();
    noderole.write("sinks.toml", "[sinks]\ndeliver = ['s3', 'eventbridge', 'sns']");
    let says = "the sink s3 is wanted, but nothing says where to: set `bucket` under [sinks.s3]";
    let sns = "set `topic` under [sinks.sns]";
    let checked = noderole.run(&["config", "check", "sinks.toml"]);
    checked.is_error(2, &[says, sns, "docs/sinks.md"]);
    assert!(checked.out.is_empty() && !checked.err.contains("eventbridge"), "{}{}", checked.out, checked.err);
    noderole.run(&["audit", "--demo", "--config", "sinks.toml"]).is_error(2, &[sns]);
    noderole.write("sinks.toml", "[sinks]\ndeliver = ['s3', 'eventbridge']\n[sinks.s3]\nbucket = 'reports'");
    assert_eq!(noderole.run(&["config", "check", "sinks.toml"]).code, 0);
}

#[test]
fn a_place_without_a_configuration_is_one_error() {
    let noderole = Noderole::new();
    std::fs::write(noderole.path("latin.toml"), b"# caf\xe9").unwrap();
    noderole.write("long.toml", &"#".repeat(1024 * 1024 + 1));
    let check = |place: &str| noderole.run(&["config", "check", place]);
    check("nothing.toml").is_error(2, &["`nothing.toml` could not be read", "check the path"]);
    check(".").is_error(2, &["name a file, not a folder"]);
    check("latin.toml").is_error(2, &["latin.toml is not UTF-8"]);
    check("long.toml").is_error(2, &["longer than 1 MB"]);
    check("s3://bucket").is_error(2, &["expected s3://BUCKET/KEY"]);
    check("ssm:name").is_error(2, &["expected ssm:/NAME"]);
    check("s3://bucket/key").is_error(2, &["no AWS credentials"]);
    let mut command = noderole.command();
    command.env("NODEROLE_CONFIG", "nothing.toml").args(["audit", "--demo"]);
    told(&mut command).is_error(2, &["`nothing.toml` could not be read"]);
}

#[test]
fn template_and_schema_are_printed_and_the_template_checks() {
    let noderole = Noderole::new();
    let template = noderole.run(&["config", "template"]);
    assert_eq!(template.code, 0);
    noderole.write("noderole.toml", &template.out);
    let check = noderole.run(&["config", "check", "noderole.toml"]);
    assert_eq!(check.code, 0, "{}", check.err);
    assert!(check.out.contains("noderole.toml is a configuration"), "{}", check.out);
    let schema: Value = serde_json::from_str(&noderole.run(&["config", "schema"]).out).unwrap();
    assert_eq!(schema["title"], "noderole configuration");
}

#[test]
fn rules_that_are_off_are_not_judged_and_a_flag_goes_before_the_file() {
    let config = "[rules]\ndisable = ['NR205']\n[rules.NR202]\nseverity = 'low'";
    let (report, ..) = audited(config, &[]);
    let of = |report: &Value, rule: &str| {
        report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == rule).cloned().collect::<Vec<_>>()
    };
    assert!(of(&report, "NR205").is_empty());
    let failing: Vec<Value> = of(&report, "NR202").into_iter().filter(|f| f["status"] == "fail").collect();
    assert!(!failing.is_empty() && failing.iter().all(|finding| finding["severity"] == "low"));
    let (by_flag, ..) = audited(config, &["--rule", "NR205"]);
    assert!(!of(&by_flag, "NR205").is_empty());
}

#[test]
fn what_is_suppressed_is_listed_counted_apart_and_does_not_fail() {
    let (before, _, code) = audited("", &[]);
    assert_eq!(code, 1);
    let everything =
        "[[suppress]]\nmatch = { account = '*' }\nreason = 'a drill'\nowner = 'me'\nexpires = 9999-12-31\n";
    let (after, err, code) = audited(everything, &[]);
    assert_eq!(code, 3, "nothing fails any more, and coverage is missing still: {err}");
    let open = ["fail", "advice", "unknown"].map(|status| before["summary"][status].as_u64().unwrap());
    assert_eq!(after["summary"]["suppressed"], open.iter().sum::<u64>());
    for status in ["fail", "advice", "unknown"] {
        assert_eq!(after["summary"][status], 0, "{status}");
    }
    let findings = after["findings"].as_array().unwrap();
    assert_eq!(findings.len(), before["findings"].as_array().unwrap().len());
    let suppressed =
        serde_json::json!({"reason": "a drill", "owner": "me", "expires": "9999-12-31", "by": "configuration"});
    assert!(findings.iter().all(|finding| finding["suppressed"] == suppressed));
    assert_eq!(after["suppressions"][0]["state"], "active");
}

#[test]
fn expired_and_unused_suppressions_are_told() {
    let config = "\
[[suppress]]
match = { account = '*' }
reason = 'long ago'
expires = 2000-01-01
[[suppress]]
match = { role = 'nobody-at-all' }
reason = 'never was'
";
    let (report, err, code) = audited(config, &[]);
    assert_eq!((code, report["summary"]["suppressed"].as_u64()), (1, Some(0)));
    assert!(err.contains("suppression 1 (long ago) has expired on 2000-01-01"), "{err}");
    assert!(err.contains("suppression 2 (never was) matches nothing"), "{err}");
    let states = [0, 1].map(|at| report["suppressions"][at]["state"].clone());
    assert_eq!(states, ["expired", "unused"]);
    assert_eq!(report["findings"][0]["suppression_expired"]["reason"], "long ago");
    // Narrowed, nobody can say that it is not needed.
    let (_, err, _) = audited(config, &["--rule", "NR202"]);
    assert!(!err.contains("matches nothing"), "{err}");
}

#[test]
fn a_tag_exempts_only_where_the_configuration_allows_it_and_a_wrong_one_is_told() {
    let noderole = Noderole::new();
    noderole.sample(|facts| {
        for account in facts["accounts"].as_array_mut().unwrap() {
            for role in account["roles"].as_object_mut().unwrap().values_mut() {
                if role["found"].is_object() {
                    role["found"]["tags"]["noderole:exempt"] = "NR202 NR99x".into();
                }
            }
        }
    });
    noderole.write("on.toml", "[exemptions]\nby-tag = true");
    let run = |further: &[&str]| {
        let arguments =
            [&["audit", "--inventory", "facts.json", "--rule", "NR202", "--format", "json"], further].concat();
        let told = noderole.run(&arguments);
        let report: Value = serde_json::from_str(&told.out).unwrap();
        (report["summary"]["suppressed"].as_u64().unwrap(), told.err)
    };
    assert_eq!(run(&[]).0, 0);
    let (suppressed, err) = run(&["--config", "on.toml"]);
    assert!(suppressed > 0 && err.contains("`NR99x` is not a rule"), "{err}");
}

#[test]
fn own_requirements_are_judged_and_explain_knows_the_sets() {
    let (report, ..) =
        audited("[requirements]\nrequired-tags = ['no-such-tag']\nseverity = 'critical'", &["--rule", "required-tags"]);
    let findings = report["findings"].as_array().unwrap();
    let failing =
        findings.iter().filter(|f| f["rule"] == "NR307" && f["status"] == "fail" && f["severity"] == "critical");
    assert!(failing.count() > 10);
    let noderole = Noderole::new();
    noderole.write("c.toml", "[[requirements.needs]]\nset = 'worker'\naction = 'ec2:DescribeTags'\nneed = 'required'");
    let role = findings.iter().find_map(|finding| finding["role_arn"].as_str()).unwrap();
    let explained = noderole.run(&["explain", "--demo", role, "--config", "c.toml", "--format", "json"]);
    assert!(explained.out.contains("ec2:DescribeTags"), "{}{}", explained.out, explained.err);
}

#[test]
fn tables_and_markdown_tell_what_is_suppressed() {
    let noderole = Noderole::new();
    noderole.write("c.toml", "[[suppress]]\nmatch = { rule = 'NR202' }\nreason = 'a *drill*'");
    let run = |format: &str| noderole.run(&["audit", "--demo", "--config", "c.toml", "--format", format]).out;
    let table = run("table");
    assert!(table.lines().any(|line| line.trim_start().starts_with("suppressed")), "{table}");
    assert!(!table.contains("NR202 ecr-pull"), "{table}");
    let markdown = run("markdown");
    let section = markdown.split("## Suppressed").nth(1).unwrap();
    assert!(section.contains("NR202 ecr-pull") && section.contains(r"a \*drill\*"), "{section}");
}
