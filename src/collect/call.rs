//! One call to AWS as data: what is asked, of which account and region, which page; and what can be answered.
#![expect(missing_docs, reason = "the fields of a question and of a reply are named after the AWS parameters they are")]

use std::collections::BTreeMap;
use std::fmt;

use crate::ids::{AccountId, Region};
use crate::inventory::{
    AccessEntryType, Addon, ClusterDetail, FargateProfile, InlinePolicy, InstanceProfile, ManagedPolicyRef, NodeGroup,
    PodIdentityAssociation, PolicyVersion, Role,
};

/// One call, one page.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Call {
    /// The account in which it is made.
    pub account: AccountId,
    /// The region; `None` for the global services.
    pub region: Option<Region>,
    /// What is asked.
    pub question: Question,
    /// The token of the page, none for the first.
    pub page: Option<String>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Question {
    /// sts:AssumeRole of the member role; answered by [`Reply::Done`].
    AssumeRole,
    /// account:ListRegions, those enabled: [`Reply::Names`].
    ListRegions,
    /// eks:ListClusters: [`Reply::Names`].
    ListClusters,
    /// eks:DescribeCluster: [`Reply::Cluster`].
    DescribeCluster { cluster: String },
    /// eks:ListNodegroups: [`Reply::Names`].
    ListNodegroups { cluster: String },
    /// eks:DescribeNodegroup: [`Reply::NodeGroup`].
    DescribeNodegroup { cluster: String, node_group: String },
    /// eks:ListFargateProfiles: [`Reply::Names`].
    ListFargateProfiles { cluster: String },
    /// eks:DescribeFargateProfile: [`Reply::FargateProfile`].
    DescribeFargateProfile { cluster: String, profile: String },
    /// eks:ListAccessEntries, all: [`Reply::Names`] (principal ARNs).
    ListAccessEntries { cluster: String },
    /// eks:ListAccessEntries, those with AmazonEKSClusterAdminPolicy: [`Reply::Names`].
    ListClusterAdmins { cluster: String },
    /// eks:DescribeAccessEntry: [`Reply::AccessEntry`].
    DescribeAccessEntry { cluster: String, principal: String },
    /// eks:DescribeAddon: [`Reply::Addon`]; an absent one is a failure of the class Gone.
    DescribeAddon { cluster: String, addon: String },
    /// eks:ListPodIdentityAssociations: [`Reply::Associations`].
    ListPodIdentityAssociations { cluster: String },
    /// eks:DescribePodIdentityAssociation: [`Reply::Association`].
    DescribePodIdentityAssociation { cluster: String, association: String },
    /// iam:GetAccountAuthorizationDetails with Role and LocalManagedPolicy: [`Reply::Authorization`].
    GetAccountAuthorizationDetails,
    /// iam:GetRole: [`Reply::Role`] with the other parts still to be asked for.
    GetRole { role: String },
    /// iam:ListAttachedRolePolicies: [`Reply::AttachedPolicies`].
    ListAttachedRolePolicies { role: String },
    /// iam:ListRolePolicies: [`Reply::Names`].
    ListRolePolicies { role: String },
    /// iam:GetRolePolicy: [`Reply::InlinePolicy`].
    GetRolePolicy { role: String, policy: String },
    /// iam:ListInstanceProfilesForRole: [`Reply::InstanceProfiles`].
    ListInstanceProfilesForRole { role: String },
    /// iam:GetPolicy: [`Reply::DefaultVersion`].
    GetPolicy { policy: String },
    /// iam:GetPolicyVersion: [`Reply::PolicyVersion`].
    GetPolicyVersion { policy: String, version: String },
}

