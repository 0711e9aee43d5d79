//! Inventory and findings → report: everything counted, the worst first, coverage beside it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::finding::{Evidence, Finding, Severity, Status};
use crate::inventory::{Cluster, Inventory, UNLISTED};
use crate::rules::{CATALOGUE, Rule, RuleId};
use crate::suppress::{Suppressions, Tally};

use super::coverage;
use super::model::{BySeverity, Report, ReportedEvidence, ReportedFinding, ReportedSuppression, SCHEMA, Summary};

/// Which results are listed; all are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// What wants attention: `fail`, `advice`, `unknown`.
    Open,
    /// `pass` and `not_applicable` too.
    All,
}

/// The report of a run.
pub fn assemble(inventory: &Inventory, findings: &[Finding], listed: Listed) -> Report {
    let coverage = coverage::of(inventory);
    let mut reported: Vec<ReportedFinding> = findings
        .iter()
        .filter(|finding| match finding.status {
            Status::Fail | Status::Advice | Status::Unknown => true,
            Status::Pass | Status::NotApplicable => listed == Listed::All,
        })
        .map(reported)
        .collect();
    reported.sort_by(|a, b| order(a).cmp(&order(b)));
    Report {
        schema: SCHEMA.to_owned(),
        run_id: inventory.run_id.clone(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: inventory.started_at,
        finished_at: inventory.finished_at,
        partition: inventory.partition,
        complete: coverage::complete(&coverage),
        summary: summary(inventory, findings),
        coverage,
        suppressions: Vec::new(),
        notes: Vec::new(),
        findings: reported,
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

/// What is counted.
fn summary(inventory: &Inventory, findings: &[Finding]) -> Summary {
    let counting = || findings.iter().filter(|finding| finding.suppressed.is_none());
    let count = |status: Status| counting().filter(|finding| finding.status == status).count();
    let failing = |severity: Severity| {
        counting().filter(|finding| finding.status == Status::Fail && finding.severity == severity).count()
    };
    let regions: BTreeSet<_> =
        inventory.accounts.iter().flat_map(|account| account.regions.iter().map(|region| &region.name)).collect();
    let clusters = || inventory.accounts.iter().flat_map(|account| account.clusters().map(|(_, cluster)| cluster));
    let groups = || clusters().flat_map(|cluster| cluster.node_groups.value().into_iter().flatten());
    let roles: BTreeSet<&str> = clusters().flat_map(Cluster::node_roles).collect();
    Summary {
        accounts: inventory.accounts.len(),
        regions: regions.len(),
        clusters: clusters().filter(|cluster| cluster.name != UNLISTED).count(),
        node_groups: groups().filter(|(name, _)| *name != UNLISTED).count()
            + clusters().filter_map(Cluster::auto_mode_role).count(),
        node_roles: roles.len(),
        pass: count(Status::Pass),
        fail: count(Status::Fail),
        advice: count(Status::Advice),
        unknown: count(Status::Unknown),
        not_applicable: count(Status::NotApplicable),
        suppressed: findings.len() - counting().count(),
        by_severity: BySeverity {
            critical: failing(Severity::Critical),
            high: failing(Severity::High),
            medium: failing(Severity::Medium),
            low: failing(Severity::Low),
        },
        api_calls: inventory.api_calls.clone(),
        throttled: inventory.throttled,
    }
}

/// A finding as the report tells it.
fn reported(finding: &Finding) -> ReportedFinding {
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
        evidence: finding.evidence.iter().map(evidence).collect(),
        remediation: finding.remediation.clone(),
        suppressed: finding.suppressed.as_ref().map(Into::into),
        suppression_expired: finding.suppression_expired.as_ref().map(Into::into),
        source: words(|rule| rule.source),
    }
}

/// The rule of that id in the catalogue.
fn rule(id: RuleId) -> Option<&'static Rule> {
    CATALOGUE.iter().find(|rule| rule.id == id)
}

/// A piece of evidence as the report tells it.
fn evidence(evidence: &Evidence) -> ReportedEvidence {
    ReportedEvidence {
        text: evidence.text.clone(),
        action: evidence.action.clone(),
        resource: evidence.resource.clone(),
        decision: evidence.outcome,
        policy: evidence.policy.clone(),
        statement: evidence.statement.clone(),
        api: evidence.api.clone(),
    }
}

#[cfg(test)]
mod tests;
