//! AWS → inventory: what to ask, how many at once, what was missed.
//!
//! [`ask`] is what the door understood ([`member`] a part of it), [`scope`] what it resolved to. [`planner`] is a pure state machine that hands out
//! [`call`]s and takes their answers; `drive` performs them.

pub mod ask;
pub mod call;
#[cfg(feature = "aws")]
pub mod drive;
pub mod member;
pub mod planner;
pub mod reply;
pub mod scope;
