//! A model of AWS for one role, as strict as IAM and EKS are, with reads that lag and calls that fail.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};

use crate::failure::{Failure, FailureClass};
use crate::ids::RoleArn;
use crate::inventory::PolicyVersion;
use crate::remediate::Change;
use crate::remediate::change::node_policy;
use crate::remediate::state::{EntryPolicy, EntryState, RoleState, State, Subject, place};

/// The managed policies that a role may have.
const QUOTA: usize = 10;

/// All that AWS holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct World {
    pub(super) role: Option<RoleState>,
    /// Policies with their versions, and the number of the default.
    pub(super) policies: BTreeMap<String, (BTreeMap<usize, String>, usize)>,
    /// Policies that something else uses too.
    pub(super) used: BTreeSet<String>,
    pub(super) entries: BTreeMap<String, EntryState>,
    pub(super) profiles: BTreeMap<String, Option<String>>,
}

/// AWS, seen through reads that may be late.
#[derive(Debug, Clone)]
pub(super) struct Aws {
    pub(super) truth: World,
    /// All worlds so far, and how many reads there were before each.
    shown: Vec<(usize, World)>,
    reads: usize,
    /// Reads until a change is visible.
    pub(super) lag: usize,
    /// Reads until a change is visible to every third read: that one goes to a copy of its own.
    pub(super) slow: usize,
    made: i64,
}

pub(super) fn failure(class: FailureClass, code: &str) -> Failure {
    Failure { class, code: code.to_owned(), message: "said the model".to_owned() }
}

fn gone() -> Failure {
    failure(FailureClass::Gone, "NoSuchEntity")
}

fn other(code: &str) -> Failure {
    failure(FailureClass::Other, code)
}

impl Aws {
    pub(super) fn new(truth: World) -> Self {
        Self { shown: vec![(0, truth.clone())], truth, reads: 0, lag: 0, slow: 0, made: 0 }
    }

    /// Time passes: everything is visible.
    pub(super) fn settle(&mut self) {
        self.shown = vec![(0, self.truth.clone())];
        (self.lag, self.slow) = (0, 0);
    }

    pub(super) fn read(&mut self, subject: &Subject) -> State {
        self.reads += 1;
        let late = if self.reads.is_multiple_of(3) { self.lag.max(self.slow) } else { self.lag };
        let visible = self.shown.iter().rev().find(|(before, _)| *before == 0 || before + late < self.reads);
        visible.map(|(_, world)| world).unwrap().view(subject)
    }

    /// Somebody else's change, visible at once or as late as ours.
    pub(super) fn foreign(&mut self, change: impl FnOnce(&mut World)) {
        change(&mut self.truth);
        self.changed();
    }

    fn changed(&mut self) {
        self.shown.push((self.reads, self.truth.clone()));
    }

    pub(super) fn call(&mut self, change: &Change) -> Result<(), Failure> {
        let result = self.made(change);
        self.changed();
        result
    }

    fn made(&mut self, change: &Change) -> Result<(), Failure> {
        self.made += 1;
        if change.entry().is_some() {
            return entry(&mut self.truth.entries, change, self.made);
        }
        if change.role().is_none() {
            return policy(&mut self.truth, change);
        }
        let World { role, policies, profiles, .. } = &mut self.truth;
        match change {
            Change::CreateRole { trust, .. } => {
                if role.is_some() {
                    return Err(other("EntityAlreadyExists"));
                }
                let id = format!("AROANEW{}", self.made);
                let (attached, inline) = (BTreeSet::new(), BTreeMap::new());
                *role = Some(RoleState { id, trust: trust.clone(), attached, inline, boundary: None });
            }
            Change::DeleteRole { role: arn } => {
                let there = role.as_ref().ok_or_else(gone)?;
                let held = profiles.values().flatten().any(|held| held == arn.as_str());
                if held || !there.attached.is_empty() || !there.inline.is_empty() {
                    return Err(other("DeleteConflict"));
                }
                *role = None;
            }
            Change::UpdateTrust { trust, .. } => role.as_mut().ok_or_else(gone)?.trust.clone_from(trust),
            Change::Attach { policy, .. } => {
                let role = role.as_mut().filter(|_| policies.contains_key(policy)).ok_or_else(gone)?;
                if role.attached.len() >= QUOTA && !role.attached.contains(policy) {
                    return Err(other("LimitExceeded"));
                }
                role.attached.insert(policy.clone());
            }
            Change::Detach { policy, .. } => {
                let removed = role.as_mut().ok_or_else(gone)?.attached.remove(policy);
                return if removed { Ok(()) } else { Err(gone()) };
            }
            Change::AddToProfile { role, profile } => {
                let holds = profiles.get_mut(profile).ok_or_else(gone)?;
                if holds.is_some() {
                    return Err(other("LimitExceeded"));
                }
                *holds = Some(role.to_string());
            }
            Change::RemoveFromProfile { role, profile } => {
                let holds = profiles.get_mut(profile).ok_or_else(gone)?;
                holds.take_if(|held| held == role.as_str()).ok_or_else(gone)?;
            }
            Change::CreatePolicy { .. }
            | Change::DeletePolicy { .. }
            | Change::CreatePolicyVersion { .. }
            | Change::RestorePolicyVersion { .. }
            | Change::CreateEntry { .. }
            | Change::DeleteEntry { .. }
            | Change::AssociateNodePolicy { .. }
            | Change::DisassociateNodePolicy { .. } => return Err(gone()),
        }
        Ok(())
    }
}

