//! The keys of an object: known ones only, none twice.

use std::collections::BTreeSet;

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

use crate::echo::echo;
use crate::nearest::nearest;

/// The elements that an object may have.
pub(super) struct Elements<E: 'static> {
    /// What has them: `a statement`.
    pub(super) of: &'static str,
    /// Their names.
    pub(super) names: &'static [(&'static str, E)],
}

/// The keys of one object so far.
#[derive(Default)]
pub(super) struct Seen(BTreeSet<String>);

impl Seen {
    /// Notes a key; the message says that it was there already.
    pub(super) fn note(&mut self, key: &str) -> Result<(), String> {
        if self.0.insert(key.to_owned()) { Ok(()) } else { Err(format!("`{}` stands twice in one object", echo(key))) }
    }
}

impl<E: Copy> Elements<E> {
    /// A seed for the next key.
    pub(super) fn seed<'s>(&'s self, seen: &'s mut Seen) -> ElementSeed<'s, E> {
        ElementSeed { elements: self, seen }
    }

    fn unknown(&self, key: &str) -> String {
        let near = nearest(key, self.names.iter().map(|(name, _)| *name));
        let key = echo(key);
        match near {
            Some(name) => format!("`{key}` is not an element of {}; did you mean `{name}`?", self.of),
            None => format!("`{key}` is not an element of {}", self.of),
        }
    }
}

/// Reads one key.
pub(super) struct ElementSeed<'s, E: 'static> {
    elements: &'s Elements<E>,
    seen: &'s mut Seen,
}

impl<'de, E: Copy> DeserializeSeed<'de> for ElementSeed<'_, E> {
    type Value = E;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<E, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<E: Copy> Visitor<'_> for ElementSeed<'_, E> {
    type Value = E;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an element of {}", self.elements.of)
    }

    fn visit_str<F: Error>(self, key: &str) -> Result<E, F> {
        let known = self.elements.names.iter().find(|(name, _)| *name == key);
        let (_, element) = known.ok_or_else(|| F::custom(self.elements.unknown(key)))?;
        self.seen.note(key).map_err(F::custom)?;
        Ok(*element)
    }
}

/// Reads a key that may have any name.
pub(super) struct AnyKey<'s>(pub(super) &'s mut Seen);

impl<'de> DeserializeSeed<'de> for AnyKey<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for AnyKey<'_> {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<F: Error>(self, key: &str) -> Result<String, F> {
        self.0.note(key).map_err(F::custom)?;
        Ok(key.to_owned())
    }
}
