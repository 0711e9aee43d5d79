//! noderole against a simulated organization: its wire formats, faults at every place, and what a run may cost.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    clippy::cast_precision_loss,
    reason = "a test stops where something is wrong, and looks at what it is about"
)]

mod simulation;

mod faithful;
