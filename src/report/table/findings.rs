//! Findings that want attention, grouped by account and role; the groups with the worst findings first.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::counted::counted;
use crate::finding::{NodeGroupRef, NodeKind, Remediation, RemediationClass, Severity, Status};
use crate::ids::AccountId;
use crate::report::harmless;
use crate::report::model::{Report, ReportedFinding};

use super::paint::{FAINT, HEADING, Look, few, label};
use super::{changes, commands, decisive};

/// How many node groups a role's heading names.
const NODE_GROUPS_SHOWN: usize = 3;

/// The column in which messages begin: past the longest label, `critical` or `unknown`, and its margins.
pub(super) const MESSAGE_INDENT: &str = "              ";

/// An account and the findings of each of its roles.
type Group<'a> = (&'a AccountId, Vec<Vec<&'a ReportedFinding>>);

/// Writes the groups; `unknown` results are told by their causes elsewhere.
pub(super) fn write(
    report: &Report,
    names: &BTreeMap<AccountId, String>,
    look: Look,
    sink: &mut impl Write,
) -> io::Result<()> {
    // The findings come worst first, so that accounts and roles in the order of their first finding do too.
    let mut order: BTreeMap<&AccountId, usize> = BTreeMap::new();
    let mut order_of_roles: BTreeMap<(&AccountId, Option<&str>), usize> = BTreeMap::new();
    let mut accounts: Vec<Group<'_>> = Vec::new();
    for finding in report.findings.iter().filter(|finding| changes::is_told(finding)) {
        let at = *order.entry(&finding.account).or_insert_with(|| {
            accounts.push((&finding.account, Vec::new()));
            accounts.len() - 1
        });
        let Some((_, roles)) = accounts.get_mut(at) else { continue };
        let at = *order_of_roles.entry((&finding.account, finding.role_arn.as_deref())).or_insert_with(|| {
            roles.push(Vec::new());
            roles.len() - 1
        });
        if let Some(role) = roles.get_mut(at) {
            role.push(finding);
        }
    }
    for (account, roles) in accounts {
        let name = names.get(account).map(|name| format!("  {}", harmless::line(name))).unwrap_or_default();
        writeln!(sink, "{}{name}\n", look.paint(HEADING, &format!("Account {account}")))?;
        for group in roles {
            of_role(&group, look, sink)?;
        }
    }
    Ok(())
}

/// Writes the findings of one role.
fn of_role(group: &[&ReportedFinding], look: Look, sink: &mut impl Write) -> io::Result<()> {
    let arn = group.first().and_then(|finding| finding.role_arn.as_deref());
    for line in look.wrap_in(HEADING, "  ", arn.unwrap_or("The account's roles")) {
        writeln!(sink, "{line}")?;
    }
    let groups: BTreeSet<&NodeGroupRef> = group.iter().flat_map(|finding| &finding.node_groups).collect();
    if !groups.is_empty() {
        for line in look.wrap_in(FAINT, "  ", &used_by(&groups)) {
            writeln!(sink, "{line}")?;
        }
    }
    for finding in group {
        of_finding(finding, look, sink)?;
    }
    writeln!(sink)
}

