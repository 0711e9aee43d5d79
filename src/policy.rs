//! The IAM policy language: documents, patterns, conditions, evaluation, trust. Pure, and without any fact of EKS.

pub mod decision;
pub mod document;
pub mod evaluate;
pub mod request;
pub mod trust;

pub use decision::{Decider, Decision, Effect, Hinge, Layer, Outcome};
pub use document::{Document, DocumentError};
pub use evaluate::{NamedPolicy, PolicySet};
pub use request::{Context, Request};
