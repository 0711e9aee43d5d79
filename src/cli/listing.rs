//! `noderole rules`: the catalogue.

use comfy_table::{Attribute, Cell, Color};

use crate::exit::Exit;
use crate::finding::Severity;
use crate::report::catalogue;
use crate::report::table::Look;
use crate::rules::CATALOGUE;

use super::args::{Global, RulesArgs, RulesFormat};
use super::door_error::DoorError;
use super::outputs::Destination;
use super::terminal;

/// Lists the rules.
pub(super) fn rules(args: &RulesArgs, global: &Global) -> Result<Exit, DoorError> {
    let text = match args.format {
        RulesFormat::Table => table(terminal::look(global.color)),
        RulesFormat::Markdown => catalogue::markdown(),
        RulesFormat::Json => catalogue::json().map_err(|error| DoorError::Stdout(error.into()))?,
    };
    Destination::Stdout.write(|sink| sink.write_all(text.as_bytes()))?;
    Ok(Exit::Clean)
}

/// One line a rule.
fn table(look: Look) -> String {
    let mut table = look.table();
    table.set_header(["id", "name", "severity", "applies to", "requirement"]);
    for rule in CATALOGUE {
        let color = match rule.severity {
            Severity::Critical | Severity::High => Color::Red,
            Severity::Medium | Severity::Low => Color::Yellow,
        };
        table.add_row([
            Cell::new(rule.id).add_attribute(Attribute::Bold),
            Cell::new(rule.slug),
            Cell::new(rule.severity.as_str()).fg(color),
            Cell::new(catalogue::applies(rule).replace('_', " ")),
            Cell::new(rule.title),
        ]);
    }
    format!("{}\n", table.trim_fmt())
}
