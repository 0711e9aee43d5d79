//! Requests to change something: `{"task": "plan" | "apply" | "undo", ...}`, or EventBridge's `noderole remediation request`.
//!
//! A request can only narrow what the configuration allows. So that a slip of the pen does not widen it, a member that is not
//! known is refused: `role` for `roles` would mean every role.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::ids::{AccountId, RoleArn};
use crate::rules::RuleId;

use super::task::FanOutRun;
use super::{EventError, echo, kind};

/// The most elements that a list of a request may have.
const LONGEST_LIST: usize = 1000;

/// A request to change something, or to say what would be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Make a plan, and keep it.
    Plan(Only),
    /// Carry out a plan that is kept, or a part of it.
    Apply {
        /// The plan's id.
        plan: String,
        /// Which part.
        only: Only,
    },
    /// Take back what a journal tells of.
    Undo {
        /// The journal's id.
        journal: String,
        /// Of these roles alone; none: of all that it tells of.
        roles: BTreeSet<RoleArn>,
    },
    /// Plan, and carry it out at once.
    Mend(Only),
}

/// To what a request is narrowed; what is empty narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only {
    /// These accounts.
    pub accounts: BTreeSet<AccountId>,
    /// These roles.
    pub roles: BTreeSet<RoleArn>,
    /// These rules.
    pub rules: BTreeSet<RuleId>,
    /// These findings, by id.
    pub findings: BTreeSet<String>,
}

impl Request {
    /// Reads a task that is a request; none where the name is another's.
    pub(super) fn parse(name: &str, members: &Map<String, Value>) -> Option<Result<Self, EventError>> {
        let request = match name {
            "plan" => Reader::of("plan", members, &["task"], &LISTS).only().map(Self::Plan),
            "apply" => {
                let reader = Reader::of("apply", members, &["task", "plan"], &LISTS);
                reader.id("plan").and_then(|plan| Ok(Self::Apply { plan, only: reader.only()? }))
            }
            "undo" => {
                // a journal tells of roles: what else narrows a plan would leave all of it to be taken back
                let reader = Reader::of("undo", members, &["task", "journal"], &["roles"]);
                reader.id("journal").and_then(|journal| Ok(Self::Undo { journal, roles: reader.only()?.roles }))
            }
            _ => return None,
        };
        Some(request)
    }

    /// Reads the `detail` of EventBridge's request.
    pub(super) fn of_event(members: &Map<String, Value>) -> Result<Self, EventError> {
        const EVENT: &str = "remediation-request";
        match members.get("detail") {
            Some(Value::Object(detail)) => Reader::of(EVENT, detail, &[], &LISTS).only().map(Self::Mend),
            None => Err(wrong(EVENT, "it has no `detail`")),
            Some(other) => Err(wrong(EVENT, format!("its `detail` is {} and not an object", kind(other)))),
        }
    }
}

/// The members of a request.
struct Reader<'a> {
    name: &'static str,
    members: &'a Map<String, Value>,
    known: &'static [&'static str],
    lists: &'static [&'static str],
}

/// The lists that a request may have.
const LISTS: [&str; 4] = ["accounts", "roles", "rules", "findings"];

impl<'a> Reader<'a> {
    fn of(
        name: &'static str,
        members: &'a Map<String, Value>,
        known: &'static [&'static str],
        lists: &'static [&'static str],
    ) -> Self {
        Self { name, members, known, lists }
    }

    fn only(&self) -> Result<Only, EventError> {
        let unknown = |name: &&String| !self.known.contains(&name.as_str()) && !self.lists.contains(&name.as_str());
        if let Some(name) = self.members.keys().find(unknown) {
            let problem =
                format!("`{}` is none of its members ({})", echo(name), [self.known, self.lists].concat().join(", "));
            return Err(wrong(self.name, problem));
        }
        Ok(Only {
            accounts: self.list("accounts")?,
            roles: self.list("roles")?,
            rules: self.list("rules")?,
            findings: self.list::<FindingId>("findings")?.into_iter().map(|id| id.0).collect(),
        })
    }

    /// A list that narrows; one that is there and empty would narrow to nothing, and is refused.
    fn list<T: FromStr<Err: Display> + Ord>(&self, name: &'static str) -> Result<BTreeSet<T>, EventError> {
        let Some(value) = self.members.get(name) else { return Ok(BTreeSet::new()) };
        let elements = match value.as_array() {
            Some(elements) if (1..=LONGEST_LIST).contains(&elements.len()) => elements,
            Some(_) => return Err(wrong(self.name, format!("its `{name}` has not 1 to {LONGEST_LIST} elements"))),
            None => return Err(wrong(self.name, format!("its `{name}` is {} and not a list", kind(value)))),
        };
        let parse = |element: &Value| {
            let text = element.as_str();
            let text = text.ok_or_else(|| wrong(self.name, format!("its `{name}` holds {}", kind(element))))?;
            text.parse()
                .map_err(|error: T::Err| wrong(self.name, format!("its `{name}`: {}", echo(&error.to_string()))))
        };
        elements.iter().map(parse).collect()
    }

    /// The id of something that is kept: a part of its name, which never leads out of its folder.
    fn id(&self, name: &'static str) -> Result<String, EventError> {
        let text = self.members.get(name).and_then(Value::as_str);
        let text = text.ok_or_else(|| wrong(self.name, format!("it names no `{name}`")))?;
        let id = FanOutRun::parse(text);
        id.map(|id| id.to_string()).ok_or_else(|| {
            wrong(
                self.name,
                format!("`{}` is not an id: expected at most 80 letters, digits and any of -_.", echo(text)),
            )
        })
    }
}

/// The id of a finding, in form.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct FindingId(String);

impl FromStr for FindingId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('-').filter(|(rule, hash)| {
            rule.parse::<RuleId>().is_ok() && hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        parts
            .map(|_| Self(text.to_owned()))
            .ok_or_else(|| format!("`{text}` is not the id of a finding (NR202-0123456789abcdef)"))
    }
}

fn wrong(task: &'static str, problem: impl Into<String>) -> EventError {
    EventError::Task { task, problem: problem.into() }
}
