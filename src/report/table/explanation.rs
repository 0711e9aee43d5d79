//! An explanation for people: each needed action, the decision on it, and who decided.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::explain::{Explanation, Grant, NeedExplained, RoleExplained, ServerExplained};
use crate::policy::Outcome;
use crate::report::harmless;

use super::findings::{MESSAGE_INDENT, used_by};
use super::paint::{FAINT, HEADING, Look};

/// Writes the explanation.
pub fn write(explanation: &Explanation, look: Look, mut sink: impl Write) -> io::Result<()> {
    for role in &explanation.roles {
        of_role(role, look, &mut sink)?;
    }
    Ok(())
}

/// Writes what is known of one role.
fn of_role(role: &RoleExplained, look: Look, sink: &mut impl Write) -> io::Result<()> {
    lines(look.wrap_in(HEADING, "", &role.role_arn), sink)?;
    lines(look.wrap_in(FAINT, "", &used_by(&role.node_groups.iter().collect::<BTreeSet<_>>())), sink)?;
    writeln!(sink)?;
    if let Some(why) = &role.unread {
        lines(look.wrap("  ", "  ", &format!("What the role may do is not known: {why}")), sink)?;
        writeln!(sink)?;
    }
    if let Some(trust) = &role.trust {
        let asked = format!("May {} assume it?", trust.principal);
        match (&trust.granted, &trust.unread) {
            (Some(grant), _) => answer(&asked, grant, look, sink)?,
            (None, why) => {
                let why = why.as_deref().unwrap_or("nothing says");
                lines(look.wrap("  ", "  ", &format!("{asked} Not known: {why}")), sink)?;
            }
        }
        writeln!(sink)?;
    }
    needs(&role.needs, look, sink)?;
    for server in &role.aws_node {
        of_server(server, look, sink)?;
    }
    if !role.service_control_policies_read {
        let text = "Service control policies were not read; they may deny more than is shown here.";
        lines(look.wrap_in(FAINT, "  ", text), sink)?;
        writeln!(sink)?;
    }
    Ok(())
}

/// Writes who serves aws-node in a cluster, and what that role grants.
fn of_server(server: &ServerExplained, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let role = server.role_arn.as_deref().map(|arn| format!(", {arn}")).unwrap_or_default();
    let by = server.by.as_deref().map(|by| format!(" (by {by})")).unwrap_or_default();
    let who = server.served_by.replace('_', " ");
    let text = format!("aws-node of {} in {} runs with: {who}{role}{by}", server.cluster, server.region);
    lines(look.wrap_in(HEADING, "  ", &text), sink)?;
    if let Some(why) = &server.unread {
        lines(look.wrap("  ", "  ", &format!("Not known: {why}")), sink)?;
    }
    writeln!(sink)?;
    needs(&server.needs, look, sink)
}

/// Writes needed actions, a heading where the requirement set changes.
fn needs(needs: &[NeedExplained], look: Look, sink: &mut impl Write) -> io::Result<()> {
    let mut last = None;
    let mut reason = None;
    for need in needs {
        if last != Some(need.set) {
            last = Some(need.set);
            reason = None;
            writeln!(sink, "  {}", look.paint(HEADING, need.set.as_str()))?;
        }
        let outcome = words(need.grant.outcome);
        let padding = " ".repeat(MESSAGE_INDENT.len().saturating_sub(4 + outcome.len()));
        let wanted = if need.needed == "required" { String::new() } else { format!(" ({})", need.needed) };
        let resource = if need.resource == "*" { String::new() } else { format!(" on {}", need.resource) };
        let asked = look.wrap(MESSAGE_INDENT, MESSAGE_INDENT, &format!("{}{wanted}{resource}", need.action));
        for (at, line) in asked.iter().enumerate() {
            match line.strip_prefix(MESSAGE_INDENT).filter(|_| at == 0) {
                Some(text) => writeln!(sink, "    {}{padding}{text}", look.paint(style(need.grant.outcome), outcome))?,
                None => writeln!(sink, "{line}")?,
            }
        }
        if reason.replace(&need.grant) == Some(&need.grant) {
            lines(look.wrap_in(FAINT, MESSAGE_INDENT, "for the same reason"), sink)?;
        } else {
            because(&need.grant, MESSAGE_INDENT, look, sink)?;
        }
    }
    if needs.is_empty() { Ok(()) } else { writeln!(sink) }
}

/// Writes who decided, and on what it hangs.
fn because(grant: &Grant, indent: &str, look: Look, sink: &mut impl Write) -> io::Result<()> {
    for text in std::iter::once(grant.why.as_str()).chain(grant.hangs_on.as_deref()) {
        lines(look.wrap_in(FAINT, indent, text), sink)?;
    }
    Ok(())
}

/// Writes a question and its answer.
fn answer(asked: &str, grant: &Grant, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let answer = look.paint(style(grant.outcome), words(grant.outcome));
    writeln!(sink, "  {} {answer}", harmless::line(asked))?;
    because(grant, "  ", look, sink)
}

/// A decision in a word or two.
fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::ImplicitDeny => "missing",
        Outcome::ExplicitDeny => "denied",
        Outcome::Conditional => "depends",
    }
}

/// The style of a decision.
fn style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Allowed => AnsiColor::Green.on_default(),
        Outcome::ImplicitDeny | Outcome::ExplicitDeny => AnsiColor::Red.on_default(),
        Outcome::Conditional => AnsiColor::Yellow.on_default(),
    }
}

/// Writes lines.
fn lines(lines: Vec<String>, sink: &mut impl Write) -> io::Result<()> {
    for line in lines {
        writeln!(sink, "{line}")?;
    }
    Ok(())
}
