//! What must hold for whatever comes from outside: one function a kind of input, called by cargo-fuzz with bytes that it
//! finds and by `tests/hostile.rs` with mutated seeds.

pub mod baseline;
pub mod case;
pub mod change;
pub mod configuration;
pub mod event;
pub mod inventory;
pub mod journal;
pub mod plan;
pub mod policy;
pub mod seeds;
pub mod told;

use std::path::Path;

/// A kind of input.
pub struct Target {
    /// Its name: that of its file in `fuzz_targets/`, and of its corpus.
    pub name: &'static str,
    /// Panics where something does not hold that must.
    pub hold: fn(&[u8]),
    /// Inputs that are as they should be, from the folder of the repository.
    pub seeds: fn(&Path) -> Vec<Vec<u8>>,
    /// How many times as many mutations as usual one of its inputs costs.
    pub weight: u32,
}

/// Every kind of input: a new one is a line here, a file in `fuzz_targets/`, and a `[[bin]]`.
pub const TARGETS: &[Target] = &[
    Target { name: "policy", hold: policy::hold, seeds: policy::seeds, weight: 1 },
    Target { name: "case", hold: case::hold, seeds: case::seeds, weight: 1 },
    Target { name: "inventory", hold: inventory::hold, seeds: inventory::seeds, weight: 8 },
    Target { name: "configuration", hold: configuration::hold, seeds: configuration::seeds, weight: 1 },
    Target { name: "baseline", hold: baseline::hold, seeds: baseline::seeds, weight: 8 },
    Target { name: "plan", hold: plan::hold, seeds: plan::seeds, weight: 8 },
    Target { name: "journal", hold: journal::hold, seeds: journal::seeds, weight: 4 },
    Target { name: "change", hold: change::hold, seeds: change::seeds, weight: 1 },
    Target { name: "event", hold: event::hold, seeds: event::seeds, weight: 1 },
];
