//! Which results are told, and how many are not: what passes is most of an audit, and seldom asked for.

use crate::finding::{Finding, Status};
use crate::rules::Verdict;

/// Which results an audit tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Told {
    /// Every one, with what it rests on.
    #[default]
    All,
    /// What wants attention: `fail`, `unknown`, `advice`. What passes or does not apply is judged alike, but only counted.
    Open,
}

impl Told {
    /// Whether a result that says so is told.
    pub(crate) fn tells(self, status: Status) -> bool {
        match (self, status) {
            (Self::All, _) | (Self::Open, Status::Fail | Status::Unknown | Status::Advice) => true,
            (Self::Open, Status::Pass | Status::NotApplicable) => false,
        }
    }
}

/// The results that were counted, and not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Untold {
    /// How many pass.
    pub pass: usize,
    /// How many do not apply.
    pub not_applicable: usize,
}

/// The results of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Results {
    /// Those that are told.
    pub findings: Vec<Finding>,
    /// The others.
    pub untold: Untold,
}

impl Results {
    /// Takes a verdict: as the finding that `about` makes of it, or as one more of its kind.
    pub(super) fn take(&mut self, told: Told, verdict: Verdict, about: impl FnOnce(Verdict) -> Finding) {
        match verdict.status {
            Status::Pass if told == Told::Open => self.untold.pass += 1,
            Status::NotApplicable if told == Told::Open => self.untold.not_applicable += 1,
            Status::Pass | Status::NotApplicable | Status::Fail | Status::Unknown | Status::Advice => {
                self.findings.push(about(verdict));
            }
        }
    }

    /// Takes the results of another part of the audit.
    pub(super) fn add(&mut self, part: Self) {
        self.findings.extend(part.findings);
        self.untold.pass += part.untold.pass;
        self.untold.not_applicable += part.untold.not_applicable;
    }
}
