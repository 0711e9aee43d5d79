//! Where two states agree: in what one change touches, or part by part with one of several earlier ones.

use std::collections::BTreeMap;

use crate::remediate::Change;
use crate::remediate::change::node_policy;

use super::{EntryState, RoleState, State, place, same_document};

impl State {
    /// Whether this is as `with` in what a change touches, forwards or back; what else differs does not count. The time of
    /// an entry that was deleted does not count either: no call brings it back.
    pub fn agrees(&self, with: &Self, change: &Change) -> bool {
        let same_role = || match (&self.role, &with.role) {
            (None, None) => true,
            (Some(is), Some(with)) => is.is_the(with),
            (None, Some(_)) | (Some(_), None) => false,
        };
        match change {
            Change::CreatePolicy { policy, .. }
            | Change::DeletePolicy { policy }
            | Change::CreatePolicyVersion { policy, .. }
            | Change::RestorePolicyVersion { policy, .. } => {
                both(at(&self.policies, policy), at(&with.policies, policy), |is, with| {
                    same_document(&is.document, &with.document)
                })
            }
            Change::CreateRole { .. } | Change::DeleteRole { .. } => same_role(),
            Change::UpdateTrust { .. } => {
                let trust = |state: &'_ Self| state.role.as_ref().map(|role| role.trust.clone()).unwrap_or_default();
                same_role() && same_document(&trust(self), &trust(with))
            }
            Change::Attach { policy, .. } | Change::Detach { policy, .. } => {
                let carried = |state: &Self| state.role.as_ref().is_some_and(|role| role.attached.contains(policy));
                same_role() && carried(self) == carried(with)
            }
            Change::AddToProfile { profile, .. } | Change::RemoveFromProfile { profile, .. } => {
                at(&self.profiles, profile) == at(&with.profiles, profile)
            }
            Change::CreateEntry { region, cluster, .. } => {
                let place = place(region, cluster);
                both(at(&self.entries, &place), at(&with.entries, &place), EntryState::is)
            }
            Change::DeleteEntry { region, cluster, .. } => {
                let place = place(region, cluster);
                let anew = at(&with.entries, &place).map(EntryState::anew);
                both(at(&self.entries, &place), anew.as_ref(), EntryState::is)
            }
            Change::AssociateNodePolicy { role, region, cluster }
            | Change::DisassociateNodePolicy { role, region, cluster } => {
                let (place, policy) = (place(region, cluster), node_policy(role));
                let has = |entry: &EntryState| entry.policies.iter().any(|one| one.arn == policy);
                both(at(&self.entries, &place), at(&with.entries, &place), |is, with| {
                    is.kind == with.kind && has(is) == has(with)
                })
            }
        }
    }

    /// Whether each part is as in one of the others: what a reader may see while a change is on its way to all of AWS, and
    /// nothing that somebody else wrote.
    pub fn mixes(&self, of: &[&Self]) -> bool {
        let role = match &self.role {
            None => of.iter().any(|one| one.role.is_none()),
            Some(role) => role.mixes(&of.iter().filter_map(|one| one.role.as_ref()).collect::<Vec<_>>()),
        };
        role && self.policies.iter().all(|(arn, is)| {
            of.iter()
                .filter_map(|one| one.policies.get(arn))
                .any(|one| both(is.as_ref(), one.as_ref(), |is, with| same_document(&is.document, &with.document)))
        }) && self.entries.iter().all(|(place, is)| {
            let mut known = of.iter().filter_map(|one| one.entries.get(place));
            known.any(|one| both(is.as_ref(), one.as_ref(), EntryState::is))
        }) && self.profiles.iter().all(|(name, is)| of.iter().any(|one| one.profiles.get(name) == Some(is)))
    }

    /// Whether it is as it was before, but for what no call brings back: the times of entries.
    pub fn is_again(&self, before: &Self) -> bool {
        self.is(&before.anew())
    }

    /// The state as it may be had again.
    #[must_use]
    pub fn anew(&self) -> Self {
        let anew =
            |(place, entry): (&String, &Option<EntryState>)| (place.clone(), entry.as_ref().map(EntryState::anew));
        Self { entries: self.entries.iter().map(anew).collect(), ..self.clone() }
    }

    /// Whether the entry that a change is about is this very one in an earlier state too: type, time and all.
    pub fn has_the_entry_of(&self, earlier: &Self, change: &Change) -> bool {
        let Some((region, cluster)) = change.entry() else { return false };
        let place = place(region, cluster);
        let entry = at(&self.entries, &place);
        entry.is_some_and(|entry| entry.created_at.is_some()) && entry == at(&earlier.entries, &place)
    }
}

impl RoleState {
    /// Whether it is that very role, whatever it carries; one that was still to be created has no id.
    fn is_the(&self, other: &Self) -> bool {
        other.id.is_empty() || self.id == other.id
    }

    fn mixes(&self, of: &[&Self]) -> bool {
        of.iter().any(|one| self.is_the(one))
            && of.iter().any(|one| same_document(&self.trust, &one.trust))
            && of.iter().any(|one| self.attached == one.attached)
            && of.iter().any(|one| self.boundary == one.boundary)
            // no change touches an inline policy
            && of.iter().any(|one| {
                one.inline.len() == self.inline.len()
                    && self.inline.iter().all(|(name, document)| {
                        one.inline.get(name).is_some_and(|with| same_document(document, with))
                    })
            })
    }
}

/// What a map holds under a name, if it holds anything.
fn at<'a, T>(map: &'a BTreeMap<String, Option<T>>, name: &str) -> Option<&'a T> {
    map.get(name).and_then(Option::as_ref)
}

fn both<T>(is: Option<&T>, with: Option<&T>, agree: impl Fn(&T, &T) -> bool) -> bool {
    match (is, with) {
        (None, None) => true,
        (Some(is), Some(with)) => agree(is, with),
        (None, Some(_)) | (Some(_), None) => false,
    }
}
