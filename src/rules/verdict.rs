//! What a rule answers about its subject: one verdict, with the evidence that defends it.

use crate::finding::{Evidence, Remediation, Severity, Status};
use crate::inventory::Role;
use crate::known::Gap;

/// The answer about one role of an account; without a role, about the account's roles as a whole.
pub type RoleVerdict<'a> = (Option<&'a Role>, Verdict);

/// The answer of one rule about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What it says.
    pub status: Status,
    /// How much harm is in it, where it fails; the rule's own severity where it does not.
    pub severity: Severity,
    /// One sentence: what is wrong here, with names.
    pub message: String,
    /// What decided.
    pub evidence: Vec<Evidence>,
    /// What would mend it.
    pub remediation: Option<Box<Remediation>>,
}

impl Verdict {
    /// A verdict without evidence or remediation, to be completed by [`Verdict::with`] and [`Verdict::mend`].
    pub fn new(status: Status, severity: Severity, message: impl Into<String>) -> Self {
        Self { status, severity, message: message.into(), evidence: Vec::new(), remediation: None }
    }

    /// The fact behind `gap` could not be read, and the rule needs it.
    pub fn unread(severity: Severity, gap: &Gap, needed_for: &str) -> Self {
        Self::new(Status::Unknown, severity, format!("{needed_for} could not be read: {gap}"))
            .with([Evidence::gap(gap)])
    }

    /// Adds evidence.
    #[must_use]
    pub fn with(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// Adds what would mend it.
    #[must_use]
    pub fn mend(mut self, remediation: Remediation) -> Self {
        self.remediation = Some(Box::new(remediation));
        self
    }
}
