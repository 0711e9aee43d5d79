//! The operations that can change a verdict: what an event of CloudTrail has to name, and what is audited anew then.

/// Where an operation is told: the event's source, CloudTrail's `eventSource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Events come in the cluster's region.
    Eks,
    /// Events come in the partition's home region only.
    Iam,
}

impl Service {
    /// The `source` of EventBridge's envelope.
    pub fn source(self) -> &'static str {
        match self {
            Self::Eks => "aws.eks",
            Self::Iam => "aws.iam",
        }
    }

    /// CloudTrail's `eventSource`.
    pub fn event_source(self) -> &'static str {
        match self {
            Self::Eks => "eks.amazonaws.com",
            Self::Iam => "iam.amazonaws.com",
        }
    }
}

/// What an operation's parameters name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// A cluster, and perhaps a role that it, a node group, a Fargate profile or an access entry has.
    Cluster,
    /// An add-on of a cluster; only some matter.
    Addon,
    /// A Pod Identity association of a cluster.
    Association,
    /// Anything of EKS that has tags, by its ARN.
    Tagged,
    /// A role, by its name.
    Role,
    /// A role and an instance profile.
    RoleOfProfile,
    /// An instance profile alone.
    Profile,
    /// A customer managed policy.
    Policy,
    /// A version of one, which matters if it is the default.
    PolicyVersion,
    /// An OIDC provider: clusters' issuers are known by their URLs alone.
    Provider,
}

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// Who tells of it.
    pub service: Service,
    /// CloudTrail's `eventName`.
    pub name: &'static str,
    pub(super) names: Names,
}

const fn eks(name: &'static str, names: Names) -> Watched {
    Watched { service: Service::Eks, name, names }
}

const fn iam(name: &'static str, names: Names) -> Watched {
    Watched { service: Service::Iam, name, names }
}

/// The `detail-type`s of CloudTrail's events; the second is what AWS's pages for China print.
pub const DETAIL_TYPES: [&str; 2] = ["AWS API Call via CloudTrail", "Amazon API Call via CloudTrail"];

/// Every operation that starts an audit. The rules of EventBridge in `template.yaml` and `deploy/member-roles.yaml` name
/// the same ones (Service Authorization Reference: actions of EKS and IAM).
pub const WATCHED: &[Watched] = &[
    eks("AssociateAccessPolicy", Names::Cluster),
    eks("CreateAccessEntry", Names::Cluster),
    eks("CreateAddon", Names::Addon),
    eks("CreateCluster", Names::Cluster),
    eks("CreateFargateProfile", Names::Cluster),
    eks("CreateNodegroup", Names::Cluster),
    eks("CreatePodIdentityAssociation", Names::Association),
    eks("DeleteAccessEntry", Names::Cluster),
    eks("DeleteAddon", Names::Addon),
    eks("DeleteCluster", Names::Cluster),
    eks("DeleteFargateProfile", Names::Cluster),
    eks("DeleteNodegroup", Names::Cluster),
    eks("DeletePodIdentityAssociation", Names::Association),
    eks("DisassociateAccessPolicy", Names::Cluster),
    eks("TagResource", Names::Tagged),
    eks("UntagResource", Names::Tagged),
    eks("UpdateAccessEntry", Names::Cluster),
    eks("UpdateAddon", Names::Addon),
    eks("UpdateClusterConfig", Names::Cluster),
    eks("UpdateNodegroupConfig", Names::Cluster),
    eks("UpdateNodegroupVersion", Names::Cluster),
    eks("UpdatePodIdentityAssociation", Names::Association),
    iam("AddRoleToInstanceProfile", Names::RoleOfProfile),
    iam("AttachRolePolicy", Names::Role),
    iam("CreateInstanceProfile", Names::Profile),
    iam("CreateOpenIDConnectProvider", Names::Provider),
    iam("CreatePolicyVersion", Names::PolicyVersion),
    iam("CreateRole", Names::Role),
    iam("DeleteInstanceProfile", Names::Profile),
    iam("DeleteOpenIDConnectProvider", Names::Provider),
    iam("DeletePolicy", Names::Policy),
    iam("DeletePolicyVersion", Names::Policy),
    iam("DeleteRole", Names::Role),
    iam("DeleteRolePermissionsBoundary", Names::Role),
    iam("DeleteRolePolicy", Names::Role),
    iam("DetachRolePolicy", Names::Role),
    iam("PutRolePermissionsBoundary", Names::Role),
    iam("PutRolePolicy", Names::Role),
    iam("RemoveRoleFromInstanceProfile", Names::RoleOfProfile),
    iam("SetDefaultPolicyVersion", Names::Policy),
    iam("TagRole", Names::Role),
    iam("UntagRole", Names::Role),
    iam("UpdateAssumeRolePolicy", Names::Role),
    iam("UpdateRole", Names::Role),
];
