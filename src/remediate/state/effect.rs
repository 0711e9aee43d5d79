//! What a change does to a state, what takes it back, and what cannot be done. A model of the calls, without a call.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::inventory::PolicyVersion;
use crate::remediate::Change;
use crate::remediate::change::{name, node_policy};

use super::{EntryPolicy, RoleState, State, place};

/// The managed policies that a role may have by default, and at most (IAM's quotas).
const ATTACHED: (usize, usize) = (10, 20);

/// The characters that a trust policy may have by default, and at most, white space not counted (IAM's quotas).
const TRUST: (usize, usize) = (2048, 8192);

/// Why a change cannot be made here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Impossible {
    /// It is about a role that is not there.
    #[error("the role does not exist")]
    NoSuchRole,
    /// It would create a role that is there.
    #[error("the role exists already, with another trust policy")]
    RoleExists,
    /// It would delete a role that carries something.
    #[error("the role carries policies that noderole did not give it")]
    RoleCarries,
    /// One policy too many.
    #[error(
        "the role has {0} attached policies, as many as IAM's quota allows (10 unless it was raised): detach one, or raise it"
    )]
    AttachedQuota(usize),
    /// The trust policy would be too long.
    #[error(
        "the trust policy would have {0} characters, more than IAM's quota of 2,048 allows: shorten it, or raise it"
    )]
    TrustTooLong(usize),
    /// It would create a policy that is there.
    #[error("a policy of the name {0} exists already, with another document")]
    PolicyExists(String),
    /// It is about a policy that is not there.
    #[error("the policy {0} does not exist")]
    NoSuchPolicy(String),
    /// It would create an entry that is there.
    #[error("the cluster {0} has an access entry for the role already, of another type")]
    EntryExists(String),
    /// It is about an entry that is not there.
    #[error("the cluster {0} has no access entry for the role")]
    NoSuchEntry(String),
    /// The profile holds another role.
    #[error("the instance profile {0} holds another role")]
    ProfileHolds(String),
}

impl State {
    /// The state after a change. A change that is made already leaves it as it is.
    ///
    /// # Errors
    /// Why AWS would refuse it.
    pub fn after(&self, change: &Change) -> Result<Self, Impossible> {
        let mut next = self.clone();
        match change {
            Change::CreatePolicy { policy, document } => match self.policies.get(policy) {
                Some(Some(there)) if !super::same_document(&there.document, document) => {
                    return Err(Impossible::PolicyExists(name(policy).to_owned()));
                }
                Some(Some(_)) => {}
                None | Some(None) => next.set_policy(policy, "v1", document),
            },
            Change::DeletePolicy { policy } => {
                next.policies.insert(policy.clone(), None);
            }
            Change::CreatePolicyVersion { policy, document } => {
                let there = self.policies.get(policy).and_then(Option::as_ref);
                let there = there.ok_or_else(|| Impossible::NoSuchPolicy(name(policy).to_owned()))?;
                if !super::same_document(&there.document, document) {
                    next.set_policy(policy, "", document);
                }
            }
            // the document of the earlier version is in the image from before, not here: see `agrees`
            Change::RestorePolicyVersion { .. } => {}
            Change::CreateRole { trust, .. } => match &self.role {
                Some(role) if !super::same_document(&role.trust, trust) => return Err(Impossible::RoleExists),
                Some(_) => {}
                None => {
                    next.role = Some(RoleState {
                        id: String::new(),
                        trust: trust.clone(),
                        attached: BTreeSet::new(),
                        inline: BTreeMap::new(),
                        boundary: None,
                    });
                }
            },
            Change::DeleteRole { .. } => match &self.role {
                Some(role) if !role.attached.is_empty() || !role.inline.is_empty() => {
                    return Err(Impossible::RoleCarries);
                }
                Some(_) | None => next.role = None,
            },
            Change::UpdateTrust { trust, .. } => {
                let role = next.role.as_mut().ok_or(Impossible::NoSuchRole)?;
                fits(trust, &role.trust)?;
                role.trust.clone_from(trust);
            }
            Change::Attach { policy, .. } => next.attach(policy)?,
            Change::Detach { policy, .. } => {
                next.role.as_mut().ok_or(Impossible::NoSuchRole)?.attached.remove(policy);
            }
            Change::AddToProfile { role, profile } => match self.profiles.get(profile) {
                Some(Some(held)) if held != role.as_str() => return Err(Impossible::ProfileHolds(profile.clone())),
                Some(_) | None => {
                    next.profiles.insert(profile.clone(), Some(role.to_string()));
                }
            },
            Change::RemoveFromProfile { profile, .. } => {
                next.profiles.insert(profile.clone(), None);
            }
            Change::CreateEntry { .. }
            | Change::DeleteEntry { .. }
            | Change::AssociateNodePolicy { .. }
            | Change::DisassociateNodePolicy { .. } => next.change_entry(change)?,
        }
        Ok(next)
    }

    /// The change with what only the state from before tells: an entry that takes the place of another has what people gave
    /// that one.
    #[must_use]
    pub fn completed(&self, change: &Change) -> Change {
        if let Change::CreateEntry { role, region, cluster, entry } = change
            && let Some(Some(before)) = self.entries.get(&place(region, cluster))
        {
            let entry = entry.in_place_of(before);
            return Change::CreateEntry { role: role.clone(), region: region.clone(), cluster: cluster.clone(), entry };
        }
        change.clone()
    }

