//! EventBridge: what is new, changed or resolved as events on a bus, and one event for each run.

#[cfg(test)]
mod chat;
pub mod events;
#[cfg(feature = "aws")]
mod send;

#[cfg(feature = "aws")]
pub(super) use send::send;
