//! The members of a JSON object, each as it is written: a list is never taken for one, and errors are in plain words.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::CaseError;
use crate::echo::{echo, message};
use crate::nearest::nearest;

/// The members of an object, in order.
pub(super) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads the text of an object, called `what` in errors.
    pub(super) fn read(text: &'a [u8], what: &str) -> Result<Self, CaseError> {
        // First the JSON, so that what is wrong with it has its own words.
        let value: &RawValue = serde_json::from_slice(text).map_err(|error| not_json(&error))?;
        Self::of(value, what)
    }

    /// The members of a value, called `what` in errors.
    pub(super) fn of(value: &'a RawValue, what: &str) -> Result<Self, CaseError> {
        match serde_json::from_str(value.get()) {
            Ok(members) => Ok(members),
            Err(_) => Err(malformed(format!("{what} is {} and not an object", kind(value)))),
        }
    }

    /// Refuses members that are not `known`, which would be left out in silence, and those that stand twice.
    pub(super) fn check(&self, known: &[&'static str], what: &str) -> Result<(), CaseError> {
        for (at, (name, _)) in self.0.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let near = nearest(name, known.iter().copied());
                let hint = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
                return Err(malformed(format!("`{}` is no member of {what}{hint}", echo(name))));
            }
            if self.0.iter().take(at).any(|(earlier, _)| earlier == name) {
                return Err(malformed(format!("`{name}` stands twice in {what}")));
            }
        }
        Ok(())
    }

    /// A member as it is written.
    pub(super) fn find(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// A member that must be there.
    pub(super) fn raw(&self, name: &'static str, what: &str) -> Result<&'a RawValue, CaseError> {
        self.find(name).ok_or_else(|| malformed(format!("`{name}` is missing in {what}")))
    }

    /// A member that must be there, in its type, which is `expected` in errors.
    pub(super) fn get<T: Deserialize<'a>>(
        &self,
        name: &'static str,
        what: &str,
        expected: &str,
    ) -> Result<T, CaseError> {
        typed(self.raw(name, what)?, name, expected)
    }
}

/// A value in its type, which is `expected` in errors.
pub(super) fn typed<'a, T: Deserialize<'a>>(value: &'a RawValue, name: &str, expected: &str) -> Result<T, CaseError> {
    serde_json::from_str(value.get()).map_err(|_in_rusts_words| malformed(format!("`{name}` is not {expected}")))
}

/// A case that is no case.
pub(super) fn malformed(problem: String) -> CaseError {
    CaseError::Malformed { problem }
}

/// What a message of serde says, without the line and column that it appends.
pub(super) fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message(text.strip_suffix(&place).unwrap_or(&text))
}

fn not_json(error: &serde_json::Error) -> CaseError {
    malformed(format!("the line is not JSON, {} at column {}", without_place(error), error.column()))
}

/// The JSON type in words.
fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl<'de> Visitor<'de> for Expected {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Expected)
    }
}
