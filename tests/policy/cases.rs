//! The 800 cases that an independent evaluator has decided.

use std::collections::BTreeMap;

use noderole::simulate;
use serde_json::Value;

const CASES: &str = include_str!("iam-cases.jsonl");

/// How many cases the file has: fewer would prove less.
const NUMBER_OF_CASES: usize = 800;

#[test]
fn all_cases_agree_with_the_independent_evaluator() {
    let expected: BTreeMap<String, String> = CASES
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|case| (case["id"].to_string(), case["expected"].to_string()))
        .collect();
    assert_eq!(expected.len(), NUMBER_OF_CASES);

    let mut answers = Vec::new();
    let summary = simulate::run(CASES.as_bytes(), &mut answers).unwrap();
    assert_eq!(summary, simulate::Summary { decided: NUMBER_OF_CASES, failed: 0 });

    let decided: BTreeMap<String, String> = std::str::from_utf8(&answers)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|answer| (answer["id"].to_string(), answer["decision"].to_string()))
        .collect();
    let differing: Vec<_> = expected.iter().filter(|(id, decision)| decided.get(*id) != Some(decision)).collect();
    assert!(differing.is_empty(), "decided otherwise: {differing:?}");
}

#[test]
fn every_decision_of_the_cases_names_who_decided() {
    let mut answers = Vec::new();
    simulate::run(CASES.as_bytes(), &mut answers).unwrap();
    for line in std::str::from_utf8(&answers).unwrap().lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        assert!(answer["by"].as_array().is_some_and(|by| !by.is_empty()), "{answer}");
    }
}
