//! The filter of the diagnostics: by the same variables as on the command line.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{ParseError, Targets};

use super::settings::SettingsError;

/// The variables that hold a filter; the first one that is set wins.
const FILTERS: [&str; 2] = ["NODEROLE_LOG", "RUST_LOG"];

/// What is logged where no variable says so.
const DEFAULT: LevelFilter = LevelFilter::WARN;

/// The filter that the environment asks for.
///
/// # Errors
/// [`SettingsError::Value`] where the variable holds no filter.
pub fn log_filter(vars: impl IntoIterator<Item = (String, String)>) -> Result<Targets, SettingsError> {
    let vars: Vec<(String, String)> = vars.into_iter().collect();
    let set = |name: &str| vars.iter().find(|(known, value)| known == name && !value.trim().is_empty());
    let Some((name, text)) = FILTERS.into_iter().find_map(|name| set(name).map(|(_, text)| (name, text.trim()))) else {
        return Ok(default_filter());
    };
    let problem =
        |error: ParseError| format!("`{text}` is not a log filter ({error}): expected one such as noderole=debug");
    text.parse().map_err(|error| SettingsError::Value { name, problem: problem(error) })
}

/// The filter that holds where none is set.
#[must_use]
pub fn default_filter() -> Targets {
    Targets::new().with_default(DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(vars: &[(&str, &str)]) -> Result<String, SettingsError> {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        log_filter(vars).map(|filter| filter.to_string())
    }

    #[test]
    fn the_own_variable_wins_over_rusts_and_empty_ones_count_as_not_set() {
        assert_eq!(filter(&[("RUST_LOG", "info"), ("NODEROLE_LOG", "noderole=debug")]).unwrap(), "noderole=debug");
        assert_eq!(filter(&[("NODEROLE_LOG", " "), ("RUST_LOG", "info")]).unwrap(), "info");
        assert_eq!(filter(&[("PATH", "/bin")]).unwrap(), "warn");
    }

    #[test]
    fn what_is_no_filter_is_named_with_its_variable() {
        for name in FILTERS {
            let message = filter(&[(name, "noderole=loud")]).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains("noderole=debug"), "{message}");
        }
    }
}