    /// What takes a change back that led from this state to `after`; none where it changed nothing.
    pub fn undoing(&self, change: &Change, after: &Self) -> Option<Change> {
        let carried = |policy: &String| self.role.as_ref().is_some_and(|role| role.attached.contains(policy));
        let back = match change {
            Change::CreatePolicy { policy, .. } => {
                let there = self.policies.get(policy).is_some_and(Option::is_some);
                return (!there).then(|| Change::DeletePolicy { policy: policy.clone() });
            }
            Change::CreatePolicyVersion { policy, .. } => {
                let version = |state: &Self| Some(state.policies.get(policy)?.as_ref()?.version_id.clone());
                let (version, surplus) = (version(self)?, version(after)?);
                let changed = version != surplus;
                return changed.then(|| Change::RestorePolicyVersion { policy: policy.clone(), version, surplus });
            }
            Change::CreateRole { role, .. } => Change::DeleteRole { role: role.clone() },
            Change::UpdateTrust { role, .. } => {
                let trust = self.role.as_ref()?.trust.clone();
                Change::UpdateTrust { role: role.clone(), trust }
            }
            Change::Attach { policy, .. } if carried(policy) => return None,
            Change::Attach { role, policy } => Change::Detach { role: role.clone(), policy: policy.clone() },
            Change::Detach { policy, .. } if !carried(policy) => return None,
            Change::Detach { role, policy } => Change::Attach { role: role.clone(), policy: policy.clone() },
            Change::AddToProfile { profile, .. } if self.profiles.get(profile).is_some_and(Option::is_some) => {
                return None;
            }
            Change::AddToProfile { role, profile } => {
                Change::RemoveFromProfile { role: role.clone(), profile: profile.clone() }
            }
            Change::CreateEntry { role, region, cluster, .. } => {
                Change::DeleteEntry { role: role.clone(), region: region.clone(), cluster: cluster.clone() }
            }
            Change::DeleteEntry { role, region, cluster } => {
                let entry = self.entries.get(&place(region, cluster))?.as_ref()?.anew();
                Change::CreateEntry { role: role.clone(), region: region.clone(), cluster: cluster.clone(), entry }
            }
            Change::AssociateNodePolicy { role, region, cluster } => {
                let entry = self.entries.get(&place(region, cluster))?.as_ref()?;
                if entry.policies.iter().any(|policy| policy.arn == node_policy(role)) {
                    return None;
                }
                Change::DisassociateNodePolicy { role: role.clone(), region: region.clone(), cluster: cluster.clone() }
            }
            // these take back, and are never taken back themselves
            Change::DeletePolicy { .. }
            | Change::RestorePolicyVersion { .. }
            | Change::DeleteRole { .. }
            | Change::RemoveFromProfile { .. }
            | Change::DisassociateNodePolicy { .. } => return None,
        };
        Some(back)
    }

    fn set_policy(&mut self, policy: &str, version: &str, document: &str) {
        let version = PolicyVersion { version_id: version.to_owned(), document: document.to_owned() };
        self.policies.insert(policy.to_owned(), Some(version));
    }

    fn attach(&mut self, policy: &str) -> Result<(), Impossible> {
        if self.policies.get(policy).is_some_and(Option::is_none) {
            return Err(Impossible::NoSuchPolicy(name(policy).to_owned()));
        }
        let role = self.role.as_mut().ok_or(Impossible::NoSuchRole)?;
        let (usual, most) = ATTACHED;
        let count = role.attached.len();
        // more than the default: the quota was raised
        let quota = if count > usual { most } else { usual };
        if count >= quota && !role.attached.contains(policy) {
            return Err(Impossible::AttachedQuota(count));
        }
        role.attached.insert(policy.to_owned());
        Ok(())
    }

    fn change_entry(&mut self, change: &Change) -> Result<(), Impossible> {
        let Some((region, cluster)) = change.entry() else { return Ok(()) };
        let at = place(region, cluster);
        let there = self.entries.get(&at).and_then(Option::as_ref);
        let no_such = || Impossible::NoSuchEntry(cluster.to_owned());
        let next = match change {
            Change::CreateEntry { entry, .. } => match there {
                Some(there) if there.kind != entry.kind => return Err(Impossible::EntryExists(cluster.to_owned())),
                Some(there) => Some(there.clone()),
                None => Some(entry.clone()),
            },
            Change::DeleteEntry { .. } => None,
            Change::AssociateNodePolicy { role, .. } => {
                let mut entry = there.ok_or_else(no_such)?.clone();
                let policy = EntryPolicy { arn: node_policy(role), namespaces: Vec::new() };
                if !entry.policies.contains(&policy) {
                    entry.policies.push(policy);
                }
                Some(entry)
            }
            Change::DisassociateNodePolicy { role, .. } => {
                let mut entry = there.ok_or_else(no_such)?.clone();
                entry.policies.retain(|policy| policy.arn != node_policy(role));
                Some(entry)
            }
            Change::CreatePolicy { .. }
            | Change::DeletePolicy { .. }
            | Change::CreatePolicyVersion { .. }
            | Change::RestorePolicyVersion { .. }
            | Change::CreateRole { .. }
            | Change::DeleteRole { .. }
            | Change::UpdateTrust { .. }
            | Change::Attach { .. }
            | Change::Detach { .. }
            | Change::AddToProfile { .. }
            | Change::RemoveFromProfile { .. } => return Ok(()),
        };
        self.entries.insert(at, next);
        Ok(())
    }
}

/// Whether IAM takes the document; one that is longer already shows that the quota was raised.
fn fits(trust: &str, before: &str) -> Result<(), Impossible> {
    let length = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let (usual, most) = TRUST;
    let quota = if length(before) > usual { most } else { usual };
    let length = length(trust);
    if length > quota { Err(Impossible::TrustTooLong(length)) } else { Ok(()) }
}
