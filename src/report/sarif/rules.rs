//! The rules in a SARIF run: the whole catalogue, and after it those that only an older or newer noderole has.

use crate::finding::Severity;
use crate::report::model::{Report, ReportedFinding};
use crate::rules::{CATALOGUE, Rule};

use super::form::{Configuration, Descriptor, RuleProperties, Text};
use super::{level, text};

/// The rules.
pub(super) fn of(report: &Report) -> Vec<Descriptor> {
    let mut rules: Vec<Descriptor> = CATALOGUE.iter().map(of_catalogue).collect();
    for finding in &report.findings {
        if !rules.iter().any(|rule| rule.id == finding.rule) {
            rules.push(of_finding(finding));
        }
    }
    rules
}

/// A rule that is known.
fn of_catalogue(rule: &Rule) -> Descriptor {
    let guide = rule.guide;
    let help = format!(
        "{}\n\nHow it is decided: {}\n\nWhat it cannot see: {}\n\nTo mend it: {}",
        guide.why, guide.decided, rule.blind_spots, guide.fix.console
    );
    Descriptor {
        id: rule.id.to_string(),
        name: rule.slug.to_owned(),
        short_description: text(rule.title),
        full_description: Some(text(rule.about)),
        help: Some(own_text(&help)),
        help_uri: Some(rule.source.to_owned()),
        default_configuration: Configuration { level: level(rule.severity) },
        properties: properties(rule.severity),
    }
}

/// A rule that only the report knows.
fn of_finding(finding: &ReportedFinding) -> Descriptor {
    Descriptor {
        id: finding.rule.clone(),
        name: finding.slug.clone(),
        short_description: text(&finding.title),
        full_description: None,
        help: None,
        help_uri: Some(finding.source.clone()).filter(|source| source.starts_with("https://")),
        default_configuration: Configuration { level: level(finding.severity) },
        properties: properties(finding.severity),
    }
}

/// What GitHub code scanning reads of a rule.
fn properties(severity: Severity) -> RuleProperties {
    RuleProperties {
        tags: vec!["security", "aws", "eks", "iam"],
        precision: "high",
        security_severity: match severity {
            Severity::Critical => "9.5",
            Severity::High => "8.0",
            Severity::Medium => "5.5",
            Severity::Low => "3.0",
        },
    }
}

/// The catalogue's own Markdown, which reads well as plain text too; braces are doubled in both (3.11.5).
fn own_text(markdown: &str) -> Text {
    let text = markdown.replace('{', "{{").replace('}', "}}");
    Text { markdown: Some(text.clone()), text }
}
