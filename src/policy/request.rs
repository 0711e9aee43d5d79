//! What is asked of the evaluation: who does what to which resource, and what is known of the request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One request to decide on.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The action: `ecr:BatchGetImage`.
    pub action: &'a str,
    /// The resource's ARN, or `*` for an action that has none.
    pub resource: &'a str,
    /// What is known of the request.
    pub context: &'a Context,
}

/// The condition keys of a request: those with values, those that are absent, and those of which nothing is known.
///
/// Keys are compared without case. A key that is neither given nor unknown is absent from the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
    unknown: BTreeSet<String>,
    absent_prefixes: BTreeSet<String>,
    others_unknown: bool,
    /// What many requests have in common, where this one says nothing of a key.
    shared: Option<Arc<Context>>,
}

/// The name of a condition key, which has no case: keys are compared in lower case, and told as a policy writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    pub(super) lower: &'a str,
    pub(super) written: &'a str,
}

/// What is known of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState<'a> {
    /// In the request with these values, of which there is at least one.
    Present(&'a [String]),
    /// Not in the request.
    Absent,
    /// It may be there or not, with any value.
    Unknown,
}

impl Context {
    /// A context in which every key that is not given is absent.
    pub fn complete() -> Self {
        Self::default()
    }

    /// A context in which nothing is known of a key that is not given.
    pub fn partial() -> Self {
        Self { others_unknown: true, ..Self::default() }
    }

    /// A context in which that is known which is `shared` with other requests, and what is given beside it.
    pub fn over(shared: Arc<Self>) -> Self {
        Self { shared: Some(shared), ..Self::default() }
    }

    /// Gives a key its values.
    pub fn set(&mut self, key: &str, values: Vec<String>) {
        let key = key.to_ascii_lowercase();
        self.unknown.remove(&key);
        self.values.insert(key, values);
    }

    /// Says that nothing is known of a key.
    pub fn set_unknown(&mut self, key: &str) {
        let key = key.to_ascii_lowercase();
        self.values.remove(&key);
        self.unknown.insert(key);
    }

    /// Says that the request does not have a key. A key without values is the same.
    pub fn set_absent(&mut self, key: &str) {
        self.set(key, Vec::new());
    }

    /// Says that of all keys that begin so (`aws:PrincipalTag/`) only those are in the request that are given.
    pub fn set_absent_prefix(&mut self, prefix: &str) {
        self.absent_prefixes.insert(prefix.to_ascii_lowercase());
    }

    /// What is known of a key, whose name must be in lower case.
    pub fn get(&self, lower_key: &str) -> KeyState<'_> {
        match self.values.get(lower_key) {
            Some(values) if values.is_empty() => KeyState::Absent,
            Some(values) => KeyState::Present(values),
            None if self.unknown.contains(lower_key) => KeyState::Unknown,
            None if self.absent_prefixes.iter().any(|prefix| lower_key.starts_with(prefix)) => KeyState::Absent,
            None if self.others_unknown => KeyState::Unknown,
            None => self.shared.as_deref().map_or(KeyState::Absent, |shared| shared.get(lower_key)),
        }
    }
}
