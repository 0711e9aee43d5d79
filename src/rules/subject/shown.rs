//! What shows that there are nodes, and the operation that tells it.

/// What shows that there are nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shown {
    /// A managed node group names the role.
    NodeGroup,
    /// The cluster's Auto Mode settings name the role.
    Cluster,
    /// Instances with the cluster's tag.
    Instances,
    /// An Auto Scaling group with the cluster's tag, which has no instance.
    AutoScalingGroup,
    /// An instance profile under the path in which Karpenter keeps those of its node classes.
    InstanceProfile,
    /// An access entry of a type for nodes, and nothing else: whether there are such nodes is not known.
    AccessEntry,
}

impl Shown {
    /// The operation that tells it.
    pub fn api(self) -> &'static str {
        match self {
            Self::NodeGroup => "eks:DescribeNodegroup",
            Self::Cluster => "eks:DescribeCluster",
            Self::Instances => "ec2:DescribeInstances",
            Self::AutoScalingGroup => "autoscaling:DescribeAutoScalingGroups",
            Self::InstanceProfile => "iam:GetAccountAuthorizationDetails",
            Self::AccessEntry => "eks:DescribeAccessEntry",
        }
    }
}
