//! Values that are checked where they are typed, with an error that says what was expected.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use crate::ids::RoleArn;
use crate::rules::{CATALOGUE, RuleId};

/// An input: a file, or standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Given {
    /// `-`.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl FromStr for Given {
    type Err = Infallible;
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::Stdin } else { Self::File(PathBuf::from(text)) })
    }
}

impl std::fmt::Display for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// What `explain` is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum NodesOf {
    /// A role.
    Role(RoleArn),
    /// A node group of a cluster; of Auto Mode's nodes it is named as the cluster.
    NodeGroup {
        /// The cluster's name.
        cluster: String,
        /// The node group's name.
        name: String,
    },
}

impl std::fmt::Display for NodesOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Role(arn) => write!(f, "{arn}"),
            Self::NodeGroup { cluster, name } => write!(f, "{cluster}/{name}"),
        }
    }
}

impl FromStr for NodesOf {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("arn:") {
            return text.parse().map(Self::Role).map_err(|error: crate::ids::IdError| error.to_string());
        }
        match text.split_once('/') {
            Some((cluster, name)) if !cluster.is_empty() && !name.is_empty() && !name.contains('/') => {
                Ok(Self::NodeGroup { cluster: cluster.to_owned(), name: name.to_owned() })
            }
            _ => {
                Err("expected the ARN of a role (arn:aws:iam::111122223333:role/NAME) or CLUSTER/NODE_GROUP".to_owned())
            }
        }
    }
}

/// The longest path and name of a role together (IAM API, Role: 512 and 64).
const ROLE_NAME_MAX: usize = 576;

/// The name of the member role; its path, if it has one, stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct MemberRoleName(pub(in crate::cli) String);

impl FromStr for MemberRoleName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let legal = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c);
        if (1..=ROLE_NAME_MAX).contains(&text.len()) && text.chars().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected the role's name, such as NodeRoleAudit or audit/NodeRoleAudit, and no ARN".to_owned())
        }
    }
}

/// An external id (STS API, AssumeRole: 2 to 1,224 characters).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct External(pub(in crate::cli) String);

impl FromStr for External {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let legal = |c: char| c.is_ascii_alphanumeric() || "+=,.@:/_-".contains(c);
        if (2..=1224).contains(&text.len()) && text.chars().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected 2 to 1,224 letters, digits and any of +=,.@:/_-".to_owned())
        }
    }
}

/// The id of an organizational unit, or of the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct UnitId(pub(in crate::cli) String);

impl FromStr for UnitId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let lower = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let unit = text.strip_prefix("ou-").and_then(|rest| rest.split_once('-'));
        if unit.is_some_and(|(root, own)| lower(root) && lower(own)) || text.strip_prefix("r-").is_some_and(lower) {
            Ok(Self(text.to_owned()))
        } else {
            Err("expected the id of an organizational unit, such as ou-ab12-11111111".to_owned())
        }
    }
}

/// How alike a rule's name must be (0 to 1) to be meant.
const ALIKE: f64 = 0.6;

/// A rule by id or name; the nearest one is suggested.
pub(super) fn rule(text: &str) -> Result<RuleId, String> {
    text.parse().map_err(|error: crate::rules::catalogue::UnknownRule| {
        let wanted = text.to_ascii_lowercase();
        let names = CATALOGUE.iter().flat_map(|rule| [rule.id.to_string(), rule.slug.to_owned()]);
        let likeness = |name: &str| strsim::jaro_winkler(&name.to_ascii_lowercase(), &wanted);
        let nearest = names.filter(|name| likeness(name) >= ALIKE).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        match nearest {
            Some(name) => format!("{error}; did you mean `{name}`?"),
            None => error.to_string(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_role_or_a_node_group() {
        assert!(matches!("arn:aws:iam::111122223333:role/a/b".parse(), Ok(NodesOf::Role(_))));
        let group = NodesOf::NodeGroup { cluster: "prod".to_owned(), name: "ng-1".to_owned() };
        assert_eq!("prod/ng-1".parse(), Ok(group));
        for wrong in ["prod", "/ng", "prod/", "a/b/c", "arn:aws:iam::1:role/x"] {
            assert!(wrong.parse::<NodesOf>().is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn names_of_units_and_roles_are_checked_where_they_are_typed() {
        assert!("ou-ab12-11111111".parse::<UnitId>().is_ok() && "r-ab12".parse::<UnitId>().is_ok());
        assert!("Sandbox".parse::<UnitId>().is_err());
        assert!("NodeRoleAudit".parse::<MemberRoleName>().is_ok());
        assert!("arn:aws:iam::111122223333:role/x".parse::<MemberRoleName>().is_err());
        assert!("x".parse::<External>().is_err() && "team-7".parse::<External>().is_ok());
    }
}
