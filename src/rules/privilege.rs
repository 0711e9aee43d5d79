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

use super::RuleId;
use power::Power;

/// A row of the tables of these rules, for their documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What is asked for.
    pub name: &'static str,
    /// What its holder gains.
    pub gains: &'static str,
    /// The actions that it takes, all of them.
    pub actions: Vec<&'static str>,
    /// Who says so.
    pub source: &'static str,
}

/// The table that a rule goes by; none of a rule that has none.
pub fn table(rule: RuleId) -> impl Iterator<Item = Row> {
    let powers = [
        (RuleId::new(302), escalation::PATHS),
        (RuleId::new(303), data_access::DATA),
        (RuleId::new(304), registry::WRITES),
        (RuleId::new(305), controllers::CONTROLLERS),
    ];
    let of_rule = powers.into_iter().filter(move |(id, _)| *id == rule).flat_map(|(_, powers)| powers);
    of_rule.map(|Power { name, gains, steps, source }| {
        let mut actions: Vec<&str> = steps.iter().map(|step| step.action).collect();
        actions.dedup();
        Row { name, gains, actions, source }
    })
}
