//! The report in the AWS Security Finding Format: what Security Hub's `BatchImportFindings` takes, by a pure mapping.

mod fields;
pub mod form;
pub mod limits;
mod resources;

use std::io::{self, Write};

use crate::finding::Status;
use crate::ids::{AccountId, Partition, Region};

pub use form::AsffFinding;

use form::{Compliance, ComplianceStatus, FindingProviderFields, Recommendation, RecordState, Remediation, Severity};
use limits::{DESCRIPTION, RECOMMENDATION, REQUIREMENT, REQUIREMENTS, TITLE, fit, fit_id};

use super::grade::Grade;
use super::harmless;
use super::model::{Change, CoverageEntry, CoverageStatus, Report, ReportedFinding};

/// What kind of findings these are, in Security Hub's taxonomy.
const TYPE: &str = "Software and Configuration Checks/AWS Security Best Practices";

/// How many failed calls of a place are named in the description.
const CALLS_TOLD: usize = 5;

/// Where findings are filed: with the default, each under the default product of its own account and region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filing {
    /// The product; none: the default product of the account and region that a finding is filed under.
    pub product_arn: Option<String>,
    /// The region of the Security Hub that takes them; none: that of each finding, the partition's home for global ones.
    pub region: Option<Region>,
    /// The account they are filed under: with a default product the one that calls; none: that of each finding.
    pub account: Option<AccountId>,
}

/// Writes the report as one JSON array, a finding a line: what `aws securityhub batch-import-findings --findings` takes, a
/// hundred at a time.
pub fn write(report: &Report, mut sink: impl Write) -> io::Result<()> {
    let filing = Filing::default();
    write!(sink, "[")?;
    for (place, finding) in of_report(report, &filing).enumerate() {
        let text = serde_json::to_string(&finding)?;
        write!(sink, "{}\n{}", if place == 0 { "" } else { "," }, harmless::json(&text))?;
    }
    writeln!(sink, "\n]")
}

/// Every finding of a report, then each place that was not audited in full.
pub fn of_report<'a>(report: &'a Report, filing: &'a Filing) -> impl Iterator<Item = AsffFinding> + 'a {
    let missed = report.coverage.iter().filter(|entry| entry.status != CoverageStatus::Audited);
    report
        .findings
        .iter()
        .map(move |finding| of_finding(report, finding, filing))
        .chain(missed.map(move |entry| of_coverage(report, entry, filing)))
}

/// One finding.
pub fn of_finding(report: &Report, finding: &ReportedFinding, filing: &Filing) -> AsffFinding {
    let original = match finding.status {
        Status::Fail => finding.severity.as_str().to_owned(),
        Status::Advice | Status::Unknown | Status::Pass | Status::NotApplicable => {
            format!("{} ({})", finding.status.as_str(), finding.severity.as_str())
        }
    };
    let place = Place { account: &finding.account, region: &finding.region };
    let mut told = framed(report, &place, filing);
    told.id = fit_id(&format!("noderole/{}", finding.id));
    told.generator_id = fit_id(&format!("noderole/{}", finding.rule));
    told.title = fit(&format!("{} {}: {}", finding.rule, finding.slug, finding.title), TITLE);
    told.description = fit(&finding.message, DESCRIPTION);
    told.remediation = remediation(finding);
    told.product_fields = fields::of_finding(report, finding);
    told.resources = resources::of_finding(finding, report.partition);
    told.compliance = Compliance { status: status(finding.status), related_requirements: requirements(finding) };
    told.record_state = match (finding.counts(), finding.change) {
        // Archived, not left out: one that Security Hub has already would stay on show.
        (false, _) | (_, Some(Change::Resolved)) => RecordState::Archived,
        (true, Some(Change::New | Change::Unchanged) | None) => RecordState::Active,
    };
    told.finding_provider_fields.severity = Severity { label: Grade::of(finding).asff(), original };
    fields::hold_to_size(&mut told);
    told
}

