//! What the organization itself asks of node roles, beyond AWS's pages: the subject of NR307.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::finding::Severity;
use crate::glob::{Glob, TagPattern};
use crate::ids::{AccountId, Partition};
use crate::policy::is_like;

/// The names that stand for what differs from cluster to cluster.
const PLACEHOLDERS: [&str; 4] = ["{partition}", "{account}", "{region}", "{cluster}"];

/// The organization's own requirements; empty lists ask for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// Each must be matched by a managed policy that is attached.
    pub required_policies: Vec<PolicyPattern>,
    /// None may match a managed policy that is attached, nor the name of an inline policy.
    pub forbidden_policies: Vec<PolicyPattern>,
    /// Each must be granted.
    pub required_actions: Vec<ActionOn>,
    /// None may be granted on anything that its resource covers.
    pub forbidden_actions: Vec<ActionOn>,
    /// The permissions boundary must match.
    pub required_boundary: Option<PolicyPattern>,
    /// The role must have these tags.
    pub required_tags: Vec<TagPattern>,
    /// The role's name must match each.
    pub name_patterns: Vec<Glob>,
    /// How much harm is in not meeting them; none: medium.
    pub severity: Option<Severity>,
    /// Why it is not known whether further requirements hold here.
    pub undecided: Vec<String>,
}

impl Own {
    /// Whether nothing is asked for, for certain.
    pub fn is_empty(&self) -> bool {
        Self { severity: None, ..self.clone() } == Self::default()
    }

    /// Adds what another one asks for; its boundary and severity, if it has them, replace those here.
    pub fn add(&mut self, other: &Self) {
        extend(&mut self.required_policies, &other.required_policies);
        extend(&mut self.forbidden_policies, &other.forbidden_policies);
        extend(&mut self.required_actions, &other.required_actions);
        extend(&mut self.forbidden_actions, &other.forbidden_actions);
        extend(&mut self.required_tags, &other.required_tags);
        extend(&mut self.name_patterns, &other.name_patterns);
        extend(&mut self.undecided, &other.undecided);
        self.severity = other.severity.or(self.severity);
        if other.required_boundary.is_some() {
            self.required_boundary.clone_from(&other.required_boundary);
        }
    }
}

/// Adds what is not there yet.
fn extend<T: Clone + PartialEq>(list: &mut Vec<T>, others: &[T]) {
    for other in others {
        if !list.contains(other) {
            list.push(other.clone());
        }
    }
}

/// Not a pattern of a policy, or not an action.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OwnError {
    /// A placeholder that there is not.
    #[error("there is no placeholder `{0}`: expected {{partition}}, {{account}}, {{region}} or {{cluster}}")]
    Placeholder(String),
    /// Neither an ARN nor the pattern of a name.
    #[error("expected the name of a policy or its ARN, with `*` and `?` as wildcards: {0}")]
    Policy(String),
    /// Not one action.
    #[error(
        "`{0}` is not one action: expected one such as s3:GetObject, without wildcards; name each action that is meant"
    )]
    Action(String),
    /// Not a resource.
    #[error("`{0}` is not a resource: expected `*` or an ARN, with `*` and `?` as wildcards")]
    Resource(String),
}

/// A pattern of managed policies: of ARNs where it begins with `arn:`, else of names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PolicyPattern(String);

impl PolicyPattern {
    /// Whether it is of ARNs.
    pub fn is_arn(&self) -> bool {
        self.0.starts_with("arn:")
    }

    /// Whether it matches a managed policy with this ARN, in a role of this account.
    pub fn matches(&self, arn: &str, partition: Partition, account: &AccountId) -> bool {
        if self.is_arn() {
            is_like(arn, &self.filled(partition, account))
        } else {
            self.matches_name(arn.rsplit('/').next().unwrap_or(arn))
        }
    }

    /// The pattern with its placeholders filled in.
    pub fn filled(&self, partition: Partition, account: &AccountId) -> String {
        filled(&self.0, partition, account)
    }

    /// Whether it matches a policy by name alone.
    pub fn matches_name(&self, name: &str) -> bool {
        !self.is_arn() && is_like(name, &self.0)
    }
}

impl FromStr for PolicyPattern {
    type Err = OwnError;
    fn from_str(text: &str) -> Result<Self, OwnError> {
        if text.starts_with("arn:") {
            check_placeholders(text)?;
            let wanted = text.splitn(6, ':').nth(5).is_some_and(|rest| rest.starts_with("policy/") || rest == "*");
            if !wanted || text.contains(char::is_whitespace) {
                let problem = format!("`{text}` is not the ARN of a policy (arn:aws:iam::111122223333:policy/NAME)");
                return Err(OwnError::Policy(problem));
            }
        } else {
            text.parse::<Glob>().map_err(|error| OwnError::Policy(error.to_string()))?;
        }
        Ok(Self(text.to_owned()))
    }
}

