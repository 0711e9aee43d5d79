//! How urgent a finding is in schemes that have a grade below `low`: what does not fail is never told as if it did.

use crate::finding::{Severity, Status};

use super::model::ReportedFinding;

/// The grades of Security Hub and OCSF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// Nothing is known to be wrong.
    Informational,
    /// Worth knowing, or advice.
    Low,
    /// To mend in the ordinary course.
    Medium,
    /// Harm is done, or may be.
    High,
    /// At once.
    Critical,
}

impl Grade {
    /// The grade of a finding: of what fails its severity; advice is low; what is met, does not apply or is not known is
    /// informational, for a call that was denied must not wake anybody as 120 critical findings.
    pub(super) fn of(finding: &ReportedFinding) -> Self {
        match (finding.status, finding.severity) {
            (Status::Fail, Severity::Low) | (Status::Advice, _) => Self::Low,
            (Status::Fail, Severity::Medium) => Self::Medium,
            (Status::Fail, Severity::High) => Self::High,
            (Status::Fail, Severity::Critical) => Self::Critical,
            (Status::Unknown | Status::Pass | Status::NotApplicable, _) => Self::Informational,
        }
    }

    /// OCSF's `severity_id` and its caption.
    pub(super) fn ocsf(self) -> (u8, &'static str) {
        match self {
            Self::Informational => (1, "Informational"),
            Self::Low => (2, "Low"),
            Self::Medium => (3, "Medium"),
            Self::High => (4, "High"),
            Self::Critical => (5, "Critical"),
        }
    }

    /// The `Label` of a severity in the AWS Security Finding Format.
    pub(super) fn asff(self) -> &'static str {
        match self {
            Self::Informational => "INFORMATIONAL",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}
