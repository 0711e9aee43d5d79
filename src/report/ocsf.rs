//! The report as OCSF: one Compliance Finding (class 2003) for each finding, and for each place that was not audited in full.
//!
//! Source: <https://schema.ocsf.io/1.5.0/classes/compliance_finding>. The version is one that Security Lake's users can
//! load; later ones add to it.

mod form;

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use crate::finding::Status;
use crate::ids::AccountId;

use form::{
    Account, Analytic, Cloud, Compliance, Event, FindingInfo, Metadata, Product, Remediation, Resource, VERSION,
};

use super::grade::Grade;
use super::harmless::{self, line};
use super::model::{Change, CoverageEntry, CoverageStatus, Report, ReportedFinding};

/// A Compliance Finding.
const CLASS: (u16, &str) = (2003, "Compliance Finding");

/// What a compliance check said: `compliance.status_id` and its caption.
type Said = (u8, &'static str);

/// What is done to a finding: `activity_id`, its caption, and `status_id` with its caption.
struct Activity(u8, &'static str, u8, &'static str);

/// Writes the report as one JSON array, an event a line.
pub fn write(report: &Report, mut sink: impl Write) -> io::Result<()> {
    let missed = report.coverage.iter().filter(|entry| entry.status != CoverageStatus::Audited);
    let events = report.findings.iter().map(|finding| of_finding(report, finding));
    write!(sink, "[")?;
    for (place, event) in events.chain(missed.map(|entry| of_coverage(report, entry))).enumerate() {
        let text = serde_json::to_string(&event?)?;
        write!(sink, "{}\n{}", if place == 0 { "" } else { "," }, harmless::json(&text))?;
    }
    writeln!(sink, "\n]")
}

/// One finding.
fn of_finding<'a>(report: &'a Report, finding: &'a ReportedFinding) -> io::Result<Event<'a>> {
    let (severity_id, severity) = Grade::of(finding).ocsf();
    let subject = Subject {
        code: &finding.rule,
        name: &finding.slug,
        account: &finding.account,
        region: &finding.region,
        unmapped: unmapped("finding", finding)?,
    };
    let mut event = framed(report, subject, &activity(finding));
    (event.severity_id, event.severity) = (severity_id, severity);
    event.status_detail = finding.suppressed.as_ref().map(|suppressed| line(&suppressed.told()).into_owned());
    event.message = line(&finding.message).into_owned();
    event.finding_info.uid.clone_from(&finding.id);
    event.finding_info.title = line(&finding.title).into_owned();
    event.finding_info.desc.clone_from(&event.message);
    event.compliance.control = line(&format!("{} {}", finding.rule, finding.slug)).into_owned();
    (event.compliance.status_id, event.compliance.status) = said(finding.status);
    event.compliance.status_details =
        finding.evidence.iter().map(|evidence| line(&evidence.text).into_owned()).collect();
    event.compliance.standards = finding
        .compliance
        .iter()
        .map(|control| control.benchmark.as_str())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    event.compliance.requirements =
        finding.compliance.iter().map(|control| format!("{} {}", control.benchmark, control.id)).collect();
    event.resources = resources(report, finding);
    event.remediation = finding.remediation.as_ref().map(|remediation| Remediation {
        desc: std::iter::once(&remediation.text)
            .chain(&remediation.commands)
            .map(|text| line(text))
            .collect::<Vec<_>>()
            .join("\n"),
        references: Some(finding.source.as_str()).filter(|source| !source.is_empty()).into_iter().collect(),
    });
    Ok(event)
}

/// An account and region that could not be audited in full: a check without a result.
fn of_coverage<'a>(report: &'a Report, entry: &'a CoverageEntry) -> io::Result<Event<'a>> {
    let subject = Subject {
        code: "coverage",
        name: "coverage",
        account: &entry.account,
        region: &entry.region,
        unmapped: unmapped("coverage", entry)?,
    };
    let mut event = framed(report, subject, &Activity(1, "Create", 1, "New"));
    let (said, grade) = match entry.status {
        // Not asked for: an account that is not active, a region that is not enabled.
        CoverageStatus::Disabled => ((99, "Not Applicable"), Grade::Informational),
        CoverageStatus::Audited => ((1, "Pass"), Grade::Informational),
        CoverageStatus::Partial | CoverageStatus::Denied | CoverageStatus::NotReached | CoverageStatus::Error => {
            ((2, "Warning"), Grade::Medium)
        }
    };
    (event.severity_id, event.severity) = grade.ocsf();
    event.message = format!("account {}, region {}: {}", entry.account, line(&entry.region), entry.status.as_str());
    event.finding_info.uid = format!("coverage/{}/{}", entry.account, entry.region);
    "noderole could not audit an account and region in full".clone_into(&mut event.finding_info.title);
    event.finding_info.desc.clone_from(&event.message);
    "coverage".clone_into(&mut event.compliance.control);
    (event.compliance.status_id, event.compliance.status) = said;
    let calls = entry.missing.iter().map(|missing| {
        let text = format!("{} on {}: {}: {}", missing.api, missing.resource, missing.error, missing.message);
        line(&text).into_owned()
    });
    event.compliance.status_details = calls.chain(entry.notes.iter().map(|note| line(note).into_owned())).collect();
    Ok(event)
}

/// What an event is about.
struct Subject<'a> {
    code: &'a str,
    name: &'a str,
    account: &'a AccountId,
    region: &'a str,
    unmapped: Value,
}

