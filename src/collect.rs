//! AWS → inventory: what to ask, how many at once, what was missed.

pub mod call;
pub mod scope;
