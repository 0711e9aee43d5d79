//! Patterns of names as people write them in the configuration: `*` stands for any text, `?` for one character.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::policy::is_like;

/// Characters that other pattern languages give a meaning, and that no name in AWS has.
const FOREIGN: [char; 8] = ['[', ']', '{', '}', '\\', '^', '$', '|'];

/// Not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GlobError {
    /// Nothing: it would match nothing.
    #[error("a pattern cannot be empty; `*` matches everything")]
    Empty,
    /// A character of another pattern language.
    #[error(
        "`{0}` has no meaning in a pattern, and no name in AWS has it: only `*` (any text) and `?` (one character) do"
    )]
    Foreign(char),
    /// A line end or the like, or a space at an end.
    #[error("a pattern has no space at its ends, and no control character")]
    Blank,
    /// A tag without a key.
    #[error("expected KEY, or KEY=VALUE where VALUE may be a pattern")]
    NoKey,
}

/// A pattern of a name. Letter case counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Glob(String);

impl Glob {
    /// Whether it matches a name.
    pub fn matches(&self, name: &str) -> bool {
        is_like(name, &self.0)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Glob {
    type Err = GlobError;
    fn from_str(text: &str) -> Result<Self, GlobError> {
        match text.chars().find(|character| FOREIGN.contains(character)) {
            Some(foreign) => Err(GlobError::Foreign(foreign)),
            None => free(text).map(|text| Self(text.to_owned())),
        }
    }
}

/// A text that is a pattern, whatever characters are in it.
fn free(text: &str) -> Result<&str, GlobError> {
    if text.is_empty() {
        Err(GlobError::Empty)
    } else if text.trim() != text || text.chars().any(char::is_control) {
        Err(GlobError::Blank)
    } else {
        Ok(text)
    }
}

/// A tag: its key, with a pattern of its value where the value matters. Keys and values of tags have hardly any limits, so
/// that every character but the wildcards stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TagPattern {
    key: String,
    value: Option<String>,
}

impl TagPattern {
    /// Whether one of the tags is such a one.
    pub fn matches(&self, tags: &BTreeMap<String, String>) -> bool {
        let value = |found: &str| self.value.as_deref().is_none_or(|pattern| is_like(found, pattern));
        tags.iter().any(|(key, found)| is_like(key, &self.key) && value(found))
    }
}

impl FromStr for TagPattern {
    type Err = GlobError;
    fn from_str(text: &str) -> Result<Self, GlobError> {
        let (key, value) = text.split_once('=').map_or((text, None), |(key, value)| (key, Some(value)));
        let key = free(key).map_err(|error| if error == GlobError::Empty { GlobError::NoKey } else { error })?;
        Ok(Self { key: key.to_owned(), value: value.map(str::to_owned) })
    }
}

impl fmt::Display for TagPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.key),
            None => f.write_str(&self.key),
        }
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! as_text {
    ($($name:ident)*) => { $(
        impl From<$name> for String {
            fn from(pattern: $name) -> Self {
                pattern.to_string()
            }
        }
        impl TryFrom<String> for $name {
            type Error = GlobError;
            fn try_from(text: String) -> Result<Self, GlobError> {
                text.parse()
            }
        }
    )* };
}

as_text!(Glob TagPattern);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_matches_whole_names_and_letter_case_counts() {
        let glob: Glob = "prod-*-?".parse().unwrap();
        assert!(glob.matches("prod-eu-1") && !glob.matches("prod-eu-10x") && !glob.matches("PROD-eu-1"));
        assert!(!glob.matches("a-prod-eu-1"));
    }

    #[test]
    fn what_looks_like_another_pattern_language_is_refused() {
        for wrong in ["prod-[ab]", "{a,b}", "^prod", "a|b", r"prod\d"] {
            assert!(matches!(wrong.parse::<Glob>(), Err(GlobError::Foreign(_))), "{wrong}");
        }
        assert_eq!("".parse::<Glob>(), Err(GlobError::Empty));
        assert_eq!(" prod".parse::<Glob>(), Err(GlobError::Blank));
    }

    #[test]
    fn a_tag_is_matched_by_its_key_alone_or_with_its_value() {
        let tags = BTreeMap::from([("env".to_owned(), "prod-eu".to_owned())]);
        let matches = |text: &str| text.parse::<TagPattern>().unwrap().matches(&tags);
        assert!(matches("env") && matches("env=prod*") && matches("e*=*"));
        assert!(!matches("env=dev") && !matches("team") && !matches("Env") && !matches("env="));
        assert_eq!("=x".parse::<TagPattern>(), Err(GlobError::NoKey));
    }
}
