//! Who is who among principals, and whether one covers another.

use std::collections::HashSet;

use super::{Principal, PrincipalKind, PrincipalScope, Principals};

/// How many digits an account id has.
const ACCOUNT_DIGITS: usize = 12;

/// The shortest unique id of IAM: `AROA` and 12 characters more (IAM user guide, *IAM identifiers*).
const UNIQUE_ID_LENGTH: usize = 16;

/// How much of a grant's principals a Deny statement names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cover {
    /// None of them.
    Nobody,
    /// Some of them, or perhaps.
    Some,
    /// All of them.
    All,
}

impl Principal {
    /// A name of a Principal element.
    pub(super) fn of(kind: PrincipalKind, name: &str) -> Self {
        match kind {
            PrincipalKind::Service => Self::Service(name.to_owned()),
            PrincipalKind::Federated => Self::Federated(name.to_owned()),
            PrincipalKind::CanonicalUser => Self::CanonicalUser(name.to_owned()),
            PrincipalKind::Aws if name == "*" => Self::Everyone,
            PrincipalKind::Aws => match account_of_root(name) {
                Some(account) => Self::Account(account.to_owned()),
                None if is_unique_id(name) => Self::Deleted(name.to_owned()),
                None => Self::Arn(name.to_owned()),
            },
        }
    }

    /// Whether everyone that `other` stands for is among those that this one stands for.
    fn covers(&self, other: &Self) -> Cover {
        if self == other || *self == Self::Everyone {
            return Cover::All;
        }
        match (self, other) {
            (Self::Account(account), Self::Arn(arn)) if account_of(arn) == Some(account) => Cover::All,
            (Self::Arn(role), Self::Arn(session)) if is_session_of(session, role) => Cover::All,
            (Self::Arn(session), Self::Arn(role)) if is_session_of(session, role) => Cover::Some,
            (Self::Arn(arn), Self::Account(account)) if account_of(arn) == Some(account) => Cover::Some,
            (_, Self::Everyone | Self::EveryoneBut(_)) => Cover::Some,
            (
                Self::Everyone
                | Self::Service(_)
                | Self::Account(_)
                | Self::Arn(_)
                | Self::Deleted(_)
                | Self::Federated(_)
                | Self::CanonicalUser(_)
                | Self::EveryoneBut(_),
                Self::Service(_)
                | Self::Account(_)
                | Self::Arn(_)
                | Self::Deleted(_)
                | Self::Federated(_)
                | Self::CanonicalUser(_),
            ) => Cover::Nobody,
        }
    }
}

impl Principals {
    /// Everyone whom the element names, each once.
    pub(super) fn principals(&self) -> Vec<Principal> {
        if !self.inverted {
            return self.named();
        }
        match &self.scope {
            // nobody is left
            PrincipalScope::Everyone => Vec::new(),
            PrincipalScope::Named(lists) => {
                let names = lists.iter().flat_map(|(_, names)| names.iter().cloned());
                vec![Principal::EveryoneBut(names.collect())]
            }
        }
    }

    fn named(&self) -> Vec<Principal> {
        match &self.scope {
            PrincipalScope::Everyone => vec![Principal::Everyone],
            PrincipalScope::Named(lists) => {
                let mut seen = HashSet::new();
                let mut principals = Vec::new();
                for (kind, names) in lists {
                    for name in names {
                        let principal = Principal::of(*kind, name);
                        if seen.insert(principal.clone()) {
                            principals.push(principal);
                        }
                    }
                }
                principals
            }
        }
    }
}

/// Whom an element names, or with `NotPrincipal` exempts, to be held against many.
pub(super) struct Named {
    principals: Vec<Principal>,
    inverted: bool,
}

impl Named {
    pub(super) fn of(element: &Principals) -> Self {
        Self { principals: element.named(), inverted: element.inverted }
    }

    /// Whether it is for everyone: `*` or `{"AWS": "*"}`.
    pub(super) fn is_everyone(&self) -> bool {
        !self.inverted && self.principals.contains(&Principal::Everyone)
    }

    /// How many of those that `other` stands for the element concerns.
    pub(super) fn cover(&self, other: &Principal) -> Cover {
        let named = &self.principals;
        let covered = named.iter().map(|principal| principal.covers(other)).max().unwrap_or(Cover::Nobody);
        if !self.inverted {
            return covered;
        }
        // NotPrincipal: who is wholly named is exempt, who is named in part, or has its account named, may be
        match covered {
            Cover::Nobody => Cover::All,
            Cover::All if named.contains(other) || named.contains(&Principal::Everyone) => Cover::Nobody,
            Cover::Some | Cover::All => Cover::Some,
        }
    }
}

/// The account of `123456789012` or `arn:aws:iam::123456789012:root`.
fn account_of_root(name: &str) -> Option<&str> {
    let is_account = |text: &str| text.len() == ACCOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_account(name) {
        return Some(name);
    }
    let account = name.strip_suffix(":root").and_then(|_| account_of(name))?;
    is_account(account).then_some(account)
}

/// The fifth part of an ARN.
fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

/// IAM shows the unique id of a principal that was deleted in place of its ARN.
fn is_unique_id(name: &str) -> bool {
    name.starts_with('A')
        && name.len() >= UNIQUE_ID_LENGTH
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether `arn:aws:sts::ID:assumed-role/NAME/SESSION` is a session of `arn:aws:iam::ID:role/PATH/NAME`.
fn is_session_of(session: &str, role: &str) -> bool {
    let name_of_session = session.split_once(":assumed-role/").and_then(|(_, rest)| rest.split('/').next());
    let name_of_role = role.split_once(":role/").and_then(|(_, rest)| rest.rsplit('/').next());
    name_of_session.is_some() && name_of_session == name_of_role && account_of(session) == account_of(role)
}