/// An action, with the resource on which it is meant: `s3:GetObject on arn:aws:s3:::bootstrap/*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ActionOn {
    action: String,
    resource: String,
}

impl ActionOn {
    /// The action.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The resource with its placeholders filled in; `*` where none was given.
    pub fn resource(&self, partition: Partition, account: &AccountId, region: &str, cluster: &str) -> String {
        filled(&self.resource, partition, account).replace("{region}", region).replace("{cluster}", cluster)
    }
}

impl FromStr for ActionOn {
    type Err = OwnError;
    fn from_str(text: &str) -> Result<Self, OwnError> {
        let (action, resource) = text.split_once(" on ").unwrap_or((text, "*"));
        let (action, resource) = (action.trim(), resource.trim());
        let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !action.split_once(':').is_some_and(|(service, name)| word(service) && word(name)) {
            return Err(OwnError::Action(action.to_owned()));
        }
        check_placeholders(resource)?;
        let is_arn = resource.starts_with("arn:") && resource.matches(':').count() >= 5;
        if (resource != "*" && !is_arn) || resource.contains(char::is_whitespace) {
            return Err(OwnError::Resource(resource.to_owned()));
        }
        Ok(Self { action: action.to_owned(), resource: resource.to_owned() })
    }
}

/// Refuses braces that are no placeholder.
fn check_placeholders(text: &str) -> Result<(), OwnError> {
    let without = PLACEHOLDERS.iter().fold(text.to_owned(), |text, name| text.replace(name, ""));
    match without.find(['{', '}']) {
        None => Ok(()),
        Some(at) => {
            let rest = without.get(at..).unwrap_or_default();
            let end = rest.find('}').map_or(rest.len(), |end| end + 1);
            Err(OwnError::Placeholder(rest.get(..end).unwrap_or_default().to_owned()))
        }
    }
}

fn filled(text: &str, partition: Partition, account: &AccountId) -> String {
    text.replace("{partition}", partition.as_str()).replace("{account}", account.as_str())
}

impl fmt::Display for PolicyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ActionOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.resource == "*" { f.write_str(&self.action) } else { write!(f, "{} on {}", self.action, self.resource) }
    }
}

macro_rules! as_text {
    ($($name:ident)*) => { $(
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
        impl TryFrom<String> for $name {
            type Error = OwnError;
            fn try_from(text: String) -> Result<Self, OwnError> {
                text.parse()
            }
        }
    )* };
}

as_text!(PolicyPattern ActionOn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_matched_by_its_arn_with_the_account_filled_in_or_by_its_name() {
        let account: AccountId = "111122223333".parse().unwrap();
        let matches =
            |pattern: &str, arn: &str| pattern.parse::<PolicyPattern>().unwrap().matches(arn, Partition::Aws, &account);
        let own = "arn:aws:iam::111122223333:policy/base/NodeLogs";
        assert!(matches("arn:{partition}:iam::{account}:policy/base/NodeLogs", own));
        assert!(matches("Node*", own) && matches("NodeLogs", own) && !matches("base/NodeLogs", own));
        assert!(!matches("arn:aws:iam::{account}:policy/*", "arn:aws:iam::aws:policy/AdministratorAccess"));
        for wrong in ["arn:aws:iam::{acount}:policy/x", "arn:aws:iam::1:role/x", "", "a b[", "arn:aws:iam"] {
            assert!(wrong.parse::<PolicyPattern>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_action_is_one_action_with_or_without_a_resource() {
        let action: ActionOn =
            "eks:DescribeCluster on arn:aws:eks:{region}:{account}:cluster/{cluster}".parse().unwrap();
        let account: AccountId = "111122223333".parse().unwrap();
        let resource = action.resource(Partition::Aws, &account, "eu-west-1", "prod");
        assert_eq!(resource, "arn:aws:eks:eu-west-1:111122223333:cluster/prod");
        assert_eq!("logs:PutLogEvents".parse::<ActionOn>().unwrap().to_string(), "logs:PutLogEvents");
        for wrong in ["s3:*", "s3", "s3:Get?bject", "s3:GetObject on bucket", "s3:GetObject on arn:aws:s3:::{x}/*"] {
            assert!(wrong.parse::<ActionOn>().is_err(), "{wrong}");
        }
    }
}
