//! The IAM language: the evaluation cases of an independent evaluator, and properties.

#![expect(clippy::string_slice, reason = "a test may panic: then it fails")]

#[cfg(test)]
#[path = "policy/cases.rs"]
mod cases;
#[cfg(test)]
#[path = "policy/properties.rs"]
mod properties;
#[cfg(test)]
#[path = "policy/reference.rs"]
mod reference;
#[cfg(test)]
#[path = "policy/strategies.rs"]
mod strategies;