/// An account and region that could not be audited in full. Of one that was, a finding that closes an earlier one of this id.
pub fn of_coverage(report: &Report, entry: &CoverageEntry, filing: &Filing) -> AsffFinding {
    let place = Place { account: &entry.account, region: &entry.region };
    let (status, grade, record_state) = match entry.status {
        CoverageStatus::Audited => (ComplianceStatus::Passed, Grade::Informational, RecordState::Archived),
        // Not asked for: an account that is not active, a region that is not enabled.
        CoverageStatus::Disabled => (ComplianceStatus::NotAvailable, Grade::Informational, RecordState::Active),
        CoverageStatus::Partial | CoverageStatus::Denied | CoverageStatus::NotReached | CoverageStatus::Error => {
            (ComplianceStatus::Warning, Grade::Medium, RecordState::Active)
        }
    };
    let mut told = framed(report, &place, filing);
    told.id = fit_id(&format!("noderole/coverage/{}/{}", entry.account, entry.region));
    told.description = fit(&of_calls(entry), DESCRIPTION);
    told.product_fields = fields::of_coverage(report, entry);
    told.resources = vec![resources::of_account(&entry.account, report.partition)];
    told.compliance = Compliance { status, related_requirements: Vec::new() };
    told.record_state = record_state;
    told.finding_provider_fields.severity =
        Severity { label: grade.asff(), original: format!("coverage {}", entry.status.as_str()) };
    fields::hold_to_size(&mut told);
    told
}

/// What was missed, in words.
fn of_calls(entry: &CoverageEntry) -> String {
    let calls: Vec<String> = entry
        .missing
        .iter()
        .take(CALLS_TOLD)
        .map(|missing| format!("{} on {}: {}", missing.api, missing.resource, missing.error))
        .collect();
    let more = match entry.missing.len().saturating_sub(CALLS_TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (account, region, status) = (&entry.account, &entry.region, entry.status.as_str());
    if calls.is_empty() {
        return format!("Account {account}, region {region}: {status}.");
    }
    format!("Account {account}, region {region}: {status}. Calls that failed: {}{more}.", calls.join("; "))
}

/// The account and region that something is about.
struct Place<'a> {
    account: &'a AccountId,
    region: &'a str,
}

/// What all have in common.
fn framed(report: &Report, place: &Place<'_>, filing: &Filing) -> AsffFinding {
    let account = filing.account.as_ref().unwrap_or(place.account);
    let now = report.finished_at.to_string();
    AsffFinding {
        schema_version: form::SCHEMA_VERSION,
        id: String::new(),
        product_arn: filing.product_arn.clone().unwrap_or_else(|| default_product(report.partition, place, filing)),
        product_name: "noderole",
        company_name: "noderole",
        generator_id: "noderole/coverage".to_owned(),
        aws_account_id: account.to_string(),
        created_at: now.clone(),
        updated_at: now,
        title: "noderole could not audit an account and region in full".to_owned(),
        description: String::new(),
        remediation: None,
        product_fields: std::collections::BTreeMap::new(),
        resources: Vec::new(),
        compliance: Compliance { status: ComplianceStatus::NotAvailable, related_requirements: Vec::new() },
        record_state: RecordState::Active,
        finding_provider_fields: FindingProviderFields {
            severity: Severity { label: Grade::Informational.asff(), original: String::new() },
            types: vec![TYPE],
        },
    }
}

/// The product that every account has for findings of its own (Security Hub User Guide, `BatchImportFindings` for custom
/// products).
fn default_product(partition: Partition, place: &Place<'_>, filing: &Filing) -> String {
    let account = filing.account.as_ref().unwrap_or(place.account);
    let own = place.region.parse::<Region>().ok();
    let region = filing.region.as_ref().or(own.as_ref()).map_or(partition.home_region(), Region::as_str);
    format!("arn:{}:securityhub:{region}:{account}:product/{account}/default", partition.as_str())
}

/// The word of a status. Advice is told as not followed, with a low severity.
fn status(status: Status) -> ComplianceStatus {
    match status {
        Status::Fail | Status::Advice => ComplianceStatus::Failed,
        Status::Unknown => ComplianceStatus::Warning,
        Status::Pass => ComplianceStatus::Passed,
        Status::NotApplicable => ComplianceStatus::NotAvailable,
    }
}

/// The controls of benchmarks.
fn requirements(finding: &ReportedFinding) -> Vec<String> {
    let controls = finding.compliance.iter().take(REQUIREMENTS);
    controls.map(|control| fit(&format!("{} {}", control.benchmark, control.id), REQUIREMENT)).collect()
}

/// What to do. Its commands stand in the product fields, which have room for them.
fn remediation(finding: &ReportedFinding) -> Option<Remediation> {
    let url = (!finding.source.trim().is_empty()).then(|| fit(&finding.source, limits::FIELD));
    let text = match (&finding.remediation, &url) {
        (Some(remediation), _) => format!("{} ({})", remediation.text, remediation.class.as_str()),
        (None, Some(_)) => "Read the page that the rule rests on.".to_owned(),
        (None, None) => return None,
    };
    Some(Remediation { recommendation: Recommendation { text: fit(&text, RECOMMENDATION), url } })
}

#[cfg(test)]
mod tests;
