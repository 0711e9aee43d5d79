//! noderole against real servers: moto and ministack, started by the tests that need them, on loopback.
//!
//! What each stands for and where it differs from AWS: `docs/emulators.md`.

pub(crate) mod environment;
mod noderole;
mod planted;
mod seed;
mod server;

mod baseline;
mod clusters;
mod deployed;
mod function;
mod nodes;
mod notify;
mod organization;
mod permissions;
mod refusals;
mod remediation;
mod scenarios;
mod simulated;
mod sinks;
