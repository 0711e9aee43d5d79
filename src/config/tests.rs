//! What is taken, and what is told.

use super::*;
use crate::finding::Severity;
use crate::rules::RuleId;
use crate::rules::requirements::Cni;
use crate::sinks::SinkKind;
use crate::sinks::settings::FileUnder;

fn problems(text: &str) -> Vec<String> {
    Config::parse(text).unwrap_err().problems.iter().map(ToString::to_string).collect()
}

fn parsed(text: &str) -> Config {
    Config::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The template with its examples in force.
fn uncommented() -> String {
    let text = template();
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(toml) if !toml.starts_with(':') => toml.to_owned(),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_is_a_configuration_and_changes_nothing() {
    assert_eq!(parsed(""), Config::default());
    assert_eq!(parsed(&template()), Config::default());
}

#[test]
fn the_template_holds_every_key_and_is_valid_with_its_examples_in_force() {
    let config = parsed(&uncommented());
    assert_eq!(config.wanted.organization, Some(true));
    assert!(!config.settings.rules.contains(&RuleId::new(207)));
    assert_eq!(config.settings.clusters.len(), 1);
    assert_eq!(config.settings.suppressions.entries.len(), 1);
    assert!(config.settings.suppressions.exemptions.is_some());
    assert!(!config.settings.requirements.own.is_empty());
    assert!(config.remediation.enabled && config.remediation.windows.len() == 2);
}

#[test]
fn the_template_fits_the_schema_as_every_other_configuration() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let as_json = |text: &str| serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    let mut example = as_json(&uncommented());
    // JSON has no dates; a text is taken too.
    example["suppress"][0]["expires"] = serde_json::json!("2027-01-31");
    let errors: Vec<String> = validator.iter_errors(&example).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    for wrong in
        ["unknown = 1", "[rules]\ndisable = 'NR207'", "[scope]\nmax-in-flight = 0", "[[suppress]]\nreason = 'x'"]
    {
        assert!(!validator.is_valid(&as_json(wrong)), "{wrong}");
        assert!(Config::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_published_schema_is_the_one_that_the_program_makes() {
    let published: serde_json::Value = serde_json::from_str(include_str!("../../docs/config.schema.json")).unwrap();
    assert_eq!(published, schema(), "make it anew: noderole config schema > docs/config.schema.json");
}

#[test]
fn everything_that_is_wrong_is_told_at_once_by_its_place() {
    let text = "\
[accounts]
organisation = true
exclude-accounts = ['1']

[scope]
max-in-flight = 'many'
regions = ['eu-west-1', 7]

[rules]
disable = ['ecr-pul', 'NR999']

[requirements]
cni = 'cilium'
required-actions = ['s3:*']
";
    let told = problems(text);
    let starts = ["2:1:", "3:21:", "6:17:", "7:25:", "10:12:", "10:23:", "13:7:", "14:21:"];
    assert_eq!(told.len(), starts.len(), "{told:#?}");
    for (problem, start) in told.iter().zip(starts) {
        assert!(problem.starts_with(start), "{start} {told:#?}");
    }
    assert!(told[0].contains("did you mean `organization`?"), "{}", told[0]);
    assert!(told[4].contains("did you mean `ecr-pull`?"), "{}", told[4]);
    assert!(!told[5].contains("did you mean"), "{}", told[5]);
    assert!(told[6].contains("\"vpc-cni\" or \"other\""), "{}", told[6]);
}

#[test]
fn what_is_no_toml_is_told_by_its_place() {
    let told = problems("[rules]\ndisable = [\n");
    assert!(told[0].starts_with("2:") || told[0].starts_with("3:"), "{told:?}");
}

#[test]
fn what_contradicts_itself_is_refused_beside_other_problems() {
    for (text, says) in [
        ("[accounts]\norganization = true\nids = ['111122223333']", "asks for all of them"),
        ("[accounts]\norganization = false\nous = ['ou-ab12-11112222']", "which is not asked for"),
        ("[rules]\ndisable = ['NR999', 'NR205']\n[rules.NR205]\nseverity = 'low'", "is off, and yet"),
        ("[requirements]\nrequired-policies = ['X']\nforbidden-policies = ['X']", "required and forbidden"),
        ("[requirements]\nrequired-actions = ['a:B']\nforbidden-actions = ['a:B']", "required and forbidden"),
        ("[requirements]\nseverity = 'low'\n[rules.NR307]\nseverity = 'high'", "given here and for the rule"),
        ("[[suppress]]\nmatch = {}\nreason = 'x'", "would match everything"),
        ("[exemptions]\nby-tag = false\nrules = ['NR205']", "is off, and yet"),
    ] {
        let told = problems(text);
        assert!(told.iter().any(|problem| problem.contains(says)), "{text}\n{told:?}");
    }
    assert_eq!(problems("[rules]\ndisable = ['NR999', 'NR205']\n[rules.NR205]\nseverity = 'low'").len(), 2);
}

#[test]
fn an_entry_without_what_makes_it_one_is_refused() {
    for (text, says) in [
        ("[[suppress]]\nmatch = { rule = 'NR205' }", "lacks the key `reason`"),
        ("[[suppress]]\nreason = 'x'", "lacks the key `match`"),
        ("[[suppress]]\nmatch = { rule = 'NR205' }\nreason = ' '", "it says nothing"),
        ("[[suppress]]\nmatch = { rule = 'NR205' }\nreason = 'x'\nexpires = 2027-02-30", "expires"),
        ("[[suppress]]\nmatch = { rule = 'NR205' }\nreason = 'x'\nexpires = '2027-02-30'", "not a day of the calendar"),
        ("[[suppress]]\nmatch = { role = 'prod-[ab]' }\nreason = 'x'", "only `*` (any text) and `?`"),
        ("[[clusters]]\ncni = 'other'", "lacks the key `match`"),
        ("[[requirements.needs]]\nset = 'worker'\naction = 'ec2:DescribeTags'", "lacks the key `need`"),
    ] {
        let told = problems(text);
        assert!(told.len() == 1 || says == "expires", "{text}\n{told:?}");
        assert!(says == "expires" || told[0].contains(says), "{text}\n{told:?}");
    }
}

#[test]
fn texts_and_lists_of_texts_are_alike_and_dates_may_be_dates() {
    let one = parsed("[[suppress]]\nmatch = { rule = 'NR205', role = 'x' }\nreason = 'r'\nexpires = 2027-01-31");
    let many = parsed(
        "[[suppress]]\nmatch = { rule = ['cni-role-separate'], role = ['x'] }\nreason = 'r'\nexpires = '2027-01-31'",
    );
    assert_eq!(one, many);
    assert_eq!(one.settings.suppressions.entries[0].expires, Some("2027-01-31".parse().unwrap()));
}

#[test]
fn clusters_may_differ_in_requirements_and_severities() {
    let config = parsed(
        "[rules.NR202]\nseverity = 'low'\n[[clusters]]\nmatch = { name = 'x-*', tag = 'cni=cilium' }\ncni = 'other'\n\
         severities = { NR202 = 'critical' }\n[[clusters.needs]]\nset = 'worker'\naction = 'ec2:DescribeTags'\nneed = 'required'",
    );
    assert_eq!(config.settings.severities[&RuleId::new(202)], Severity::Low);
    let cluster = &config.settings.clusters[0];
    assert_eq!(cluster.changes.cni, Some(Cni::Other));
    assert_eq!(cluster.severities[&RuleId::new(202)], Severity::Critical);
    assert_eq!(cluster.changes.needs.len(), 1);
}

/// The blocks of a language in the documentation.
fn blocks(language: &str) -> Vec<String> {
    let docs = include_str!("../../docs/configuration.md");
    let fence = format!("```{language}\n");
    let heads = docs.split(&fence).skip(1);
    heads.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn every_example_of_the_documentation_is_a_configuration() {
    let examples = blocks("toml");
    assert!(examples.len() >= 7, "{}", examples.len());
    for example in examples {
        assert_ne!(parsed(&example), Config::default(), "{example}");
    }
}

#[test]
fn the_documentation_tells_of_every_key() {
    fn names(schema: &serde_json::Value, into: &mut Vec<String>) {
        if let Some(properties) = schema["properties"].as_object() {
            into.extend(properties.keys().cloned());
            properties.values().for_each(|inner| names(inner, into));
        }
        for inner in ["items", "additionalProperties"] {
            if schema[inner].is_object() {
                names(&schema[inner], into);
            }
        }
    }
    let docs = include_str!("../../docs/configuration.md");
    let mut keys = Vec::new();
    names(&schema(), &mut keys);
    assert!(keys.len() > 50);
    for key in keys {
        assert!(
            docs.contains(&format!("`{key}`")) || docs.contains(&format!("[{key}")),
            "docs/configuration.md: {key}"
        );
    }
}

#[test]
fn sinks_are_read_with_their_defaults() {
    let text = "[sinks]\ndeliver = ['s3', 'security-hub']\n[sinks.s3]\nbucket = 'reports'\nprefix = 'eks'\n\
                [sinks.security-hub]\nfile-under = 'auditor'\n[sinks.eventbridge]\nmax-request-kb = 1024";
    let sinks = parsed(text).sinks;
    let s3 = sinks.s3.as_ref().unwrap();
    assert_eq!((s3.prefix.as_str(), s3.inventory), ("eks/", false));
    assert_eq!(sinks.security_hub.as_ref().unwrap().file_under, FileUnder::Auditor);
    let bus = sinks.eventbridge.as_ref().unwrap();
    assert_eq!((bus.event_bus.as_str(), bus.max_request_kb), ("default", 1024));
    assert_eq!(sinks.deliver, [SinkKind::S3, SinkKind::SecurityHub]);
    assert!(sinks.cloudwatch.is_none() && sinks.sns.is_none());
}

mod remediation;

#[test]
fn of_very_many_problems_the_first_are_told_and_the_others_counted() {
    for line in ["nonsense\n", "\"\n", "[[suppress]]\nx = 1\n", "x.y.z\n"] {
        let text = line.repeat(20_000);
        let problems = problems(&text);
        assert_eq!(problems.len(), MAX_PROBLEMS + 1, "{line}");
        assert!(problems[MAX_PROBLEMS].contains("more problems are not told"), "{line}: {}", problems[MAX_PROBLEMS]);
    }
}

#[test]
fn nesting_without_end_is_a_problem_with_its_place() {
    let deep = |text: &str| text.repeat(100_000);
    for text in [
        format!("sinks = {}", deep("[")),
        format!("sinks = {}", deep("{x = ")),
        format!("sinks{} = 1", deep(".x")),
        format!("[sinks{}]", deep(".x")),
        format!("sinks = {}1{}", deep("["), deep("]")),
    ] {
        let problems = problems(&text);
        assert!(problems[0].starts_with("1:"), "{}", problems[0]);
    }
}

#[test]
fn a_configuration_above_the_limit_is_refused_with_the_limit() {
    assert!(Config::parse(&" ".repeat(MAX_BYTES)).is_ok());
    let told = problems(&" ".repeat(MAX_BYTES + 1));
    assert_eq!(told, ["1:1: the configuration has 1048577 bytes, at most 1048576 are read"]);
}

#[test]
fn a_problem_repeats_little_of_a_hostile_text() {
    let long = r"x\u001b[31m\u202e".repeat(10_000);
    for text in [
        format!("\"{long}\" = 1"),
        format!("[accounts]\nids = [\"{long}\"]"),
        format!("[accounts]\nids = \"{long}\""),
        format!("[scope]\nregions = [\"{long}\"]\nmax-in-flight = \"{long}\""),
        format!("[rules]\ndisable = [\"{long}\"]\n[rules.\"{long}\"]\nseverity = \"{long}\""),
        format!(
            "[requirements]\nname-pattern = \"{long}\"\nrequired-actions = [\"{long}\"]\nrequired-tags = [\"{long}\"]"
        ),
        format!(
            "[[suppress]]\nreason = \"{long}\"\nexpires = \"{long}\"\nmatch = {{ \"{long}\" = 1, rule = \"{long}\" }}"
        ),
        format!(
            "[sinks]\ndeliver = [\"{long}\"]\ns3 = {{ bucket = \"{long}\", prefix = \"{long}\", kms-key = \"{long}\" }}"
        ),
    ] {
        for problem in problems(&text) {
            assert!(
                problem.len() < 1500 && !problem.chars().any(crate::echo::deceives),
                "{}: {problem:.400}",
                problem.len()
            );
        }
    }
}