impl Question {
    /// The operation as IAM spells it; it is also the permission that the call needs.
    pub fn api(&self) -> &'static str {
        match self {
            Self::AssumeRole => "sts:AssumeRole",
            Self::ListRegions => "account:ListRegions",
            Self::ListClusters => "eks:ListClusters",
            Self::DescribeCluster { .. } => "eks:DescribeCluster",
            Self::ListNodegroups { .. } => "eks:ListNodegroups",
            Self::DescribeNodegroup { .. } => "eks:DescribeNodegroup",
            Self::ListFargateProfiles { .. } => "eks:ListFargateProfiles",
            Self::DescribeFargateProfile { .. } => "eks:DescribeFargateProfile",
            Self::ListAccessEntries { .. } | Self::ListClusterAdmins { .. } => "eks:ListAccessEntries",
            Self::DescribeAccessEntry { .. } => "eks:DescribeAccessEntry",
            Self::DescribeAddon { .. } => "eks:DescribeAddon",
            Self::ListPodIdentityAssociations { .. } => "eks:ListPodIdentityAssociations",
            Self::DescribePodIdentityAssociation { .. } => "eks:DescribePodIdentityAssociation",
            Self::GetAccountAuthorizationDetails => "iam:GetAccountAuthorizationDetails",
            Self::GetRole { .. } => "iam:GetRole",
            Self::ListAttachedRolePolicies { .. } => "iam:ListAttachedRolePolicies",
            Self::ListRolePolicies { .. } => "iam:ListRolePolicies",
            Self::GetRolePolicy { .. } => "iam:GetRolePolicy",
            Self::ListInstanceProfilesForRole { .. } => "iam:ListInstanceProfilesForRole",
            Self::GetPolicy { .. } => "iam:GetPolicy",
            Self::GetPolicyVersion { .. } => "iam:GetPolicyVersion",
        }
    }

    /// Whether it asks what one thing of a cluster's lists is.
    pub fn describes_one_of_a_list(&self) -> bool {
        matches!(
            self,
            Self::DescribeNodegroup { .. } | Self::DescribeFargateProfile { .. } | Self::DescribeAccessEntry { .. }
        )
    }

    /// The cluster that it is about.
    pub fn cluster(&self) -> Option<&str> {
        match self {
            Self::DescribeCluster { cluster }
            | Self::ListNodegroups { cluster }
            | Self::DescribeNodegroup { cluster, .. }
            | Self::ListFargateProfiles { cluster }
            | Self::DescribeFargateProfile { cluster, .. }
            | Self::ListAccessEntries { cluster }
            | Self::ListClusterAdmins { cluster }
            | Self::DescribeAccessEntry { cluster, .. }
            | Self::DescribeAddon { cluster, .. }
            | Self::ListPodIdentityAssociations { cluster }
            | Self::DescribePodIdentityAssociation { cluster, .. } => Some(cluster),
            Self::AssumeRole
            | Self::ListRegions
            | Self::ListClusters
            | Self::GetAccountAuthorizationDetails
            | Self::GetRole { .. }
            | Self::ListAttachedRolePolicies { .. }
            | Self::ListRolePolicies { .. }
            | Self::GetRolePolicy { .. }
            | Self::ListInstanceProfilesForRole { .. }
            | Self::GetPolicy { .. }
            | Self::GetPolicyVersion { .. } => None,
        }
    }

    /// The name of the role that it is about.
    pub fn role(&self) -> Option<&str> {
        match self {
            Self::GetRole { role }
            | Self::ListAttachedRolePolicies { role }
            | Self::ListRolePolicies { role }
            | Self::GetRolePolicy { role, .. }
            | Self::ListInstanceProfilesForRole { role } => Some(role),
            Self::AssumeRole
            | Self::ListRegions
            | Self::ListClusters
            | Self::DescribeCluster { .. }
            | Self::ListNodegroups { .. }
            | Self::DescribeNodegroup { .. }
            | Self::ListFargateProfiles { .. }
            | Self::DescribeFargateProfile { .. }
            | Self::ListAccessEntries { .. }
            | Self::ListClusterAdmins { .. }
            | Self::DescribeAccessEntry { .. }
            | Self::DescribeAddon { .. }
            | Self::ListPodIdentityAssociations { .. }
            | Self::DescribePodIdentityAssociation { .. }
            | Self::GetAccountAuthorizationDetails
            | Self::GetPolicy { .. }
            | Self::GetPolicyVersion { .. } => None,
        }
    }
}

impl fmt::Display for Question {
    /// What the call is about, for people: `cluster prod, node group ng-1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AssumeRole => write!(f, "the member role"),
            Self::ListRegions | Self::ListClusters | Self::GetAccountAuthorizationDetails => write!(f, "the account"),
            Self::DescribeCluster { cluster }
            | Self::ListNodegroups { cluster }
            | Self::ListFargateProfiles { cluster }
            | Self::ListAccessEntries { cluster }
            | Self::ListClusterAdmins { cluster }
            | Self::ListPodIdentityAssociations { cluster } => write!(f, "cluster {cluster}"),
            Self::DescribeNodegroup { cluster, node_group } => write!(f, "cluster {cluster}, node group {node_group}"),
            Self::DescribeFargateProfile { cluster, profile } => {
                write!(f, "cluster {cluster}, Fargate profile {profile}")
            }
            Self::DescribeAccessEntry { cluster, principal } => {
                write!(f, "cluster {cluster}, access entry {principal}")
            }
            Self::DescribeAddon { cluster, addon } => write!(f, "cluster {cluster}, add-on {addon}"),
            Self::DescribePodIdentityAssociation { cluster, association } => {
                write!(f, "cluster {cluster}, association {association}")
            }
            Self::GetRole { role }
            | Self::ListAttachedRolePolicies { role }
            | Self::ListRolePolicies { role }
            | Self::ListInstanceProfilesForRole { role } => write!(f, "role {role}"),
            Self::GetRolePolicy { role, policy } => write!(f, "role {role}, inline policy {policy}"),
            Self::GetPolicy { policy } | Self::GetPolicyVersion { policy, .. } => write!(f, "policy {policy}"),
        }
    }
}

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
}

impl Reply {
    /// Takes the token of the next page out of a page.
    pub fn take_next(&mut self) -> Option<String> {
        match self {
            Self::Names { next, .. }
            | Self::Associations { next, .. }
            | Self::Authorization { next, .. }
            | Self::AttachedPolicies { next, .. }
            | Self::InstanceProfiles { next, .. } => next.take(),
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
            | Self::PolicyVersion(_) => None,
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
