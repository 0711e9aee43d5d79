//! The facts do not depend on the order of the answers.

use crate::collect::call::Call;
use crate::failure::{Failure, FailureClass};
use crate::inventory::Inventory;

use super::machines::with_machines;
use super::run::pick;
use super::world::fail;
use super::{ACCOUNT_A, ACCOUNT_B, Run, sample, scope};

/// Each call fails or not by itself, whenever it is made.
fn faults(seed: u64, call: &Call) -> Option<Failure> {
    const CLASSES: [FailureClass; 5] = [
        FailureClass::Denied,
        FailureClass::Throttled,
        FailureClass::Gone,
        FailureClass::Transient,
        FailureClass::Expired,
    ];
    let mut state = format!("{call:?}").bytes().fold(seed, |state, byte| state.wrapping_mul(31) + u64::from(byte));
    let class = CLASSES[pick(&mut state, CLASSES.len())];
    (pick(&mut state, 12) == 0).then(|| fail(class, "Injected"))
}

/// The facts without the count of calls: of two accounts that need a policy, either may be the one that reads it.
fn facts(mut inventory: Inventory) -> Inventory {
    inventory.api_calls.clear();
    inventory
}

#[test]
fn answers_in_any_order_give_the_same_inventory() {
    let world = with_machines();
    let straight = Run::new(&world, scope()).go();
    for seed in 0..120 {
        let shuffled = Run::new(&world, scope()).in_order(seed).go();
        assert_eq!(shuffled.inventory, straight.inventory, "seed {seed}");
    }
}

#[test]
fn answers_in_any_order_give_the_same_inventory_where_calls_fail() {
    let world = with_machines();
    for seed in 0..80 {
        let run = || Run::new(&world, scope()).failing(move |call| faults(seed, call));
        let straight = facts(run().go().inventory);
        for order in 0..4 {
            assert_eq!(facts(run().in_order(order).go().inventory), straight, "seed {seed}, order {order}");
        }
    }
}

#[test]
fn targeted_audits_do_not_depend_on_the_order_either() {
    let world = with_machines();
    let mut scope = scope();
    scope.target = Some(crate::inventory::Target {
        clusters: vec!["v6".to_owned()],
        roles: vec![super::world::role_arn(ACCOUNT_A, "nodes")],
    });
    for seed in 0..40 {
        let run = || Run::new(&world, scope.clone()).failing(move |call| faults(seed, call));
        let straight = facts(run().go().inventory);
        for order in 0..4 {
            assert_eq!(facts(run().in_order(order).go().inventory), straight, "seed {seed}, order {order}");
        }
    }
}

#[test]
fn accounts_regions_and_clusters_stand_in_order() {
    let inventory = Run::new(&sample(), scope()).in_order(7).go().inventory;
    assert!(inventory.accounts.is_sorted_by(|a, b| a.id < b.id));
    for account in &inventory.accounts {
        assert!(account.regions.is_sorted_by(|a, b| a.name < b.name));
        for region in &account.regions {
            assert!(region.clusters.value().unwrap().is_sorted_by(|a, b| a.name < b.name));
        }
    }
    let names: Vec<&str> = inventory.accounts.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(names, [ACCOUNT_A, ACCOUNT_B, super::ACCOUNT_C, super::ACCOUNT_D]);
}