/// Writes one finding: label, rule, message, what decided, the benchmarks' controls, what to do, and the first command for it.
fn of_finding(finding: &ReportedFinding, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let (word, style) = label(finding.status, finding.severity);
    let padding = " ".repeat(MESSAGE_INDENT.len().saturating_sub(4 + word.len()));
    let rule = look.paint(HEADING, &format!("{} {}", finding.rule, finding.slug));
    writeln!(sink, "    {}{padding}{rule}{}", look.paint(style, word), changes::mark(finding, look))?;
    for line in look.wrap(MESSAGE_INDENT, MESSAGE_INDENT, &finding.message) {
        writeln!(sink, "{line}")?;
    }
    if let Some(before) = &finding.previous {
        for line in look.wrap_in(FAINT, MESSAGE_INDENT, &format!("before: {}", before.words())) {
            writeln!(sink, "{line}")?;
        }
    }
    if let Some(expired) = &finding.suppression_expired {
        let day = expired.expires.map(|day| format!(" on {day}")).unwrap_or_default();
        let text = format!("suppressed until it expired{day}: {}", expired.reason);
        for line in look.wrap_in(FAINT, MESSAGE_INDENT, &text) {
            writeln!(sink, "{line}")?;
        }
    }
    for line in decisive::of(finding).iter().flat_map(|text| look.wrap_in(FAINT, MESSAGE_INDENT, text)) {
        writeln!(sink, "{line}")?;
    }
    if let Some(controls) = finding.controls() {
        for line in look.wrap_in(FAINT, MESSAGE_INDENT, &format!("compliance: {controls}")) {
            writeln!(sink, "{line}")?;
        }
    }
    match (finding.status, &finding.remediation) {
        (Status::Fail | Status::Advice, Some(remediation)) => mend(remediation, look, sink),
        (Status::Fail | Status::Advice, None) | (Status::Unknown | Status::Pass | Status::NotApplicable, _) => Ok(()),
    }
}

/// Writes what would mend a finding: how, in words, and the first command.
fn mend(remediation: &Remediation, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let how = match remediation.class {
        RemediationClass::Safe => "fix (safe):",
        RemediationClass::Guarded => "fix (guarded):",
        RemediationClass::Manual => "manual:",
    };
    let text = look.wrap(MESSAGE_INDENT, MESSAGE_INDENT, &format!("{how} {}", remediation.text));
    for (at, line) in text.iter().enumerate() {
        // Painted after it was wrapped: escapes have no width.
        let painted = if at == 0 { line.replacen(how, &look.paint(HEADING, how), 1) } else { line.clone() };
        writeln!(sink, "{painted}")?;
    }
    let Some((first, others)) = remediation.commands.split_first() else { return Ok(()) };
    for line in commands::lines(first, MESSAGE_INDENT, look) {
        writeln!(sink, "{line}")?;
    }
    if !others.is_empty() {
        let text = format!("and {} (--format json has them)", counted(others.len(), "further command"));
        for line in look.wrap_in(FAINT, MESSAGE_INDENT, &text) {
            writeln!(sink, "{line}")?;
        }
    }
    Ok(())
}

/// Which node groups use a role: a few of them, and their regions.
pub(super) fn used_by(groups: &BTreeSet<&NodeGroupRef>) -> String {
    let regions: BTreeSet<&str> = groups.iter().map(|group| group.region.as_str()).collect();
    let regions = few(regions.into_iter().map(str::to_owned), NODE_GROUPS_SHOWN);
    format!("used by {} in {regions}", few(groups.iter().map(|group| place(group)), NODE_GROUPS_SHOWN))
}

/// How a node group is named: `prod/ng-1`; Auto Mode's by the cluster.
fn place(group: &NodeGroupRef) -> String {
    match group.kind {
        NodeKind::Managed | NodeKind::SelfManaged => format!("{}/{}", group.cluster, group.name),
        NodeKind::Karpenter => format!("{}/{} (Karpenter)", group.cluster, group.name),
        NodeKind::Hybrid => format!("{}/{} (hybrid)", group.cluster, group.name),
        NodeKind::Hyperpod => format!("{}/{} (HyperPod)", group.cluster, group.name),
        NodeKind::AutoMode => format!("{} (Auto Mode)", group.cluster),
    }
}

/// The failing findings of each severity, the worst first, those without any left out: `3 critical`.
pub(super) fn failing(report: &Report, look: Look) -> Vec<String> {
    let by = &report.summary.by_severity;
    let number = |severity| match severity {
        Severity::Critical => by.critical,
        Severity::High => by.high,
        Severity::Medium => by.medium,
        Severity::Low => by.low,
    };
    let some = Severity::WORST_FIRST.into_iter().filter(|severity| number(*severity) > 0);
    some.map(|severity| {
        let (word, style) = label(Status::Fail, severity);
        look.paint(style, &format!("{} {word}", number(severity)))
    })
    .collect()
}
