//! The IAM language: the evaluation cases of an independent evaluator, and properties.

#[path = "policy/cases.rs"]
mod cases;
#[path = "policy/properties.rs"]
mod properties;
#[path = "policy/reference.rs"]
mod reference;
#[path = "policy/strategies.rs"]
mod strategies;
