//! Saving and loading inventories: one JSON document, its version checked before anything else.

use std::collections::BTreeSet;
use std::io::{Read, Write};

use serde::Deserialize;
use thiserror::Error;

use super::{Inventory, SCHEMA};
use crate::echo::{self, echo};

/// Why an inventory could not be loaded or saved.
#[derive(Debug, Error)]
pub enum InventoryError {
    /// The bytes could not be read or written.
    #[error("the inventory could not be read or written")]
    Io(#[from] std::io::Error),
    /// More than what is read.
    #[error(
        "the inventory is larger than the {limit} bytes that are read: save fewer accounts in one, by --account or --ou"
    )]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// Bytes that are no text.
    #[error("the inventory is not UTF-8 from byte {at} on: save it anew with --save-inventory")]
    NotUtf8 {
        /// How many bytes are text.
        at: usize,
    },
    /// Not JSON, or cut off.
    #[error("the inventory is not {} (line {line}, column {column}): save it anew with --save-inventory", if source.is_eof() { "complete JSON" } else { "JSON" })]
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
        "the inventory {}, this version of noderole reads `{SCHEMA}`: save it anew with --save-inventory",
        found.as_ref().map_or_else(|| "names no schema".to_owned(), |found| format!("has the schema `{found}`"))
    )]
    Schema {
        /// What stood there, if a name did.
        found: Option<String>,
    },
    /// JSON, but not of this form.
    #[error(
        "the inventory does not have the form of `{SCHEMA}`, at `{path}`: {message}; save it anew with --save-inventory"
    )]
    Form {
        /// Where, as a path into the document.
        path: String,
        /// What was wrong there.
        message: String,
    },
}

/// The largest inventory that is read, in bytes: ten thousand accounts with some hundred node roles each.
pub const MAX_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Reads an inventory of at most [`MAX_BYTES`]; JSON that is nested deeper than 128 levels is an error.
pub fn load(source: impl Read) -> Result<Inventory, InventoryError> {
    load_within(MAX_BYTES, source)
}

fn load_within(limit: u64, source: impl Read) -> Result<Inventory, InventoryError> {
    #[derive(Deserialize)]
    struct Head {
        schema: Option<String>,
    }
    let mut bytes = Vec::new();
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(InventoryError::TooLarge { limit });
    }
    let text =
        String::from_utf8(bytes).map_err(|error| InventoryError::NotUtf8 { at: error.utf8_error().valid_up_to() })?;
    // The version first: a document of another version need not have any of our fields.
    let head: Head = serde_json::from_str(&text).map_err(|source| match source.classify() {
        serde_json::error::Category::Data => InventoryError::Schema { found: None },
        serde_json::error::Category::Io | serde_json::error::Category::Syntax | serde_json::error::Category::Eof => {
            InventoryError::Json { line: source.line(), column: source.column(), source }
        }
    })?;
    if head.schema.as_deref() != Some(SCHEMA) {
        return Err(InventoryError::Schema { found: head.schema.map(|found| echo(&found).into_owned()) });
    }
    let mut parser = serde_json::Deserializer::from_str(&text);
    let inventory = serde_path_to_error::deserialize(&mut parser)
        .map_err(|error| InventoryError::Form { path: path(error.path()), message: message(error.inner()) })?;
    once_each(&inventory)?;
    Ok(inventory)
}

/// What is wrong. In a document of one line the column, some hundred thousand, helps nobody: the path does.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line 1 column {}", error.column());
    echo::message(text.strip_suffix(&place).unwrap_or(&text))
}

/// Where it is wrong: names of the document are part of it.
fn path(path: &serde_path_to_error::Path) -> String {
    echo::message(&path.to_string())
}

/// Refuses an inventory of nothing, and one that has an account or a region of an account twice: both would be counted.
fn once_each(inventory: &Inventory) -> Result<(), InventoryError> {
    let form = |path: String, message: String| Err(InventoryError::Form { path, message });
    if inventory.accounts.is_empty() {
        return form("accounts".to_owned(), "no account is in it".to_owned());
    }
    let mut accounts = BTreeSet::new();
    for (at, account) in inventory.accounts.iter().enumerate() {
        if !accounts.insert(&account.id) {
            return form(format!("accounts[{at}].id"), format!("account {} is in it twice", account.id));
        }
        let mut regions = BTreeSet::new();
        for (place, region) in account.regions.iter().enumerate() {
            if !regions.insert(&region.name) {
                let message = format!("region {} of account {} is in it twice", region.name, account.id);
                return form(format!("accounts[{at}].regions[{place}].name"), message);
            }
        }
    }
    Ok(())
}

/// Writes an inventory, one line, so that a stream of them is JSON Lines.
pub fn save(inventory: &Inventory, mut sink: impl Write) -> Result<(), InventoryError> {
    serde_json::to_writer(&mut sink, inventory).map_err(std::io::Error::from)?;
    writeln!(sink)?;
    Ok(())
}

#[cfg(test)]
mod tests;
