//! Reads documents by visitors, so that every error is found, and raised, where it stands.

mod element;
mod scalar;
mod statement;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Document, DocumentError, Version};
use crate::echo::{echo, message};
use element::{Elements, Seen};
pub(crate) use scalar::Scalars;
use scalar::Text;
use statement::{RawStatement, StatementSeed};

/// What a document is for, which decides on the elements of its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Permissions or trust.
    Any,
    /// What a principal may do.
    Permissions,
    /// Who may assume a role.
    Trust,
}

/// Reads a document from JSON.
pub(super) fn document(text: &str, purpose: Purpose) -> Result<Document, DocumentError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let document = DocumentSeed { purpose }.deserialize(&mut json).and_then(|document| json.end().map(|()| document));
    document.map_err(|error| DocumentError {
        line: error.line().max(1),
        column: error.column().max(1),
        message: without_position(&error),
    })
}

/// The message of an error; serde_json writes the position behind it, which has fields of its own here.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    message(text.strip_suffix(&position).unwrap_or(&text))
}

/// An element of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Version,
    Id,
    Statement,
}

const ELEMENTS: Elements<Element> = Elements {
    of: "a policy document",
    names: &[("Version", Element::Version), ("Id", Element::Id), ("Statement", Element::Statement)],
};

struct DocumentSeed {
    purpose: Purpose,
}

impl<'de> DeserializeSeed<'de> for DocumentSeed {
    type Value = Document;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Document, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DocumentSeed {
    type Value = Document;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a policy document, which is an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut seen = Seen::default();
        let (mut version, mut id, mut statements) = (None, None, None);
        while let Some(element) = map.next_key_seed(ELEMENTS.seed(&mut seen))? {
            match element {
                Element::Version => version = Some(map.next_value_seed(VersionSeed)?),
                Element::Id => id = Some(map.next_value::<Text>()?.0),
                Element::Statement => statements = Some(map.next_value_seed(StatementsSeed { purpose: self.purpose })?),
            }
        }
        let statements = statements.ok_or_else(|| A::Error::custom("the policy document has no Statement"))?;
        // variables exist from 2012-10-17 on, and the version may stand behind the statements: compile last
        let language = version.unwrap_or(Version::V2008);
        let statements = statements.into_iter().map(|raw| raw.compile(language)).collect();
        Ok(Document { version, id, statements })
    }
}

struct VersionSeed;

impl<'de> DeserializeSeed<'de> for VersionSeed {
    type Value = Version;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Version, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for VersionSeed {
    type Value = Version;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the version `2012-10-17` or `2008-10-17`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Version, E> {
        let known = [Version::V2008, Version::V2012].into_iter().find(|version| version.as_str() == text);
        known.ok_or_else(|| E::custom(format!("Version must be `2012-10-17` or `2008-10-17`, not `{}`", echo(text))))
    }
}

/// Statement: an object or a list of objects.
struct StatementsSeed {
    purpose: Purpose,
}

impl<'de> DeserializeSeed<'de> for StatementsSeed {
    type Value = Vec<RawStatement>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StatementsSeed {
    type Value = Vec<RawStatement>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a statement or a list of statements")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        StatementSeed { purpose: self.purpose }.visit_map(map).map(|statement| vec![statement])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut statements = Vec::new();
        while let Some(statement) = seq.next_element_seed(StatementSeed { purpose: self.purpose })? {
            statements.push(statement);
        }
        Ok(statements)
    }
}
