//! The page: what its template is filled with.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use askama::Template;

use crate::finding::{Severity, Status};
use crate::ids::AccountId;
use crate::report::harmless::line;
use crate::report::model::{Change, Report};
use crate::suppress::State;

use super::map::{self, Key, Map};
use super::severity::{self, Row};
use super::told::{Finding, Told};
use super::trend::{self, Comparison};
use super::{asset, causes, embedded};

/// How many accounts and clusters a field of the filter suggests.
const SUGGESTIONS: usize = 500;

/// The page.
#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct Page<'a> {
    policy: String,
    style: &'static str,
    script: &'static str,
    data: String,
    told: &'a Told<'a>,
    run_id: Cow<'a, str>,
    tool_version: Cow<'a, str>,
    facts_of: String,
    complete: bool,
    numbers: Vec<Figure>,
    severities: Vec<Row>,
    compared: Option<Comparison>,
    map: Map,
    keys: Vec<Key>,
    causes: causes::Told,
    choices: Choices<'a>,
    suppressed: usize,
    suppressions: Vec<Suppression<'a>>,
    notes: Vec<Cow<'a, str>>,
    /// What each sink took.
    sinks: Vec<String>,
}

/// A number of the summary, with the filter that shows what it counts.
struct Figure {
    number: usize,
    words: &'static str,
    class: &'static str,
    filter: Option<&'static str>,
}

/// What can be filtered by: each value that a finding has.
struct Choices<'a> {
    /// The value, and its words.
    statuses: Vec<(&'static str, &'static str)>,
    /// The rule's id and name.
    rules: Vec<(&'a str, &'a str)>,
    regions: BTreeSet<&'a str>,
    accounts: Vec<(&'a str, &'a str)>,
    clusters: Vec<&'a str>,
}

/// A suppression of the configuration.
struct Suppression<'a> {
    reason: Cow<'a, str>,
    owner: Cow<'a, str>,
    expires: String,
    matched: usize,
    state: &'static str,
}

impl<'a> Page<'a> {
    /// The page of a report; an error only where its JSON cannot be written.
    pub(super) fn of(report: &'a Report, names: &BTreeMap<AccountId, String>, told: &'a Told<'a>) -> io::Result<Self> {
        let suppressions = report.suppressions.iter().map(|entry| Suppression {
            reason: line(&entry.reason),
            owner: entry.owner.as_deref().map(line).unwrap_or_default(),
            expires: entry.expires.map(|day| day.to_string()).unwrap_or_default(),
            matched: entry.matched,
            state: match entry.state {
                State::Active => "active",
                State::Expired => "expired: its findings count again",
                State::Unused => "matches nothing",
            },
        });
        Ok(Self {
            policy: asset::policy(),
            style: asset::STYLE,
            script: asset::SCRIPT,
            data: embedded::json(told)?,
            told,
            run_id: line(&report.run_id),
            tool_version: line(&report.tool_version),
            facts_of: format!("{:.0}", report.started_at),
            complete: report.complete,
            numbers: numbers(report),
            severities: severity::by_account(report, names),
            compared: trend::of(report),
            map: Map::of(report, names),
            keys: map::keys(report),
            causes: causes::Told::of(report, names),
            choices: Choices::of(told),
            suppressed: report.summary.suppressed,
            suppressions: suppressions.collect(),
            notes: report.notes.iter().map(|note| line(note)).collect(),
            sinks: report.deliveries.iter().map(|delivery| line(&delivery.told()).into_owned()).collect(),
        })
    }

    /// The map in words.
    fn map_in_words(&self) -> String {
        let some = self.keys.iter().filter(|key| key.number > 0);
        let words: Vec<String> = some.map(|key| format!("{} {}", key.number, key.words)).collect();
        format!("Of all accounts and regions that were asked for: {}.", words.join(", "))
    }

    /// Whether the section of suppressed findings has anything to tell.
    fn tells_suppressed(&self) -> bool {
        self.suppressed > 0 || !self.suppressions.is_empty() || !self.notes.is_empty()
    }
}

/// The numbers of the summary.
fn numbers(report: &Report) -> Vec<Figure> {
    let summary = &report.summary;
    let by = &summary.by_severity;
    let found = |number, words, class, filter| Figure { number, words, class, filter: Some(filter) };
    let counted = |number, words| Figure { number, words, class: "seen", filter: None };
    vec![
        found(by.critical, "critical", "critical", "severity=critical&status=fail"),
        found(by.high, "high", "high", "severity=high&status=fail"),
        found(by.medium, "medium", "medium", "severity=medium&status=fail"),
        found(by.low, "low", "low", "severity=low&status=fail"),
        found(summary.unknown, "unknown", "unknown", "status=unknown"),
        found(summary.advice, "advice", "advice", "status=advice"),
        counted(summary.pass, "passed"),
        counted(summary.not_applicable, "not applicable"),
        counted(summary.accounts, "accounts"),
        counted(summary.regions, "regions"),
        counted(summary.clusters, "clusters"),
        counted(summary.node_groups, "node groups"),
        counted(summary.node_roles, "node roles"),
    ]
}

impl<'a> Choices<'a> {
    fn of(told: &'a Told<'a>) -> Self {
        let findings = || told.findings.iter();
        let plain = |finding: &&Finding<'_>| finding.suppressed.is_none() && finding.change != Some(Change::Resolved);
        let has = |status| findings().filter(plain).any(|finding| finding.status == status);
        let of_status = [
            (Status::Fail, "fail", "failing"),
            (Status::Unknown, "unknown", "unknown"),
            (Status::Advice, "advice", "advice"),
            (Status::Pass, "pass", "passed"),
            (Status::NotApplicable, "not_applicable", "not applicable"),
        ];
        let some = of_status.into_iter().filter(|(status, ..)| has(*status)).map(|(_, value, words)| (value, words));
        let suppressed = findings().any(|finding| finding.suppressed.is_some()).then_some(("suppressed", "suppressed"));
        let resolved =
            findings().any(|finding| finding.change == Some(Change::Resolved)).then_some(("resolved", "resolved"));
        let regions = findings().flat_map(|f| f.further_regions.iter().copied().chain([f.region.as_ref()]));
        let accounts: BTreeSet<&str> = findings().map(|finding| finding.account).collect();
        let name = |account: &'a str| (account, told.accounts.get(account).map(Cow::as_ref).unwrap_or_default());
        let clusters: BTreeSet<&str> =
            findings().flat_map(|finding| finding.clusters.iter().map(Cow::as_ref)).collect();
        Self {
            statuses: some.chain(suppressed).chain(resolved).collect(),
            rules: told.rules.iter().map(|(id, rule)| (id.as_ref(), rule.slug.as_ref())).collect(),
            regions: regions.collect(),
            accounts: accounts.into_iter().map(name).take(SUGGESTIONS).collect(),
            clusters: clusters.into_iter().take(SUGGESTIONS).collect(),
        }
    }
}
