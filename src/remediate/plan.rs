//! The plan: what is to be changed, in which order, from what state; and what is left alone, with the reason.

use std::io::Read;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::echo::{echo, message};
use crate::finding::{RemediationClass, Status};
use crate::ids::{AccountId, Partition, RoleArn};
use crate::rules::RuleId;

use super::Change;
use super::state::Fingerprint;

/// The version of the saved form.
pub const SCHEMA: &str = "noderole.plan/1";

/// The largest plan that is read, in bytes.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: String,
    /// The plan's id.
    pub plan_id: String,
    /// The version of noderole that made it.
    pub tool_version: String,
    /// The run whose facts it was made from.
    pub run_id: String,
    /// The partition of all accounts.
    pub partition: Partition,
    /// When it was made (UTC).
    pub created_at: Timestamp,
    /// Until when it may be applied (UTC).
    pub expires_at: Timestamp,
    /// How many node roles were read: a share of them may be changed at once (`max-percent`).
    #[serde(default)]
    pub node_roles: u64,
    /// The roles that are to be changed, by account and ARN.
    pub roles: Vec<RolePlan>,
    /// Findings for which nothing is offered, with the reason.
    pub left: Vec<Left>,
}

/// What is to be done to one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RolePlan {
    /// The account.
    pub account: AccountId,
    /// The role that is changed: a node role, or the role of aws-node.
    pub role: RoleArn,
    /// The findings that it mends.
    pub findings: Vec<Planned>,
    /// The calls, in this order.
    pub steps: Vec<Step>,
    /// What the plan was made from: see [`super::state::State::fingerprint`].
    pub seen: Fingerprint,
    /// The difference that it makes, for people: lines with `+`, `-` or a space in front.
    pub diff: Vec<String>,
    /// What the role may do now and not afterwards, in words; none for what only grants.
    pub takes: Vec<String>,
    /// What should be known before: the better way, what else is widened.
    pub notes: Vec<String>,
    /// Why the configuration does not allow it as it stands; none where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A finding that a plan mends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// The finding's id.
    pub id: String,
    /// Its rule.
    pub rule: RuleId,
    /// What it says now.
    pub status: Status,
    /// How it may be carried out.
    pub class: RemediationClass,
}

/// One call of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The call.
    pub change: Change,
    /// The rules for which it is made.
    pub rules: Vec<RuleId>,
}

/// A finding for which nothing is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// The finding's id.
    pub id: String,
    /// Its rule.
    pub rule: RuleId,
    /// The account.
    pub account: AccountId,
    /// The node role, if it is about one.
    pub role: Option<String>,
    /// Why nothing is offered.
    pub reason: Reason,
    /// The reason in words, and what to do instead.
    pub text: String,
}

/// Why nothing is offered for a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Only a person can decide.
    Manual,
    /// A fact that decides could not be read.
    Unknown,
    /// Something denies it: an explicit deny, a boundary, an SCP.
    Denied,
    /// A quota, a name that is taken, a document that is no JSON.
    Impossible,
    /// The role belongs to AWS, or to a tool that would undo the change.
    ManagedElsewhere,
    /// A precondition is not proven.
    NotProven,
    /// Another change of the plan speaks against it.
    Conflict,
    /// The rules would not pass afterwards.
    WouldNotPass,
    /// Another rule would fail afterwards.
    WouldBreak,
    /// A tag of the role forbids it.
    Forbidden,
    /// The configuration does not allow it.
    NotAllowed,
    /// It was tried before, and failed or was taken back.
    LeftAlone,
    /// Somebody accepted the finding.
    Suppressed,
}

