//! A state from the facts of an inventory, and back into them, to be judged.

use std::collections::BTreeMap;

use jiff::Timestamp;
use thiserror::Error;

use crate::ids::AccountId;
use crate::inventory::{
    AccessEntry, AccessEntryType, Account, InlinePolicy, InstanceProfile, Inventory, ManagedPolicyRef, ProfileContent,
    ProfileRecord, Role, RoleRecord,
};
use crate::known::{Gap, Known};
use crate::remediate::change::name;

use super::{EntryPolicy, EntryState, RoleState, State, Subject, place};

/// Why the state of a role is not known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// A call failed, or was not made.
    #[error("{0}")]
    Gap(Gap),
    /// Nobody asked for it.
    #[error("{0} was not read")]
    NotAsked(String),
}

impl State {
    /// What an inventory tells of a subject. Of a policy that nothing there carries nothing is told: it may exist.
    ///
    /// # Errors
    /// What is not known of it.
    pub fn of(inventory: &Inventory, account: &Account, subject: &Subject) -> Result<Self, Unreadable> {
        let role = match account.role(subject.role.name()) {
            Some(RoleRecord::Found(role)) => Some(of_role(role)?),
            Some(RoleRecord::NoSuchRole) => None,
            Some(RoleRecord::Missing(gap)) => return Err(Unreadable::Gap(gap.clone())),
            None => return Err(Unreadable::NotAsked(format!("the role {}", subject.role.name()))),
        };
        let mut policies = BTreeMap::new();
        for arn in role.iter().flat_map(|role| role.attached.iter().chain(&role.boundary)).chain(&subject.policies) {
            match inventory.policies.get(arn) {
                Some(Known::Value(version)) => {
                    policies.insert(arn.clone(), Some(version.clone()));
                }
                Some(Known::Missing(gap)) => return Err(Unreadable::Gap(gap.clone())),
                None => {}
            }
        }
        let mut entries = BTreeMap::new();
        for (region, cluster) in &subject.entries {
            entries.insert(place(region, cluster), of_entry(account, region.as_str(), cluster, subject)?);
        }
        let mut profiles = BTreeMap::new();
        for name in &subject.profiles {
            let holds = match account.instance_profiles.get(name) {
                Some(ProfileRecord::Found(content)) => content.role.clone(),
                Some(ProfileRecord::Missing(gap)) => return Err(Unreadable::Gap(gap.clone())),
                Some(ProfileRecord::NoSuchProfile) | None => {
                    return Err(Unreadable::NotAsked(format!("the instance profile {name}")));
                }
            };
            profiles.insert(name.clone(), holds);
        }
        Ok(Self { role, policies, entries, profiles })
    }

    /// Puts the state into the facts of its account, in the place of what was there; `now` is when what is new came to be.
    pub fn put_into(&self, inventory: &mut Inventory, subject: &Subject, now: Timestamp) {
        for (arn, version) in &self.policies {
            match version {
                Some(version) => inventory.policies.insert(arn.clone(), Known::Value(version.clone())),
                None => inventory.policies.remove(arn),
            };
        }
        let of_account = |account: &&mut Account| account.id == *subject.role.account();
        let Some(account) = inventory.accounts.iter_mut().find(of_account) else { return };
        put_role(account, self.role.as_ref(), subject, now);
        for region in &mut account.regions {
            let Known::Value(clusters) = &mut region.clusters else { continue };
            for cluster in clusters {
                let Some(entry) = self.entries.get(&place(&region.name, &cluster.name)) else { continue };
                let Known::Value(entries) = &mut cluster.access_entries else { continue };
                put_entry(entries, entry.as_ref(), subject, now);
            }
        }
        let id = account.id.clone();
        for (name, holds) in &self.profiles {
            put_profile(account, &id, name, holds.as_deref(), subject);
        }
    }
}

fn of_role(role: &Role) -> Result<RoleState, Unreadable> {
    let attached = role.attached.as_result().map_err(|gap| Unreadable::Gap(gap.clone()))?;
    let listed = role.inline.as_result().map_err(|gap| Unreadable::Gap(gap.clone()))?;
    let mut inline = BTreeMap::new();
    for policy in listed {
        let InlinePolicy { name, document } = policy.as_result().map_err(|gap| Unreadable::Gap(gap.clone()))?;
        inline.insert(name.clone(), document.clone());
    }
    Ok(RoleState {
        id: role.id.clone(),
        trust: role.trust.clone(),
        attached: attached.iter().map(|policy| policy.arn.clone()).collect(),
        inline,
        boundary: role.boundary.clone(),
    })
}

