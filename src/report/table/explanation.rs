//! An explanation for people: each needed action, the decision on it, and who decided.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, Color};

use crate::explain::{Explanation, Grant, NeedExplained, RoleExplained, ServerExplained};
use crate::policy::Outcome;
use crate::report::harmless;

use super::findings::used_by;
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
    let served = server.served_by.replace('_', " ");
    let text = format!("aws-node of {} in {} runs with: {served}{role}{by}", server.cluster, server.region);
    lines(look.wrap_in(HEADING, "  ", &text), sink)?;
    if let Some(why) = &server.unread {
        lines(look.wrap("  ", "  ", &format!("Not known: {why}")), sink)?;
    }
    writeln!(sink)?;
    needs(&server.needs, look, sink)
}

/// Writes needed actions as a table, the requirement set where it changes.
fn needs(needs: &[NeedExplained], look: Look, sink: &mut impl Write) -> io::Result<()> {
    if needs.is_empty() {
        return Ok(());
    }
    let mut table = look.table();
    table.set_header(["set", "action", "needed", "decision", "because"]);
    let mut last = String::new();
    for need in needs {
        let set = need.set.as_str().to_owned();
        let shown = if set == last { String::new() } else { set.clone() };
        last = set;
        let resource = if need.resource == "*" { String::new() } else { format!("\non {}", need.resource) };
        let because = std::iter::once(need.grant.why.as_str()).chain(need.grant.hangs_on.as_deref());
        table.add_row([
            Cell::new(harmless::line(&shown)),
            Cell::new(format!("{}{}", harmless::line(&need.action), harmless_after_break(&resource))),
            Cell::new(need.needed),
            Cell::new(words(need.grant.outcome)).fg(color(need.grant.outcome)),
            Cell::new(because.map(|text| harmless::line(text).into_owned()).collect::<Vec<_>>().join("; ")),
        ]);
    }
    writeln!(sink, "{}\n", table.trim_fmt())
}

/// Text after a line break of our own.
fn harmless_after_break(text: &str) -> String {
    text.strip_prefix('\n').map(|text| format!("\n{}", harmless::line(text))).unwrap_or_default()
}

/// Writes a question and its answer.
fn answer(asked: &str, grant: &Grant, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let style: Style = match grant.outcome {
        Outcome::Allowed => AnsiColor::Green.on_default(),
        Outcome::ImplicitDeny | Outcome::ExplicitDeny => AnsiColor::Red.on_default(),
        Outcome::Conditional => AnsiColor::Yellow.on_default(),
    };
    writeln!(sink, "  {} {}", harmless::line(asked), look.paint(style, words(grant.outcome)))?;
    let because = std::iter::once(grant.why.as_str()).chain(grant.hangs_on.as_deref());
    for text in because {
        lines(look.wrap_in(FAINT, "  ", text), sink)?;
    }
    Ok(())
}

/// A decision in a word or two.
fn words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::ImplicitDeny => "not granted",
        Outcome::ExplicitDeny => "denied",
        Outcome::Conditional => "it depends",
    }
}

/// The colour of a decision.
fn color(outcome: Outcome) -> Color {
    match outcome {
        Outcome::Allowed => Color::Green,
        Outcome::ImplicitDeny | Outcome::ExplicitDeny => Color::Red,
        Outcome::Conditional => Color::Yellow,
    }
}

/// Writes lines.
fn lines(lines: Vec<String>, sink: &mut impl Write) -> io::Result<()> {
    for line in lines {
        writeln!(sink, "{line}")?;
    }
    Ok(())
}
