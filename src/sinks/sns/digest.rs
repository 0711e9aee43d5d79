//! A run in one message of plain text: what came of roles, what is new, what is resolved, what is worst, what could not be seen.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::finding::{Severity, Status};
use crate::remediate::journal::Outcome;
use crate::report::model::{Changes, ReportedFinding, ReportedRemediation};
use crate::report::remediation;
use crate::report::{Report, harmless, unknowns};

use super::super::news::{self, News};

/// The longest message, in bytes. SNS takes 256 KB; nobody reads as much.
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The longest subject, in characters: SNS takes less than 100.
pub const MAX_SUBJECT: usize = 99;

/// The longest text of one finding or failed call, in characters; names are cut to half of it.
const MAX_TEXT: usize = 400;

/// How much of the message a section may take.
#[derive(Debug, Clone, Copy)]
struct Room {
    items: usize,
    bytes: usize,
}

/// What was done is told first, then what is new, and at length.
const REMEDIATIONS: Room = Room { items: 25, bytes: 8 * 1024 };
const NEW: Room = Room { items: 50, bytes: 20 * 1024 };
const RESOLVED: Room = Room { items: 25, bytes: 8 * 1024 };
const CHANGED: Room = Room { items: 25, bytes: 8 * 1024 };
const WORST: Room = Room { items: 10, bytes: 8 * 1024 };
const MISSED: Room = Room { items: 15, bytes: 8 * 1024 };

/// An attribute of the message, for the filter policies of subscriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// `String`.
    Text(String),
    /// `Number`.
    Number(usize),
}

/// The message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// ASCII, at most [`MAX_SUBJECT`].
    pub subject: String,
    /// At most [`MAX_BODY_BYTES`].
    pub body: String,
    /// By name.
    pub attributes: Vec<(&'static str, Attribute)>,
}

/// Whether there is anything to tell: something is new, changed or resolved, a role was changed or was to be, or something
/// could not be seen.
pub fn has_news(report: &Report) -> bool {
    let done = report.remediations.iter().any(ReportedRemediation::is_news);
    !report.complete || done || report.findings.iter().any(|finding| news::news(finding).is_some())
}

/// The digest of a report; `place` is where the whole of it is, if it is anywhere.
pub fn digest(report: &Report, place: Option<&str>) -> Digest {
    let changes = news::changes(report);
    Digest {
        subject: subject(report, changes),
        body: body(report, changes, place),
        attributes: attributes(report, changes),
    }
}

fn subject(report: &Report, changes: Changes) -> String {
    let summary = &report.summary;
    let worst = counts(&[
        (summary.by_severity.critical, Severity::Critical.as_str()),
        (summary.by_severity.high, Severity::High.as_str()),
    ]);
    let worst = if worst.is_empty() { worst } else { format!(" ({worst})") };
    let resolved = if changes.resolved > 0 { format!(", {} resolved", changes.resolved) } else { String::new() };
    // first, so that no length takes it away
    let incomplete = if report.complete { "" } else { "INCOMPLETE, " };
    let outcomes = outcomes(report);
    let said = if report.is_of_remediations_alone() {
        format!("noderole: {incomplete}remediation: {outcomes}")
    } else {
        let outcomes = if outcomes.is_empty() { outcomes } else { format!("remediation: {outcomes}; ") };
        format!("noderole: {incomplete}{outcomes}{} new{resolved}, {} failing{worst}", changes.new, summary.fail)
    };
    said.chars().take(MAX_SUBJECT).collect()
}

fn attributes(report: &Report, changes: Changes) -> Vec<(&'static str, Attribute)> {
    let word = |worst: Option<Severity>| Attribute::Text(worst.map_or("none", Severity::as_str).to_owned());
    let open = || report.findings.iter().filter(|finding| news::is_open(finding));
    let mut attributes = vec![
        ("severity", word(news::worst(open()))),
        ("severity_new", word(news::worst(open().filter(|finding| news::news(finding) == Some(News::New))))),
        ("new", Attribute::Number(changes.new)),
        ("resolved", Attribute::Number(changes.resolved)),
        ("failing", Attribute::Number(report.summary.fail)),
        ("complete", Attribute::Text(report.complete.to_string())),
    ];
    if let Some(worst) = worst_outcome(report) {
        attributes.push(("remediation", Attribute::Text(worst.to_owned())));
    }
    attributes
}