/// The calls about a policy of the account.
fn policy(world: &mut World, change: &Change) -> Result<(), Failure> {
    let World { role, policies, used, .. } = world;
    if let Change::CreatePolicy { policy, document } = change {
        if policies.contains_key(policy) {
            return Err(other("EntityAlreadyExists"));
        }
        policies.insert(policy.clone(), ([(1, document.clone())].into(), 1));
        return Ok(());
    }
    let name = change.policy().ok_or_else(gone)?;
    let (versions, default) = policies.get_mut(name).ok_or_else(gone)?;
    if let Change::CreatePolicyVersion { document, .. } = change {
        if versions.len() >= 5 {
            return Err(other("LimitExceeded"));
        }
        *default = versions.keys().max().unwrap() + 1;
        versions.insert(*default, document.clone());
        return Ok(());
    }
    if let Change::RestorePolicyVersion { version, surplus, .. } = change {
        let number = |version: &str| version.trim_start_matches('v').parse::<usize>().unwrap();
        if !versions.contains_key(&number(version)) {
            return Err(gone());
        }
        *default = number(version);
        versions.remove(&number(surplus)).ok_or_else(gone)?;
        return Ok(());
    }
    let carried = role.as_ref().is_some_and(|role| role.attached.contains(name));
    if carried || used.contains(name) || versions.len() > 1 {
        return Err(other("DeleteConflict"));
    }
    policies.remove(name);
    Ok(())
}

/// The calls about an access entry.
fn entry(entries: &mut BTreeMap<String, EntryState>, change: &Change, made: i64) -> Result<(), Failure> {
    let no_such = || failure(FailureClass::Gone, "ResourceNotFoundException");
    let (region, cluster) = change.entry().ok_or_else(no_such)?;
    let at = place(region, cluster);
    if let Change::CreateEntry { entry, .. } = change {
        if entries.contains_key(&at) {
            return Err(other("ResourceInUseException"));
        }
        let people = entry.kind == "STANDARD";
        if !people && (entry.username.is_some() || !entry.groups.is_empty()) {
            return Err(other("InvalidParameterException"));
        }
        let created_at = Some("2026-11-24T00:00:00Z".parse::<Timestamp>().unwrap() + made.minutes());
        let username = entry.username.clone().or_else(|| Some("system:node:{{EC2PrivateDNSName}}".to_owned()));
        let groups = if people { entry.groups.clone() } else { vec!["system:nodes".to_owned()] };
        entries.insert(at, EntryState { created_at, username, groups, ..entry.clone() });
        return Ok(());
    }
    let there = entries.get_mut(&at).ok_or_else(no_such)?;
    let policy = |role: &RoleArn| EntryPolicy { arn: node_policy(role), namespaces: Vec::new() };
    if let Change::AssociateNodePolicy { role, .. } | Change::DisassociateNodePolicy { role, .. } = change {
        there.policies.retain(|one| *one != policy(role));
    }
    if let Change::AssociateNodePolicy { role, .. } = change {
        there.policies.push(policy(role));
    }
    if let Change::DeleteEntry { .. } = change {
        entries.remove(&at);
    }
    Ok(())
}

impl World {
    pub(super) fn view(&self, subject: &Subject) -> State {
        let carried = self.role.iter().flat_map(|role| role.attached.iter().chain(&role.boundary));
        let policies = carried.chain(&subject.policies).map(|arn| {
            let version = self.policies.get(arn).map(|(versions, default)| PolicyVersion {
                version_id: format!("v{default}"),
                document: versions[default].clone(),
            });
            (arn.clone(), version)
        });
        let entries = subject.entries.iter().map(|(region, cluster)| {
            let at = place(region, cluster);
            let entry = self.entries.get(&at).cloned();
            (at, entry)
        });
        let profiles = subject.profiles.iter().map(|name| (name.clone(), self.profiles[name].clone()));
        State {
            role: self.role.clone(),
            policies: policies.collect(),
            entries: entries.collect(),
            profiles: profiles.collect(),
        }
    }

    /// The world without what no call brings back: the time of an entry.
    pub(super) fn timeless(&self) -> Self {
        let mut world = self.clone();
        for entry in world.entries.values_mut() {
            entry.created_at = None;
        }
        world
    }
}
