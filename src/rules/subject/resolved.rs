//! From the machines of a set of nodes to their roles, by their instance profiles.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::failure::FailureClass;
use crate::known::{Gap, Known};

use super::fleet::Machines;
use super::profiles::{Held, Profiles, name_of};

/// What the machines of a set say of their roles.
#[derive(Debug, Default)]
pub(super) struct Resolved<'a> {
    /// The ARNs of the roles, each once.
    pub(super) roles: BTreeSet<&'a str>,
    /// Whether some have no role: no profile, or one that is gone or empty. NR004 tells of them.
    pub(super) roleless: bool,
    /// Why the roles of others are not known.
    pub(super) unread: Option<Cow<'a, Gap>>,
}

impl<'a> Resolved<'a> {
    /// Looks at every instance, and at what new ones would be launched from.
    pub(super) fn of(machines: &Machines<'a>, profiles: &Profiles<'a>) -> Self {
        let mut resolved = Self::default();
        for instance in &machines.instances {
            resolved.add(instance.profile.as_ref().map(|profile| profile.arn.as_str()), profiles);
        }
        for launch in &machines.launches {
            match launch.says {
                Some(Known::Value(says)) => resolved.add(says.profile.as_deref(), profiles),
                // A template that was deleted launches nothing any more; the instances speak.
                Some(Known::Missing(gap)) if gap.class == FailureClass::Gone && !machines.instances.is_empty() => {}
                Some(Known::Missing(gap)) => resolved.open(Cow::Borrowed(gap)),
                None => resolved.open(Cow::Owned(not_held(launch.from.api(), &launch.from.described()))),
            }
        }
        resolved
    }

    fn add(&mut self, profile: Option<&str>, profiles: &Profiles<'a>) {
        let Some(profile) = profile else {
            self.roleless = true;
            return;
        };
        match profiles.get(profile) {
            Some(Held::Role { arn, .. }) => {
                self.roles.insert(arn);
            }
            Some(Held::Empty(_) | Held::Gone) => self.roleless = true,
            Some(Held::Unread(gap)) => self.open(Cow::Borrowed(gap)),
            None => self.open(Cow::Owned(not_held("iam:GetInstanceProfile", name_of(profile)))),
        }
    }

    fn open(&mut self, gap: Cow<'a, Gap>) {
        self.unread.get_or_insert(gap);
    }
}

/// What nobody asked for, though it would be needed.
pub(super) fn not_held(api: &str, resource: &str) -> Gap {
    Gap { class: FailureClass::NotReached, ..not_asked(api, resource) }
}

/// What was left out, on purpose or because the inventory is of an older version.
pub(super) fn not_asked(api: &str, resource: &str) -> Gap {
    Gap {
        api: api.to_owned(),
        resource: resource.to_owned(),
        class: FailureClass::NotAsked,
        error: "NotAsked".to_owned(),
        message: "the inventory does not hold it".to_owned(),
    }
}
