//! Sinks.

pub(crate) mod batches;
pub mod eventbridge;
pub(crate) mod news;
pub mod shortened;
pub mod sns;
