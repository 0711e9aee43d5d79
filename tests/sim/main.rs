//! noderole against a simulated organization: its wire formats, faults at every place, and what a run may cost.
#![cfg_attr(not(feature = "aws"), expect(dead_code, reason = "what goes over the wire needs the SDK"))]

#[cfg(test)]
mod simulation;

#[cfg(test)]
#[cfg(feature = "aws")]
mod faithful;
#[cfg(test)]
#[cfg(feature = "aws")]
mod huge;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod planner;
#[cfg(test)]
#[cfg(feature = "aws")]
mod scale;
#[cfg(test)]
mod seeds;
#[cfg(test)]
#[cfg(feature = "aws")]
mod sinks;
#[cfg(test)]
#[cfg(feature = "aws")]
mod wire;
