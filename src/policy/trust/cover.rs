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

/// Whom an element names, or with `NotPrincipal` exempts, so that each of many is looked up in it and not compared with all.
pub(super) struct Named {
    inverted: bool,
    everyone: bool,
    all: HashSet<Principal>,
    accounts_of_arns: HashSet<String>,
    roles: HashSet<Session>,
    sessions: HashSet<Session>,
}

/// The account, if an ARN has one, and the name of a role: what a session and its role have in common.
type Session = (Option<String>, String);

impl Named {
    pub(super) fn of(element: &Principals) -> Self {
        let all: HashSet<Principal> = element.named().into_iter().collect();
        let arns = || {
            all.iter().filter_map(|principal| match principal {
                Principal::Arn(arn) => Some(arn.as_str()),
                Principal::Everyone
                | Principal::Service(_)
                | Principal::Account(_)
                | Principal::Deleted(_)
                | Principal::Federated(_)
                | Principal::CanonicalUser(_)
                | Principal::EveryoneBut(_) => None,
            })
        };
        Self {
            inverted: element.inverted,
            everyone: all.contains(&Principal::Everyone),
            accounts_of_arns: arns().filter_map(account_of).map(ToOwned::to_owned).collect(),
            roles: arns().filter_map(role).collect(),
            sessions: arns().filter_map(session).collect(),
            all,
        }
    }

    /// Whether it is for everyone: `*` or `{"AWS": "*"}`.
    pub(super) fn is_everyone(&self) -> bool {
        !self.inverted && self.everyone
    }

    /// How many of those that `other` stands for the element concerns.
    pub(super) fn cover(&self, other: &Principal) -> Cover {
        let covered = self.names(other);
        if !self.inverted {
            return covered;
        }
        // NotPrincipal: who is wholly named is exempt, who is named in part, or has its account named, may be
        match covered {
            Cover::Nobody => Cover::All,
            Cover::All if self.everyone || self.all.contains(other) => Cover::Nobody,
            Cover::Some | Cover::All => Cover::Some,
        }
    }

    /// How many of those that `other` stands for are named.
    fn names(&self, other: &Principal) -> Cover {
        if self.everyone || self.all.contains(other) {
            return Cover::All;
        }
        let some = |is_some: bool| if is_some { Cover::Some } else { Cover::Nobody };
        match other {
            Principal::Arn(arn) => {
                let account = account_of(arn).map(|account| Principal::Account(account.to_owned()));
                let is_of_account = account.is_some_and(|account| self.all.contains(&account));
                if is_of_account || session(arn).is_some_and(|session| self.roles.contains(&session)) {
                    return Cover::All;
                }
                some(role(arn).is_some_and(|role| self.sessions.contains(&role)))
            }
            Principal::Account(account) => some(self.accounts_of_arns.contains(account)),
            Principal::Everyone | Principal::EveryoneBut(_) => some(!self.all.is_empty()),
            Principal::Service(_) | Principal::Deleted(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => {
                Cover::Nobody
            }
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

/// The role that `arn:aws:sts::ID:assumed-role/NAME/SESSION` is a session of.
fn session(arn: &str) -> Option<Session> {
    let name = arn.split_once(":assumed-role/")?.1.split('/').next()?;
    Some((account_of(arn).map(ToOwned::to_owned), name.to_owned()))
}

/// The role that `arn:aws:iam::ID:role/PATH/NAME` names.
fn role(arn: &str) -> Option<Session> {
    let name = arn.split_once(":role/")?.1.rsplit('/').next()?;
    Some((account_of(arn).map(ToOwned::to_owned), name.to_owned()))
}
