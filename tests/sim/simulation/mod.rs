//! A simulated organization: AWS in memory, in its own wire formats, on a clock that does not make anybody wait.
//!
//! A [`World`] holds the facts of an inventory. Beneath the SDK it answers calls ([`answers`]), over the SDK's HTTP connector
//! ([`connector`]) requests: read back to calls ([`request`]), answered, and written as the services do ([`write`]). Tests and
//! benches use it alike. What is random comes from a seed.

pub(crate) mod answers;
pub(crate) mod beneath;
pub(crate) mod clock;
pub(crate) mod connector;
pub(crate) mod fault;
pub(crate) mod organization;
pub(crate) mod organizations;
pub(crate) mod random;
pub(crate) mod rates;
pub(crate) mod request;
pub(crate) mod run;
pub(crate) mod spoiled;
pub(crate) mod world;
pub(crate) mod write;

pub(crate) use world::World;
