//! A fact that may be missing: a value, or why it could not be read. Never an `Option` with two meanings.

use serde::{Deserialize, Serialize};

use crate::failure::FailureClass;

/// What could not be read, and why: one line of the coverage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The API operation, as IAM spells it (`eks:DescribeNodegroup`); it is also the permission that a denied call misses.
    pub api: String,
    /// What the call was about: an ARN or a name.
    pub resource: String,
    /// The class of the failure.
    pub class: FailureClass,
    /// The error code as AWS gave it.
    pub error: String,
    /// The message as AWS gave it.
    pub message: String,
}

impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { api, resource, class, error, message } = self;
        match class {
            FailureClass::Denied => write!(f, "{api} on {resource} failed with {error} ({})", needed_for(api)),
            FailureClass::NotReached | FailureClass::NotAsked => {
                write!(f, "{api} on {resource} was not called: {message}")
            }
            FailureClass::Throttled
            | FailureClass::NotEnabled
            | FailureClass::Gone
            | FailureClass::Transient
            | FailureClass::Malformed
            | FailureClass::Expired
            | FailureClass::Other => write!(f, "{api} on {resource} failed with {error}"),
        }
    }
}

/// What a denied call needs; who lacks it, the audit role or in its own account the caller, is not told. Of the call that enters an account the permission is the caller's, and the role's trust policy
/// counts too.
pub fn needed_for(api: &str) -> String {
    if api == "sts:AssumeRole" {
        format!("the role must exist there and trust the caller, who needs the permission {api}")
    } else {
        format!("needs the permission {api}")
    }
}

/// A fact: read, or missing for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known<T> {
    /// It was read.
    Value(T),
    /// It could not be read.
    Missing(Gap),
}

impl<T> Known<T> {
    /// The value, if it was read.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing(_) => None,
        }
    }

    /// Why it is missing, if it is.
    pub fn gap(&self) -> Option<&Gap> {
        match self {
            Self::Value(_) => None,
            Self::Missing(gap) => Some(gap),
        }
    }

    /// The value, or the gap as the error.
    pub fn as_result(&self) -> Result<&T, &Gap> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Missing(gap) => Err(gap),
        }
    }

    /// The same fact of something derived from the value.
    pub fn map<U>(self, derive: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Value(value) => Known::Value(derive(value)),
            Self::Missing(gap) => Known::Missing(gap),
        }
    }
}
