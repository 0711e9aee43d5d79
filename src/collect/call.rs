//! One call to AWS as data: what is asked, of which account and region, which page.
#![expect(missing_docs, reason = "the fields of a question are named after the AWS parameters they are")]

use std::fmt;

use crate::ids::{AccountId, Region};

pub use super::reply::{AssociationSummary, Reply};

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
    /// eks:ListAssociatedAccessPolicies of an access entry: [`Reply::Names`] (ARNs of access policies).
    ListAssociatedAccessPolicies { cluster: String, principal: String },
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
    /// iam:GetInstanceProfile: [`Reply::InstanceProfile`]; an absent one is a failure of the class Gone.
    GetInstanceProfile { profile: String },
    /// ec2:DescribeInstances with any of these tag keys, those that EKS manages among them, terminated ones not:
    /// [`Reply::Instances`].
    DescribeInstances { tag_keys: Vec<String> },
    /// ec2:DescribeLaunchTemplateVersions of one version of one template, by id (`lt-...`) or name; the version is a number,
    /// `$Latest` or `$Default`: [`Reply::Launch`]. A template or version that does not exist is a failure of the class Gone.
    DescribeLaunchTemplateVersion { template: String, version: String },
    /// ec2:GetInstanceMetadataDefaults: [`Reply::MetadataDefaults`].
    GetInstanceMetadataDefaults,
    /// autoscaling:DescribeAutoScalingGroups with any of these tag keys: [`Reply::AutoScalingGroups`].
    DescribeAutoScalingGroups { tag_keys: Vec<String> },
    /// autoscaling:DescribeLaunchConfigurations, one by name: [`Reply::Launch`]; an absent one is a failure of the class Gone.
    DescribeLaunchConfiguration { name: String },
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
            Self::ListAssociatedAccessPolicies { .. } => "eks:ListAssociatedAccessPolicies",
            Self::GetInstanceProfile { .. } => "iam:GetInstanceProfile",
            Self::DescribeInstances { .. } => "ec2:DescribeInstances",
            Self::DescribeLaunchTemplateVersion { .. } => "ec2:DescribeLaunchTemplateVersions",
            Self::GetInstanceMetadataDefaults => "ec2:GetInstanceMetadataDefaults",
            Self::DescribeAutoScalingGroups { .. } => "autoscaling:DescribeAutoScalingGroups",
            Self::DescribeLaunchConfiguration { .. } => "autoscaling:DescribeLaunchConfigurations",
        }
    }

    /// Whether it asks what one thing of a cluster's lists is.
    pub fn describes_one_of_a_list(&self) -> bool {
        matches!(
            self,
            Self::DescribeNodegroup { .. } | Self::DescribeFargateProfile { .. } | Self::DescribeAccessEntry { .. }
        )
    }

    /// Whether EC2 or Auto Scaling answer it.
    pub fn is_about_machines(&self) -> bool {
        matches!(
            self,
            Self::DescribeInstances { .. }
                | Self::DescribeLaunchTemplateVersion { .. }
                | Self::GetInstanceMetadataDefaults
                | Self::DescribeAutoScalingGroups { .. }
                | Self::DescribeLaunchConfiguration { .. }
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
            | Self::ListAssociatedAccessPolicies { cluster, .. }
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
            | Self::GetPolicyVersion { .. }
            | Self::GetInstanceProfile { .. }
            | Self::DescribeInstances { .. }
            | Self::DescribeLaunchTemplateVersion { .. }
            | Self::GetInstanceMetadataDefaults
            | Self::DescribeAutoScalingGroups { .. }
            | Self::DescribeLaunchConfiguration { .. } => None,
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
            | Self::ListAssociatedAccessPolicies { .. }
            | Self::DescribeAddon { .. }
            | Self::ListPodIdentityAssociations { .. }
            | Self::DescribePodIdentityAssociation { .. }
            | Self::GetAccountAuthorizationDetails
            | Self::GetPolicy { .. }
            | Self::GetPolicyVersion { .. }
            | Self::GetInstanceProfile { .. }
            | Self::DescribeInstances { .. }
            | Self::DescribeLaunchTemplateVersion { .. }
            | Self::GetInstanceMetadataDefaults
            | Self::DescribeAutoScalingGroups { .. }
            | Self::DescribeLaunchConfiguration { .. } => None,
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
            Self::DescribeAccessEntry { cluster, principal }
            | Self::ListAssociatedAccessPolicies { cluster, principal } => {
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
            Self::GetInstanceProfile { profile } => write!(f, "instance profile {profile}"),
            Self::DescribeInstances { .. } => write!(f, "the instances of clusters"),
            Self::DescribeLaunchTemplateVersion { template, version } => {
                write!(f, "launch template {template}, version {version}")
            }
            Self::GetInstanceMetadataDefaults => write!(f, "the account's defaults for instance metadata"),
            Self::DescribeAutoScalingGroups { .. } => write!(f, "the Auto Scaling groups of clusters"),
            Self::DescribeLaunchConfiguration { name } => write!(f, "launch configuration {name}"),
        }
    }
}
