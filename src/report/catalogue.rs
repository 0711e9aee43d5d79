//! The rules themselves, as JSON and as documentation in Markdown.

use std::fmt::Write;

use serde::Serialize;

use crate::finding::{NodeKind, RemediationClass, Severity, Status};
use crate::rules::catalogue::{Control, Guide};
use crate::rules::{CATALOGUE, Rule, privilege};

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
    outcomes: &'static [Status],
    guide: Guide,
    compliance: &'static [Control],
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
            outcomes: rule.outcomes,
            guide: rule.guide,
            compliance: rule.compliance,
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

/// The controls of benchmarks that a rule speaks to, by benchmark: `CIS EKS 1.8.0 5.1.3; NIST 800-53 r5 AC-3, AC-6`.
pub fn controls<'a>(controls: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    let mut last = None;
    for (benchmark, id) in controls {
        match last {
            Some(known) if known == benchmark => text.push_str(", "),
            Some(_) => text = text + "; " + benchmark + " ",
            None => text = benchmark.to_owned() + " ",
        }
        text.push_str(id);
        last = Some(benchmark);
    }
    text
}

/// The rules as Markdown: a table, then a section a rule.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Rules\n\nWritten by `noderole rules --format markdown`.\n\n| id | name | requirement | severity | applies to | remediation \
         |\n|---|---|---|---|---|---|\n",
    );
    // The texts are the catalogue's own, and Markdown already. Writing to a String cannot fail.
    for rule in CATALOGUE {
        let link = format!("{}-{}", rule.id, rule.slug).to_ascii_lowercase();
        let Rule { id, slug, title, .. } = rule;
        let (severity, remediation) = (rule.severity.as_str(), rule.remediation.as_str());
        writeln!(text, "| [{id}](#{link}) | {slug} | {title} | {severity} | {} | {remediation} |", applies(rule)).ok();
    }
    for rule in CATALOGUE {
        section(rule, &mut text);
    }
    text
}

/// The section of one rule.
fn section(rule: &Rule, text: &mut String) {
    let Guide { why, decided, outcomes, evidence, fix } = rule.guide;
    let controls = controls(rule.compliance.iter().map(|control| (control.benchmark.as_str(), control.id)));
    writeln!(text, "\n## {} {}\n\n{}.\n", rule.id, rule.slug, rule.title.trim_end_matches('.')).ok();
    writeln!(text, "{}\n", rule.about).ok();
    writeln!(text, "- **Severity**: {}", rule.severity.as_str()).ok();
    writeln!(text, "- **Applies to**: {}", applies(rule)).ok();
    writeln!(text, "- **What it cannot see**: {}", rule.blind_spots).ok();
    writeln!(text, "- **Remediation**: {}", rule.remediation.as_str()).ok();
    if !controls.is_empty() {
        writeln!(text, "- **Compliance**: {controls}").ok();
    }
    writeln!(text, "- **Source**: <{}>", rule.source).ok();
    writeln!(text, "\n### Why\n\n{why}\n\n### How it is decided\n\n{decided}\n\n### Outcomes\n").ok();
    for outcome in outcomes {
        writeln!(text, "- {outcome}").ok();
    }
    let mut rows = privilege::table(rule.id).peekable();
    if rows.peek().is_some() {
        writeln!(text, "\n### What is asked for\n\n| all of | what is gained | source |\n|---|---|---|").ok();
    }
    for row in rows {
        writeln!(text, "| {} | {} | <{}> |", row.actions.join(", "), row.gains, row.source).ok();
    }
    writeln!(text, "\n### Evidence\n\n{evidence}\n\n### How to mend it\n\nIn the console: {}", fix.console).ok();
    let eksctl = if fix.eksctl.starts_with("eksctl ") { "sh" } else { "yaml" };
    for (way, language, block) in
        [("With the CLI", "sh", fix.cli), ("In Terraform", "hcl", fix.terraform), ("With eksctl", eksctl, fix.eksctl)]
    {
        if !block.is_empty() {
            writeln!(text, "\n{way}:\n\n```{language}\n{block}\n```").ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/rules.md` is what the program prints: for a reader of the repository, and for the review of a change.
    #[test]
    fn the_documentation_of_the_rules_is_what_the_program_prints() {
        let update = "cargo run -- rules --format markdown > docs/rules.md";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
        let written =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}; write it by: {update}"));
        let printed = markdown();
        let differs = written.lines().zip(printed.lines()).position(|(written, printed)| written != printed);
        assert!(
            written == printed,
            "docs/rules.md is out of date from line {:?} on; write it by: {update}",
            differs.map(|line| line + 1)
        );
    }

    #[test]
    fn controls_are_grouped_by_benchmark() {
        assert_eq!(controls([]), "");
        let told = [("CIS EKS 1.8.0", "5.1.2"), ("CIS EKS 1.8.0", "5.1.3"), ("NIST 800-53 r5", "AC-6")];
        assert_eq!(controls(told), "CIS EKS 1.8.0 5.1.2, 5.1.3; NIST 800-53 r5 AC-6");
    }

    #[test]
    fn the_json_of_a_rule_has_its_guide_and_its_controls() {
        let rules: serde_json::Value = serde_json::from_str(&json().unwrap()).unwrap();
        let rule = rules["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == "NR304").unwrap();
        assert_eq!(rule["outcomes"], serde_json::json!(["fail", "unknown", "pass", "not_applicable"]));
        assert!(rule["guide"]["fix"]["cli"].as_str().unwrap().contains("detach-role-policy"), "{rule}");
        assert_eq!(rule["compliance"][0], serde_json::json!({"benchmark": "CIS EKS 1.8.0", "id": "5.1.2"}));
    }
}
