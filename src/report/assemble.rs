//! Inventory and findings → report: everything counted, the worst first, coverage beside it.

mod statement;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::civil::Date;

use crate::audit::{Settings, Untold};
use crate::finding::{Finding, NodeKind, Remediation, Severity, Status};
use crate::ids::Region;
use crate::inventory::{Account, Inventory, UNLISTED};
use crate::rules::catalogue::Control;
use crate::rules::subject::Shown;
use crate::rules::{CATALOGUE, Facts, Found, Nodes, Rule, RuleId, UnreadNodes};
use crate::suppress::{Suppressions, Tally};

use statement::Statements;

use super::coverage;
use super::model::{
    CoverageEntry, Report, ReportedControl, ReportedEvidence, ReportedFinding, ReportedSuppression, SCHEMA, Summary,
};

/// No setting matters to which nodes there are; to make them takes longer than to look at an account.
static DEFAULTS: LazyLock<Settings> = LazyLock::new(Settings::default);

/// Which results are listed; all are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// What wants attention: `fail`, `advice`, `unknown`.
    Open,
    /// `pass` and `not_applicable` too.
    All,
}

/// The report of a run whose facts are all at hand.
pub fn assemble(inventory: &Inventory, findings: &[Finding], listed: Listed) -> Report {
    let mut assembler = Assembler::new(listed);
    assembler.absorb(inventory, findings);
    assembler.finish(inventory)
}

/// A report in the making: takes the accounts of a run in any number of parts and any order, and keeps of them what the
/// report tells and no more.
#[derive(Debug)]
pub struct Assembler {
    listed: Listed,
    coverage: Vec<CoverageEntry>,
    findings: Vec<ReportedFinding>,
    summary: Summary,
    regions: BTreeSet<Region>,
    node_roles: BTreeSet<String>,
    watched: BTreeSet<String>,
    closed: Vec<ReportedFinding>,
}

impl Assembler {
    /// Nothing in it yet.
    pub fn new(listed: Listed) -> Self {
        Self {
            listed,
            coverage: Vec::new(),
            findings: Vec::new(),
            summary: Summary::default(),
            regions: BTreeSet::new(),
            node_roles: BTreeSet::new(),
            watched: BTreeSet::new(),
            closed: Vec::new(),
        }
    }

    /// Keeps, of the findings of these ids, those that pass or do not apply: see [`Assembler::take_closed`].
    #[must_use]
    pub fn watching(mut self, ids: BTreeSet<String>) -> Self {
        self.watched = ids;
        self
    }

    /// What was kept by [`Assembler::watching`].
    pub fn take_closed(&mut self) -> Vec<ReportedFinding> {
        std::mem::take(&mut self.closed)
    }

    /// Takes some accounts of the run, with what was found in them.
    pub fn absorb(&mut self, accounts: &Inventory, findings: &[Finding]) {
        self.coverage.extend(coverage::of(accounts));
        let mut statements = Statements::of(accounts);
        for finding in findings {
            self.count(finding);
            let is_open = match finding.status {
                Status::Fail | Status::Advice | Status::Unknown => true,
                Status::Pass | Status::NotApplicable => false,
            };
            if !is_open && self.watched.contains(&finding.id) {
                // Of what is met nobody asks for the statement.
                self.closed.push(reported(finding, finding.evidence.iter().map(Into::into).collect()));
            }
            if is_open || self.listed == Listed::All {
                self.findings.push(reported(finding, statements.evidence(finding)));
            }
        }
        let of_accounts = &accounts.accounts;
        self.summary.accounts += of_accounts.len();
        self.regions
            .extend(of_accounts.iter().flat_map(|account| account.regions.iter().map(|region| region.name.clone())));
        for (_, cluster) in of_accounts.iter().flat_map(Account::clusters) {
            let groups = cluster.node_groups.value().into_iter().flatten();
            self.summary.clusters += usize::from(cluster.name != UNLISTED);
            self.summary.node_groups +=
                groups.filter(|(name, _)| *name != UNLISTED).count() + usize::from(cluster.auto_mode_role().is_some());
            self.node_roles.extend(cluster.node_roles().map(str::to_owned));
        }
        let facts = Facts::of_nodes(accounts, &DEFAULTS);
        for found in of_accounts.iter().map(|account| Found::of(&facts, account)) {
            self.summary.node_groups += of_other_kinds(&found);
            self.node_roles.extend(found.roles.iter().map(|role| role.arn.to_owned()));
        }
    }

