//! NR301 to NR305: what the role may do beyond what nodes need.
//!
//! A pod that reaches the node's credentials may do all of it. Judged by effect: documents, explicit denies, boundary and
//! service control policies decide, names never do; a grant that hangs on a condition is neither held against a role nor
//! taken for absent.

mod admin;
mod controllers;
mod data_access;
mod escalation;
mod inquiry;
mod mend;
mod power;
mod registry;
#[cfg(test)]
mod tests;
mod weighed;

pub use admin::nr301;
pub use controllers::nr305;
pub use data_access::nr303;
pub use escalation::nr302;
pub use registry::nr304;
