//! A change: one call that writes, forwards or back. Rules name them, plans order them, nothing else is ever called.

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, Region, RoleArn};
use crate::rules::command::{self, AUTO_NODE_POLICY};

use super::state::EntryState;

/// One call that changes something. `RoleArn`s are of the account that is changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "call", deny_unknown_fields)]
pub enum Change {
    /// Makes a policy of the account's own.
    #[serde(rename = "iam:CreatePolicy")]
    CreatePolicy {
        /// The ARN that it will have.
        policy: String,
        /// Its document: JSON text.
        document: String,
    },
    /// Takes a policy away that nothing uses (undo of [`Change::CreatePolicy`]).
    #[serde(rename = "iam:DeletePolicy")]
    DeletePolicy {
        /// Its ARN.
        policy: String,
    },
    /// Gives a policy of the account's own another document, as a new default version.
    #[serde(rename = "iam:CreatePolicyVersion")]
    CreatePolicyVersion {
        /// Its ARN.
        policy: String,
        /// The new document: JSON text.
        document: String,
    },
    /// Makes an earlier version the default again, and deletes the one that was it (undo of
    /// [`Change::CreatePolicyVersion`]).
    #[serde(rename = "iam:SetDefaultPolicyVersion")]
    RestorePolicyVersion {
        /// Its ARN.
        policy: String,
        /// The version that was the default: `v1`.
        version: String,
        /// The version to delete: `v2`.
        surplus: String,
    },
    /// Makes the role that AWS's page tells of.
    #[serde(rename = "iam:CreateRole")]
    CreateRole {
        /// The ARN that it will have.
        role: RoleArn,
        /// Its trust policy: JSON text.
        trust: String,
    },
    /// Takes a role away that carries nothing (undo of [`Change::CreateRole`]).
    #[serde(rename = "iam:DeleteRole")]
    DeleteRole {
        /// The role.
        role: RoleArn,
    },
    /// Writes a role's trust policy.
    #[serde(rename = "iam:UpdateAssumeRolePolicy")]
    UpdateTrust {
        /// The role.
        role: RoleArn,
        /// The whole document: JSON text.
        trust: String,
    },
    /// Attaches a managed policy.
    #[serde(rename = "iam:AttachRolePolicy")]
    Attach {
        /// The role.
        role: RoleArn,
        /// The policy's ARN.
        policy: String,
    },
    /// Detaches a managed policy.
    #[serde(rename = "iam:DetachRolePolicy")]
    Detach {
        /// The role.
        role: RoleArn,
        /// The policy's ARN.
        policy: String,
    },
    /// Puts the role into an instance profile that is empty.
    #[serde(rename = "iam:AddRoleToInstanceProfile")]
    AddToProfile {
        /// The role.
        role: RoleArn,
        /// The profile's name.
        profile: String,
    },
    /// Takes the role out of an instance profile (undo of [`Change::AddToProfile`]).
    #[serde(rename = "iam:RemoveRoleFromInstanceProfile")]
    RemoveFromProfile {
        /// The role.
        role: RoleArn,
        /// The profile's name.
        profile: String,
    },
    /// Lets the role into a cluster.
    #[serde(rename = "eks:CreateAccessEntry")]
    CreateEntry {
        /// The role.
        role: RoleArn,
        /// The cluster's region.
        region: Region,
        /// The cluster's name.
        cluster: String,
        /// What the entry is; its time is EKS's to say.
        entry: EntryState,
    },
    /// Takes the role's entry away.
    #[serde(rename = "eks:DeleteAccessEntry")]
    DeleteEntry {
        /// The role.
        role: RoleArn,
        /// The cluster's region.
        region: Region,
        /// The cluster's name.
        cluster: String,
    },
    /// Gives the role's entry the access policy for Auto Mode's nodes.
    #[serde(rename = "eks:AssociateAccessPolicy")]
    AssociateNodePolicy {
        /// The role.
        role: RoleArn,
        /// The cluster's region.
        region: Region,
        /// The cluster's name.
        cluster: String,
    },
    /// Takes that access policy away (undo of [`Change::AssociateNodePolicy`]).
    #[serde(rename = "eks:DisassociateAccessPolicy")]
    DisassociateNodePolicy {
        /// The role.
        role: RoleArn,
        /// The cluster's region.
        region: Region,
        /// The cluster's name.
        cluster: String,
    },
}

