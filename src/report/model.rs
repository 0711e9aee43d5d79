//! `noderole.report/1`: the report as outside programs read it. Frozen: fields are added, never renamed or removed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::failure::FailureClass;
use crate::finding::{Evidence, NodeGroupRef, Remediation, Severity, Status, Suppressed, SuppressedBy};
use crate::ids::{AccountId, Partition};
use crate::policy::Outcome;
use crate::suppress::State;

pub use super::change::{Baseline, Change, Changes, NotCompared, NotComparedReason, Previous, Scope, TrendPoint};
pub use super::deliveries::{Delivery, DeliveryFailure};
pub use super::remediation::ReportedRemediation;

/// The version of the form.
pub const SCHEMA: &str = "noderole.report/1";

/// What a run found, and what it could not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// The run.
    pub run_id: String,
    /// The version of noderole that judged.
    pub tool_version: String,
    /// When the facts began to be read (UTC).
    pub started_at: Timestamp,
    /// When the last fact was read (UTC).
    pub finished_at: Timestamp,
    /// The partition.
    pub partition: Partition,
    /// Whether everything that was asked for could be read.
    pub complete: bool,
    /// Each account and region that was asked for. Region `global` is IAM, `*` all regions of an account not entered.
    pub coverage: Vec<CoverageEntry>,
    /// Counts.
    pub summary: Summary,
    /// What the configuration's suppressions matched, in its order; left out where it has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<ReportedSuppression>,
    /// What is wrong with tags that are to exempt from rules; left out where nothing is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the run was narrowed to; left out in reports that are older than this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The accounts' names, where they are known; left out where none is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub account_names: BTreeMap<AccountId, String>,
    /// The report that this one was compared with; left out where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The runs up to this one, the oldest first, this one last; left out without a baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trend: Vec<TrendPoint>,
    /// What each sink took of the run, in the order in which they end; left out where no sink was used, and in a report
    /// that a sink holds without the sink's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
    /// What came of each role that a remediation was for; left out in a run that only looked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remediations: Vec<ReportedRemediation>,
    /// The findings: those that count, the worst first, then those that are suppressed.
    pub findings: Vec<ReportedFinding>,
}

/// A suppression of the configuration, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedSuppression {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The last day (UTC) on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// How many findings it matches, be they suppressed by it or by another one before it.
    pub matched: usize,
    /// Whether it does anything.
    pub state: State,
}

/// Why a finding does not count, or did not until its suppression expired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedSuppressed {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The last day (UTC) on which it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
    /// Where it is written.
    pub by: SuppressedBy,
}

/// An account and region, and what was missed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageEntry {
    /// The account.
    pub account: AccountId,
    /// The region, `global`, or `*`.
    pub region: String,
    /// How far it was audited.
    pub status: CoverageStatus,
    /// Each call that failed.
    pub missing: Vec<Missing>,
    /// What is to be known besides and is no gap in what was asked for, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// How far a region was audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverageStatus {
    /// Everything was read.
    Audited,
    /// Some calls failed.
    Partial,
    /// It could not be entered.
    Denied,
    /// The region is not enabled, or the account not active.
    Disabled,
    /// The run ended first.
    NotReached,
    /// It could not be read for another reason.
    Error,
}

impl CoverageStatus {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Audited => "audited",
            Self::Partial => "partial",
            Self::Denied => "denied",
            Self::Disabled => "disabled",
            Self::NotReached => "not_reached",
            Self::Error => "error",
        }
    }
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Missing {
    /// The operation, which for a denied call is the missing permission: `eks:DescribeNodegroup`.
    pub api: String,
    /// What it was about.
    pub resource: String,
    /// The error code.
    pub error: String,
    /// AWS's message.
    pub message: String,
    /// What kind of failure it was.
    pub class: FailureClass,
}

/// Counts. `pass` and the others count results of rules, one for each rule and role or node group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Accounts that were asked for.
    pub accounts: usize,
    /// Regions, by name, that were asked for in any account.
    pub regions: usize,
    /// Clusters that were seen.
    pub clusters: usize,
    /// Node groups that were seen, managed ones and Auto Mode's.
    pub node_groups: usize,
    /// Distinct node roles.
    pub node_roles: usize,
    /// Requirements that are met.
    pub pass: usize,
    /// Requirements that are not met.
    pub fail: usize,
    /// Recommendations that are not followed.
    pub advice: usize,
    /// Results that could not be had.
    pub unknown: usize,
    /// Rules that do not apply.
    pub not_applicable: usize,
    /// Findings that the configuration suppresses.
    pub suppressed: usize,
    /// Failing findings by severity.
    pub by_severity: BySeverity,
    /// How many findings are new, unchanged and resolved; left out without a baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// Calls by operation; one page is one call.
    pub api_calls: BTreeMap<String, u64>,
    /// Answers that asked to slow down.
    pub throttled: u64,
    /// Attempts after the first of a call, by operation.
    #[serde(default)]
    pub retries: BTreeMap<String, u64>,
    /// Answers that asked to slow down, by operation.
    #[serde(default)]
    pub throttles: BTreeMap<String, u64>,
}

