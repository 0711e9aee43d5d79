//! Saving and loading inventories: one JSON document, its version checked before anything else.

use std::io::{Read, Write};

use serde::Deserialize;
use thiserror::Error;

use super::{Inventory, SCHEMA};

/// Why an inventory could not be loaded or saved.
#[derive(Debug, Error)]
pub enum InventoryError {
    /// The bytes could not be read or written.
    #[error("the inventory could not be read or written")]
    Io(#[from] std::io::Error),
    /// Not JSON, or cut off.
    #[error("the inventory is not complete JSON (line {line}, column {column}): save it anew with --save-inventory")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The parser's error.
        source: serde_json::Error,
    },
    /// Another version of the format, or another document altogether.
    #[error(
        "the inventory's schema is `{found}`, this version of noderole reads `{SCHEMA}`: save it anew with --save-inventory"
    )]
    Schema {
        /// What stood there.
        found: String,
    },
    /// JSON, but not of this form.
    #[error("the inventory does not have the form of `{SCHEMA}`, at `{path}`: {message}")]
    Form {
        /// Where, as a path into the document.
        path: String,
        /// What was wrong there.
        message: String,
    },
}

/// Reads an inventory.
pub fn load(mut source: impl Read) -> Result<Inventory, InventoryError> {
    #[derive(Deserialize)]
    struct Head {
        schema: Option<String>,
    }
    let mut text = String::new();
    source.read_to_string(&mut text)?;
    // The version first: a document of another version need not have any of our fields.
    let head: Head = serde_json::from_str(&text).map_err(|source| match source.classify() {
        serde_json::error::Category::Data => InventoryError::Schema { found: "none".to_owned() },
        serde_json::error::Category::Io | serde_json::error::Category::Syntax | serde_json::error::Category::Eof => {
            InventoryError::Json { line: source.line(), column: source.column(), source }
        }
    })?;
    let found = head.schema.unwrap_or_else(|| "none".to_owned());
    if found != SCHEMA {
        return Err(InventoryError::Schema { found });
    }
    let mut parser = serde_json::Deserializer::from_str(&text);
    serde_path_to_error::deserialize(&mut parser)
        .map_err(|error| InventoryError::Form { path: error.path().to_string(), message: error.inner().to_string() })
}

/// Writes an inventory, one line, so that a stream of them is JSON Lines.
pub fn save(inventory: &Inventory, mut sink: impl Write) -> Result<(), InventoryError> {
    serde_json::to_writer(&mut sink, inventory).map_err(std::io::Error::from)?;
    writeln!(sink)?;
    Ok(())
}

#[cfg(test)]
mod tests;
