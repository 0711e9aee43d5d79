//! What the configuration allows of remediation. Without a word of it nothing is allowed; events and flags only narrow it.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

use crate::collect::member::{ExternalId, MemberRoleName};
use crate::finding::RemediationClass;
use crate::glob::{Glob, TagPattern};
use crate::ids::UnitId;
use crate::rules::RuleId;
use crate::sinks::settings::names;

use super::window::Window;

/// How many roles a run changes at most, where nothing is said.
pub const DEFAULT_MAX_ROLES: u16 = 10;

/// How many of a hundred node roles that were read a run changes at most, where nothing is said.
pub const DEFAULT_MAX_PERCENT: u16 = 10;

/// For how many minutes a plan holds, where nothing is said.
pub const DEFAULT_PLAN_MINUTES: u16 = 60;

/// The longest that a plan may hold, in minutes: a day.
pub const LONGEST_PLAN_MINUTES: u16 = 24 * 60;

/// The role that changes are made with, where no other is named.
pub const DEFAULT_ROLE_NAME: &str = "NodeRoleRemediation";

/// The tag with which whoever may tag a role forbids every change of it. No configuration overrides it.
pub const VETO: (&str, &str) = ("noderole:remediate", "never");

/// `[remediation]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether anything may be changed at all.
    pub enabled: bool,
    /// Accounts in which roles may be changed: patterns of their ids.
    pub accounts: Vec<Glob>,
    /// Organizational units (or roots) in whose accounts, and in those below, roles may be changed.
    pub units: Vec<UnitId>,
    /// But not in these accounts.
    pub exclude_accounts: Vec<Glob>,
    /// Nor in accounts in these units and below.
    pub exclude_units: Vec<UnitId>,
    /// The rules whose findings may be mended; none: every rule of the classes.
    pub rules: Option<BTreeSet<RuleId>>,
    /// The classes of change that are allowed.
    pub classes: BTreeSet<RemediationClass>,
    /// Roles that a run changes at most.
    pub max_roles: u16,
    /// Of a hundred node roles that were read, how many a run changes at most; one at least.
    pub max_percent: u16,
    /// When changes may be made; none: always.
    pub windows: Vec<Window>,
    /// Tags that a role must have, each of them.
    pub required_tags: Vec<TagPattern>,
    /// Tags of which a role must have none.
    pub excluded_tags: Vec<TagPattern>,
    /// Whether roles may be created (NR001).
    pub create_roles: bool,
    /// What becomes of roles that a tool manages.
    pub managed_elsewhere: ManagedElsewhere,
    /// Whether advice is mended too.
    pub advice: bool,
    /// The rules that a scheduled run may apply without anybody asking.
    pub automatic: BTreeSet<RuleId>,
    /// For how many minutes a plan holds.
    pub plan_minutes: u16,
    /// The role that is assumed to change something.
    pub role_name: MemberRoleName,
    /// The external id that it asks for.
    pub external_id: Option<ExternalId>,
    /// Where journals are kept; none: a folder where the program runs.
    pub journal: Option<JournalPlace>,
}

/// What becomes of roles that a tool manages: see [`super::owner::owner`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ManagedElsewhere {
    /// They are left alone, for the tool would take the change back.
    #[default]
    Leave,
    /// They are changed as others are.
    Change,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: false,
            accounts: Vec::new(),
            units: Vec::new(),
            exclude_accounts: Vec::new(),
            exclude_units: Vec::new(),
            rules: None,
            classes: BTreeSet::from([RemediationClass::Safe]),
            max_roles: DEFAULT_MAX_ROLES,
            max_percent: DEFAULT_MAX_PERCENT,
            windows: Vec::new(),
            required_tags: Vec::new(),
            excluded_tags: Vec::new(),
            create_roles: false,
            managed_elsewhere: ManagedElsewhere::Leave,
            advice: false,
            automatic: BTreeSet::new(),
            plan_minutes: DEFAULT_PLAN_MINUTES,
            role_name: default_role_name(),
            external_id: None,
            journal: None,
        }
    }
}

/// The role that changes are made with, where no other is named.
pub fn default_role_name() -> MemberRoleName {
    // A legal name, as a test says.
    DEFAULT_ROLE_NAME.parse().unwrap_or_default()
}

/// Where journals are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalPlace {
    /// A folder.
    Folder(PathBuf),
    /// Objects in S3.
    S3 {
        /// The bucket.
        bucket: String,
        /// What their keys begin with: empty, or with a slash at the end.
        prefix: String,
    },
}

/// Not a place for journals.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JournalPlaceError {
    /// An address of another kind.
    #[error("`{0}` is no place for journals: expected a folder, or s3://BUCKET/PREFIX")]
    Form(String),
    /// A bucket or prefix that cannot be one.
    #[error("{0}")]
    Name(String),
}

impl JournalPlace {
    /// Whether it is on the machine that the program runs on.
    pub fn is_folder(&self) -> bool {
        match self {
            Self::Folder(_) => true,
            Self::S3 { .. } => false,
        }
    }
}

impl FromStr for JournalPlace {
    type Err = JournalPlaceError;
    fn from_str(text: &str) -> Result<Self, JournalPlaceError> {
        let Some(rest) = text.strip_prefix("s3:") else {
            // Parameters of SSM are too short, and other addresses are surely no folders.
            let folder = !text.is_empty() && text != "-" && !text.starts_with("ssm:") && !text.contains("://");
            return if folder { Ok(Self::Folder(text.into())) } else { Err(JournalPlaceError::Form(text.to_owned())) };
        };
        let rest = rest.strip_prefix("//").ok_or_else(|| JournalPlaceError::Form(text.to_owned()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        names::bucket(bucket).and_then(|()| names::prefix(prefix)).map_err(JournalPlaceError::Name)?;
        let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
        Ok(Self::S3 { bucket: bucket.to_owned(), prefix: format!("{prefix}{slash}") })
    }
}

impl fmt::Display for JournalPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_allowed_where_nothing_is_said_and_the_default_role_has_its_name() {
        let settings = Settings::default();
        assert!(!settings.enabled && settings.accounts.is_empty() && settings.units.is_empty());
        assert_eq!(settings.role_name.as_str(), DEFAULT_ROLE_NAME);
    }

    #[test]
    fn journals_are_kept_in_a_folder_or_under_a_prefix_of_a_bucket() {
        for (text, told) in [
            ("journals", "journals"),
            ("/var/lib/noderole", "/var/lib/noderole"),
            ("s3://my-journals", "s3://my-journals/"),
            ("s3://my-journals/noderole", "s3://my-journals/noderole/"),
        ] {
            assert_eq!(text.parse::<JournalPlace>().unwrap().to_string(), told);
        }
        for wrong in ["", "-", "s3:my-journals", "s3://", "s3://UPPER", "ssm:/noderole", "https://x/y"] {
            assert!(wrong.parse::<JournalPlace>().is_err(), "{wrong}");
        }
    }
}