/// What all events have in common; the account is the resource until something nearer is known.
fn framed<'a>(report: &'a Report, subject: Subject<'a>, activity: &Activity) -> Event<'a> {
    let Subject { code, name, account, region, unmapped } = subject;
    let Activity(activity_id, activity_name, status_id, status) = *activity;
    let (class_uid, class_name) = CLASS;
    let partition = report.partition.as_str();
    let time = report.finished_at.as_millisecond();
    let account_name = report.account_names.get(account).map(|name| line(name).into_owned());
    let kind = "AWS Account";
    let own = Resource {
        kind,
        uid: account.to_string(),
        name: account_name.clone(),
        cloud_partition: partition,
        region: None,
        labels: Vec::new(),
    };
    Event {
        activity_id,
        activity_name,
        category_uid: 2,
        category_name: "Findings",
        class_uid,
        class_name,
        type_uid: u32::from(class_uid) * 100 + u32::from(activity_id),
        type_name: format!("{class_name}: {activity_name}"),
        severity_id: 0,
        severity: "Unknown",
        status_id,
        status,
        status_detail: None,
        message: String::new(),
        time,
        start_time: report.started_at.as_millisecond(),
        end_time: time,
        metadata: Metadata {
            version: VERSION,
            profiles: ["cloud"],
            product: Product { name: "noderole", vendor_name: "noderole", version: &report.tool_version },
            event_code: code,
            correlation_uid: &report.run_id,
        },
        cloud: Cloud {
            provider: "AWS",
            cloud_partition: partition,
            region,
            account: Account { uid: account.as_str(), name: account_name, kind, type_id: 10 },
        },
        finding_info: FindingInfo {
            uid: String::new(),
            title: String::new(),
            desc: String::new(),
            types: ["EKS node role"],
            analytic: Analytic { uid: code, name, kind: "Rule", type_id: 1 },
        },
        compliance: Compliance {
            control: String::new(),
            status_id: 0,
            status: "Unknown",
            status_details: Vec::new(),
            standards: Vec::new(),
            requirements: Vec::new(),
        },
        resources: vec![own],
        remediation: None,
        unmapped,
    }
}

/// What is done to a finding: closed where it is resolved, else created, or updated where the baseline has it.
fn activity(finding: &ReportedFinding) -> Activity {
    match (finding.change, finding.counts()) {
        (Some(Change::Resolved), _) => Activity(3, "Close", 4, "Resolved"),
        (Some(Change::Unchanged), true) => Activity(2, "Update", 2, "In Progress"),
        (Some(Change::Unchanged), false) => Activity(2, "Update", 3, "Suppressed"),
        (Some(Change::New) | None, true) => Activity(1, "Create", 1, "New"),
        (Some(Change::New) | None, false) => Activity(1, "Create", 3, "Suppressed"),
    }
}

/// The result of the check. OCSF's warning is a check that had no result for something was missing.
fn said(status: Status) -> Said {
    match status {
        Status::Pass => (1, "Pass"),
        Status::Unknown => (2, "Warning"),
        Status::Fail => (3, "Fail"),
        Status::Advice => (99, "Advice"),
        Status::NotApplicable => (99, "Not Applicable"),
    }
}

/// The role, or else the account, and the node groups.
fn resources<'a>(report: &'a Report, finding: &'a ReportedFinding) -> Vec<Resource<'a>> {
    let cloud_partition = report.partition.as_str();
    let first = match &finding.role_arn {
        Some(arn) => ("AWS::IAM::Role", line(arn).into_owned(), arn.rsplit('/').next()),
        None => ("AWS Account", finding.account.to_string(), None),
    };
    let (kind, uid, name) = first;
    let name = name.map(|name| line(name).into_owned());
    let role = Resource { kind, uid, name, cloud_partition, region: None, labels: Vec::new() };
    let groups = finding.node_groups.iter().map(|group| Resource {
        kind: "AWS::EKS::Nodegroup",
        uid: line(&format!("{}/{}", group.cluster, group.name)).into_owned(),
        name: Some(line(&group.name).into_owned()),
        cloud_partition,
        region: Some(group.region.as_str()),
        labels: vec![format!("kind:{}", group.kind.as_str()), line(&format!("cluster:{}", group.cluster)).into_owned()],
    });
    std::iter::once(role).chain(groups).collect()
}

/// The whole, as the JSON report has it.
fn unmapped(name: &str, whole: &impl Serialize) -> io::Result<Value> {
    Ok(json!({ name: serde_json::to_value(whole)? }))
}

#[cfg(test)]
mod tests;