    /// The report; `run` is what is to be said of the run, its accounts do not matter.
    pub fn finish(self, run: &Inventory) -> Report {
        let Self { listed: _, watched: _, closed: _, mut coverage, mut findings, summary, regions, node_roles } = self;
        // Accounts may have come in any order; the entries of one stay in theirs.
        coverage.sort_by(|a, b| a.account.cmp(&b.account));
        sort(&mut findings);
        Report {
            schema: SCHEMA.to_owned(),
            run_id: run.run_id.clone(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: run.started_at,
            finished_at: run.finished_at,
            partition: run.partition,
            complete: coverage::complete(&coverage),
            summary: Summary {
                regions: regions.len(),
                node_roles: node_roles.len(),
                api_calls: run.api_calls.clone(),
                throttled: run.throttled,
                retries: run.retries.clone(),
                throttles: run.throttles.clone(),
                ..summary
            },
            coverage,
            findings,
            suppressions: Vec::new(),
            notes: Vec::new(),
            scope: None,
            account_names: BTreeMap::new(),
            baseline: None,
            trend: Vec::new(),
            deliveries: Vec::new(),
            remediations: Vec::new(),
        }
    }

    /// Counts results that nobody asked to be told.
    pub(crate) fn count_untold(&mut self, untold: Untold) {
        self.summary.pass += untold.pass;
        self.summary.not_applicable += untold.not_applicable;
    }

    /// Counts one result.
    fn count(&mut self, finding: &Finding) {
        let summary = &mut self.summary;
        if finding.suppressed.is_some() {
            summary.suppressed += 1;
            return;
        }
        match finding.status {
            Status::Pass => summary.pass += 1,
            Status::Advice => summary.advice += 1,
            Status::Unknown => summary.unknown += 1,
            Status::NotApplicable => summary.not_applicable += 1,
            Status::Fail => {
                summary.fail += 1;
                let failing = &mut summary.by_severity;
                *match finding.severity {
                    Severity::Critical => &mut failing.critical,
                    Severity::High => &mut failing.high,
                    Severity::Medium => &mut failing.medium,
                    Severity::Low => &mut failing.low,
                } += 1;
            }
        }
    }
}

impl Report {
    /// Adds what suppressions matched in the run; `today` is the day (UTC) on which they were applied.
    #[must_use]
    pub fn with_suppressions(mut self, suppressions: &Suppressions, tally: &Tally, today: Date) -> Self {
        let told = tally.states(suppressions, today).map(|(entry, matched, state)| ReportedSuppression {
            reason: entry.reason.clone(),
            owner: entry.owner.clone(),
            expires: entry.expires,
            matched,
            state,
        });
        self.suppressions = told.collect();
        self.notes = tally.notes.iter().cloned().collect();
        self
    }
}

/// Puts findings into the report's order.
pub(crate) fn sort(findings: &mut [ReportedFinding]) {
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
}

/// The order of findings: what counts, status, severity, then where, then what.
fn order(finding: &ReportedFinding) -> impl Ord + '_ {
    (
        !finding.counts(),
        finding.status.rank(),
        Reverse(finding.severity),
        finding.account.as_str(),
        finding.role_arn.as_deref(),
        finding.rule.as_str(),
        finding.id.as_str(),
    )
}

/// Nodes that neither a managed node group nor Auto Mode's settings tell of; those with several roles once.
fn of_other_kinds(found: &Found<'_>) -> usize {
    let with_role = found.roles.iter().flat_map(|role| &role.nodes);
    let named = with_role.chain(&found.roleless).filter(|nodes| match nodes.shown_by {
        Shown::NodeGroup | Shown::Cluster => false,
        Shown::Instances | Shown::AutoScalingGroup | Shown::InstanceProfile | Shown::AccessEntry => true,
    });
    let unread = found.unread.iter().filter(|nodes| nodes.kind != NodeKind::Managed && nodes.name != UNLISTED);
    let each = named.map(Nodes::reference).chain(unread.map(UnreadNodes::reference));
    each.collect::<BTreeSet<_>>().len()
}

/// A finding as the report tells it.
fn reported(finding: &Finding, evidence: Vec<ReportedEvidence>) -> ReportedFinding {
    let rule = rule(finding.rule);
    let words = |word: fn(&Rule) -> &'static str| rule.map(word).unwrap_or_default().to_owned();
    ReportedFinding {
        id: finding.id.clone(),
        rule: finding.rule.to_string(),
        slug: words(|rule| rule.slug),
        status: finding.status,
        severity: finding.severity,
        account: finding.account.clone(),
        region: finding.region.as_ref().map_or_else(|| coverage::GLOBAL.to_owned(), ToString::to_string),
        role_arn: finding.role_arn.clone(),
        node_groups: finding.node_groups.clone(),
        title: words(|rule| rule.title),
        message: finding.message.clone(),
        evidence,
        // the changes are a plan's: a report that is read again has none
        remediation: finding.remediation.clone().map(|told| Remediation {
            changes: Vec::new(),
            hindered: false,
            ..told
        }),
        suppressed: finding.suppressed.as_ref().map(Into::into),
        suppression_expired: finding.suppression_expired.as_ref().map(Into::into),
        change: None,
        previous: None,
        source: words(|rule| rule.source),
        compliance: rule.map(|rule| rule.compliance.iter().map(control).collect()).unwrap_or_default(),
    }
}

/// A control as the report tells it.
fn control(control: &Control) -> ReportedControl {
    ReportedControl { benchmark: control.benchmark.as_str().to_owned(), id: control.id.to_owned() }
}

/// The rule of that id in the catalogue.
fn rule(id: RuleId) -> Option<&'static Rule> {
    CATALOGUE.iter().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests;
