//! A report as events: one for each finding that is new, changed or resolved, one for what came of each role, and one for the run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::ids::Partition;
use crate::report::Report;
use crate::report::model::{Changes, ReportedFinding, ReportedRemediation, Summary};

use super::super::news::{self, News};
use super::super::shortened::{LeftOut, harmless_json, shortened, shortened_remediation};

/// The version of `detail`.
pub const SCHEMA: &str = "noderole.event/1";

/// The source of every event.
pub const SOURCE: &str = "noderole";

/// The detail-type of the events of findings.
pub const FINDING: &str = "noderole finding";

/// The detail-type of the events of what came of roles. Not that of requests, which start a remediation.
pub const REMEDIATION: &str = "noderole remediation outcome";

/// The detail-type of the event that ends a run.
pub const RUN_COMPLETED: &str = "noderole run completed";

/// Bytes that EventBridge counts for the time of an event.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>
const TIME_BYTES: usize = 14;

/// An event, as it is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is about, for the record of a failure: the finding's id, the role's ARN, or the run's id.
    pub subject: String,
    /// [`FINDING`], [`REMEDIATION`] or [`RUN_COMPLETED`].
    pub detail_type: &'static str,
    /// A JSON object.
    pub detail: String,
    /// The role's ARN, where it is about one.
    pub resources: Vec<String>,
    /// When the last fact was read.
    pub time: Timestamp,
}

impl Event {
    /// Its size as EventBridge counts it, in bytes.
    pub fn size(&self) -> usize {
        let texts = SOURCE.len() + self.detail_type.len() + self.detail.len();
        TIME_BYTES + texts + self.resources.iter().map(String::len).sum::<usize>()
    }
}

/// `detail` of a finding's event.
#[derive(Serialize)]
struct FindingDetail<'a> {
    schema: &'static str,
    run_id: &'a str,
    change: News,
    finding: &'a ReportedFinding,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<LeftOut>,
}

/// `detail` of the event of what came of a role.
#[derive(Serialize)]
struct OutcomeDetail<'a> {
    schema: &'static str,
    run_id: &'a str,
    remediation: &'a ReportedRemediation,
}

/// `detail` of the event that ends a run.
#[derive(Serialize)]
struct RunDetail<'a> {
    schema: &'static str,
    run_id: &'a str,
    tool_version: &'a str,
    started_at: Timestamp,
    finished_at: Timestamp,
    partition: Partition,
    complete: bool,
    /// The run that it was compared with; left out without a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'a str>,
    /// How many findings are new, unchanged, resolved.
    changes: Changes,
    /// How many entries of the coverage have which status.
    coverage: BTreeMap<&'static str, usize>,
    summary: &'a Summary,
}

/// How many events a report has.
pub fn count(report: &Report) -> usize {
    let findings = report.findings.iter().filter(|finding| news::news(finding).is_some()).count();
    findings + report.remediations.len() + usize::from(has_run(report))
}

/// Whether there is a run to tell of: with outcomes alone nothing was audited.
pub fn has_run(report: &Report) -> bool {
    !report.is_of_remediations_alone()
}

/// The events of a report's findings, in its order, made as they are taken; none larger than `limit` bytes, as far as it can
/// be cut. Each may be an error of the serializer, which plain data does not raise.
pub fn of_findings(report: &Report, limit: usize) -> impl Iterator<Item = Result<Event, serde_json::Error>> {
    report.findings.iter().filter_map(move |finding| {
        let change = news::news(finding)?;
        Some(of_finding(report, finding, change, limit))
    })
}

fn of_finding(
    report: &Report,
    finding: &ReportedFinding,
    change: News,
    limit: usize,
) -> Result<Event, serde_json::Error> {
    let detail = |finding: &ReportedFinding, left_out: Option<LeftOut>| {
        harmless_json(&FindingDetail { schema: SCHEMA, run_id: &report.run_id, change, finding, left_out })
    };
    let mut event = Event {
        subject: finding.id.clone(),
        detail_type: FINDING,
        detail: detail(finding, None)?,
        resources: finding.role_arn.iter().cloned().collect(),
        time: report.finished_at,
    };
    if event.size() > limit {
        let (shorter, left_out) = shortened(finding, limit);
        event.detail = detail(&shorter, Some(left_out))?;
    }
    Ok(event)
}

/// The events of what came of roles; as [`of_findings`].
pub fn of_remediations(report: &Report, limit: usize) -> impl Iterator<Item = Result<Event, serde_json::Error>> {
    report.remediations.iter().map(move |remediation| {
        let detail = |remediation: &ReportedRemediation| {
            harmless_json(&OutcomeDetail { schema: SCHEMA, run_id: &report.run_id, remediation })
        };
        let mut event = Event {
            subject: remediation.role.to_string(),
            detail_type: REMEDIATION,
            detail: detail(remediation)?,
            resources: vec![remediation.role.to_string()],
            time: report.finished_at,
        };
        if event.size() > limit {
            event.detail = detail(&shortened_remediation(remediation, limit))?;
        }
        Ok(event)
    })
}

/// The event that ends a run.
///
/// # Errors
/// Those of the serializer, which plain data does not raise.
pub fn of_run(report: &Report) -> Result<Event, serde_json::Error> {
    let mut coverage = BTreeMap::new();
    for entry in &report.coverage {
        *coverage.entry(entry.status.as_str()).or_default() += 1;
    }
    let detail = RunDetail {
        schema: SCHEMA,
        run_id: &report.run_id,
        tool_version: &report.tool_version,
        started_at: report.started_at,
        finished_at: report.finished_at,
        partition: report.partition,
        complete: report.complete,
        baseline: report.baseline.as_ref().map(|baseline| baseline.run_id.as_str()),
        changes: news::changes(report),
        coverage,
        summary: &report.summary,
    };
    Ok(Event {
        subject: report.run_id.clone(),
        detail_type: RUN_COMPLETED,
        detail: harmless_json(&detail)?,
        resources: Vec::new(),
        time: report.finished_at,
    })
}

#[cfg(test)]
mod tests;
