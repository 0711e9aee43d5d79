//! The IAM language: the evaluation cases of an independent evaluator, and properties.
