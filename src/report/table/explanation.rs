//! An explanation for people: the needed actions that are missing or open, each with who decided, and a line for those
//! that are granted.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::explain::{Explanation, Grant, NeedExplained, RoleExplained, ServerExplained};
use crate::policy::Outcome;

use super::findings::{MESSAGE_INDENT, used_by};
use super::paint::{FAINT, HEADING, Look, few};

/// How many policies a line names.
const POLICIES_SHOWN: usize = 2;

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
    let mut told = None;
    needs(&role.needs, &mut told, look, sink)?;
    for server in &role.aws_node {
        of_server(server, &mut told, look, sink)?;
    }
    if role.needs.iter().chain(role.aws_node.iter().flat_map(|server| &server.needs)).any(granted) {
        let text = "Each allowed action and its statement: --format json.";
        lines(look.wrap_in(FAINT, "  ", text), sink)?;
        writeln!(sink)?;
    }
    if !role.service_control_policies_read {
        let text = "Service control policies were not read; they may deny more than is shown here.";
        lines(look.wrap_in(FAINT, "  ", text), sink)?;
        writeln!(sink)?;
    }
    Ok(())
}

/// Writes who serves aws-node in a cluster, and what that role grants.
fn of_server<'a>(
    server: &'a ServerExplained,
    told: &mut Told<'a>,
    look: Look,
    sink: &mut impl Write,
) -> io::Result<()> {
    let role = server.role_arn.as_deref().map(|arn| format!(", {arn}")).unwrap_or_default();
    let by = server.by.as_deref().map(|by| format!(" (by {by})")).unwrap_or_default();
    let who = server.served_by.replace('_', " ");
    let text = format!("aws-node of {} in {} runs with: {who}{role}{by}", server.cluster, server.region);
    lines(look.wrap_in(HEADING, "  ", &text), sink)?;
    if let Some(why) = &server.unread {
        lines(look.wrap("  ", "  ", &format!("Not known: {why}")), sink)?;
    }
    writeln!(sink)?;
    needs(&server.needs, told, look, sink)
}

/// The reason that was told last of a role.
type Told<'a> = Option<&'a str>;

/// Writes needed actions by requirement set: what is missing, what is open, and in one line what is granted.
fn needs<'a>(needs: &'a [NeedExplained], told: &mut Told<'a>, look: Look, sink: &mut impl Write) -> io::Result<()> {
    for set in needs.chunk_by(|one, other| one.set == other.set) {
        let Some(first) = set.first() else { continue };
        writeln!(sink, "  {}", look.paint(HEADING, first.set.as_str()))?;
        let mut open: Vec<&NeedExplained> = set.iter().filter(|need| !granted(need)).collect();
        open.sort_by_key(|need| (rank(need.grant.outcome), need.grant.why.as_str()));
        for alike in open.chunk_by(|one, other| one.grant.why == other.grant.why) {
            of_alike(alike, told, look, sink)?;
        }
        let allowed: Vec<&NeedExplained> = set.iter().filter(|need| granted(need)).collect();
        if !allowed.is_empty() {
            let more = if open.is_empty() { "" } else { " more" };
            let text = format!("{}{more}, by {}", allowed.len(), granting(&allowed));
            decision(Outcome::Allowed, &text, look, sink)?;
        }
    }
    if needs.is_empty() { Ok(()) } else { writeln!(sink) }
}

/// Writes actions that are not granted for one reason, and the reason once; one that was just told is not told again.
fn of_alike<'a>(alike: &[&'a NeedExplained], told: &mut Told<'a>, look: Look, sink: &mut impl Write) -> io::Result<()> {
    for need in alike {
        let wanted = match need.needed {
            "required" => String::new(),
            "unsure" => " (whether the nodes need it is not known)".to_owned(),
            other => format!(" ({})", other.replace('_', " ")),
        };
        let resource = if need.resource == "*" { String::new() } else { format!(" on {}", need.resource) };
        decision(need.grant.outcome, &format!("{}{wanted}{resource}", need.action), look, sink)?;
    }
    let Some(first) = alike.first() else { return Ok(()) };
    if told.replace(&first.grant.why) == Some(&first.grant.why) {
        lines(look.wrap_in(FAINT, MESSAGE_INDENT, "for the same reason as above"), sink)
    } else {
        because(&first.grant, MESSAGE_INDENT, look, sink)
    }
}

/// Writes a decision and what it is about, in the column of messages.
fn decision(outcome: Outcome, text: &str, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let word = words(outcome);
    let padding = " ".repeat(MESSAGE_INDENT.len().saturating_sub(4 + word.len()));
    for (at, line) in look.wrap(MESSAGE_INDENT, MESSAGE_INDENT, text).iter().enumerate() {
        match line.strip_prefix(MESSAGE_INDENT).filter(|_| at == 0) {
            Some(text) => writeln!(sink, "    {}{padding}{text}", look.paint(style(outcome), word))?,
            None => writeln!(sink, "{line}")?,
        }
    }
    Ok(())
}

fn granted(need: &NeedExplained) -> bool {
    need.grant.outcome == Outcome::Allowed
}

/// What is missing stands before what is open.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::ExplicitDeny => 0,
        Outcome::ImplicitDeny => 1,
        Outcome::Conditional => 2,
        Outcome::Allowed => 3,
    }
}

/// The policies of the role that grant, each once: of `statement X of policy Y`, what follows the statement.
fn granting(allowed: &[&NeedExplained]) -> String {
    let by = allowed.iter().flat_map(|need| &need.grant.by);
    let policies = by.filter_map(|by| {
        let policy = by.split_once(" of ").map_or(by.as_str(), |(_statement, policy)| policy);
        // Boundary and service control policies allow it too, which goes without saying.
        ["policy ", "inline policy "].iter().any(|own| policy.starts_with(own)).then(|| policy.to_owned())
    });
    few(policies.collect::<BTreeSet<_>>(), POLICIES_SHOWN)
}

/// Writes who decided; where it is open, that says on what it hangs.
fn because(grant: &Grant, indent: &str, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let hangs_on = grant.hangs_on.as_deref().filter(|hinges| !grant.why.contains(hinges));
    for text in std::iter::once(grant.why.as_str()).chain(hangs_on) {
        lines(look.wrap_in(FAINT, indent, text), sink)?;
    }
    Ok(())
}

/// Writes whether the trust policy lets EC2 in.
fn answer(asked: &str, grant: &Grant, look: Look, sink: &mut impl Write) -> io::Result<()> {
    let (word, why) = match grant.outcome {
        Outcome::Allowed => ("yes", grant.why.as_str()),
        Outcome::ImplicitDeny => ("no", "no statement of the trust policy lets it"),
        Outcome::ExplicitDeny => ("no", grant.why.as_str()),
        Outcome::Conditional => ("depends", grant.why.as_str()),
    };
    let text = format!("{asked} {word}: {why}");
    for line in look.wrap("  ", "  ", &text) {
        let painted = look.paint(style(grant.outcome), word);
        writeln!(sink, "{}", line.replacen(&format!("? {word}:"), &format!("? {painted}:"), 1))?;
    }
    Ok(())
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

#[cfg(test)]
mod tests;
