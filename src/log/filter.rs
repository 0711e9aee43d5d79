//! The filter of the log, from the environment: the same on the command line and in the function.

use tracing_subscriber::filter::{ParseError, Targets};

/// The variables that hold a filter; the first one that is set wins, and one with nothing in it is not set.
const VARIABLES: [&str; 2] = ["NODEROLE_LOG", "RUST_LOG"];

/// The filter that variables ask for, with the name of the one that holds it; none where none is set.
///
/// # Errors
/// The variable, its text, and why that is no filter.
pub fn filter(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Targets>, NoFilter> {
    let set = |name: &'static str| variable(name).map(|text| (name, text.trim().to_owned()));
    let Some((name, text)) = VARIABLES.into_iter().filter_map(set).find(|(_, text)| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|source| NoFilter { name, text, source })
}

/// A variable holds what is no filter.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` in {name} is not a log filter: {source}")]
pub struct NoFilter {
    /// The variable.
    pub name: &'static str,
    text: String,
    source: ParseError,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(vars: &[(&str, &str)]) -> Result<Option<String>, NoFilter> {
        let value = |name: &str| Some(vars.iter().find(|(known, _)| *known == name)?.1.to_owned());
        Ok(filter(value)?.map(|filter| filter.to_string()))
    }

    #[test]
    fn the_own_variable_wins_over_rusts_and_empty_ones_count_as_not_set() {
        let told = |vars: &[(&str, &str)]| of(vars).unwrap();
        assert_eq!(told(&[("RUST_LOG", "info"), ("NODEROLE_LOG", "noderole=debug")]).unwrap(), "noderole=debug");
        assert_eq!(told(&[("NODEROLE_LOG", " "), ("RUST_LOG", " info ")]).unwrap(), "info");
        assert_eq!(told(&[("PATH", "/bin")]), None);
    }

    #[test]
    fn what_is_no_filter_is_named_with_its_variable() {
        for name in VARIABLES {
            let error = of(&[(name, "noderole=loud")]).unwrap_err();
            assert!(error.name == name && error.to_string().contains("noderole=loud"), "{error}");
        }
    }
}
