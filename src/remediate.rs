//! Remediation: a plan (pure), the guards around it, then exactly that plan, verified and undoable.
//!
//! `change` is one call that changes something, `state` is what it changes, as far as it is ours to put back. `plan` says what
//! to do and what it was made from; `act` and `journal` are how it is done: one thing at a time, each written down before it is
//! done.

pub mod act;
pub mod carry_out;
pub mod change;
#[cfg(feature = "aws")]
pub mod drive;
pub mod journal;
pub mod permits;
#[cfg(feature = "aws")]
pub mod place;
pub mod plan;
pub mod state;

pub use change::Change;
