//! `noderole rules`: the catalogue.

use comfy_table::{Attribute, Cell, Color, ColumnConstraint};

use crate::exit::Exit;
use crate::finding::Severity;
use crate::report::catalogue;
use crate::report::table::Look;
use crate::rules::CATALOGUE;

use super::args::{Global, RulesArgs, RulesFormat};
use super::door_error::DoorError;
use super::outputs::Destination;
use super::terminal;

/// How many columns, from the first, are never broken.
const WHOLE_COLUMNS: usize = 3;

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
    // An id, name or severity in two pieces can be neither copied nor searched.
    for column in table.column_iter_mut().take(WHOLE_COLUMNS) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    format!("{}\n", table.trim_fmt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::Colour;

    #[test]
    fn no_name_of_a_rule_is_broken_in_80_columns() {
        let text = table(Look { width: 80, colour: Colour::Off });
        for rule in CATALOGUE {
            assert!(text.contains(rule.slug), "{} is broken:\n{text}", rule.slug);
        }
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
