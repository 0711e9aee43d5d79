//! The data of these rules: powers that a role may hold, and the actions that each of them takes.

/// Something that its holder can do, and what it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Power {
    /// How messages call it.
    pub(super) name: &'static str,
    /// What its holder gains.
    pub(super) gains: &'static str,
    /// What must be granted, all of it.
    pub(super) steps: &'static [Step],
    /// Who says so.
    pub(super) source: &'static str,
}

/// One action that a power takes, on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Step {
    /// The action. With `*` in the place of a name it stands for an action that no statement names: only a statement that
    /// grants all of them grants it.
    pub(super) action: &'static str,
    /// The resources that are asked for.
    pub(super) on: On,
    /// Condition keys that are known of such a request; `{cluster}` stands for each cluster of the role.
    pub(super) keys: &'static [(&'static str, &'static str)],
}

/// On which resources an action is asked for. `*` in the place of a name stands for a resource that no statement names: only
/// a statement that covers all of them grants it, and a Deny that names some of them takes nothing away from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum On {
    /// An action without resources: `*`.
    Nothing,
    /// Any resource of any service in the account and region.
    Everything,
    /// Any resource of the account in IAM, or any role.
    AllOfIam,
    /// A service and the resource part of an ARN with account and region.
    Regional(&'static str, &'static str),
    /// The same without a region.
    Global(&'static str, &'static str),
    /// The same without account and region.
    Unowned(&'static str, &'static str),
    /// Any role of the account.
    Roles,
    /// Any role of the account, or any role of any account.
    RolesAnywhere,
    /// Any role of the account, or this one.
    RolesOrOwn,
    /// Any policy of the account's own, or one of those that this role has.
    PoliciesOrOwn,
    /// Any document of the account, or the one with which AWS runs a shell.
    ShellDocuments,
    /// Any cluster of the account, or one that the role serves.
    ClustersOrOwn,
    /// Any access entry of the account, or of a cluster that the role serves.
    EntriesOrOwn,
}

impl On {
    /// Whether a Resource pattern names resources of this kind: the service and the type of the resource are the same.
    pub(super) fn is_kind_of(self, pattern: &str) -> bool {
        let (service, resource) = match self {
            Self::Regional(service, resource) | Self::Global(service, resource) | Self::Unowned(service, resource) => {
                (service, resource)
            }
            Self::Nothing
            | Self::Everything
            | Self::AllOfIam
            | Self::Roles
            | Self::RolesAnywhere
            | Self::RolesOrOwn
            | Self::PoliciesOrOwn
            | Self::ShellDocuments
            | Self::ClustersOrOwn
            | Self::EntriesOrOwn => return false,
        };
        let mut parts = pattern.splitn(6, ':');
        let kind = resource.split_inclusive(['/', ':']).next().unwrap_or_default();
        parts.nth(2) == Some(service) && parts.nth(2).is_some_and(|part| part.starts_with(kind))
    }
}

/// An action on some resources.
pub(super) const fn on(action: &'static str, on: On) -> Step {
    Step { action, on, keys: &[] }
}

/// An action on the resources of a kind.
pub(super) const fn regional(action: &'static str, service: &'static str, resource: &'static str) -> Step {
    on(action, On::Regional(service, resource))
}
