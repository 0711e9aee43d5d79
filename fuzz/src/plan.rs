//! Plans, as `noderole apply` takes them.

use std::path::Path;

use noderole::audit::Settings;
use noderole::remediate::plan::Plan;
use noderole::remediate::planner::{Checked, Made, Wish, check, plan};

use super::{inventory, told};

/// The plans for the sample inventory, account by account.
///
/// # Panics
/// Where it cannot be read.
pub fn seeds(root: &Path) -> Vec<Vec<u8>> {
    let plans = inventory::seeds(root).into_iter().map(|text| planned(&text)).filter(|plan| !plan.roles.is_empty());
    plans.map(|plan| serde_json::to_vec(&plan).unwrap()).filter(|text| text.len() < 120_000).collect()
}

fn planned(inventory: &[u8]) -> Plan {
    let inventory = noderole::inventory::load(inventory).unwrap();
    let now = inventory.finished_at;
    let made = Made { plan_id: "p".to_owned(), created_at: now, expires_at: now };
    plan(&inventory, &Settings::default(), &Wish { managed_elsewhere: true, ..Wish::default() }, made)
}

/// A plan is read to the letter or refused by its place; and facts that do not lead to it never let it through.
pub fn hold(data: &[u8]) {
    let plan = match Plan::load(data) {
        Ok(plan) => plan,
        Err(error) => return told::is_clear(&error.to_string()),
    };
    let again = Plan::load(serde_json::to_vec(&plan).unwrap().as_slice()).unwrap();
    assert_eq!(again, plan);
    let sample = noderole::demo::inventory().unwrap();
    for role in &plan.roles {
        let Some(account) = sample.accounts.iter().find(|account| account.id == role.account) else { continue };
        let alone = noderole::inventory::Inventory { accounts: vec![account.clone()], ..sample.clone() };
        let wish = Wish { managed_elsewhere: true, ..Wish::default() };
        let checked = check(role, &alone, &Settings::default(), &wish, sample.finished_at);
        let genuine = planned_for(&alone).roles;
        // what is let through is what noderole itself would do, whoever wrote it
        if checked == Checked::Same {
            let steps = |steps: &[noderole::remediate::plan::Step]| {
                steps.iter().map(|step| step.change.clone()).collect::<Vec<_>>()
            };
            let known = genuine.iter().find(|known| known.role == role.role).map(|known| steps(&known.steps));
            let is_part = known.is_some_and(|known| steps(&role.steps).iter().all(|step| known.contains(step)));
            assert!(is_part, "{role:?}");
        }
    }
}

fn planned_for(inventory: &noderole::inventory::Inventory) -> Plan {
    let now = inventory.finished_at;
    let made = Made { plan_id: "p".to_owned(), created_at: now, expires_at: now };
    let wish = Wish { advice: true, managed_elsewhere: true, ..Wish::default() };
    plan(inventory, &Settings::default(), &wish, made)
}
