//! The judgement: `(inventory, settings) → results`. Pure: no clock, no I/O; the only place that loops over rules.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::inventory::Inventory;
use crate::rules::RuleId;
use crate::rules::requirements::Requirements;

/// What is judged, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The rules to judge by.
    pub rules: BTreeSet<RuleId>,
    /// What nodes need.
    pub requirements: Requirements,
}

impl Default for Settings {
    /// Every rule, and the requirements of AWS's page.
    fn default() -> Self {
        Self {
            rules: crate::rules::CATALOGUE.iter().map(|rule| rule.id).collect(),
            requirements: Requirements::default(),
        }
    }
}

/// Every result of every rule, `pass` and `not_applicable` among them: the worst first, then by account, role and rule.
#[must_use]
pub fn audit(_inventory: &Inventory, _settings: &Settings) -> Vec<Finding> {
    Vec::new()
}
