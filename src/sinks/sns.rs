//! SNS: one message a run that people read, by mail or chat.

pub mod digest;
#[cfg(feature = "aws")]
mod send;

#[cfg(feature = "aws")]
pub(super) use send::send;
