//! The steps of the fan-out: `{"task": "audit-account", "run_id": "...", "account": "..."}`.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::ids::AccountId;
use crate::run_id::run_id;

use super::{EventError, echo};

/// The longest id of a run, in characters: it is the name of an execution of Step Functions, which has at most 80.
const LONGEST_RUN: usize = 80;

/// One step of a fan-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Find the accounts, and write them down.
    ListAccounts(FanOutRun),
    /// Read one of them, and write its facts down.
    AuditAccount(FanOutRun, AccountId),
    /// Judge what was read, and tell it.
    Summarize(FanOutRun),
}

/// The id of a run that several invocations share: part of the names of its objects, and so never one that leads out of
/// its folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FanOutRun(String);

impl FanOutRun {
    /// The id of a run that begins at `started_at` (UTC); `salt` tells apart runs that begin together.
    pub fn begun(started_at: Timestamp, salt: u64) -> Self {
        Self(run_id(started_at, salt))
    }

    /// The id, if it is one: 1 to 80 letters, digits, `-`, `_` and `.`, beginning with a letter or digit.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        (begins && text.len() <= LONGEST_RUN && text.chars().all(legal)).then(|| Self(text.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FanOutRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Task {
    /// Reads a task by its name and the members of its event.
    pub(super) fn parse(name: &str, members: &Map<String, Value>) -> Result<Self, EventError> {
        const LIST: &str = "list-accounts";
        const AUDIT: &str = "audit-account";
        const SUMMARIZE: &str = "summarize";
        match name {
            LIST => run(LIST, members).map(Self::ListAccounts),
            AUDIT => {
                let wrong = |problem: String| EventError::Task { task: AUDIT, problem };
                let run = run(AUDIT, members)?;
                let text = members.get("account").and_then(Value::as_str);
                let account = text.ok_or_else(|| wrong("it names no `account`".to_owned()))?;
                let account = account.parse().map_err(|_not_one| {
                    wrong(format!("`{}` is not the id of an account: expected 12 digits", echo(account)))
                })?;
                Ok(Self::AuditAccount(run, account))
            }
            SUMMARIZE => run(SUMMARIZE, members).map(Self::Summarize),
            other => Err(EventError::UnknownTask(echo(other).into_owned())),
        }
    }
}

fn run(task: &'static str, members: &Map<String, Value>) -> Result<FanOutRun, EventError> {
    let text = members.get("run_id").and_then(Value::as_str);
    let text = text.ok_or_else(|| EventError::Task { task, problem: "it names no `run_id`".to_owned() })?;
    FanOutRun::parse(text).ok_or_else(|| EventError::Task {
        task,
        problem: format!(
            "`{}` is not the id of a run: expected at most {LONGEST_RUN} letters, digits and any of -_.",
            echo(text)
        ),
    })
}
