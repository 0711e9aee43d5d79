//! The queries of Logs Insights that are published: the same in the documentation and in the template, and about fields that
//! the lines have.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::Log;
use crate::finding::{Suppressed, SuppressedBy};
use crate::report::sample;

/// Words of the query language that the queries use.
const WORDS: &[&str] =
    &["fields", "filter", "stats", "sort", "limit", "by", "as", "and", "not", "in", "desc", "count", "ispresent"];

/// What CloudWatch Logs adds to each event.
const OF_EVERY_EVENT: &[&str] = &["@timestamp"];

/// Name and text of each query in the template.
fn of_template() -> Vec<(String, String)> {
    let template: Value = serde_saphyr::from_str(include_str!("../../../deploy/queries.yaml")).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    let query = |resource: &Value| {
        assert_eq!(resource["Type"], "AWS::Logs::QueryDefinition");
        assert_eq!(resource["Properties"]["LogGroupNames"][0]["Ref"], "LogGroup");
        let text = |name: &str| resource["Properties"][name].as_str().unwrap().trim_end().to_owned();
        (text("Name"), text("QueryString"))
    };
    resources.values().map(query).collect()
}

/// Name and text of each query in the documentation: a heading, and the block after it.
fn of_documentation() -> Vec<(String, String)> {
    let docs = include_str!("../../../docs/cloudwatch.md");
    let sections = docs.split("\n### ").skip(1);
    let query = |section: &str| {
        let (name, rest) = section.split_once('\n').unwrap();
        (name.to_owned(), rest.split("```\n").nth(1).unwrap().trim_end().to_owned())
    };
    sections.map(query).collect()
}

/// The fields of a line, as Logs Insights names them.
fn flatten(value: &Value, name: &str, into: &mut BTreeSet<String>) {
    let within = |inner: &str| if name.is_empty() { inner.to_owned() } else { format!("{name}.{inner}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(inner, value)| flatten(value, &within(inner), into)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| flatten(value, &within(&at.to_string()), into));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            into.insert(name.to_owned());
        }
    }
}

/// The fields that a query speaks of.
fn fields(query: &str) -> BTreeSet<String> {
    let outside_of_texts: String = query.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = outside_of_texts
        .split(|c: char| !(c.is_ascii_alphanumeric() || "_.@".contains(c)))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '@'))
        .collect();
    let names_of_results: BTreeSet<&str> =
        words.windows(2).filter(|pair| pair[0] == "as").map(|pair| pair[1]).collect();
    let fields = words.iter().filter(|word| !WORDS.contains(word) && !names_of_results.contains(*word));
    fields.map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_documentation_and_the_template_have_the_same_queries() {
    assert_eq!(of_documentation(), of_template());
    assert!(of_template().len() >= 6);
}

#[test]
fn every_field_of_the_queries_is_in_the_lines() {
    let mut report = sample::report();
    let known = Suppressed { reason: "known".to_owned(), owner: None, expires: None, by: SuppressedBy::Tag };
    report.findings.last_mut().unwrap().suppressed = Some((&known).into());
    report.remediations.push(sample::remediation(None));
    let log = Log::new(&report, Timestamp::UNIX_EPOCH);
    let mut there = BTreeSet::new();
    for number in 0..log.len() {
        let line = log.line(number).unwrap().unwrap();
        flatten(&serde_json::from_str(&line).unwrap(), "", &mut there);
    }
    for (name, query) in of_template() {
        let asked = fields(&query);
        assert!(asked.len() > 3, "{name}: {asked:?}");
        for field in asked {
            assert!(OF_EVERY_EVENT.contains(&field.as_str()) || there.contains(&field), "{name}: {field}");
        }
    }
}
