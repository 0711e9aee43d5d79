//! The IAM language: the evaluation cases of an independent evaluator, and properties.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test's own functions may panic: then the test fails"
)]

#[path = "policy/cases.rs"]
mod cases;
#[path = "policy/properties.rs"]
mod properties;
#[path = "policy/reference.rs"]
mod reference;
#[path = "policy/strategies.rs"]
mod strategies;
