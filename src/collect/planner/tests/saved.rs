//! What a run read can be saved and loaded, and every member of the saved form is documented.

use std::collections::BTreeSet;

use serde_json::{Value, to_value};

use crate::inventory::{load, save};

use super::{ACCOUNT_B, Run, sample, scope};

/// The members whose keys are names, not members.
const MAPS: [&str; 6] = ["roles", "policies", "api_calls", "tags", "node_groups", "fargate_profiles"];

/// Every member's name; `named`: the keys of this object are names.
fn members(value: &Value, named: bool, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let fact = named && key == "value";
                if !named {
                    into.insert(key.clone());
                }
                members(value, fact || (!named && MAPS.contains(&key.as_str())), into);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| members(value, false, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn what_a_run_read_is_loaded_as_it_was_saved() {
    let world = sample();
    let call = |call: &crate::collect::call::Call| call.account.as_str() == ACCOUNT_B && call.page.is_some();
    let denied = || super::world::fail(crate::failure::FailureClass::Denied, "AccessDenied");
    for run in [Run::new(&world, scope()), Run::new(&world, scope()).failing(|made| call(made).then(denied))] {
        let inventory = run.go().inventory;
        let mut bytes = Vec::new();
        save(&inventory, &mut bytes).unwrap();
        assert_eq!(load(bytes.as_slice()).unwrap(), inventory);
    }
}

#[test]
fn every_member_of_the_saved_form_is_documented() {
    let page = include_str!("../../../../docs/inventory.md");
    let mut found = BTreeSet::new();
    members(&to_value(Run::new(&sample(), scope()).go().inventory).unwrap(), false, &mut found);
    for member in ["authentication_mode", "cluster_admins", "target_role_arn", "last_used_at", "compute_config"] {
        assert!(found.contains(member), "the sample has no {member}");
    }
    for member in found {
        let told = page.contains(&format!("`{member}`")) || page.contains(&format!("\"{member}\""));
        assert!(told, "docs/inventory.md does not tell of {member}");
    }
}
