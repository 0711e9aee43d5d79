//! Remediation: a plan (pure), the guards around it, then exactly that plan, verified and undoable.
//!
//! `change` is one call that changes something, `state` is what it changes, as far as it is ours to put back. `plan` says what
//! to do and what it was made from, `planner` makes and checks it; `guard` and `history` say what of it may be done. `act`,
//! `carry_out` and `journal` are how it is done: one thing at a time, each written down before it is done. With AWS: `drive`
//! does it, `place` keeps it, `apply` is all of it in order, for every door.

pub mod act;
#[cfg(feature = "aws")]
pub mod apply;
pub mod carry_out;
pub mod change;
#[cfg(feature = "aws")]
pub mod drive;
pub mod guard;
pub mod history;
pub mod journal;
mod managed;
pub mod model;
pub mod owner;
pub mod permits;
#[cfg(feature = "aws")]
pub mod place;
pub mod plan;
pub mod planner;
pub mod settings;
pub mod state;
pub mod window;

pub use change::Change;
