//! What a report says of an earlier one, its baseline: what is new, what is as it was, what is resolved, and how the counts went.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::finding::{Severity, Status};

use super::model::{BySeverity, ReportedFinding};

/// What a finding is against the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The baseline does not have it, or it did not call for attention there: it could not be told, or was suppressed.
    New,
    /// The baseline has it; `previous` says what differs there.
    Unchanged,
    /// The baseline has it, and this run looked and found it no more. The status is then `pass` or `not_applicable`, so that
    /// whoever counts failing findings does not count it; `previous` says what it was.
    Resolved,
}

impl Change {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
            Self::Resolved => "resolved",
        }
    }
}

/// What an earlier report said of a finding, where this one says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// The run that said so: the baseline's, or an earlier one's where the baseline could not tell (`unknown`).
    pub run_id: String,
    /// What it said.
    pub status: Status,
    /// How much harm was in it.
    pub severity: Severity,
    /// Its sentence.
    pub message: String,
    /// Whether it was suppressed there; left out where it was not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suppressed: bool,
    /// The journal of the remediation that mended it; left out where noderole did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<String>,
}

impl ReportedFinding {
    /// Whether the baseline has it and it is no longer there.
    pub fn is_resolved(&self) -> bool {
        self.change == Some(Change::Resolved)
    }
}

impl Previous {
    /// What it was in a word or two: its severity where it failed, and whether it was suppressed.
    pub fn words(&self) -> String {
        let word = match self.status {
            Status::Fail => self.severity.as_str(),
            Status::Advice | Status::Unknown | Status::Pass | Status::NotApplicable => self.status.as_str(),
        };
        format!("{word}{}", if self.suppressed { ", suppressed" } else { "" })
    }
}

/// How many findings are what against the baseline. New and unchanged ones that are suppressed are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// New ones.
    pub new: usize,
    /// Unchanged ones.
    pub unchanged: usize,
    /// Resolved ones.
    pub resolved: usize,
}

/// The report that was compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Its run.
    pub run_id: String,
    /// The version of noderole that judged it.
    pub tool_version: String,
    /// When its last fact was read (UTC).
    pub finished_at: Timestamp,
    /// Whether it could see everything that it was asked for.
    pub complete: bool,
    /// Its findings at which this run did not look, so that nothing is claimed of them. A report that is compared with this
    /// one knows them by this list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_compared: Vec<NotCompared>,
}

/// A finding of the baseline of which this run cannot say whether it is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCompared {
    /// Why not.
    pub reason: NotComparedReason,
    /// The run that told it last.
    pub run_id: String,
    /// The finding as that run told it.
    pub finding: ReportedFinding,
}

/// Why a finding of the baseline could not be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotComparedReason {
    /// Its rule was not judged.
    RuleNotJudged,
    /// Its account or region was not asked for, or it lies outside the clusters and roles that were.
    NotAskedFor,
    /// Part of its account could not be read.
    NotRead,
    /// The report does not say what it was narrowed to: it is older than that member.
    ScopeNotKnown,
}

impl NotComparedReason {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RuleNotJudged => "rule_not_judged",
            Self::NotAskedFor => "not_asked_for",
            Self::NotRead => "not_read",
            Self::ScopeNotKnown => "scope_not_known",
        }
    }
}

/// What a run was narrowed to. Accounts and regions are not in it: the coverage lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The rules that were judged, by id.
    pub rules: Vec<String>,
    /// The clusters that were asked for; left out where all were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<String>,
    /// The roles that were asked for; left out where all were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

/// A run in a row of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrendPoint {
    /// The run.
    pub run_id: String,
    /// When its last fact was read (UTC).
    pub finished_at: Timestamp,
    /// Whether it could see everything that it was asked for.
    pub complete: bool,
    /// Accounts that were asked for.
    pub accounts: usize,
    /// Requirements that are not met.
    pub fail: usize,
    /// Recommendations that are not followed.
    pub advice: usize,
    /// Results that could not be had.
    pub unknown: usize,
    /// Findings that are suppressed.
    pub suppressed: usize,
    /// Failing findings by severity.
    pub by_severity: BySeverity,
}
