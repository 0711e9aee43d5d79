//! What came of a remediation, role by role, beside what an audit found; and a report of that alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, Partition, RoleArn};
use crate::remediate::journal::Outcome;

use super::model::{Report, SCHEMA, Summary};

/// What came of a role that a remediation was for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedRemediation {
    /// The journal that tells of it.
    pub journal_id: String,
    /// The role's account.
    pub account: AccountId,
    /// The role.
    pub role: RoleArn,
    /// What came of it; none: the run did not come to it.
    pub outcome: Option<Outcome>,
    /// Why, in words; empty where all went well.
    pub message: String,
    /// The ids of the findings that its plan mends.
    pub findings: Vec<String>,
}

impl ReportedRemediation {
    /// Whether somebody is to hear of it: something was changed, or was to be and was not.
    pub fn is_news(&self) -> bool {
        self.outcome != Some(Outcome::Unchanged)
    }
}

/// An outcome in a word.
pub fn word(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Applied) => "applied",
        Some(Outcome::Unchanged) => "unchanged",
        Some(Outcome::Refused) => "refused",
        Some(Outcome::Restored) => "restored",
        Some(Outcome::Failed) => "failed",
        Some(Outcome::Undone) => "undone",
        None => "not begun",
    }
}

impl Report {
    /// A report of nothing but what came of roles, where nothing was audited afterwards. `complete`: nothing was to be.
    pub fn of_remediations(
        run_id: String,
        partition: Partition,
        at: Timestamp,
        complete: bool,
        remediations: Vec<ReportedRemediation>,
    ) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            run_id,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: at,
            finished_at: at,
            partition,
            complete,
            coverage: Vec::new(),
            summary: Summary::default(),
            suppressions: Vec::new(),
            notes: Vec::new(),
            scope: None,
            account_names: BTreeMap::new(),
            baseline: None,
            trend: Vec::new(),
            deliveries: Vec::new(),
            remediations,
            findings: Vec::new(),
        }
    }

    /// Whether nothing was audited for it: every audit, whatever it could read, has accounts in its coverage.
    pub fn is_of_remediations_alone(&self) -> bool {
        !self.remediations.is_empty() && self.coverage.is_empty() && self.findings.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{json, sample, saved};

    #[test]
    fn a_report_of_outcomes_alone_is_one_that_is_read_back() {
        let told = sample::remediation(Some(Outcome::Refused));
        let report =
            Report::of_remediations("run-1".to_owned(), Partition::Aws, Timestamp::UNIX_EPOCH, true, vec![told]);
        let mut text = Vec::new();
        json::write(&report, &mut text).unwrap();
        assert_eq!(saved::load(text.as_slice()).unwrap(), report);
        assert!(report.is_of_remediations_alone());
        assert!(!sample::report().is_of_remediations_alone());
    }

    #[test]
    fn what_was_so_already_is_no_news_and_what_was_not_come_to_is() {
        assert!(!sample::remediation(Some(Outcome::Unchanged)).is_news());
        assert!(sample::remediation(Some(Outcome::Applied)).is_news());
        assert!(sample::remediation(None).is_news());
    }
}
