//! What AWS can answer to a call.
#![expect(missing_docs, reason = "the fields of a reply are named after the AWS parameters they are")]

use std::collections::BTreeMap;

use crate::inventory::{
    AccessEntryType, Addon, AutoScalingGroup, ClusterDetail, FargateProfile, InlinePolicy, Instance, InstanceProfile,
    Launch, ManagedPolicyRef, MetadataOptions, NodeGroup, PodIdentityAssociation, PolicyVersion, ProfileContent, Role,
};

/// What AWS answered. `next` is the token of the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Nothing to say but that it worked.
    Done,
    /// A page of names or ARNs.
    Names { names: Vec<String>, next: Option<String> },
    /// A cluster.
    Cluster(Box<ClusterDetail>),
    /// A node group.
    NodeGroup(Box<NodeGroup>),
    /// A Fargate profile.
    FargateProfile(FargateProfile),
    /// An access entry.
    AccessEntry(AccessEntryType),
    /// An add-on.
    Addon(Addon),
    /// A page of Pod Identity associations.
    Associations { associations: Vec<AssociationSummary>, next: Option<String> },
    /// A Pod Identity association.
    Association(PodIdentityAssociation),
    /// A page of roles and customer managed policies (default versions, by ARN). Every part of a role is `Known::Value`.
    Authorization { roles: Vec<Role>, policies: BTreeMap<String, PolicyVersion>, next: Option<String> },
    /// A role; attached, inline and profiles are empty and asked for by further calls.
    Role(Box<Role>),
    /// A page of attached policies.
    AttachedPolicies { policies: Vec<ManagedPolicyRef>, next: Option<String> },
    /// An inline policy.
    InlinePolicy(InlinePolicy),
    /// A page of instance profiles.
    InstanceProfiles { profiles: Vec<InstanceProfile>, next: Option<String> },
    /// The id of a managed policy's default version.
    DefaultVersion(String),
    /// A version of a managed policy.
    PolicyVersion(PolicyVersion),
    /// An instance profile.
    InstanceProfile(ProfileContent),
    /// A page of instances.
    Instances { instances: Vec<Instance>, next: Option<String> },
    /// A version of a launch template, or a launch configuration.
    Launch(Launch),
    /// The account's defaults for instance metadata.
    MetadataDefaults(MetadataOptions),
    /// A page of Auto Scaling groups.
    AutoScalingGroups { groups: Vec<AutoScalingGroup>, next: Option<String> },
}

impl Reply {
    /// Takes the token of the next page out of a page.
    pub fn take_next(&mut self) -> Option<String> {
        match self {
            Self::Names { next, .. }
            | Self::Associations { next, .. }
            | Self::Authorization { next, .. }
            | Self::AttachedPolicies { next, .. }
            | Self::InstanceProfiles { next, .. }
            | Self::Instances { next, .. }
            | Self::AutoScalingGroups { next, .. } => next.take(),
            Self::Done
            | Self::Cluster(_)
            | Self::NodeGroup(_)
            | Self::FargateProfile(_)
            | Self::AccessEntry(_)
            | Self::Addon(_)
            | Self::Association(_)
            | Self::Role(_)
            | Self::InlinePolicy(_)
            | Self::DefaultVersion(_)
            | Self::PolicyVersion(_)
            | Self::InstanceProfile(_)
            | Self::Launch(_)
            | Self::MetadataDefaults(_) => None,
        }
    }

    /// Adds a later page of the same list; a reply of another kind replaces this one.
    pub fn append(&mut self, page: Self) {
        match (self, page) {
            (Self::Names { names, .. }, Self::Names { names: more, .. }) => names.extend(more),
            (Self::Associations { associations, .. }, Self::Associations { associations: more, .. }) => {
                associations.extend(more);
            }
            (
                Self::Authorization { roles, policies, .. },
                Self::Authorization { roles: more_roles, policies: more_policies, .. },
            ) => {
                roles.extend(more_roles);
                policies.extend(more_policies);
            }
            (Self::AttachedPolicies { policies, .. }, Self::AttachedPolicies { policies: more, .. }) => {
                policies.extend(more);
            }
            (Self::InstanceProfiles { profiles, .. }, Self::InstanceProfiles { profiles: more, .. }) => {
                profiles.extend(more);
            }
            (Self::Instances { instances, .. }, Self::Instances { instances: more, .. }) => instances.extend(more),
            (Self::AutoScalingGroups { groups, .. }, Self::AutoScalingGroups { groups: more, .. }) => {
                groups.extend(more);
            }
            (this, page) => *this = page,
        }
    }
}

/// What the list of associations says of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociationSummary {
    /// Its id, for the call that describes it.
    pub id: String,
    /// The service account's namespace.
    pub namespace: String,
    /// The service account.
    pub service_account: String,
}
