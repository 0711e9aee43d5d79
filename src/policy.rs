//! The IAM policy language: documents, patterns, conditions, evaluation, trust. Pure, and without any fact of EKS.

mod condition;
pub mod decision;
pub mod document;
pub mod evaluate;
mod pattern;
pub mod request;
pub mod trust;
mod truth;

pub use decision::{Decider, Decision, Effect, Hinge, Layer, Outcome};
pub(crate) use document::Scalars;
pub use document::{Document, DocumentError, Statement};
pub use evaluate::{NamedPolicy, PolicySet};
pub use pattern::is_like;
pub use request::{Context, Request};
