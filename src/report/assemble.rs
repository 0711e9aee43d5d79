//! Inventory and findings → report: everything counted, the worst first, coverage beside it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::audit::Settings;
use crate::finding::{Evidence, Finding, NodeKind, Severity, Status};
use crate::inventory::{Cluster, Inventory, UNLISTED};
use crate::rules::catalogue::Control;
use crate::rules::subject::Shown;
use crate::rules::{CATALOGUE, Facts, Found, Nodes, Rule, RuleId, UnreadNodes};

use super::coverage;
use super::model::{BySeverity, Report, ReportedControl, ReportedEvidence, ReportedFinding, SCHEMA, Summary};

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
        findings: reported,
    }
}

/// The order of findings: status, severity, then where, then what.
fn order(finding: &ReportedFinding) -> impl Ord + '_ {
    (
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
    let count = |status: Status| findings.iter().filter(|finding| finding.status == status).count();
    let failing = |severity: Severity| {
        findings.iter().filter(|finding| finding.status == Status::Fail && finding.severity == severity).count()
    };
    let regions: BTreeSet<_> =
        inventory.accounts.iter().flat_map(|account| account.regions.iter().map(|region| &region.name)).collect();
    let clusters = || inventory.accounts.iter().flat_map(|account| account.clusters().map(|(_, cluster)| cluster));
    let groups = || clusters().flat_map(|cluster| cluster.node_groups.value().into_iter().flatten());
    let managed = groups().filter(|(name, _)| *name != UNLISTED).count();
    let settings = Settings::default();
    let facts = Facts::new(inventory, &settings);
    let found: Vec<Found<'_>> = inventory.accounts.iter().map(|account| Found::of(&facts, account)).collect();
    let roles: BTreeSet<&str> = clusters()
        .flat_map(Cluster::node_roles)
        .chain(found.iter().flat_map(|found| found.roles.iter().map(|role| role.arn)))
        .collect();
    Summary {
        accounts: inventory.accounts.len(),
        regions: regions.len(),
        clusters: clusters().filter(|cluster| cluster.name != UNLISTED).count(),
        node_groups: managed
            + clusters().filter_map(Cluster::auto_mode_role).count()
            + found.iter().map(of_other_kinds).sum::<usize>(),
        node_roles: roles.len(),
        pass: count(Status::Pass),
        fail: count(Status::Fail),
        advice: count(Status::Advice),
        unknown: count(Status::Unknown),
        not_applicable: count(Status::NotApplicable),
        suppressed: 0,
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