/// Failing findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BySeverity {
    /// Critical.
    pub critical: usize,
    /// High.
    pub high: usize,
    /// Medium.
    pub medium: usize,
    /// Low.
    pub low: usize,
}

/// A finding in the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedFinding {
    /// Stable over runs.
    pub id: String,
    /// The rule's id, `NR202`.
    pub rule: String,
    /// The rule's name, `ecr-pull`.
    pub slug: String,
    /// What it says.
    pub status: Status,
    /// How much harm is in it.
    pub severity: Severity,
    /// The account.
    pub account: AccountId,
    /// The region of the first node group; `global` for a role that no node group uses.
    pub region: String,
    /// The role; null for what concerns the account's roles as a whole.
    pub role_arn: Option<String>,
    /// The node groups that use it.
    pub node_groups: Vec<NodeGroupRef>,
    /// The rule's title.
    pub title: String,
    /// What is wrong here, with names.
    pub message: String,
    /// What decided.
    pub evidence: Vec<ReportedEvidence>,
    /// What would mend it.
    pub remediation: Option<Remediation>,
    /// Why it is known and accepted: it is counted in `summary.suppressed` and nowhere else. Left out where it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<ReportedSuppressed>,
    /// The suppression that covered it until it expired; left out where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppression_expired: Option<ReportedSuppressed>,
    /// What it is against the baseline. Left out without one, and of results that pass or do not apply and are not resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// What an earlier report said of it, where that differs; left out where it does not, and without a baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// The AWS page that the rule rests on.
    pub source: String,
    /// The controls of benchmarks that the rule speaks to; empty in reports that are older than this member.
    #[serde(default)]
    pub compliance: Vec<ReportedControl>,
}

/// A control of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedControl {
    /// The benchmark: `CIS EKS 1.8.0`, `AWS FSBP`, `NIST 800-53 r5`.
    pub benchmark: String,
    /// The control's id in it: `5.1.3`.
    pub id: String,
}

impl ReportedFinding {
    /// The controls in one line, by benchmark; none where there are none.
    pub fn controls(&self) -> Option<String> {
        let controls = self.compliance.iter().map(|control| (control.benchmark.as_str(), control.id.as_str()));
        (!self.compliance.is_empty()).then(|| super::catalogue::controls(controls))
    }
}

/// A piece of evidence; members that do not apply are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedEvidence {
    /// One line for people.
    pub text: String,
    /// The action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Outcome>,
    /// The policy that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The statement in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The statement itself: its JSON text, of a long one the beginning and `…`. It stands with the first piece of evidence
    /// of a finding that names the statement, and not where the name fits several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement_text: Option<String>,
    /// The operation that the fact comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
}

impl From<&Suppressed> for ReportedSuppressed {
    fn from(suppressed: &Suppressed) -> Self {
        let Suppressed { reason, owner, expires, by } = suppressed.clone();
        Self { reason, owner, expires, by }
    }
}

impl ReportedSuppressed {
    /// Why, by whose word and until when, in one line.
    pub fn told(&self) -> String {
        let owner = self.owner.as_ref().map(|owner| format!(", {owner}")).unwrap_or_default();
        let until = self.expires.map(|day| format!(", until {day}")).unwrap_or_default();
        format!("{}{owner}{until}", self.reason)
    }
}

impl ReportedFinding {
    /// Whether it wants attention: it is not known and accepted.
    pub fn counts(&self) -> bool {
        self.suppressed.is_none()
    }
}

impl ReportedEvidence {
    /// A fact in words.
    pub fn fact(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            action: None,
            resource: None,
            decision: None,
            policy: None,
            statement: None,
            statement_text: None,
            api: None,
        }
    }
}

impl From<&Evidence> for ReportedEvidence {
    /// Without the statement's text, which evidence does not hold.
    fn from(evidence: &Evidence) -> Self {
        let Evidence { text, action, resource, outcome, policy, statement, api } = evidence.clone();
        Self { text, action, resource, decision: outcome, policy, statement, statement_text: None, api }
    }
}