fn of_entry(
    account: &Account,
    region: &str,
    cluster: &str,
    subject: &Subject,
) -> Result<Option<EntryState>, Unreadable> {
    let found = account.clusters().find(|(place, known)| place.as_str() == region && known.name == cluster);
    let Some((_, found)) = found else { return Err(Unreadable::NotAsked(format!("the cluster {cluster}"))) };
    let entries = found.access_entries.as_result().map_err(|gap| Unreadable::Gap(gap.clone()))?;
    let Some(entry) = entries.iter().find(|entry| entry.principal_arn == subject.role.as_str()) else {
        return Ok(None);
    };
    match &entry.detail {
        Some(Known::Value(told)) => Ok(Some(EntryState {
            kind: told.kind.to_ascii_uppercase(),
            created_at: told.created_at,
            username: None,
            groups: Vec::new(),
            tags: BTreeMap::new(),
            policies: policies_of(told),
        })),
        Some(Known::Missing(gap)) => Err(Unreadable::Gap(gap.clone())),
        None => Err(Unreadable::NotAsked(format!("the access entry of the role in cluster {cluster}"))),
    }
}

fn policies_of(told: &AccessEntryType) -> Vec<EntryPolicy> {
    let known = told.access_policies.as_ref().and_then(Known::value).into_iter().flatten();
    known.map(|arn| EntryPolicy { arn: arn.clone(), namespaces: Vec::new() }).collect()
}

fn put_role(account: &mut Account, state: Option<&RoleState>, subject: &Subject, now: Timestamp) {
    let name = subject.role.name().to_owned();
    let Some(state) = state else {
        account.roles.insert(name, RoleRecord::NoSuchRole);
        return;
    };
    let mut role = match account.roles.remove(&name) {
        Some(RoleRecord::Found(role)) => *role,
        Some(RoleRecord::NoSuchRole | RoleRecord::Missing(_)) | None => Role {
            arn: subject.role.clone(),
            id: state.id.clone(),
            created_at: Some(now),
            trust: String::new(),
            attached: Known::Value(Vec::new()),
            inline: Known::Value(Vec::new()),
            boundary: None,
            tags: BTreeMap::new(),
            instance_profiles: Known::Value(Vec::new()),
            last_used_at: None,
        },
    };
    role.trust.clone_from(&state.trust);
    let attached = state.attached.iter();
    role.attached = Known::Value(
        attached.map(|arn| ManagedPolicyRef { name: self::name(arn).to_owned(), arn: arn.clone() }).collect(),
    );
    let inline = state.inline.iter();
    let inline = inline.map(|(name, document)| InlinePolicy { name: name.clone(), document: document.clone() });
    role.inline = Known::Value(inline.map(Known::Value).collect());
    role.boundary.clone_from(&state.boundary);
    account.roles.insert(name, RoleRecord::Found(Box::new(role)));
}

fn put_entry(entries: &mut Vec<AccessEntry>, state: Option<&EntryState>, subject: &Subject, now: Timestamp) {
    let principal = subject.role.as_str();
    let Some(state) = state else {
        entries.retain(|entry| entry.principal_arn != principal);
        return;
    };
    let policies = state.policies.iter().map(|policy| policy.arn.clone()).collect();
    let detail = Some(Known::Value(AccessEntryType {
        kind: state.kind.clone(),
        created_at: Some(state.created_at.unwrap_or(now)),
        access_policies: (state.kind == "EC2").then_some(Known::Value(policies)),
    }));
    match entries.iter_mut().find(|entry| entry.principal_arn == principal) {
        Some(entry) => entry.detail = detail,
        None => entries.push(AccessEntry { principal_arn: principal.to_owned(), detail }),
    }
}

fn put_profile(account: &mut Account, id: &AccountId, name: &str, holds: Option<&str>, subject: &Subject) {
    let record = account.instance_profiles.entry(name.to_owned()).or_insert_with(|| {
        let arn = format!("arn:{}:iam::{id}:instance-profile/{name}", subject.role.partition());
        ProfileRecord::Found(ProfileContent {
            profile: InstanceProfile { arn, id: String::new(), created_at: None },
            role: None,
        })
    });
    let ProfileRecord::Found(content) = record else { return };
    content.role = holds.map(str::to_owned);
    let (profile, held) = (content.profile.clone(), holds == Some(subject.role.as_str()));
    if let Some(RoleRecord::Found(role)) = account.roles.get_mut(subject.role.name())
        && let Known::Value(profiles) = &mut role.instance_profiles
    {
        profiles.retain(|known| known.arn != profile.arn);
        if held {
            profiles.push(profile);
        }
    }
}
