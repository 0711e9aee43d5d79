//! The role that is assumed in member accounts: its name and its external id, checked once, where they are given.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::ids::RoleArn;

/// The default name of the member role.
const DEFAULT_NAME: &str = "NodeRoleAudit";

/// How long an external id may be, in characters (STS API, AssumeRole).
const EXTERNAL_ID_LENGTHS: std::ops::RangeInclusive<usize> = 2..=1224;

/// Why the member role cannot be what was given; says what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MemberRoleError {
    /// Not the name of a role.
    #[error("`{0}` is not the name of a role: give the name alone, its path before it (audit/NodeRoleAudit), no ARN")]
    Name(String),
    /// Not an external id. It is not repeated: some keep it secret.
    #[error("the value is not an external id: expected 2 to 1224 letters, digits and any of _+=,.@:/-")]
    ExternalId,
}

/// The role that is assumed in each account but the caller's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberRole {
    /// Its name.
    pub name: MemberRoleName,
    /// The external id that it asks for.
    pub external_id: Option<ExternalId>,
}

/// The name of the member role, with its path before it where it has one: no ARN, no leading slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRoleName(String);

impl MemberRoleName {
    /// What stands after `role/` in its ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for MemberRoleName {
    fn default() -> Self {
        Self(DEFAULT_NAME.to_owned())
    }
}

impl FromStr for MemberRoleName {
    type Err = MemberRoleError;
    fn from_str(text: &str) -> Result<Self, MemberRoleError> {
        let arn = format!("arn:aws:iam::000000000000:role/{text}");
        if text.starts_with('/') || text.contains(':') || arn.parse::<RoleArn>().is_err() {
            return Err(MemberRoleError::Name(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// An external id.
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalId(String);

impl ExternalId {
    /// The id itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ExternalId {
    type Err = MemberRoleError;
    fn from_str(text: &str) -> Result<Self, MemberRoleError> {
        let legal = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
        if EXTERNAL_ID_LENGTHS.contains(&text.len()) && text.chars().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(MemberRoleError::ExternalId)
        }
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Some keep it secret.
        f.write_str("ExternalId")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_name_may_have_a_path_but_is_no_arn() {
        for right in ["NodeRoleAudit", "audit/eu/NodeRoleAudit"] {
            assert_eq!(right.parse::<MemberRoleName>().unwrap().as_str(), right);
        }
        for wrong in ["", "/x", "a b", "arn:aws:iam::000000000001:role/x", "x/", &"x".repeat(65)] {
            assert!(wrong.parse::<MemberRoleName>().is_err(), "{wrong} was taken");
        }
        assert_eq!(DEFAULT_NAME.parse(), Ok(MemberRoleName::default()));
    }

    #[test]
    fn an_external_id_is_checked_and_never_repeated() {
        assert_eq!("team-7".parse::<ExternalId>().unwrap().as_str(), "team-7");
        for wrong in ["x", "not allowed", &"x".repeat(1225)] {
            let error = wrong.parse::<ExternalId>().unwrap_err();
            assert!(error.to_string().contains("expected 2 to 1224"), "{error}");
        }
        assert!(!format!("{:?}", "team-7".parse::<ExternalId>()).contains("team-7"));
    }
}
