//! Remediation: a plan (pure), the guards around it, then exactly that plan, verified and undoable.
//!
//! `change` is one call that changes something, `state` is what it changes, as far as it is ours to put back. `plan` says what
//! to do and what it was made from; `act` and `journal` are how it is done: one thing at a time, each written down before it is
//! done.

pub mod act;
#[cfg(feature = "aws")]
pub mod apply;
pub mod carry_out;
pub mod change;
pub mod guard;
pub mod history;
pub mod journal;
mod managed;
pub mod model;
pub mod owner;
pub mod permits;
pub mod plan;
pub mod planner;
pub mod settings;
pub mod state;
pub mod window;

pub use change::Change;
