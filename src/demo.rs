//! The sample organization that ships inside the binary, as an inventory: what `audit --demo` judges.
//!
//! `demo/generate.py` writes it; `demo/planted.json` says what is wrong in it, rule by rule.

use crate::inventory::{self, Inventory, InventoryError};

/// The sample as it would have been saved by a run, 700 kB: below the size at which compressing it would pay.
const SAMPLE: &str = include_str!("../demo/inventory.json");

/// The sample organization: 23 accounts in 4 organizational units, 3 regions, made up from end to end.
///
/// It is an error only where the sample and the form of this version's inventories have parted, which a test prevents.
pub fn inventory() -> Result<Inventory, InventoryError> {
    inventory::load(SAMPLE.as_bytes())
}

#[cfg(test)]
mod tests;
