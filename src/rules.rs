//! The rules: requirement sets (data), the catalogue (one table), one file a family of rules.

pub mod catalogue;
pub mod command;
pub mod effective;
pub mod existence;
pub mod joining;
pub mod own;
pub mod permissions;
pub mod privilege;
pub(crate) mod regions;
pub mod requirements;
pub mod sharing;
pub mod subject;
pub mod trust;
pub mod verdict;

pub use catalogue::{CATALOGUE, Check, Rule, RuleId};
pub use subject::{AccountRoles, Facts, Found, NodeRole, Nodes, UnreadNodes};
pub use verdict::{RoleVerdict, Verdict};