/// How many roles ended how: what went worst first.
fn outcomes(report: &Report) -> String {
    let mut numbers: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for remediation in &report.remediations {
        *numbers.entry(badness(remediation)).or_default() += 1;
    }
    let told = numbers.iter().map(|((_, word), number)| format!("{number} {word}"));
    told.collect::<Vec<_>>().join(", ")
}

/// The outcome that went worst; none where no remediation is told.
fn worst_outcome(report: &Report) -> Option<&'static str> {
    report.remediations.iter().map(badness).min().map(|(_, word)| word)
}

/// The place of an outcome among all, the worst first, and its word.
fn badness(remediation: &ReportedRemediation) -> (usize, &'static str) {
    let place = match remediation.outcome {
        Some(Outcome::Failed) => 0,
        Some(Outcome::Restored) => 1,
        Some(Outcome::Refused) => 2,
        None => 3,
        Some(Outcome::Undone) => 4,
        Some(Outcome::Applied) => 5,
        Some(Outcome::Unchanged) => 6,
    };
    (place, remediation::word(remediation.outcome))
}

fn body(report: &Report, changes: Changes, place: Option<&str>) -> String {
    let alone = report.is_of_remediations_alone();
    let mut text = if alone { head_of_remediations(report) } else { head(report, changes) };
    section("REMEDIATION", report.remediations.iter().map(became), REMEDIATIONS, &mut text);
    let named = |finding: &&ReportedFinding| finding.status != Status::Unknown || !news::is_open(finding);
    let of = |wanted: News| report.findings.iter().filter(move |finding| news::news(finding) == Some(wanted));
    let title = if report.baseline.is_some() { "NEW" } else { "OPEN" };
    section(title, of(News::New).filter(named).map(told), NEW, &mut text);
    section("RESOLVED", of(News::Resolved).map(told), RESOLVED, &mut text);
    section("CHANGED", of(News::Changed).filter(named).map(told), CHANGED, &mut text);
    let still = report.findings.iter().filter(|finding| news::is_open(finding) && news::news(finding).is_none());
    section("STILL OPEN", still.filter(named).map(told), WORST, &mut text);
    section("NOT KNOWN", missed(report).into_iter(), MISSED, &mut text);
    if let Some(place) = place {
        text.push_str("\nThe whole report: ");
        text.push_str(&harmless::line(&cut(place, MAX_TEXT)));
        text.push('\n');
    }
    text
}

/// Run, counts, coverage.
fn head(report: &Report, changes: Changes) -> String {
    let summary = &report.summary;
    let by = &summary.by_severity;
    let severities = counts(&[(by.critical, "critical"), (by.high, "high"), (by.medium, "medium"), (by.low, "low")]);
    let severities = if severities.is_empty() { severities } else { format!(" ({severities})") };
    let news = if report.baseline.is_some() {
        format!(
            "Since the baseline: {} new, {} resolved, {} still open.",
            changes.new, changes.resolved, changes.unchanged
        )
    } else {
        "There is no baseline to compare with: all that is open counts as new.".to_owned()
    };
    let short = report.coverage.iter().filter(|entry| !entry.missing.is_empty()).count();
    let coverage = if report.complete {
        "complete.".to_owned()
    } else {
        format!(
            "INCOMPLETE. Of {} (account and region), {short} not read in full.",
            many(report.coverage.len(), "place")
        )
    };
    format!(
        "EKS node roles, run {run} (noderole {version}, partition {partition}), facts of {at:.0}.\n\n\
         Findings: {fail} failing{severities}, {advice} advice, {unknown} unknown, {suppressed} suppressed.\n\
         {news}\n\
         Seen: {accounts}, {clusters}, {groups}, {roles}.\n\
         Coverage: {coverage}\n",
        run = plain(&report.run_id),
        version = plain(&report.tool_version),
        partition = report.partition,
        at = report.finished_at,
        fail = summary.fail,
        advice = summary.advice,
        unknown = summary.unknown,
        suppressed = summary.suppressed,
        accounts = many(summary.accounts, "account"),
        clusters = many(summary.clusters, "cluster"),
        groups = many(summary.node_groups, "node group"),
        roles = many(summary.node_roles, "node role"),
    )
}

/// Which run it was, where nothing was audited.
fn head_of_remediations(report: &Report) -> String {
    let audited = if report.complete {
        "None of these roles was changed, and nothing was audited."
    } else {
        "What was changed could not be audited again."
    };
    let notes: Vec<String> =
        report.notes.iter().take(MISSED.items).map(|note| disarmed(&cut(note, MAX_TEXT))).collect();
    let said: Vec<&str> = [audited].into_iter().chain(notes.iter().map(String::as_str)).collect();
    format!(
        "EKS node roles, remediation, run {run} (noderole {version}, partition {partition}), of {at:.0}.\n\n\
         {said}\n",
        run = plain(&report.run_id),
        version = plain(&report.tool_version),
        partition = report.partition,
        said = said.join("\n"),
        at = report.finished_at,
    )
}

