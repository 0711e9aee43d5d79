//! A test: a finding, a call that failed, or a place that was read.
//!
//! What ends how follows the exit codes: what fails is a failure (1), what could not be read an error (3). A result that is
//! unknown is skipped: the error beside it, if a call failed, is its cause, and one that hangs on the live request fails
//! nothing.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::BytesText;

use crate::finding::Status;
use crate::report::harmless::line;
use crate::report::model::{Change, CoverageEntry, CoverageStatus, NotCompared, ReportedFinding};

/// The class of the tests of places.
const COVERAGE: &str = "coverage";

/// A test. Its texts are harmless already, so that no character in them is illegal in XML 1.0.
pub(super) struct Case {
    class: String,
    name: String,
    /// How it ended.
    pub(super) outcome: Outcome,
    /// What was said beside it, a line each.
    output: Vec<String>,
}

/// How a test ended: the kind in a word, and a message.
pub(super) enum Outcome {
    Passed,
    Failed { kind: String, message: String },
    Errored { kind: String, message: String },
    Skipped { message: String },
}

impl Case {
    /// The test of a finding. Its name holds what is stable over runs alone: readers tell tests apart by class and name.
    pub(super) fn of_finding(finding: &ReportedFinding) -> Self {
        let message = line(&finding.message).into_owned();
        let severity = finding.severity.as_str();
        let outcome = match (finding.status, &finding.suppressed) {
            (status, Some(suppressed)) => {
                let told =
                    format!("suppressed, {} ({severity}): {}: {message}", status.as_str(), line(&suppressed.told()));
                Outcome::Skipped { message: told }
            }
            (Status::Fail, None) => Outcome::Failed { kind: severity.to_owned(), message },
            (status @ (Status::Advice | Status::Unknown | Status::NotApplicable), None) => {
                Outcome::Skipped { message: format!("{}: {message}", status.as_str()) }
            }
            (Status::Pass, None) => Outcome::Passed,
        };
        Self { class: class(finding), name: name(finding), outcome, output: said(finding) }
    }

    /// The test of a finding of the baseline at which this run did not look.
    pub(super) fn not_compared(lost: &NotCompared) -> Self {
        let finding = &lost.finding;
        let message = format!("not compared with the baseline ({}): {}", lost.reason.as_str(), line(&finding.message));
        Self { class: class(finding), name: name(finding), outcome: Outcome::Skipped { message }, output: Vec::new() }
    }

    /// The tests of a place: one for each failed call; else one that says how the place was read.
    pub(super) fn of_coverage(entry: &CoverageEntry) -> Vec<Self> {
        let status = entry.status.as_str();
        let case = |name: String, outcome| Self {
            class: COVERAGE.to_owned(),
            name,
            outcome,
            output: entry.notes.iter().map(|note| line(note).into_owned()).collect(),
        };
        if entry.missing.is_empty() {
            let outcome = match entry.status {
                CoverageStatus::Audited => Outcome::Passed,
                CoverageStatus::Disabled => Outcome::Skipped { message: format!("{status}: nothing was read here") },
                CoverageStatus::Partial
                | CoverageStatus::Denied
                | CoverageStatus::NotReached
                | CoverageStatus::Error => {
                    Outcome::Errored { kind: status.to_owned(), message: "not all was read here".to_owned() }
                }
            };
            return vec![case("everything is read".to_owned(), outcome)];
        }
        let calls = entry.missing.iter().map(|missing| {
            let message = format!("{status}: {}: {}", line(&missing.error), line(&missing.message));
            let name = format!("{} on {}", line(&missing.api), line(&missing.resource));
            case(name, Outcome::Errored { kind: line(&missing.error).into_owned(), message })
        });
        calls.collect()
    }

    /// Writes it.
    pub(super) fn write(&self, xml: &mut Writer<impl Write>) -> io::Result<()> {
        let element = xml
            .create_element("testcase")
            .with_attributes([("classname", self.class.as_str()), ("name", self.name.as_str())]);
        if matches!(self.outcome, Outcome::Passed) && self.output.is_empty() {
            element.write_empty()?;
            return Ok(());
        }
        element.write_inner_content(|xml| {
            let details = self.output.join("\n");
            match &self.outcome {
                Outcome::Passed => {}
                Outcome::Failed { kind, message } => ended("failure", Some(kind), message, &details, xml)?,
                Outcome::Errored { kind, message } => ended("error", Some(kind), message, &details, xml)?,
                Outcome::Skipped { message } => ended("skipped", None, message, "", xml)?,
            }
            if matches!(self.outcome, Outcome::Passed | Outcome::Skipped { .. }) && !details.is_empty() {
                xml.create_element("system-out").write_text_content(BytesText::new(&details))?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// Writes how a test ended that did not pass.
fn ended(
    element: &str,
    kind: Option<&String>,
    message: &str,
    details: &str,
    xml: &mut Writer<impl Write>,
) -> io::Result<()> {
    let kind = kind.map(|kind| ("type", kind.as_str()));
    let element = xml.create_element(element).with_attributes(kind.into_iter().chain([("message", message)]));
    if details.is_empty() {
        element.write_empty()?
    } else {
        element.write_text_content(BytesText::new(details))?
    };
    Ok(())
}

/// The class of a finding's test: its rule.
fn class(finding: &ReportedFinding) -> String {
    line(&format!("{} {}", finding.rule, finding.slug)).into_owned()
}

/// The name of a finding's test: the role or account, and the id.
fn name(finding: &ReportedFinding) -> String {
    let about = finding.role_arn.as_deref().unwrap_or(finding.account.as_str());
    line(&format!("{about} {}", finding.id)).into_owned()
}

/// What is said beside a finding.
fn said(finding: &ReportedFinding) -> Vec<String> {
    let groups = finding.node_groups.iter().map(|group| {
        format!("node group: {}/{} ({}, {})", group.cluster, group.name, group.kind.as_str(), group.region)
    });
    let change = finding.change.iter().map(|change| match change {
        Change::New => "new since the baseline".to_owned(),
        Change::Unchanged => "unchanged since the baseline".to_owned(),
        Change::Resolved => "resolved since the baseline".to_owned(),
    });
    let previous = finding.previous.iter().map(|previous| {
        format!("was: {} ({}): {}", previous.status.as_str(), previous.severity.as_str(), previous.message)
    });
    let expired =
        finding.suppression_expired.iter().map(|expired| format!("its suppression has expired: {}", expired.told()));
    let evidence = finding.evidence.iter().map(|evidence| format!("evidence: {}", evidence.text));
    let controls = finding.controls().into_iter().map(|controls| format!("compliance: {controls}"));
    let to_do = finding.remediation.iter().flat_map(|remediation| {
        let text = format!("to do ({}): {}", remediation.class.as_str(), remediation.text);
        std::iter::once(text).chain(remediation.commands.iter().map(|command| format!("  {command}")))
    });
    let source = std::iter::once(format!("source: {}", finding.source));
    let all = groups.chain(change).chain(previous).chain(expired).chain(evidence).chain(controls).chain(to_do);
    let lines = all.chain(source).map(|text| line(&text).into_owned());
    if finding.status == Status::Pass && finding.change.is_none() { Vec::new() } else { lines.collect() }
}