impl Change {
    /// Whether the call may be made once more where its answer is lost: what is answered then says whether the first was made. A
    /// profile that holds the role is full, and a version is made anew each time: of these the last answer alone proves nothing.
    pub fn is_repeatable(&self) -> bool {
        !matches!(self, Self::AddToProfile { .. } | Self::CreatePolicyVersion { .. })
    }

    /// Whether it deletes or detaches: what a call finds gone may have been taken away by the one before it.
    pub fn takes_away(&self) -> bool {
        match self {
            Self::DeletePolicy { .. }
            | Self::RestorePolicyVersion { .. }
            | Self::DeleteRole { .. }
            | Self::Detach { .. }
            | Self::RemoveFromProfile { .. }
            | Self::DeleteEntry { .. }
            | Self::DisassociateNodePolicy { .. } => true,
            Self::CreatePolicy { .. }
            | Self::CreatePolicyVersion { .. }
            | Self::CreateRole { .. }
            | Self::UpdateTrust { .. }
            | Self::Attach { .. }
            | Self::AddToProfile { .. }
            | Self::CreateEntry { .. }
            | Self::AssociateNodePolicy { .. } => false,
        }
    }

    /// The operations by which it is made, as IAM spells them; what a session that makes it may do, and no more.
    pub fn calls(&self) -> &'static [&'static str] {
        match self {
            Self::CreatePolicy { .. } => &["iam:CreatePolicy"],
            Self::DeletePolicy { .. } => &["iam:DeletePolicy"],
            Self::CreatePolicyVersion { .. } => &["iam:CreatePolicyVersion"],
            Self::RestorePolicyVersion { .. } => &["iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion"],
            Self::CreateRole { .. } => &["iam:CreateRole"],
            Self::DeleteRole { .. } => &["iam:DeleteRole"],
            Self::UpdateTrust { .. } => &["iam:UpdateAssumeRolePolicy"],
            Self::Attach { .. } => &["iam:AttachRolePolicy"],
            Self::Detach { .. } => &["iam:DetachRolePolicy"],
            // EC2 gets the role to pass: IAM asks for that right of whoever fills a profile
            Self::AddToProfile { .. } => &["iam:AddRoleToInstanceProfile", "iam:PassRole"],
            Self::RemoveFromProfile { .. } => &["iam:RemoveRoleFromInstanceProfile"],
            // entries of the types for EC2 ask for iam:PassRole (EKS user guide, access-entries)
            Self::CreateEntry { .. } => {
                &["eks:CreateAccessEntry", "eks:AssociateAccessPolicy", "eks:TagResource", "iam:PassRole"]
            }
            Self::DeleteEntry { .. } => &["eks:DeleteAccessEntry"],
            Self::AssociateNodePolicy { .. } => &["eks:AssociateAccessPolicy"],
            Self::DisassociateNodePolicy { .. } => &["eks:DisassociateAccessPolicy"],
        }
    }

    /// The `aws` commands that do the same.
    pub fn commands(&self) -> Vec<String> {
        let iam = |words: &[&str]| vec![command::aws(&[&["iam"], words].concat())];
        match self {
            Self::CreatePolicy { policy, document } => {
                iam(&["create-policy", "--policy-name", name(policy), "--policy-document", document])
            }
            Self::DeletePolicy { policy } => iam(&["delete-policy", "--policy-arn", policy]),
            Self::CreatePolicyVersion { policy, document } => iam(&[
                "create-policy-version",
                "--policy-arn",
                policy,
                "--set-as-default",
                "--policy-document",
                document,
            ]),
            Self::RestorePolicyVersion { policy, version, surplus } => {
                let of = ["--policy-arn", policy.as_str(), "--version-id"];
                let set = command::aws(&[&["iam", "set-default-policy-version"], &of[..], &[version]].concat());
                vec![set, command::aws(&[&["iam", "delete-policy-version"], &of[..], &[surplus]].concat())]
            }
            Self::CreateRole { role, trust } => {
                let mut words = vec!["create-role", "--role-name", role.name()];
                if role.path() != "/" {
                    words.extend(["--path", role.path()]);
                }
                words.extend(["--description", ROLE_DESCRIPTION, "--assume-role-policy-document", trust]);
                iam(&words)
            }
            Self::DeleteRole { role } => iam(&["delete-role", "--role-name", role.name()]),
            Self::UpdateTrust { role, trust } => {
                iam(&["update-assume-role-policy", "--role-name", role.name(), "--policy-document", trust])
            }
            Self::Attach { role, policy } => vec![command::attach(role.name(), policy)],
            Self::Detach { role, policy } => {
                iam(&["detach-role-policy", "--role-name", role.name(), "--policy-arn", policy])
            }
            Self::AddToProfile { role, profile } => of_profile("add-role-to-instance-profile", profile, role),
            Self::RemoveFromProfile { role, profile } => of_profile("remove-role-from-instance-profile", profile, role),
            Self::CreateEntry { role, region, cluster, entry } => entry.commands(cluster, region, role),
            Self::DeleteEntry { role, region, cluster } => vec![command::delete_access_entry(cluster, region, role)],
            Self::AssociateNodePolicy { role, region, cluster } => {
                vec![command::associate_auto_node_policy(cluster, region, role)]
            }
            Self::DisassociateNodePolicy { role, region, cluster } => {
                let policy = node_policy(role);
                let words = ["eks", "disassociate-access-policy", "--policy-arn", &policy];
                vec![command::aws(&[&words[..], &command::of_entry(cluster, region, role)].concat())]
            }
        }
    }

    /// What it does, in a few words.
    pub fn described(&self) -> String {
        match self {
            Self::CreatePolicy { policy, .. } => format!("create the policy {}", name(policy)),
            Self::DeletePolicy { policy } => format!("delete the policy {}", name(policy)),
            Self::CreatePolicyVersion { policy, .. } => format!("give the policy {} a new document", name(policy)),
            Self::RestorePolicyVersion { policy, version, .. } => {
                format!("make {version} the default of the policy {} again", name(policy))
            }
            Self::CreateRole { role, .. } => format!("create the role `{}`", role.name()),
            Self::DeleteRole { role } => format!("delete the role `{}`", role.name()),
            Self::UpdateTrust { role, .. } => format!("write the trust policy of `{}`", role.name()),
            Self::Attach { role, policy } => format!("attach {} to `{}`", name(policy), role.name()),
            Self::Detach { role, policy } => format!("detach {} from `{}`", name(policy), role.name()),
            Self::AddToProfile { role, profile } => {
                format!("add `{}` to the instance profile `{profile}`", role.name())
            }
            Self::RemoveFromProfile { role, profile } => {
                format!("take `{}` out of the instance profile `{profile}`", role.name())
            }
            Self::CreateEntry { role, cluster, entry, .. } => {
                format!("create the access entry of `{}` in cluster `{cluster}`, type {}", role.name(), entry.kind)
            }
            Self::DeleteEntry { role, cluster, .. } => {
                format!("delete the access entry of `{}` in cluster `{cluster}`", role.name())
            }
            Self::AssociateNodePolicy { role, cluster, .. } => {
                format!("associate {AUTO_NODE_POLICY} with `{}` in cluster `{cluster}`", role.name())
            }
            Self::DisassociateNodePolicy { role, cluster, .. } => {
                format!("take {AUTO_NODE_POLICY} from `{}` in cluster `{cluster}`", role.name())
            }
        }
    }

    /// The role that it is about; none for a policy of the account.
    pub fn role(&self) -> Option<&RoleArn> {
        match self {
            Self::CreatePolicy { .. }
            | Self::DeletePolicy { .. }
            | Self::CreatePolicyVersion { .. }
            | Self::RestorePolicyVersion { .. } => None,
            Self::CreateRole { role, .. }
            | Self::DeleteRole { role }
            | Self::UpdateTrust { role, .. }
            | Self::Attach { role, .. }
            | Self::Detach { role, .. }
            | Self::AddToProfile { role, .. }
            | Self::RemoveFromProfile { role, .. }
            | Self::CreateEntry { role, .. }
            | Self::DeleteEntry { role, .. }
            | Self::AssociateNodePolicy { role, .. }
            | Self::DisassociateNodePolicy { role, .. } => Some(role),
        }
    }

    /// The policy whose document it writes, creates or deletes, or that it attaches or detaches.
    pub fn policy(&self) -> Option<&str> {
        match self {
            Self::CreatePolicy { policy, .. }
            | Self::DeletePolicy { policy }
            | Self::CreatePolicyVersion { policy, .. }
            | Self::RestorePolicyVersion { policy, .. }
            | Self::Attach { policy, .. }
            | Self::Detach { policy, .. } => Some(policy),
            Self::CreateRole { .. }
            | Self::DeleteRole { .. }
            | Self::UpdateTrust { .. }
            | Self::AddToProfile { .. }
            | Self::RemoveFromProfile { .. }
            | Self::CreateEntry { .. }
            | Self::DeleteEntry { .. }
            | Self::AssociateNodePolicy { .. }
            | Self::DisassociateNodePolicy { .. } => None,
        }
    }

    /// The region and the cluster whose access entry it is about.
    pub fn entry(&self) -> Option<(&Region, &str)> {
        match self {
            Self::CreateEntry { region, cluster, .. }
            | Self::DeleteEntry { region, cluster, .. }
            | Self::AssociateNodePolicy { region, cluster, .. }
            | Self::DisassociateNodePolicy { region, cluster, .. } => Some((region, cluster)),
            Self::CreatePolicy { .. }
            | Self::DeletePolicy { .. }
            | Self::CreatePolicyVersion { .. }
            | Self::RestorePolicyVersion { .. }
            | Self::CreateRole { .. }
            | Self::DeleteRole { .. }
            | Self::UpdateTrust { .. }
            | Self::Attach { .. }
            | Self::Detach { .. }
            | Self::AddToProfile { .. }
            | Self::RemoveFromProfile { .. } => None,
        }
    }

    /// The instance profile that it is about.
    pub fn profile(&self) -> Option<&str> {
        match self {
            Self::AddToProfile { profile, .. } | Self::RemoveFromProfile { profile, .. } => Some(profile),
            Self::CreatePolicy { .. }
            | Self::DeletePolicy { .. }
            | Self::CreatePolicyVersion { .. }
            | Self::RestorePolicyVersion { .. }
            | Self::CreateRole { .. }
            | Self::DeleteRole { .. }
            | Self::UpdateTrust { .. }
            | Self::Attach { .. }
            | Self::Detach { .. }
            | Self::CreateEntry { .. }
            | Self::DeleteEntry { .. }
            | Self::AssociateNodePolicy { .. }
            | Self::DisassociateNodePolicy { .. } => None,
        }
    }
}

/// What AWS's page describes the node role as.
pub const ROLE_DESCRIPTION: &str = "Amazon EKS - Node role";

/// The access policy for the nodes of Auto Mode, in the role's partition.
pub fn node_policy(role: &RoleArn) -> String {
    format!("arn:{}:eks::aws:cluster-access-policy/{AUTO_NODE_POLICY}", role.partition())
}

/// The policy of the CNI of IPv6 clusters, in an account.
pub fn ipv6_policy(role: &RoleArn, account: &AccountId) -> String {
    command::managed_by_account(role.partition(), account, command::IPV6_POLICY)
}

/// The name at the end of an ARN.
pub(crate) fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn of_profile(operation: &str, profile: &str, role: &RoleArn) -> Vec<String> {
    vec![command::aws(&["iam", operation, "--instance-profile-name", profile, "--role-name", role.name()])]
}
