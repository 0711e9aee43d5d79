//! Values that are checked where they are typed, with an error that says what was expected.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::collect::ask::LARGEST_MAX_IN_FLIGHT;
use crate::config::{Location, LocationError};
use crate::ids::RoleArn;
use crate::rules::{CATALOGUE, RuleId};
use crate::sinks::SinkKind;

/// For how many letters one slip is believed.
const LETTERS_A_SLIP: usize = 4;

/// More slips than these make another word.
const SLIPS_MAX: usize = 2;

/// An input: a file, or standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Given {
    /// `-`.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Given {
    /// The file, where it is one.
    pub(in crate::cli) fn as_path(&self) -> Option<&Path> {
        match self {
            Self::Stdin => None,
            Self::File(path) => Some(path),
        }
    }
}

impl From<OsString> for Given {
    fn from(text: OsString) -> Self {
        if text == "-" { Self::Stdin } else { Self::File(PathBuf::from(text)) }
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

/// A saved report: a file, an object in S3, or standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Saved {
    /// `-`.
    Stdin,
    /// A file or an object.
    At(Location),
}

impl Saved {
    /// The file, where it is one.
    pub(in crate::cli) fn as_path(&self) -> Option<&Path> {
        match self {
            Self::At(Location::File(path)) => Some(path),
            Self::Stdin | Self::At(Location::S3 { .. } | Location::Ssm(_)) => None,
        }
    }
}

impl std::fmt::Display for Saved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::At(location) => write!(f, "`{location}`"),
        }
    }
}

/// Where a saved report is.
pub(super) fn saved(text: OsString) -> Result<Saved, String> {
    if text == "-" {
        return Ok(Saved::Stdin);
    }
    if text.is_empty() {
        return Err("expected a file, s3://BUCKET/KEY, or - for standard input".to_owned());
    }
    match text.to_str().filter(|text| text.starts_with("s3:") || text.starts_with("ssm:")) {
        Some(text) => match text.parse().map_err(|error: LocationError| error.to_string())? {
            Location::Ssm(_) => {
                Err("a parameter of SSM is too short for a report: keep it in a file or in S3".to_owned())
            }
            place @ (Location::File(_) | Location::S3 { .. }) => Ok(Saved::At(place)),
        },
        None => Ok(Saved::At(Location::File(PathBuf::from(text)))),
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

/// A rule by id or name; one that was likely meant is suggested.
pub(super) fn rule(text: &str) -> Result<RuleId, String> {
    text.parse().map_err(|error: crate::rules::catalogue::UnknownRule| {
        let names = CATALOGUE.iter().flat_map(|rule| [rule.slug.to_owned(), rule.id.to_string()]);
        match meant(text, names) {
            Some(name) => format!("{error}; did you mean `{name}`?"),
            None => error.to_string(),
        }
    })
}

/// The name that was meant: a slip or two away, fewer in a short name, and no other as near.
fn meant(text: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let lower = text.to_lowercase();
    let slips = (lower.chars().count() / LETTERS_A_SLIP).clamp(1, SLIPS_MAX);
    let mut near: Vec<(usize, String)> = names
        .map(|name| (strsim::osa_distance(&lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= slips)
        .collect();
    near.sort();
    let mut near = near.into_iter();
    let first = near.next()?;
    if near.next().is_some_and(|second| second.0 == first.0) { None } else { Some(first.1) }
}

impl ValueEnum for SinkKind {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let about = match self {
            Self::Cloudwatch => "One line a finding in a log group, and metrics",
            Self::Eventbridge => "One event a finding on an event bus",
            Self::SecurityHub => "Findings in Security Hub",
            Self::Sns => "One message to a topic",
            Self::S3 => "The report in a bucket",
        };
        Some(PossibleValue::new(self.as_str()).help(about))
    }
}

/// A whole number of calls in flight.
pub(super) fn in_flight(text: &str) -> Result<u16, String> {
    let number = text.parse::<u16>().ok().filter(|number| (1..=LARGEST_MAX_IN_FLIGHT).contains(number));
    number.ok_or_else(|| format!("expected a whole number from 1 to {LARGEST_MAX_IN_FLIGHT}"))
}

/// The id of a finding.
pub(super) fn finding(text: &str) -> Result<String, String> {
    let parts = text.split_once('-').filter(|(rule, digits)| {
        let hexadecimal =
            digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        rule.parse::<RuleId>().is_ok_and(|id| id.to_string() == *rule) && hexadecimal
    });
    let expected = "expected the id of a finding, as reports and plans have it: NR202-0123456789abcdef";
    parts.map(|_| text.to_owned()).ok_or_else(|| expected.to_owned())
}

/// The name of a cluster.
pub(super) fn cluster(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("expected the name of a cluster".to_owned()) } else { Ok(text.to_owned()) }
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
    fn a_saved_report_is_in_a_file_in_s3_or_on_standard_input() {
        assert_eq!(saved("-".into()), Ok(Saved::Stdin));
        let file = saved("a/r.json".into()).unwrap();
        assert_eq!((file.as_path(), file.to_string()), (Some(Path::new("a/r.json")), "`a/r.json`".to_owned()));
        assert_eq!(saved("s3://reports/latest/report.json".into()).unwrap().as_path(), None);
        for wrong in ["ssm:/noderole/report", "s3://reports", ""] {
            assert!(saved(wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rule_is_suggested_only_where_it_was_likely_meant() {
        let near = |text: &str| rule(text).unwrap_err();
        assert!(near("ecr-pul").contains("did you mean `ecr-pull`?"));
        assert!(near("NR-202").contains("did you mean `NR202`?"));
        // Any of them is one digit away from it, or three.
        for wrong in ["NR209", "NR999", "x"] {
            assert!(!near(wrong).contains("did you mean"), "{}", near(wrong));
        }
    }

    #[test]
    fn a_finding_is_named_by_the_id_of_its_rule_and_sixteen_digits() {
        assert_eq!(finding("NR202-0123456789abcdef").as_deref(), Ok("NR202-0123456789abcdef"));
        for wrong in
            ["NR202", "NR999-0123456789abcdef", "nr202-0123456789abcdef", "NR202-0123456789ABCDEF", "NR202-../x"]
        {
            assert!(finding(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn calls_in_flight_are_a_whole_number_within_the_limits() {
        assert_eq!((in_flight("1"), in_flight("1024")), (Ok(1), Ok(1024)));
        for wrong in ["0", "1025", "abc", "99999999999999", "1.5", ""] {
            assert_eq!(in_flight(wrong).unwrap_err(), "expected a whole number from 1 to 1024", "{wrong}");
        }
    }
}