/// Those counts that are not zero, with their words.
fn counts(counts: &[(usize, &str)]) -> String {
    let told = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    told.collect::<Vec<_>>().join(", ")
}

/// Writes as many items as there is room for, and how many there are besides; nothing where there are none.
fn section(title: &str, items: impl Iterator<Item = String>, room: Room, text: &mut String) {
    let end = text.len() + room.bytes;
    let mut total = 0_usize;
    let mut shown = 0;
    let mut inside = String::new();
    for item in items {
        total += 1;
        // Once one has found no room, none after it is shown: the order tells which are the worst.
        if shown + 1 == total && shown < room.items && text.len() + inside.len() + item.len() <= end {
            inside.push_str(&item);
            shown += 1;
        }
    }
    if total == 0 {
        return;
    }
    // Writing to a String cannot fail.
    write!(text, "\n{title} ({total})\n{inside}").ok();
    if total > shown {
        writeln!(text, "- and {} more", total - shown).ok();
    }
}

/// What came of a role, in two lines.
fn became(remediation: &ReportedRemediation) -> String {
    let why = disarmed(&cut(&remediation.message, MAX_TEXT));
    let why = if why.is_empty() { why } else { format!(": {why}") };
    format!(
        "- {} {}{why}\n  journal {}{}{}\n",
        remediation::word(remediation.outcome),
        plain(&remediation.role.to_string()),
        plain(&remediation.journal_id),
        if remediation.findings.is_empty() { "" } else { ", for " },
        plain(&remediation.findings.join(" ")),
    )
}

/// A finding in two lines; of one that differs from before, with what it was.
fn told(finding: &ReportedFinding) -> String {
    let mut word = word(finding.status, finding.severity).to_owned();
    if let Some(previous) = &finding.previous {
        let was = self::word(previous.status, previous.severity);
        let now = if finding.counts() { word.as_str() } else { "suppressed" };
        word = if was == now { word } else { format!("{was} -> {now},") };
    }
    let role = finding.role_arn.as_deref().map(|arn| format!(", {}", plain(arn))).unwrap_or_default();
    format!(
        "- {word} {} {}: {}\n  account {}, {}{role}\n",
        plain(&finding.rule),
        plain(&finding.slug),
        disarmed(&cut(&finding.message, MAX_TEXT)),
        finding.account,
        plain(&finding.region),
    )
}

/// The severity of what fails, the status of what does not.
fn word(status: Status, severity: Severity) -> &'static str {
    match status {
        Status::Fail => severity.as_str(),
        Status::Advice | Status::Unknown | Status::Pass | Status::NotApplicable => status.as_str(),
    }
}

/// What could not be had, by its cause.
fn missed(report: &Report) -> Vec<String> {
    let causes = unknowns::by_cause(report);
    let calls = causes.failed_calls.iter().map(|calls| {
        let first = calls.places.first().map(|(account, region)| format!(", first in {account} {}", plain(region)));
        format!(
            "- {}: {} in {}{}; {} unknown for it\n",
            plain(&calls.api),
            plain(&calls.error),
            many(calls.places.len(), "place"),
            first.unwrap_or_default(),
            many(calls.open_results, "result"),
        )
    });
    let undecided = causes.undecided.iter().map(|group| {
        let why = disarmed(&cut(group.why(), MAX_TEXT));
        format!("- {} {}: {} undecided: {why}\n", plain(&group.rule), plain(&group.slug), group.findings.len())
    });
    calls.chain(undecided).collect()
}

/// So many of them.
fn many(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// A name on the line.
fn plain(name: &str) -> String {
    disarmed(&cut(name, MAX_TEXT / 2))
}

/// Text from AWS in which nothing steers a terminal or turns the reading direction, and of which no mail program makes a
/// link.
fn disarmed(text: &str) -> String {
    let text = harmless::line(text);
    text.replace("://", "[:]//").replace("www.", "www[.]").replace("WWW.", "WWW[.]")
}

/// The first characters of a text.
fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() { text.to_owned() } else { text.chars().take(most).chain(['…']).collect() }
}

#[cfg(test)]
mod tests;
