//! The planner against an organization in memory: what it asks, what it makes of the answers, what failures cost.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test answers the few questions that it is about")]

mod budget;
mod entries;
mod faults;
pub(in crate::collect) mod large;
mod lists;
mod machines;
mod order;
mod races;
mod roles;
mod rounds;
mod run;
mod sample;
mod saved;
mod stop;
mod target_roles;
mod targets;
mod weaker;
mod world;

use run::{Run, account, cluster, gaps, region_of};
use sample::{ACCOUNT_A, ACCOUNT_B, ACCOUNT_C, ACCOUNT_D, sample, scope};
use world::World;

pub(super) use machines::profile;

/// A role of account A that trusts EC2 and carries nothing.
pub(super) fn plain_role(name: &str) -> crate::inventory::Role {
    world::role(ACCOUNT_A, name, "2024-02-01T00:00:00Z", &[])
}
