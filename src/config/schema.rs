//! The JSON schema of the configuration, for editors; `docs/config.schema.json` is this.

use serde_json::{Map, Value, json};

use super::form::{FILE, Format, Key, Kind};

/// The schema.
#[must_use]
pub fn schema() -> Value {
    let mut root = table(FILE, None);
    if let Some(members) = root.as_object_mut() {
        let head = [
            ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
            ("title", json!("noderole configuration")),
            ("description", json!("One TOML file: docs/configuration.md. Made by `noderole config schema`.")),
        ];
        for (at, (name, value)) in head.into_iter().enumerate() {
            members.shift_insert(at, name.to_owned(), value);
        }
    }
    root
}

fn table(keys: &[Key], further: Option<(Format, &Kind)>) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut object = json!({"type": "object", "properties": properties, "additionalProperties": false});
    if let Some(members) = object.as_object_mut() {
        if !required.is_empty() {
            members.insert("required".to_owned(), json!(required));
        }
        if let Some((format, kind)) = further {
            members.insert("propertyNames".to_owned(), names(keys, format));
            members.insert("additionalProperties".to_owned(), of(kind));
        }
    }
    object
}

/// The names that keys may have.
fn names(keys: &[Key], format: Format) -> Value {
    let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
    if known.is_empty() { text(format) } else { json!({"anyOf": [{"enum": known}, text(format)]}) }
}

fn property(key: &Key) -> Value {
    let mut value = of(&key.kind);
    if let Some(members) = value.as_object_mut() {
        members.shift_insert(0, "description".to_owned(), json!(key.about));
    }
    value
}

fn of(kind: &Kind) -> Value {
    match kind {
        Kind::Text(format) => text(*format),
        Kind::Texts(format) => {
            json!({"anyOf": [text(*format), {"type": "array", "items": text(*format)}]})
        }
        Kind::List(format) => json!({"type": "array", "items": text(*format)}),
        Kind::Word(words) => json!({"enum": words}),
        Kind::Words(words) => json!({"type": "array", "items": {"enum": words}}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Number { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::OneOf(numbers) => json!({"enum": numbers}),
        Kind::Table(keys) | Kind::Inline(keys) => table(keys, None),
        Kind::Tables(keys) => json!({"type": "array", "items": table(keys, None)}),
        Kind::Open(keys, format, inner) => table(keys, Some((*format, inner))),
    }
}

fn text(format: Format) -> Value {
    match format.pattern() {
        Some(pattern) => json!({"type": "string", "pattern": pattern}),
        None => json!({"type": "string", "minLength": 1}),
    }
}
