//! The rules themselves, as JSON and as documentation in Markdown.

use std::fmt::Write;

use serde::Serialize;

use crate::finding::{NodeKind, RemediationClass, Severity};
use crate::rules::{CATALOGUE, Rule};

/// A rule as programs read it.
#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    slug: &'static str,
    title: &'static str,
    severity: Severity,
    applies: &'static [NodeKind],
    about: &'static str,
    blind_spots: &'static str,
    source: &'static str,
    remediation: RemediationClass,
}

impl From<&Rule> for Listed {
    fn from(rule: &Rule) -> Self {
        Self {
            id: rule.id.to_string(),
            slug: rule.slug,
            title: rule.title,
            severity: rule.severity,
            applies: rule.applies,
            about: rule.about,
            blind_spots: rule.blind_spots,
            source: rule.source,
            remediation: rule.remediation,
        }
    }
}

/// The rules as JSON: `{"rules": [...]}`.
pub fn json() -> serde_json::Result<String> {
    let rules: Vec<Listed> = CATALOGUE.iter().map(Listed::from).collect();
    Ok(serde_json::to_string_pretty(&serde_json::json!({ "rules": rules }))? + "\n")
}

/// The kinds of nodes that a rule applies to: `managed, auto_mode`.
pub fn applies(rule: &Rule) -> String {
    rule.applies.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

/// The rules as Markdown: a table, then a section a rule.
pub fn markdown() -> String {
    let mut text = String::from("# Rules\n\n| id | name | requirement | severity | applies to | remediation |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    // The texts are the catalogue's own, and Markdown already. Writing to a String cannot fail.
    for rule in CATALOGUE {
        let link = format!("{}-{}", rule.id, rule.slug).to_ascii_lowercase();
        let Rule { id, slug, title, .. } = rule;
        let (severity, remediation) = (rule.severity.as_str(), rule.remediation.as_str());
        writeln!(text, "| [{id}](#{link}) | {slug} | {title} | {severity} | {} | {remediation} |", applies(rule)).ok();
    }
    for rule in CATALOGUE {
        writeln!(text, "\n## {} {}\n\n{}.\n", rule.id, rule.slug, rule.title.trim_end_matches('.')).ok();
        writeln!(text, "{}\n", rule.about).ok();
        writeln!(text, "- **Severity**: {}", rule.severity.as_str()).ok();
        writeln!(text, "- **Applies to**: {}", applies(rule)).ok();
        writeln!(text, "- **What it cannot see**: {}", rule.blind_spots).ok();
        writeln!(text, "- **Remediation**: {}", rule.remediation.as_str()).ok();
        writeln!(text, "- **Source**: {}", rule.source).ok();
    }
    text
}
