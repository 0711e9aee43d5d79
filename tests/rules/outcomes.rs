//! That the cases are enough: each rule has one for each outcome that the catalogue says it can have.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use datatest_stable::Result;
use noderole::rules::CATALOGUE;
use serde_json::{Map, Value};

use crate::case::outcomes_in;

/// Reads every case and compares the statuses in its `expect` with the catalogue.
pub(crate) fn every_outcome_of_every_rule_has_a_case(readme: &Path) -> Result<()> {
    let root = readme.parent().ok_or("the README has a folder")?;
    for rule in CATALOGUE {
        let mut shown = BTreeSet::new();
        let folder = root.join(rule.id.to_string());
        for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let case: Map<String, Value> = serde_json::from_str(&fs::read_to_string(&path)?)?;
                shown.extend(outcomes_in(&case, "expect")?.into_values());
            }
        }
        let shown: BTreeSet<&str> = shown.iter().filter_map(|outcome| outcome.split(' ').next()).collect();
        let declared: BTreeSet<&str> = rule.outcomes.iter().map(|status| status.as_str()).collect();
        if shown != declared {
            return Err(format!("{}: the catalogue says {declared:?}, the cases show {shown:?}", rule.id).into());
        }
    }
    Ok(())
}
