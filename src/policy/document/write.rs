//! Prints documents: the elements in the usual order, one value as a string, several as a list.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::statement::{PrincipalScope, Selection};
use super::{Document, Effect, Statement};
use crate::policy::condition::Condition;

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(version) = self.version {
            map.serialize_entry("Version", version.as_str())?;
        }
        if let Some(id) = &self.id {
            map.serialize_entry("Id", id)?;
        }
        map.serialize_entry("Statement", &self.statements)?;
        map.end()
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(sid) = &self.sid {
            map.serialize_entry("Sid", sid)?;
        }
        let effect = match self.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        };
        map.serialize_entry("Effect", effect)?;
        if let Some(principals) = &self.principals {
            let element = if principals.inverted { "NotPrincipal" } else { "Principal" };
            map.serialize_entry(element, &principals.scope)?;
        }
        map.serialize_entry(if self.actions.inverted { "NotAction" } else { "Action" }, &self.actions)?;
        if let Some(resources) = &self.resources {
            map.serialize_entry(if resources.inverted { "NotResource" } else { "Resource" }, resources)?;
        }
        if !self.conditions.is_empty() {
            map.serialize_entry("Condition", &Tests(&self.conditions))?;
        }
        map.end()
    }
}

impl Serialize for Selection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sources: Vec<&str> = self.sources().collect();
        OneOrMany(&sources).serialize(serializer)
    }
}

impl Serialize for PrincipalScope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Everyone => serializer.serialize_str("*"),
            Self::Named(lists) => {
                serializer.collect_map(lists.iter().map(|(kind, names)| (kind.as_str(), OneOrMany(names))))
            }
        }
    }
}

/// A list that is written as its element where it has one.
struct OneOrMany<'a, T>(&'a [T]);

impl<T: Serialize> Serialize for OneOrMany<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

/// The tests of a Condition block, which is a map of operators to maps of keys.
pub(super) struct Tests<'a>(pub(super) &'a [Condition]);

impl Serialize for Tests<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // the tests of one operator stand together, for they come from one map
        let by_operator = self.0.chunk_by(|one, next| one.operator_text == next.operator_text);
        serializer.collect_map(
            by_operator.filter_map(|tests| tests.first().map(|first| (&first.operator_text, OfOneOperator(tests)))),
        )
    }
}

struct OfOneOperator<'a>(&'a [Condition]);

impl Serialize for OfOneOperator<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|test| (&test.key, OneOrMany(&test.sources))))
    }
}
