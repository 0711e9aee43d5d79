//! Values that are checked where they are typed, with an error that says what was expected.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use crate::ids::RoleArn;
use crate::nearest::nearest;
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

/// A rule by id or name; the nearest one is suggested.
pub(super) fn rule(text: &str) -> Result<RuleId, String> {
    text.parse().map_err(|error: crate::rules::catalogue::UnknownRule| {
        let ids: Vec<String> = CATALOGUE.iter().map(|rule| rule.id.to_string()).collect();
        let names = CATALOGUE.iter().map(|rule| rule.slug).chain(ids.iter().map(String::as_str));
        match nearest(text, names) {
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
}
