//! The report as SARIF 2.1.0: one run, one result for each finding; what could not be read as notifications of the run.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html>. A physical location, which a role has
//! none of, is given all the same, for GitHub code scanning shows no result without one.

mod form;
mod notifications;
mod rules;

use std::collections::BTreeMap;
use std::io::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::finding::{Severity, Status};

use form::{
    ArtifactLocation, AutomationDetails, Driver, Fingerprints, Invocation, Location, Log, LogicalLocation,
    PhysicalLocation, Region, ResultProperties, Run, RunProperties, SCHEMA, SarifResult, Suppression, Text, Tool,
};

use super::harmless::line;
use super::json;
use super::model::{Change, Report, ReportedFinding};

/// What may stand in a segment of a path as it is (RFC 3986, unreserved characters).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes the report.
pub fn write(report: &Report, sink: impl Write) -> io::Result<()> {
    let rules = rules::of(report);
    let places: BTreeMap<String, usize> =
        rules.iter().enumerate().map(|(place, rule)| (rule.id.clone(), place)).collect();
    let results = report.findings.iter().map(|finding| result(report, finding, places.get(&finding.rule).copied()));
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "noderole",
                version: &report.tool_version,
                semantic_version: &report.tool_version,
                rules,
            },
        },
        automation_details: AutomationDetails { id: format!("noderole/{}", report.run_id) },
        invocations: [Invocation {
            execution_successful: report.complete,
            start_time_utc: report.started_at,
            end_time_utc: report.finished_at,
            tool_execution_notifications: notifications::of_run(report),
            tool_configuration_notifications: notifications::of_configuration(report),
        }],
        column_kind: "unicodeCodePoints",
        results: results.collect(),
        properties: RunProperties { complete: report.complete, summary: &report.summary, coverage: &report.coverage },
    };
    json::document(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] }, sink)
}

/// One finding.
fn result<'a>(report: &Report, finding: &'a ReportedFinding, rule_index: Option<usize>) -> SarifResult<'a> {
    let (kind, level) = judged(finding);
    let mut said = finding.message.clone();
    if let Some(expired) = &finding.suppression_expired {
        said = format!("{said} (Its suppression has expired: {})", expired.told());
    }
    if let Some(remediation) = &finding.remediation {
        said = format!("{said} To do ({}): {}", remediation.class.as_str(), remediation.text);
    }
    let suppressions = finding.suppressed.iter().map(|suppressed| Suppression {
        kind: "external",
        status: "accepted",
        justification: line(&suppressed.told()).into_owned(),
    });
    SarifResult {
        rule_id: &finding.rule,
        rule_index,
        kind,
        level,
        message: text(&said),
        locations: [location(report, finding)],
        partial_fingerprints: Fingerprints { own: &finding.id, github: &finding.id },
        baseline_state: finding.change.map(|change| match change {
            Change::New => "new",
            Change::Unchanged => "unchanged",
            Change::Resolved => "absent",
        }),
        suppressions: suppressions.collect(),
        properties: ResultProperties { finding },
    }
}

/// The kind and level of a result; a result that is no failure has no level (3.27.10).
fn judged(finding: &ReportedFinding) -> (&'static str, &'static str) {
    match finding.status {
        Status::Fail => ("fail", level(finding.severity)),
        Status::Advice => ("fail", "note"),
        Status::Unknown => ("open", "none"),
        Status::Pass => ("pass", "none"),
        Status::NotApplicable => ("notApplicable", "none"),
    }
}

/// The level of a failure.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The role or the account, as the path of a file that is not there, and by its name; then the node groups by theirs.
fn location(report: &Report, finding: &ReportedFinding) -> Location {
    let account = finding.account.as_str();
    let (name, full) = match &finding.role_arn {
        Some(arn) => (arn.rsplit('/').next().unwrap_or(arn), arn.clone()),
        None => (account, format!("arn:{}:iam::{account}:root", report.partition.as_str())),
    };
    let own = LogicalLocation {
        name: line(name).into_owned(),
        fully_qualified_name: line(&full).into_owned(),
        kind: "resource",
    };
    // Each once: two names may look alike when they are harmless, and the schema wants them to differ.
    let groups: BTreeMap<String, String> = finding
        .node_groups
        .iter()
        .map(|group| {
            let path = [account, group.region.as_str(), &group.cluster, group.kind.as_str(), &group.name].join("/");
            (line(&path).into_owned(), line(&group.name).into_owned())
        })
        .collect();
    let groups = groups.into_iter().map(|(fully_qualified_name, name)| LogicalLocation {
        name,
        fully_qualified_name,
        kind: "resource",
    });
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: path(&full) },
            region: Region { start_line: 1 },
        },
        logical_locations: std::iter::once(own).chain(groups).collect(),
    }
}

/// An ARN as a relative path: `arn/aws/iam/111122223333/role/x`. No segment leads up, and none is empty.
fn path(arn: &str) -> String {
    let segments = arn.split([':', '/']).filter(|segment| !segment.is_empty());
    let segments = segments.map(|segment| {
        if segment.bytes().all(|b| b == b'.') {
            "_".to_owned()
        } else {
            utf8_percent_encode(segment, SEGMENT).to_string()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// A message in which no name is a placeholder (3.11.5: braces are doubled) or a link (3.11.6).
fn text(said: &str) -> Text {
    let text = line(said).replace('{', "{{").replace('}', "}}").replace("](", "] (");
    Text { text, markdown: None }
}

#[cfg(test)]
mod tests;
