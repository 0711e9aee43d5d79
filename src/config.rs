//! The configuration: one TOML file, read whole, with everything that is wrong in it told at once and by its place.
//!
//! In three steps: the text is parsed, held against its form (`form`), and what is left of it becomes settings.

mod check;
mod form;
mod location;
mod problem;
mod schema;
mod scope;
mod template;
mod validate;
mod written;

pub use location::{Location, LocationError, MAX_BYTES};
pub use problem::Problem;
pub use schema::schema;
pub use scope::Wanted;
pub use template::template;

use serde::Deserialize;
use thiserror::Error;
use toml::de::DeTable;

use crate::audit::Settings;
use crate::{remediate, sinks};

/// What a configuration says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// What is to be read; flags and variables go before it.
    pub wanted: Wanted,
    /// What it is judged by.
    pub settings: Settings,
    /// What may be changed.
    pub remediation: remediate::settings::Settings,
    /// Where it is told.
    pub sinks: sinks::Settings,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", told(.problems))]
pub struct ConfigError {
    /// What is wrong, in the order of the text; never empty.
    pub problems: Vec<Problem>,
}

/// Each on the same line, with its place.
fn told(problems: &[Problem]) -> String {
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    told.join("; ")
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// Everything that is wrong with it. Where it is no TOML, only that is told: the rest would follow from it.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let (mut table, broken) = DeTable::parse_recoverable(text);
        if !broken.is_empty() {
            let problems = broken.iter().map(|error| {
                let span = error.span().unwrap_or_default();
                Problem::at(text, span, error.message(), "")
            });
            return Err(in_order(problems.collect()));
        }
        let mut problems = check::file(text, &mut table);
        let file = match written::File::deserialize(toml::Deserializer::from(table)) {
            Ok(file) => file,
            Err(error) => {
                problems.push(Problem::at(text, error.span().unwrap_or_default(), error.message(), ""));
                return Err(in_order(problems));
            }
        };
        let (config, contradictions) = validate::validated(text, file);
        problems.extend(contradictions);
        if problems.is_empty() { Ok(config) } else { Err(in_order(problems)) }
    }
}

fn in_order(mut problems: Vec<Problem>) -> ConfigError {
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    ConfigError { problems }
}

#[cfg(test)]
mod tests;
