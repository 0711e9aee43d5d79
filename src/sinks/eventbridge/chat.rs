//! The templates that bring events to chats (`deploy/notify-*.yaml`), held against the events as they are: rules fire, paths
//! exist, and what is sent is JSON, whatever names are in it.

use serde_json::{Map, Value, json};

use super::events::{Event, SOURCE, of_findings, of_run};
use crate::finding::Severity;
use crate::report::sample::{NASTY, report};
use crate::rules::CATALOGUE;

const TEMPLATES: [&str; 2] =
    [include_str!("../../../deploy/notify-webhook.yaml"), include_str!("../../../deploy/notify-amazon-q.yaml")];

/// What a header of Slack's blocks holds, in characters (Slack, reference of the header block).
const SLACK_HEADER: usize = 150;

/// A rule's pattern, and one text that it may send, with its paths.
struct Sent {
    pattern: Value,
    paths: Map<String, Value>,
    template: String,
}

/// All that the rules of a template may send.
fn sent(text: &str) -> Vec<Sent> {
    let template: Value = serde_saphyr::from_str(text).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    let rules = resources.values().filter(|resource| resource["Type"] == "AWS::Events::Rule");
    let mut all = Vec::new();
    for rule in rules.map(|rule| &rule["Properties"]) {
        for target in rule["Targets"].as_array().unwrap() {
            let transformer = &target["InputTransformer"];
            let template = &transformer["InputTemplate"];
            let templates = match template["Fn::If"].as_array() {
                None => vec![template],
                Some(choice) => choice[1..].iter().collect(),
            };
            all.extend(templates.into_iter().map(|template| Sent {
                pattern: rule["EventPattern"].clone(),
                paths: transformer["InputPathsMap"].as_object().unwrap().clone(),
                template: template.as_str().unwrap().to_owned(),
            }));
        }
    }
    assert!(!all.is_empty());
    all
}

/// The event as EventBridge gives it to rules.
fn given(event: &Event) -> Value {
    let detail: Value = serde_json::from_str(&event.detail).unwrap();
    json!({"source": SOURCE, "detail-type": event.detail_type, "resources": event.resources, "detail": detail})
}

/// Whether a pattern matches: each of its members names the values that may stand there.
fn matches(pattern: &Value, event: &Value) -> bool {
    match pattern {
        Value::Object(members) => members.iter().all(|(name, inner)| matches(inner, &event[name])),
        Value::Array(values) => values.contains(event),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => panic!("no pattern: {pattern}"),
    }
}

/// The value at a path such as `$.detail.run_id`.
fn at<'a>(path: &str, event: &'a Value) -> &'a Value {
    let pointer = path.strip_prefix('$').unwrap().replace('.', "/");
    event.pointer(&pointer).unwrap_or_else(|| panic!("{path} is not in {event}"))
}

/// What EventBridge makes of a template: JSON of a value that stands alone, the bare text of one within a string.
fn rendered(sent: &Sent, event: &Value) -> Value {
    let mut out = String::new();
    let mut rest = sent.template.as_str();
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let (name, after) = after.split_once('>').unwrap();
        let value = at(sent.paths[name].as_str().unwrap(), event);
        if out.matches('"').count().is_multiple_of(2) {
            out.push_str(&value.to_string());
        } else {
            let bare = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // Nothing is escaped there, and some chats read it as Markdown.
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_ ".contains(c);
            assert!(bare.chars().all(is_plain), "<{name}> is {bare}: it must stand alone");
            out.push_str(&bare);
        }
        rest = after;
    }
    out.push_str(rest);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error} in {out}"))
}

/// Events of a report in which the worst finding has a name that attacks, and quotes.
fn events() -> Vec<Value> {
    let mut report = report();
    report.findings[0].message = format!("a \"quoted\" \\ role of {NASTY} <!channel> [x](https://evil.example)");
    let all = of_findings(&report, 256 * 1024).chain([of_run(&report)]);
    all.map(|event| given(&event.unwrap())).collect()
}

#[test]
fn every_rule_fires_and_what_it_sends_is_json_with_the_values_of_the_event() {
    let events = events();
    for sent in TEMPLATES.iter().flat_map(|text| sent(text)) {
        let fires: Vec<&Value> = events.iter().filter(|event| matches(&sent.pattern, event)).collect();
        assert!(!fires.is_empty(), "nothing matches {}", sent.pattern);
        assert!(fires.len() < events.len(), "everything matches {}", sent.pattern);
        for event in fires {
            let message = rendered(&sent, event).to_string();
            for (name, path) in &sent.paths {
                assert!(sent.template.contains(&format!("<{name}>")), "{name} is read and not used");
                let value = at(path.as_str().unwrap(), event);
                let text = value.to_string();
                assert!(message.contains(text.trim_matches('"')), "{name} ({text}) is not in {message}");
            }
        }
    }
}

#[test]
fn no_name_from_aws_is_where_a_chat_reads_markdown() {
    let events = events();
    let [webhook, amazon_q] = TEMPLATES.map(sent);
    let worst = events.iter().find(|event| event["detail"]["finding"]["severity"] == Severity::Critical.as_str());
    let worst = worst.unwrap();
    for sent in &amazon_q {
        let message = rendered(sent, worst).to_string();
        assert!(!message.contains("channel") && !message.contains("evil"), "{message}");
    }
    for sent in webhook.iter().filter(|sent| sent.paths.contains_key("message")) {
        assert!(holds_plainly(&rendered(sent, worst), worst["detail"]["finding"]["message"].as_str().unwrap()));
    }
}

/// Whether a text stands in a message, and everywhere as plain text: in `plain_text` of Slack, in a run of text of Teams.
fn holds_plainly(message: &Value, text: &str) -> bool {
    match message {
        Value::Object(members) if members.get("text").is_some_and(|inner| inner == text) => {
            assert!(["plain_text", "TextRun"].contains(&members["type"].as_str().unwrap()), "{message}");
            true
        }
        Value::Object(members) => members.values().any(|inner| holds_plainly(inner, text)),
        Value::Array(items) => items.iter().any(|inner| holds_plainly(inner, text)),
        Value::String(other) => {
            assert!(!other.contains(text), "{other}");
            false
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[test]
fn the_titles_of_rules_fit_into_a_header_of_slack() {
    for rule in CATALOGUE {
        assert!(rule.title.chars().count() <= SLACK_HEADER, "{}", rule.id);
    }
}
