//! A plan for people: role by role what is mended, what is done, what differs afterwards, and whether it is allowed; then what is
//! left alone, by reason, and what to do next.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::counted::counted;
use crate::remediate::plan::{Left, Plan, Planned, Reason, RolePlan};
use crate::report::harmless;

use super::commands;
use super::paint::{COMMAND, FAINT, HEADING, Look, few};

/// Where lines within a role begin.
const INDENT: &str = "    ";

/// How many roles a reason for leaving something alone names.
const ROLES_SHOWN: usize = 3;

/// The style of what is added.
const ADDED: Style = AnsiColor::Green.on_default();

/// The style of what is taken, and of what is refused.
const TAKEN: Style = AnsiColor::Red.on_default();

/// Writes the plan. `whole` says why nothing of it may be applied as things stand; `next` is the command that comes next.
pub fn write(plan: &Plan, whole: Option<&str>, next: Option<&str>, look: Look, mut sink: impl Write) -> io::Result<()> {
    for role in &plan.roles {
        of_role(role, whole, look, &mut sink)?;
    }
    left(plan, look, &mut sink)?;
    let refused = plan.roles.iter().filter(|role| role.refused.is_some()).count();
    let steps: usize = plan.roles.iter().map(|role| role.steps.len()).sum();
    let findings: usize = plan.roles.iter().map(|role| role.findings.len()).sum();
    let text = format!(
        "Plan {}: {} would be changed by {}, which mends {}; {} left alone. {} were read.",
        plan.plan_id,
        counted(plan.roles.len(), "role"),
        counted(steps, "call"),
        counted(findings, "finding"),
        counted(plan.left.len(), "finding"),
        counted(usize::try_from(plan.node_roles).unwrap_or(usize::MAX), "node role")
    );
    lines(look.wrap_in(HEADING, "", &text), &mut sink)?;
    if plan.roles.is_empty() {
        return lines(look.wrap("", "", "There is nothing to apply."), &mut sink);
    }
    let until =
        format!("It may be applied until {}; nothing is changed yet.", plan.expires_at.strftime("%Y-%m-%d %H:%M UTC"));
    lines(look.wrap("", "", &until), &mut sink)?;
    if let Some(whole) = whole {
        lines(look.wrap_in(TAKEN, "", &format!("As configured it would be refused: {whole}")), &mut sink)?;
    } else if refused > 0 {
        let text = format!("As configured, {} would be refused: the reasons stand above.", counted(refused, "role"));
        lines(look.wrap_in(TAKEN, "", &text), &mut sink)?;
    }
    let Some(next) = next else { return Ok(()) };
    writeln!(sink, "\nNext:")?;
    lines(commands::lines(next, "  ", look), &mut sink)
}

/// What is done to one role.
fn of_role(role: &RolePlan, whole: Option<&str>, look: Look, sink: &mut impl Write) -> io::Result<()> {
    lines(look.wrap_in(HEADING, "", role.role.as_str()), sink)?;
    for finding in &role.findings {
        let text =
            format!("{} {} ({}, {})", finding.rule, slug(finding), finding.status.as_str(), finding.class.as_str());
        lines(look.wrap("  mends ", "        ", &format!("{text}  {}", finding.id)), sink)?;
    }
    for (number, step) in role.steps.iter().enumerate() {
        let first = format!("  {}. ", number + 1);
        lines(look.wrap(&first, INDENT, &step.change.described()), sink)?;
        for command in step.change.commands() {
            lines(commands::lines(&command, "     ", look), sink)?;
        }
    }
    if !role.diff.is_empty() {
        writeln!(sink, "  {}", look.paint(HEADING, "difference"))?;
    }
    for line in role.diff.iter().flat_map(|text| text.lines()) {
        let style = match line.as_bytes().first() {
            Some(b'+') => ADDED,
            Some(b'-') => TAKEN,
            Some(_) | None => FAINT,
        };
        writeln!(sink, "{INDENT}{}", look.paint(style, &harmless::line(line)))?;
    }
    for taken in &role.takes {
        lines(look.wrap_in(TAKEN, "  ", &format!("takes away: {taken}")), sink)?;
    }
    for note in &role.notes {
        lines(look.wrap("  note: ", INDENT, note), sink)?;
    }
    // what holds for all of them is told once
    if let Some(refused) = role.refused.as_deref().filter(|refused| whole != Some(refused)) {
        lines(look.wrap_in(TAKEN, "  ", &format!("not allowed: {refused}")), sink)?;
    } else if role.refused.is_none() && whole.is_none() {
        lines(look.wrap_in(ADDED, "  ", "allowed by the configuration"), sink)?;
    }
    writeln!(sink)
}

/// What is left alone, by reason.
fn left(plan: &Plan, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let mut by_reason: BTreeMap<Reason, BTreeMap<&str, Vec<&Left>>> = BTreeMap::new();
    for left in &plan.left {
        by_reason.entry(left.reason).or_default().entry(&left.text).or_default().push(left);
    }
    if by_reason.is_empty() {
        return Ok(());
    }
    writeln!(sink, "{}", look.paint(HEADING, "Left alone"))?;
    for (reason, alike) in by_reason {
        let number: usize = alike.values().map(Vec::len).sum();
        lines(look.wrap_in(COMMAND, "  ", &format!("{} ({number})", words(reason))), sink)?;
        for (text, alike) in alike {
            let by: BTreeSet<String> = alike.iter().map(|left| left.rule.to_string()).collect();
            let roles: BTreeSet<&str> = alike.iter().filter_map(|left| left.role.as_deref()).collect();
            let accounts: BTreeSet<&str> = alike.iter().map(|left| left.account.as_str()).collect();
            let about = if roles.is_empty() { accounts } else { roles };
            let about = few(about.into_iter().map(str::to_owned), ROLES_SHOWN);
            let by = by.into_iter().collect::<Vec<_>>().join(", ");
            lines(look.wrap(INDENT, INDENT, &format!("{by} {about}: {text}")), sink)?;
        }
    }
    writeln!(sink)
}

/// The rule's name.
fn slug(finding: &Planned) -> &'static str {
    let rule = crate::rules::CATALOGUE.iter().find(|rule| rule.id == finding.rule);
    rule.map_or("", |rule| rule.slug)
}

/// A reason in words.
fn words(reason: Reason) -> &'static str {
    match reason {
        Reason::Manual => "for people to decide",
        Reason::Unknown => "not known whether anything is wrong",
        Reason::Denied => "something denies it, and that is not undone",
        Reason::Impossible => "not possible as things stand",
        Reason::ManagedElsewhere => "kept by AWS or by a tool: change it there",
        Reason::NotProven => "a precondition is not proven",
        Reason::Conflict => "another change speaks against it",
        Reason::WouldNotPass => "the rule would not pass afterwards",
        Reason::WouldBreak => "another rule would fail afterwards",
        Reason::Forbidden => "forbidden by a tag of the role",
        Reason::NotAllowed => "not allowed by the configuration",
        Reason::LeftAlone => "tried before",
        Reason::Suppressed => "accepted",
    }
}

fn lines(lines: Vec<String>, sink: &mut impl Write) -> io::Result<()> {
    for line in lines {
        writeln!(sink, "{line}")?;
    }
    Ok(())
}
