//! noderole against a simulated organization: its wire formats, faults at every place, and what a run may cost.

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod faithful;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod planner;
#[cfg(test)]
mod seeds;
#[cfg(test)]
mod wire;
