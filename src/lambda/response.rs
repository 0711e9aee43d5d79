//! What the function answers: the summary, small whatever was audited; findings are in the log.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::ids::{AccountId, RoleArn};
use crate::remediate::plan::Reason;
use crate::report::coverage::CoverageCounts;
use crate::report::model::{self, Delivery, Report, ReportedRemediation, ReportedSuppression};

use super::fan_out::{Listed, Read};

/// What the function answers to each trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// An audit, in one invocation.
    Audited(Response),
    /// The state machine was begun.
    Started(Started),
    /// The accounts of a fan-out were found.
    Listed(Listed),
    /// One of them was read.
    Read(Read),
    /// All of them were judged.
    Summarized(Summary),
    /// Changes were worked off.
    Changes(Changes),
    /// A plan was made.
    Planned(Planned),
    /// A plan was carried out, or taken back.
    Remediated(Remediated),
}

/// A plan was made, and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Its id, for `{"task": "apply", "plan": ...}`.
    pub plan_id: String,
    /// Until when it may be applied (UTC).
    pub expires_at: Timestamp,
    /// The roles that it changes, with what is done to each.
    pub roles: Vec<PlannedRole>,
    /// Findings for which nothing is offered, by reason.
    pub left: BTreeMap<Reason, usize>,
    /// What could not be known: histories that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What a plan does to a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedRole {
    /// The role.
    pub role: RoleArn,
    /// The findings that it mends.
    pub findings: Vec<String>,
    /// The steps, in words.
    pub steps: Vec<String>,
}

/// What a remediation came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remediated {
    /// The journal's id, for `{"task": "undo", "journal": ...}`; none where nothing was to be done.
    pub journal_id: Option<String>,
    /// What came of each role; the function's log has a line of the same for each.
    pub roles: Vec<ReportedRemediation>,
    /// What went wrong beside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What was audited afterwards, account by account.
    pub audits: Vec<Response>,
    /// What each sink took of the outcomes that no audit tells; left out where all of them are told by audits, or no sink is
    /// used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
}

/// The state machine was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Started {
    /// The run, and the execution's name.
    pub run_id: String,
    /// How many accounts it reads.
    pub accounts: usize,
}

/// The end of a fan-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The audit.
    #[serde(flatten)]
    pub told: Response,
    /// Accounts that no invocation could read, the first hundred: the report lists all of them as not reached.
    pub not_written: Vec<AccountId>,
}

/// What became of a batch of changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Messages that are to be handed out again, and in the end go to the dead letters.
    pub batch_item_failures: Vec<FailedMessage>,
    /// Audits that were done.
    pub audits: Vec<Response>,
}

/// A message that could not be worked off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedMessage {
    /// Its id.
    pub item_identifier: String,
}

/// The function's answer to an audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Response {
    /// The run.
    pub run_id: String,
    /// Whether everything that was asked for could be read, and was anything at all.
    pub complete: bool,
    /// Findings that were written as lines, to the sink's log group or the function's own log.
    pub findings_logged: usize,
    /// Accounts by how far they were audited.
    pub coverage: CoverageCounts,
    /// The report's counts.
    pub summary: model::Summary,
    /// What the configuration's suppressions matched; left out where it has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<ReportedSuppression>,
    /// What is wrong with tags that are to exempt from rules; left out where nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What each sink took; left out where no sink was used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
}

impl Response {
    /// The answer for a report of which `findings_logged` findings were written.
    #[must_use]
    pub fn of(report: &Report, findings_logged: usize) -> Self {
        Self {
            run_id: report.run_id.clone(),
            complete: report.complete,
            findings_logged,
            coverage: CoverageCounts::of(&report.coverage),
            summary: report.summary.clone(),
            suppressions: report.suppressions.clone(),
            notes: report.notes.clone(),
            deliveries: report.deliveries.clone(),
        }
    }
}
