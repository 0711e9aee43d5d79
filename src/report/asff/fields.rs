//! The product fields: what the format has no member for, by names of ours; at most [`super::limits::FIELDS`].

use std::collections::BTreeMap;

use crate::report::harmless;
use crate::report::model::{CoverageEntry, Report, ReportedFinding};

use super::form::AsffFinding;
use super::limits::{FIELD, FIELDS, FINDING_BYTES, fit, length};

/// Fields that say only more of what other members say, in the order in which they are given up for size.
const SPARE: [&str; 3] = ["noderole/Evidence/", "noderole/Call/", "noderole/Command/"];

/// What a numbered field's name says of a number: two digits, so that they sort.
fn numbered(name: &str, place: usize) -> String {
    format!("noderole/{name}/{:02}", place + 1)
}

/// Adds fields by number while there is room for them.
fn add_numbered(fields: &mut BTreeMap<String, String>, name: &str, texts: impl IntoIterator<Item = String>) {
    for (place, text) in texts.into_iter().enumerate() {
        if fields.len() == FIELDS {
            return;
        }
        fields.insert(numbered(name, place), text);
    }
}

/// The fields of a finding.
pub(super) fn of_finding(report: &Report, finding: &ReportedFinding) -> BTreeMap<String, String> {
    let mut fields = of_run(report);
    let mut add = |name: &str, text: &str| fields.insert(format!("noderole/{name}"), fit(text, FIELD));
    add("FindingId", &finding.id);
    add("Rule", &format!("{} {}", finding.rule, finding.slug));
    add("Status", finding.status.as_str());
    add("Severity", finding.severity.as_str());
    add("Account", finding.account.as_str());
    add("Region", &finding.region);
    add("NodeGroups", &finding.node_groups.len().to_string());
    if let Some(name) = report.account_names.get(&finding.account) {
        add("AccountName", name);
    }
    if let Some(controls) = finding.controls() {
        add("Compliance", &controls);
    }
    if let Some(change) = finding.change {
        add("Change", change.as_str());
    }
    if let Some(previous) = &finding.previous {
        let (status, severity) = (previous.status.as_str(), previous.severity.as_str());
        add("Previous", &format!("{status} ({severity}) in run {}: {}", previous.run_id, previous.message));
    }
    if let Some(suppressed) = &finding.suppressed {
        add("Suppressed", &suppressed.told());
    }
    if let Some(expired) = &finding.suppression_expired {
        add("SuppressionExpired", &expired.told());
    }
    // A command that was cut would do something else than it says: one that does not fit is left out.
    let commands = finding.remediation.iter().flat_map(|remediation| &remediation.commands);
    let commands = commands.map(|command| harmless::line(command).into_owned()).map(|command| {
        if length(&command) <= FIELD { command } else { "too long for this field: see the JSON report".to_owned() }
    });
    add_numbered(&mut fields, "Command", commands);
    add_numbered(&mut fields, "Evidence", finding.evidence.iter().map(|evidence| fit(&evidence.text, FIELD)));
    fields
}

/// The fields of a place that was not audited in full.
pub(super) fn of_coverage(report: &Report, entry: &CoverageEntry) -> BTreeMap<String, String> {
    let mut fields = of_run(report);
    let mut add = |name: &str, text: &str| fields.insert(format!("noderole/{name}"), fit(text, FIELD));
    add("Account", entry.account.as_str());
    add("Region", &entry.region);
    add("Coverage", entry.status.as_str());
    if let Some(name) = report.account_names.get(&entry.account) {
        add("AccountName", name);
    }
    let calls = entry.missing.iter().map(|missing| {
        let text = format!("{} on {}: {}: {}", missing.api, missing.resource, missing.error, missing.message);
        fit(&text, FIELD)
    });
    add_numbered(&mut fields, "Call", calls.chain(entry.notes.iter().map(|note| fit(note, FIELD))));
    fields
}

/// The fields that name the run.
fn of_run(report: &Report) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("noderole/RunId".to_owned(), fit(&report.run_id, FIELD)),
        ("noderole/Version".to_owned(), fit(&report.tool_version, FIELD)),
    ])
}

/// Gives up what says only more, the last first, until the finding is within its size: numbered fields, then resources.
pub(super) fn hold_to_size(finding: &mut AsffFinding) {
    while bytes(finding) > FINDING_BYTES {
        let spare = SPARE.into_iter().find_map(|prefix| {
            let last = finding.product_fields.keys().rev().find(|name| name.starts_with(prefix))?;
            Some(last.clone())
        });
        match spare {
            Some(name) => drop(finding.product_fields.remove(&name)),
            None if finding.resources.len() > 1 => drop(finding.resources.pop()),
            // What is left has its limits: it is a few thousand characters.
            None => return,
        }
    }
}

/// The size as it is sent.
pub(super) fn bytes(finding: &AsffFinding) -> usize {
    // Plain structs and maps by text always have a JSON form.
    serde_json::to_vec(finding).map_or(usize::MAX, |text| text.len())
}
