//! EventBridge: what is new as events on a bus.

pub mod events;
