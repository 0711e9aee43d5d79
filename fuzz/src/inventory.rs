//! Saved inventories.

use std::path::Path;

use noderole::audit::{Settings, audit};
use noderole::inventory::{Inventory, load, save};
use noderole::report::{Listed, Report, assemble, json, saved};
use serde_json::Value;

use super::told;

/// The sample inventory, account by account.
///
/// # Panics
/// Where it cannot be read.
pub fn seeds(root: &Path) -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(root.join("demo/inventory.json")).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let accounts = whole["accounts"].as_array().unwrap();
    let small = accounts.iter().filter(|account| account.to_string().len() < 24_000);
    let parts = small.map(|account| {
        let mut part = whole.clone();
        part["accounts"] = Value::Array(vec![account.clone()]);
        part.to_string().into_bytes()
    });
    parts.collect()
}

/// An inventory is loaded or refused with its place; one that is loaded is saved as it is, and audited.
pub fn hold(data: &[u8]) {
    match load(data) {
        Ok(inventory) => is_whole(&inventory),
        Err(error) => told::is_clear(&error.to_string()),
    }
}

fn is_whole(inventory: &Inventory) {
    let mut text = Vec::new();
    save(inventory, &mut text).unwrap();
    assert_eq!(&load(text.as_slice()).unwrap(), inventory, "saved and loaded it is another");
    let report = report(inventory);
    let mut text = Vec::new();
    json::write(&report, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.chars().any(|c| c != '\n' && told::steers(c)));
    assert_eq!(saved::of_text(&text).unwrap(), report, "written and read it is another");
}

/// What is found in an inventory.
pub fn report(inventory: &Inventory) -> Report {
    let findings = audit(inventory, &Settings::default());
    assemble(inventory, &findings, Listed::All)
}
