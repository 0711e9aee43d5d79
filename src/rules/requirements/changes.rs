//! Changes that the configuration makes to requirement sets, for all clusters or for some.

use std::collections::BTreeMap;

use crate::ids::{AccountId, Region};

use super::own::Own;
use super::{Clause, Cni, Force, Need, On, Requirements, SetName, When};

/// What a need that the configuration adds is said to rest on.
const SOURCE: &str = "the configuration";

/// Changes to requirements; what is none or empty stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Which CNI the clusters run.
    pub cni: Option<Cni>,
    /// Whether images come through a pull-through cache.
    pub pull_through_cache: Option<bool>,
    /// The account whose registry holds the images of EKS add-ons, by region: beside AWS's, or in their place.
    pub addon_registries: BTreeMap<Region, AccountId>,
    /// How much actions are needed.
    pub needs: Vec<NeedChange>,
    /// Further requirements of the organization's own.
    pub own: Own,
}

/// How much an action is needed from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedChange {
    /// The set.
    pub set: SetName,
    /// The action.
    pub action: String,
    /// How much it is needed, whatever the circumstances; [`Force::NotNeeded`] takes it out of the set.
    pub force: Force,
    /// On which resources; empty: on those of the set, or on anything where the set does not have the action.
    pub on: Vec<On>,
    /// What happens on the nodes without it.
    pub reason: Option<String>,
}

impl Changes {
    /// Makes the changes.
    pub fn apply(&self, requirements: &mut Requirements) {
        if let Some(cni) = self.cni {
            requirements.cni = cni;
        }
        if let Some(used) = self.pull_through_cache {
            requirements.pull_through_cache = used;
        }
        let registries = self.addon_registries.iter();
        requirements.addon_registries.extend(registries.map(|(region, id)| (region.to_string(), id.to_string())));
        for change in &self.needs {
            change.apply(requirements.sets.entry(change.set).or_default());
        }
        requirements.own.add(&self.own);
    }
}

impl NeedChange {
    fn apply(&self, set: &mut Vec<Need>) {
        if self.force == Force::NotNeeded {
            set.retain(|need| !self.is_about(need));
            return;
        }
        let clauses = vec![Clause { when: When::Always, force: self.force }];
        let mut known = false;
        for need in set.iter_mut().filter(|need| self.is_about(need)) {
            known = true;
            need.clauses.clone_from(&clauses);
            if let Some(reason) = &self.reason {
                need.symptom.clone_from(reason);
            }
        }
        if !known {
            set.push(Need {
                action: self.action.clone(),
                on: if self.on.is_empty() { vec![On::Anything] } else { self.on.clone() },
                clauses,
                symptom: self.reason.clone().unwrap_or_else(|| "the configuration asks for it".to_owned()),
                source: SOURCE.to_owned(),
            });
        }
    }

    /// Whether it changes this need.
    fn is_about(&self, need: &Need) -> bool {
        need.action.eq_ignore_ascii_case(&self.action) && (self.on.is_empty() || need.on == self.on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(set: SetName, action: &str, force: Force, on: &[On]) -> Changes {
        let need = NeedChange { set, action: action.to_owned(), force, on: on.to_vec(), reason: None };
        Changes { needs: vec![need], ..Changes::default() }
    }

    fn after(changes: &Changes) -> Requirements {
        let mut requirements = Requirements::default();
        changes.apply(&mut requirements);
        requirements
    }

    #[test]
    fn an_action_can_be_added_taken_out_and_forced() {
        let added = after(&change(SetName::Worker, "ec2:DescribeTags", Force::Required, &[]));
        let need = added.set(SetName::Worker).last().unwrap();
        assert_eq!((need.action.as_str(), need.on.as_slice()), ("ec2:DescribeTags", &[On::Anything][..]));

        let without = after(&change(SetName::Worker, "ec2:describeinstances", Force::NotNeeded, &[]));
        assert!(without.set(SetName::Worker).iter().all(|need| need.action != "ec2:DescribeInstances"));

        let forced = after(&change(SetName::EcrPull, "ecr:BatchGetImage", Force::Required, &[On::OwnRepositories]));
        let pulls: Vec<_> = forced.set(SetName::EcrPull).iter().filter(|n| n.action == "ecr:BatchGetImage").collect();
        assert_eq!(pulls.len(), 2);
        assert!(pulls.iter().all(|need| need.clauses.iter().all(|clause| clause.force == Force::Required)));
    }

    #[test]
    fn registries_are_added_beside_those_of_aws_and_no_change_changes_nothing() {
        let changes = Changes {
            addon_registries: BTreeMap::from([("eu-west-9".parse().unwrap(), "111122223333".parse().unwrap())]),
            ..Changes::default()
        };
        let after_change = after(&changes);
        assert_eq!(after_change.addon_registries["eu-west-9"], "111122223333");
        assert_eq!(after_change.addon_registries["eu-west-1"], "602401143452");
        assert_eq!(after(&Changes::default()), Requirements::default());
    }
}
