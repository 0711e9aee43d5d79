//! What was done about a finding before: so that what fails again and again, or is taken back again and again, is left alone.
//! Pure; one small document a finding.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::journal::Outcome;

/// The version of the saved form.
pub const SCHEMA: &str = "noderole.remediation-history/1";

/// After so many failures in a row a finding is left alone.
pub const MAX_FAILURES: usize = 3;

/// After being taken back so often, by `undo` or from outside, a finding is left alone.
pub const MAX_REVERTS: usize = 2;

/// How many attempts are remembered; more would decide nothing.
const REMEMBERED: usize = 20;

/// What was done about one finding, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// [`SCHEMA`].
    pub schema: String,
    /// The finding's id.
    pub finding: String,
    /// The last attempts.
    pub attempts: Vec<Attempt>,
}

/// One attempt, or its undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// When it ended (UTC).
    pub at: Timestamp,
    /// The journal that tells of it.
    pub journal: String,
    /// What came of it.
    pub result: AttemptResult,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptResult {
    /// It was mended.
    Applied,
    /// It failed, whether or not all of it was taken back.
    Failed,
    /// It was mended before, and that was taken back by `noderole undo`.
    Undone,
}

/// Not a history.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// Not JSON, or of another form.
    #[error(
        "what is kept of finding {finding} is no history of noderole's: look who put it there, or forget it with `noderole retry {finding}`"
    )]
    Form {
        /// The finding.
        finding: String,
        /// Why.
        source: serde_json::Error,
    },
    /// Of another version, or of another finding.
    #[error(
        "what is kept of finding {finding} is the history of something else ({found}): forget it with `noderole retry {finding}`"
    )]
    Other {
        /// The finding.
        finding: String,
        /// What it says that it is.
        found: String,
    },
}

impl History {
    /// Of a finding about which nothing was done.
    pub fn new(finding: &str) -> Self {
        Self { schema: SCHEMA.to_owned(), finding: finding.to_owned(), attempts: Vec::new() }
    }

    /// Reads what was kept of a finding.
    ///
    /// # Errors
    /// [`HistoryError`]: nothing is done about a finding of which that is not known.
    pub fn read(finding: &str, bytes: &[u8]) -> Result<Self, HistoryError> {
        let form = |source| HistoryError::Form { finding: finding.to_owned(), source };
        let read: Self = serde_json::from_slice(bytes).map_err(form)?;
        if read.schema == SCHEMA && read.finding == finding {
            return Ok(read);
        }
        Err(HistoryError::Other { finding: finding.to_owned(), found: format!("{} of {}", read.schema, read.finding) })
    }

    /// As it is kept.
    ///
    /// # Errors
    /// None that is known: its parts are texts and times.
    pub fn write(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// Remembers what came of a role's plan that was to mend the finding. What was refused, and what was so already, is no
    /// attempt.
    pub fn note(&mut self, outcome: Outcome, journal: &str, at: Timestamp) {
        let result = match outcome {
            Outcome::Applied => AttemptResult::Applied,
            Outcome::Restored | Outcome::Failed => AttemptResult::Failed,
            Outcome::Undone => AttemptResult::Undone,
            Outcome::Unchanged | Outcome::Refused => return,
        };
        // a run that is resumed tells again what came of it
        self.attempts.retain(|attempt| attempt.journal != journal || attempt.result != result);
        self.attempts.push(Attempt { at, journal: journal.to_owned(), result });
        let surplus = self.attempts.len().saturating_sub(REMEMBERED);
        self.attempts.drain(..surplus);
    }

    /// Why nothing is done any more about a finding that is there (again).
    ///
    /// Whatever mended it before did not last: it was undone, or reverted from outside.
    pub fn left_alone(&self) -> Option<String> {
        let failures = self.attempts.iter().rev().take_while(|attempt| attempt.result == AttemptResult::Failed).count();
        let of = |result| self.attempts.iter().filter(move |attempt| attempt.result == result);
        let (applied, undone) = (of(AttemptResult::Applied).count(), of(AttemptResult::Undone).count());
        // of what was applied before the memory begins, only the undo may be remembered
        let reverts = applied.max(undone);
        let why = if failures >= MAX_FAILURES {
            format!("its remediation failed {failures} times in a row")
        } else if reverts >= MAX_REVERTS {
            let outside = reverts.saturating_sub(undone);
            format!("its remediation did not last {reverts} times (undone {undone}, reverted from outside {outside})")
        } else {
            return None;
        };
        let last = self.attempts.last()?;
        Some(format!(
            "{why}, last in journal {} on {}: find out why, then `noderole retry {}`",
            last.journal,
            last.at.strftime("%Y-%m-%d"),
            self.finding
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINDING: &str = "NR202-0123456789abcdef";

    fn after(outcomes: &[Outcome]) -> History {
        let mut history = History::new(FINDING);
        for (number, outcome) in outcomes.iter().enumerate() {
            history.note(*outcome, &format!("journal-{number}"), "2026-11-24T10:00:00Z".parse().unwrap());
        }
        history
    }

    #[test]
    fn after_three_failures_in_a_row_a_finding_is_left_alone() {
        use Outcome::{Applied, Failed, Restored};
        assert_eq!(after(&[Restored, Failed]).left_alone(), None);
        assert_eq!(after(&[Restored, Failed, Applied, Restored]).left_alone(), None);
        let told = after(&[Restored, Failed, Restored]).left_alone().unwrap();
        assert!(told.contains("failed 3 times in a row") && told.contains("journal-2 on 2026-11-24"), "{told}");
        assert!(told.contains("noderole retry NR202-0123456789abcdef"), "{told}");
    }

    #[test]
    fn what_did_not_last_twice_is_left_alone_be_it_undone_or_reverted_from_outside() {
        use Outcome::{Applied, Undone};
        assert_eq!(after(&[Applied]).left_alone(), None);
        assert_eq!(after(&[Applied, Undone]).left_alone(), None);
        let outside = after(&[Applied, Applied]).left_alone().unwrap();
        assert!(outside.contains("undone 0, reverted from outside 2"), "{outside}");
        let both = after(&[Applied, Undone, Applied]).left_alone().unwrap();
        assert!(both.contains("did not last 2 times (undone 1, reverted from outside 1)"), "{both}");
        assert!(after(&[Undone, Undone]).left_alone().is_some());
    }

    #[test]
    fn what_was_refused_is_no_attempt_a_resumed_run_counts_once_and_memory_is_bounded() {
        use Outcome::{Applied, Failed, Refused, Unchanged};
        assert!(after(&[Refused, Unchanged]).attempts.is_empty());
        let mut resumed = History::new(FINDING);
        for outcome in [Failed, Failed, Applied] {
            resumed.note(outcome, "journal", "2026-11-24T10:00:00Z".parse().unwrap());
        }
        assert_eq!(resumed.attempts.len(), 2);
        let long = after(&[Failed; 50]);
        assert_eq!((long.attempts.len(), long.attempts[19].journal.as_str()), (20, "journal-49"));
    }

    #[test]
    fn a_history_is_read_as_it_was_kept_and_nothing_else_is() {
        let history = after(&[Outcome::Applied]);
        assert_eq!(History::read(FINDING, &history.write().unwrap()).unwrap(), history);
        assert!(matches!(History::read(FINDING, b""), Err(HistoryError::Form { .. })));
        assert!(matches!(History::read("NR201-1", &history.write().unwrap()), Err(HistoryError::Other { .. })));
    }
}
