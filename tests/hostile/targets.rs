//! Every target of the folder fuzz/ over mutated seeds, the same ones each time: `NODEROLE_HOSTILE_CASES` makes them more,
//! `NODEROLE_HOSTILE_SEED` others.

#[expect(unreachable_pub, reason = "a library of its own, in the folder fuzz/")]
#[path = "../../fuzz/src/lib.rs"]
mod noderole_fuzz;

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::mutation::{mutated, steps};
use noderole_fuzz::{TARGETS, Target};

/// How many mutations of each target are held, where nothing is said; of those that cost more, fewer.
const CASES: u32 = 400;

/// What a variable of these tests says.
#[expect(clippy::disallowed_methods, reason = "how long a test runs is its caller's")]
fn variable(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Holds a target to mutations of its seeds; one that fails is made as small as it can be, and told.
fn hold(name: &str) {
    let target: &Target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let seeds = (target.seeds)(Path::new(env!("CARGO_MANIFEST_DIR")));
    for seed in &seeds {
        (target.hold)(seed);
    }
    let mut random = [0_u8; 32];
    random[..4].copy_from_slice(&variable("NODEROLE_HOSTILE_SEED", 7).to_le_bytes());
    let cases = (variable("NODEROLE_HOSTILE_CASES", CASES) / target.weight).max(1);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &random));
    let found = runner.run(&(any::<Index>(), steps()), |(seed, steps)| {
        (target.hold)(&mutated(&seeds, seed, &steps));
        Ok(())
    });
    if let Err(error) = found {
        panic!("{name}: {error}");
    }
}

#[test]
fn a_policy_document_is_read_to_the_letter_and_decides_or_is_refused_by_place() {
    hold("policy");
}

#[test]
fn each_line_of_cases_is_answered_by_a_decision_or_an_error() {
    hold("case");
}

#[test]
fn an_inventory_is_loaded_to_the_letter_and_audited_or_refused_by_place() {
    hold("inventory");
}

#[test]
fn a_configuration_is_taken_or_everything_wrong_with_it_told_by_place() {
    hold("configuration");
}

#[test]
fn a_report_is_told_in_every_form_and_compared_with_or_refused_by_place() {
    hold("baseline");
}

#[test]
fn a_plan_is_read_to_the_letter_and_let_through_only_where_facts_lead_to_it_or_refused_by_place() {
    hold("plan");
}

#[test]
fn a_journal_is_taken_back_to_an_end_and_nothing_is_called_unseen_or_refused_by_line() {
    hold("journal");
}

#[test]
fn a_change_stays_in_its_account_or_is_refused() {
    hold("change");
}

#[test]
fn an_event_is_of_a_known_kind_or_refused_with_what_was_expected() {
    hold("event");
}

#[test]
fn every_target_has_a_test_here_and_a_door_for_cargo_fuzz() {
    let source = include_str!("targets.rs");
    let manifest = include_str!("../../fuzz/Cargo.toml");
    let doors = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/fuzz_targets")).unwrap();
    let doors: BTreeSet<String> =
        doors.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let expected: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(doors, expected);
    for name in &doors {
        assert!(source.contains(&format!("hold(\"{name}\");")), "{name} has no test");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name} is no [[bin]]");
    }
}
