//! What a SARIF run tells of itself: each call that failed, what is to be known besides, what a sink did not take, and what is
//! wrong with suppressions.

use std::collections::BTreeMap;

use crate::report::model::{CoverageEntry, CoverageStatus, Report};
use crate::suppress::State;

use super::form::{DescriptorId, Notification};
use super::text;

/// Each failed call, each place that was not audited without one, each note, and each sink that was not told everything.
pub(super) fn of_run(report: &Report) -> Vec<Notification<'_>> {
    report.coverage.iter().flat_map(of_entry).chain(not_compared(report)).chain(not_delivered(report)).collect()
}

/// Those of one account and region.
fn of_entry(entry: &CoverageEntry) -> Vec<Notification<'_>> {
    let (account, region) = (entry.account.as_str(), entry.region.as_str());
    let place = |level, message: &str| {
        let message = format!("account {account}, region {region}: {}: {message}", entry.status.as_str());
        notification(
            level,
            &format!("coverage/{}", entry.status.as_str()),
            &message,
            [("account", account), ("region", region), ("status", entry.status.as_str())],
        )
    };
    let mut told: Vec<Notification<'_>> = entry
        .missing
        .iter()
        .map(|missing| {
            let message = format!("{} on {}: {}: {}", missing.api, missing.resource, missing.error, missing.message);
            let mut told = place("error", &message);
            told.properties.extend([
                ("api", missing.api.as_str()),
                ("resource", &missing.resource),
                ("error", &missing.error),
            ]);
            told
        })
        .collect();
    if told.is_empty() && entry.status != CoverageStatus::Audited {
        told.push(place("note", "nothing was read here"));
    }
    told.extend(entry.notes.iter().map(|note| place("note", note)));
    told
}

/// The findings of the baseline at which this run did not look.
fn not_compared(report: &Report) -> impl Iterator<Item = Notification<'_>> {
    let lost = report.baseline.iter().flat_map(|baseline| &baseline.not_compared);
    lost.map(|lost| {
        let finding = &lost.finding;
        let message =
            format!("{} {} of the baseline was not compared: {}", finding.rule, finding.id, lost.reason.as_str());
        notification(
            "note",
            "baseline/not-compared",
            &message,
            [("account", finding.account.as_str()), ("region", &finding.region), ("finding", &finding.id)],
        )
    })
}

/// The sinks that did not take all of it, or of which something else went wrong.
fn not_delivered(report: &Report) -> impl Iterator<Item = Notification<'_>> {
    report.deliveries.iter().filter(|delivery| !delivery.is_clean()).map(|delivery| {
        let level = if delivery.is_whole() { "warning" } else { "error" };
        let message = format!("the sink {}", delivery.told());
        let properties = [("sink", delivery.sink.as_str()), ("target", delivery.target.as_str())];
        notification(level, "delivery", &message, properties)
    })
}

/// Suppressions that do nothing, and exempting tags that are wrong.
pub(super) fn of_configuration(report: &Report) -> Vec<Notification<'_>> {
    let idle = report.suppressions.iter().filter_map(|entry| {
        let what = match entry.state {
            State::Active => return None,
            State::Expired => format!("has expired, {} findings count again", entry.matched),
            State::Unused => "matches nothing".to_owned(),
        };
        Some(notification("warning", "suppression", &format!("a suppression {what}: {}", entry.reason), []))
    });
    let notes = report.notes.iter().map(|note| notification("warning", "exemption", note, []));
    idle.chain(notes).collect()
}

/// A notification.
fn notification<'a, const N: usize>(
    level: &'static str,
    id: &str,
    message: &str,
    properties: [(&'static str, &'a str); N],
) -> Notification<'a> {
    let descriptor = DescriptorId { id: id.to_owned() };
    Notification { level, descriptor, message: text(message), properties: BTreeMap::from(properties) }
}
