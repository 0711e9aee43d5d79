//! noderole audits every EKS node role of an AWS organization by its effective permissions.
//!
//! The pipeline, in order: [`collect`] asks AWS → [`inventory`] (facts, and what could not be read) → [`audit`] (pure)
//! → [`report`]; [`judgement`] does the last two account by account. Without the feature `aws` the crate is the pure core: no SDK, no runtime, no clock.

pub mod audit;
#[cfg(feature = "aws")]
pub mod aws;
pub mod baseline;
pub mod change;
#[cfg(feature = "cli")]
pub mod cli;
pub mod collect;
pub mod config;
mod counted;
pub mod demo;
mod echo;
pub mod event;
pub mod exit;
pub mod explain;
pub mod failure;
pub mod finding;
pub mod glob;
pub mod ids;
pub mod inventory;
pub mod judgement;
#[cfg(feature = "aws")]
pub mod judging;
pub mod known;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(any(feature = "cli", feature = "lambda"))]
pub mod log;
mod nearest;
#[cfg(feature = "aws")]
mod organization;
pub mod policy;
pub mod remediate;
pub mod report;
pub mod rules;
pub mod run_id;
pub mod simulate;
pub mod sinks;
pub mod suppress;
