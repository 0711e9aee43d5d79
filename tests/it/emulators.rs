//! noderole against real servers: moto and ministack, started by the tests that need them, on loopback.
//!
//! What each stands for and where it differs from AWS: `docs/emulators.md`.

mod environment;
mod noderole;
mod seed;
mod server;

mod baseline;
mod clusters;
mod function;
mod organization;
mod permissions;
mod refusals;
