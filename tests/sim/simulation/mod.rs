//! A simulated organization: AWS in memory, in its own wire formats, on a clock that does not make anybody wait.
//!
//! A [`World`] holds the facts of an inventory. Beneath the SDK it answers calls ([`answers`]), over the SDK's HTTP connector
//! ([`connector`]) requests: read back to calls ([`request`]), answered, and written as the services do ([`write`]). Tests and
//! benches use it alike. What is random comes from a seed. Without the feature `aws` there is what lies beneath the SDK.
#![expect(clippy::wildcard_enum_match_arm, reason = "what is not simulated is one answer")]
#![cfg_attr(feature = "aws", expect(clippy::cast_precision_loss, reason = "numbers of things are small"))]

pub(crate) mod answers;
pub(crate) mod beneath;
#[cfg(feature = "aws")]
pub(crate) mod clock;
#[cfg(feature = "aws")]
pub(crate) mod connector;
pub(crate) mod fault;
#[cfg(feature = "aws")]
pub(crate) mod large;
#[cfg(feature = "aws")]
pub(crate) mod least;
pub(crate) mod organization;
#[cfg(feature = "aws")]
pub(crate) mod organizations;
pub(crate) mod random;
#[cfg(feature = "aws")]
pub(crate) mod rates;
#[cfg(feature = "aws")]
pub(crate) mod request;
#[cfg(feature = "aws")]
pub(crate) mod run;
#[cfg(feature = "aws")]
pub(crate) mod sent;
#[cfg(feature = "aws")]
pub(crate) mod sinks;
pub(crate) mod spoiled;
pub(crate) mod world;
#[cfg(feature = "aws")]
pub(crate) mod write;

pub(crate) use world::World;
