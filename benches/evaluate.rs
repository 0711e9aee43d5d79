//! Decisions a second.
fn main() {}
