//! The planner against an organization in memory: what it asks, what it makes of the answers, what failures cost.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test answers the few questions that it is about")]

mod budget;
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
mod targets;
mod weaker;
mod world;

use run::{Run, account, cluster, gaps, region_of};
use sample::{ACCOUNT_A, ACCOUNT_B, ACCOUNT_C, ACCOUNT_D, sample, scope};
use world::World;
