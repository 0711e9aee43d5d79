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
use problem::Problems;
pub use problem::{MAX_PROBLEMS, Problem};
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
        let mut problems = Problems::of(text);
        if text.len() > MAX_BYTES {
            let message = format!("the configuration has {} bytes, at most {MAX_BYTES} are read", text.len());
            problems.tell(0..0, message, "");
            return Err(in_order(problems));
        }
        let (mut table, broken) = DeTable::parse_recoverable(text);
        for error in &broken {
            problems.tell(error.span().unwrap_or_default(), error.message(), "");
        }
        if !problems.is_empty() {
            return Err(in_order(problems));
        }
        let mut problems = check::file(problems, &mut table);
        let file = match written::File::deserialize(toml::Deserializer::from(table)) {
            Ok(file) => file,
            Err(error) => {
                problems.tell(error.span().unwrap_or_default(), error.message(), "");
                return Err(in_order(problems));
            }
        };
        let (config, problems) = validate::validated(problems, file);
        if problems.is_empty() { Ok(config) } else { Err(in_order(problems)) }
    }
}

fn in_order(problems: Problems<'_>) -> ConfigError {
    ConfigError { problems: problems.in_order() }
}

#[cfg(test)]
mod tests;
