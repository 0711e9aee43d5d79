//! Golden cases: an inventory in, findings out.
fn main() {}
