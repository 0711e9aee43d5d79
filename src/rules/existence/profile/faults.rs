//! What is wrong with the instance profiles that some nodes carry or would be launched with.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Evidence, NodeKind};
use crate::inventory::Account;
use crate::known::Known;
use crate::rules::subject::{Facts, Held, NodeRole, Nodes, Profiles, profile_name, role_key};

use super::held_role;

/// How many instances evidence and commands name.
pub(super) const INSTANCES_TOLD: usize = 10;

/// Something wrong with one instance profile, with the instances that show it; none where only a template does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault<'a> {
    /// It does not exist.
    Gone { profile: &'a str },
    /// It holds no role.
    Empty { profile: &'a str },
    /// There is none: instances or a template without a profile.
    None { instances: Vec<&'a str> },
    /// It holds another role.
    Another { profile: &'a str, holds: Option<&'a str>, instances: Vec<&'a str> },
    /// It was created anew: the instances carry the one that was deleted.
    Recreated { profile: &'a str, instances: Vec<&'a str> },
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Looked<'a> {
    /// What is wrong, each once.
    pub(super) faults: Vec<Fault<'a>>,
    /// What is right.
    pub(super) good: Vec<Evidence>,
    /// What could not be read.
    pub(super) open: Vec<Evidence>,
}

/// Who carries one profile, and under which ids.
#[derive(Debug, Default)]
struct Carried<'a> {
    by_id: BTreeMap<&'a str, Vec<&'a str>>,
    named_by: BTreeSet<String>,
}

impl<'a> Looked<'a> {
    /// Looks at every profile that the nodes' instances and templates name.
    pub(super) fn at(facts: &Facts<'a>, account: &Account, role: Option<&NodeRole<'_>>, nodes: &Nodes<'a>) -> Self {
        let mut looked = Self::default();
        let (carried, without, bare) = looked.carried(nodes);
        if !without.is_empty() || bare {
            looked.faults.push(Fault::None { instances: without });
        }
        let none = Profiles::default();
        let profiles = facts.fleets.profiles(&account.id).unwrap_or(&none);
        for (profile, by) in carried {
            looked.judge(profile, &by, profiles.get(profile), role, nodes);
        }
        looked.faults.sort();
        looked
    }

    /// The profiles by name; the instances without one; whether a template names none.
    fn carried(&mut self, nodes: &Nodes<'a>) -> (BTreeMap<&'a str, Carried<'a>>, Vec<&'a str>, bool) {
        let (mut carried, mut without, mut bare) = (BTreeMap::<&'a str, Carried<'a>>::new(), Vec::new(), false);
        for instance in nodes.instances() {
            match &instance.profile {
                Some(profile) => {
                    let by = carried.entry(profile_name(&profile.arn)).or_default();
                    by.by_id.entry(&profile.id).or_default().push(&instance.id);
                }
                None => without.push(instance.id.as_str()),
            }
        }
        for launch in nodes.machines.into_iter().flat_map(|machines| &machines.launches) {
            match launch.says {
                Some(Known::Value(says)) => match &says.profile {
                    Some(profile) => {
                        carried.entry(profile_name(profile)).or_default().named_by.insert(launch.from.described());
                    }
                    None => bare = true,
                },
                Some(Known::Missing(gap)) if nodes.instances().is_empty() => self.open.push(Evidence::gap(gap)),
                // What runs is known; of what is launched next nothing can be said.
                Some(Known::Missing(_)) | None => {}
            }
        }
        (carried, without, bare)
    }

    fn judge(
        &mut self,
        profile: &'a str,
        by: &Carried<'a>,
        held: Option<Held<'a>>,
        role: Option<&NodeRole<'_>>,
        nodes: &Nodes<'a>,
    ) {
        let instances = || -> Vec<&'a str> { by.by_id.values().flatten().copied().collect() };
        let managed = nodes.kind == NodeKind::Managed;
        match held {
            Some(Held::Gone) => self.faults.push(Fault::Gone { profile }),
            Some(Held::Empty(_)) => self.faults.push(Fault::Empty { profile }),
            Some(Held::Unread(gap)) => self.open.push(Evidence::gap(gap)),
            Some(held @ Held::Role { arn, profile: today }) => {
                let own = role.is_some_and(|role| role_key(role.arn) == role_key(arn));
                if !own {
                    // Of other nodes that stand beside these under one name, another role is just what tells them apart.
                    if managed {
                        self.faults.push(Fault::Another { profile, holds: held_role(held), instances: instances() });
                    }
                    return;
                }
                let old = by.by_id.iter().filter(|(id, _)| **id != today.id).flat_map(|(_, ids)| ids.iter().copied());
                let old: Vec<&'a str> = old.collect();
                if !old.is_empty() {
                    self.faults.push(Fault::Recreated { profile, instances: old });
                    return;
                }
                let count = by.by_id.values().map(Vec::len).sum::<usize>();
                let named_by: Vec<&str> = by.named_by.iter().map(String::as_str).collect();
                let also =
                    if named_by.is_empty() { String::new() } else { format!("; named by {}", named_by.join(", ")) };
                let text =
                    format!("instance profile `{profile}` holds the role; instances that carry it: {count}{also}");
                self.good.push(Evidence::from_api("iam:GetInstanceProfile", text));
            }
            // The list of the role's profiles would have told of it.
            None if managed && lists_profiles(role) => {
                self.faults.push(Fault::Another { profile, holds: None, instances: instances() });
            }
            None => {
                let text = format!("instance profile `{profile}` is not in the inventory");
                self.open.push(Evidence::from_api("iam:GetInstanceProfile", text));
            }
        }
    }
}

fn lists_profiles(role: Option<&NodeRole<'_>>) -> bool {
    role.and_then(NodeRole::role).is_some_and(|found| found.instance_profiles.value().is_some())
}

impl Fault<'_> {
    /// In words; `role` is the role that should be there.
    pub(super) fn told(&self, role: Option<&str>) -> String {
        // The last word is for one or for many: `carries`, `carry`.
        let who = |instances: &[&str], one_does: &str, many_do: &str| match instances {
            [] => format!("new instances {many_do}"),
            [one] => format!("instance {one} {one_does}"),
            [first, ..] => format!("{} instances ({first}, ...) {many_do}", instances.len()),
        };
        match self {
            Self::Gone { profile } => format!("instance profile `{profile}` does not exist"),
            Self::Empty { profile } => format!("instance profile `{profile}` holds no role"),
            Self::None { instances } => format!("{} no instance profile", who(instances, "has", "have")),
            Self::Another { profile, holds, instances } => {
                let holds = holds.map(|holds| format!(", which holds role `{holds}`")).unwrap_or_default();
                format!("{} instance profile `{profile}`{holds}", who(instances, "carries", "carry"))
            }
            Self::Recreated { profile, instances } => {
                let role = role.map(|role| format!(" with role `{role}`")).unwrap_or_default();
                format!(
                    "instance profile `{profile}`{role} was created anew, and {} the one that was deleted",
                    who(instances, "still carries", "still carry")
                )
            }
        }
    }

    /// With the instances, and the operation that shows it.
    pub(super) fn evidence(&self, role: Option<&str>) -> Evidence {
        let (api, instances): (&str, &[&str]) = match self {
            Self::Gone { .. } | Self::Empty { .. } => ("iam:GetInstanceProfile", &[]),
            Self::None { instances } | Self::Another { instances, .. } | Self::Recreated { instances, .. } => {
                ("ec2:DescribeInstances", instances)
            }
        };
        let shown: Vec<&str> = instances.iter().copied().take(INSTANCES_TOLD).collect();
        let which = if shown.len() > 1 { format!(": {}", shown.join(", ")) } else { String::new() };
        Evidence::from_api(api, format!("{}{which}", self.told(role)))
    }
}

/// Whether no other nodes of the account name the profile.
pub(super) fn named_once(facts: &Facts<'_>, account: &Account, nodes: &Nodes<'_>, profile: &str) -> bool {
    let names = |machines: &crate::rules::subject::Machines<'_>| {
        let carried = machines.instances.iter().filter_map(|one| one.profile.as_ref().map(|own| own.arn.as_str()));
        let launched = machines.launches.iter().filter_map(|launch| launch.says?.value()?.profile.as_deref());
        carried.chain(launched).any(|named| profile_name(named) == profile)
    };
    account.clusters().all(|(region, cluster)| {
        let Some(fleet) = facts.fleets.region(&account.id, region) else { return false };
        fleet.of_cluster(&cluster.name).all(|(kind, name, machines)| {
            let own = region == nodes.region
                && cluster.name == nodes.cluster.name
                && kind == nodes.kind
                && name == nodes.name;
            own || !names(machines)
        })
    })
}
