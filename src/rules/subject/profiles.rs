//! The instance profiles of an account by name, and the role that each holds.

use std::collections::HashMap;

use crate::inventory::{Account, InstanceProfile, ProfileRecord, RoleRecord};
use crate::known::Gap;

/// The instance profiles of an account.
#[derive(Debug, Default)]
pub struct Profiles<'a> {
    by_name: HashMap<&'a str, Held<'a>>,
}

/// What an instance profile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held<'a> {
    /// A role, by its ARN.
    Role {
        /// The role's ARN.
        arn: &'a str,
        /// The profile.
        profile: &'a InstanceProfile,
    },
    /// Nothing.
    Empty(&'a InstanceProfile),
    /// There is no such profile.
    Gone,
    /// It could not be read.
    Unread(&'a Gap),
}

impl<'a> Profiles<'a> {
    /// What IAM told: of the profiles that nodes are launched with, and of those that the account's roles are in.
    pub(super) fn of(account: &'a Account) -> Self {
        let mut by_name = HashMap::new();
        for record in account.roles.values() {
            let RoleRecord::Found(role) = record else { continue };
            for profile in role.instance_profiles.value().into_iter().flatten() {
                by_name.insert(name_of(&profile.arn), Held::Role { arn: role.arn.as_str(), profile });
            }
        }
        for (name, record) in &account.instance_profiles {
            let held = match record {
                ProfileRecord::Found(content) => match &content.role {
                    Some(arn) => Held::Role { arn, profile: &content.profile },
                    None => Held::Empty(&content.profile),
                },
                ProfileRecord::NoSuchProfile => Held::Gone,
                // The list of roles may have told what the single call could not.
                ProfileRecord::Missing(_) if by_name.contains_key(name.as_str()) => continue,
                ProfileRecord::Missing(gap) => Held::Unread(gap),
            };
            by_name.insert(name, held);
        }
        Self { by_name }
    }

    /// The profile of that name or ARN: names are unique in an account, whatever the path. None: nobody asked for it.
    pub fn get(&self, name_or_arn: &str) -> Option<Held<'a>> {
        self.by_name.get(name_of(name_or_arn)).copied()
    }
}

/// The name in an instance profile's ARN, or the name itself.
pub fn name_of(name_or_arn: &str) -> &str {
    name_or_arn.rsplit('/').next().unwrap_or(name_or_arn)
}

/// The instance profiles that Karpenter made for some cluster: looked for once, and not again for each cluster.
pub(super) fn of_karpenter(account: &Account) -> Vec<(&str, &InstanceProfile)> {
    let mut found = Vec::new();
    for role in account.found_roles() {
        let profiles = role.instance_profiles.value().into_iter().flatten();
        let made = profiles.filter(|profile| profile.made_by_karpenter_for().is_some());
        found.extend(made.map(|profile| (role.arn.as_str(), profile)));
    }
    found
}