/// Why a plan could not be read.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The bytes could not be read.
    #[error("the plan could not be read")]
    Io(#[from] std::io::Error),
    /// More than [`MAX_BYTES`].
    #[error("the plan is larger than {} MB: it is none of noderole's", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// Not JSON, or cut off.
    #[error("the plan is not {} (line {line}, column {column}): make it anew with `noderole plan`", if source.is_eof() { "complete JSON" } else { "JSON" })]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The parser's error.
        source: serde_json::Error,
    },
    /// Another version of the format, or another document altogether.
    #[error(
        "the plan {}, this version of noderole reads `{SCHEMA}`: make it anew with `noderole plan`",
        found.as_ref().map_or_else(|| "names no schema".to_owned(), |found| format!("has the schema `{found}`"))
    )]
    Schema {
        /// What stood there, if a name did.
        found: Option<String>,
    },
    /// JSON, but not of this form.
    #[error("the plan does not have the form of `{SCHEMA}`, at `{path}`: {message}; make it anew with `noderole plan`")]
    Form {
        /// Where, as a path into the document.
        path: String,
        /// What was wrong there.
        message: String,
    },
}

impl RolePlan {
    /// The parts that are not as they were when the plan was made. Of a policy that it touches and that nobody carried then,
    /// nobody was asked.
    pub(super) fn moved(&self, now: &Fingerprint) -> Vec<String> {
        let touched = |part: &str| {
            let policies = self.steps.iter().filter_map(|step| step.change.policy());
            part.strip_prefix("policy ").is_some_and(|arn| policies.clone().any(|touched| touched == arn))
        };
        let gone = self.seen.iter().filter(|(part, hash)| now.get(*part) != Some(*hash)).map(|(part, _)| part);
        let new = now.keys().filter(|part| !self.seen.contains_key(*part) && !touched(part));
        gone.chain(new).cloned().collect()
    }
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// Why it is none, and where.
    pub fn load(source: impl Read) -> Result<Self, PlanError> {
        #[derive(Deserialize)]
        struct Named {
            schema: Option<serde_json::Value>,
        }
        let mut bytes = Vec::new();
        source.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
            return Err(PlanError::TooLarge);
        }
        let named: Named = serde_json::from_slice(&bytes).map_err(|source| {
            if source.is_data() {
                return PlanError::Schema { found: None };
            }
            PlanError::Json { line: source.line(), column: source.column(), source }
        })?;
        let found = named.schema.as_ref().and_then(serde_json::Value::as_str);
        if found != Some(SCHEMA) {
            return Err(PlanError::Schema { found: found.map(|found| echo(found).into_owned()) });
        }
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(&bytes)).map_err(|error| {
            PlanError::Form { path: message(&error.path().to_string()), message: message(&error.inner().to_string()) }
        })
    }
}

impl Plan {
    /// Takes in a plan of the same making for other accounts.
    pub fn absorb(&mut self, other: Self) {
        self.node_roles = self.node_roles.saturating_add(other.node_roles);
        self.roles.extend(other.roles);
        self.left.extend(other.left);
    }

    /// Puts a plan of the same making in the place of what is planned for the accounts that `of` names.
    pub fn replace(&mut self, other: Self, of: impl Fn(&AccountId) -> bool) {
        self.roles.retain(|role| !of(&role.account));
        self.left.retain(|left| !of(&left.account));
        self.roles.extend(other.roles);
        self.left.extend(other.left);
    }

    /// Puts all in the order of accounts and roles, whichever was planned for first.
    pub fn sort(&mut self) {
        self.roles.sort_by(|one, other| one.role.cmp(&other.role));
        self.left
            .sort_by(|one, other| (&one.account, &one.role, &one.id).cmp(&(&other.account, &other.role, &other.id)));
    }
}

impl RolePlan {
    /// The most that is asked of whoever allows it: `guarded` where one of its findings is.
    pub fn class(&self) -> RemediationClass {
        self.findings.iter().map(|planned| planned.class).max().unwrap_or(RemediationClass::Manual)
    }

    /// Whether it creates the role.
    pub fn creates_the_role(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.change, Change::CreateRole { .. }))
    }
}
