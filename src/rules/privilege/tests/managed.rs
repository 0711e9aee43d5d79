//! The verdicts on AWS's own policies, each as a role's only policy.

use crate::finding::Status::{self, Advice, Fail, Pass, Unknown};
use crate::rules::privilege::{nr301, nr302, nr303, nr304, nr305};

use super::status;

macro_rules! managed {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../tests/policy/managed/", $name, ".json")))
    };
}

/// A policy, and what NR301 to NR305 say of it.
type Row = ((&'static str, &'static str), [Status; 5]);

/// Nodes need these, or customarily have them.
const FOR_NODES: [(&str, &str); 9] = [
    managed!("AmazonEKSWorkerNodePolicy"),
    managed!("AmazonEKSWorkerNodeMinimalPolicy"),
    managed!("AmazonEC2ContainerRegistryPullOnly"),
    managed!("AmazonEC2ContainerRegistryReadOnly"),
    managed!("AmazonEKS_CNI_Policy"),
    managed!("AmazonSSMManagedInstanceCore"),
    managed!("CloudWatchAgentServerPolicy"),
    managed!("AmazonEKSFargatePodExecutionRolePolicy"),
    managed!("SecurityAudit"),
];

const OTHERS: &[Row] = &[
    (managed!("AdministratorAccess"), [Fail, Fail, Fail, Fail, Advice]),
    (managed!("PowerUserAccess"), [Fail, Fail, Fail, Fail, Advice]),
    (managed!("IAMFullAccess"), [Fail, Fail, Pass, Pass, Pass]),
    (managed!("ReadOnlyAccess"), [Pass, Pass, Fail, Pass, Pass]),
    (managed!("AmazonEC2ContainerRegistryPowerUser"), [Pass, Pass, Pass, Fail, Pass]),
    (managed!("AmazonEC2FullAccess"), [Pass, Fail, Pass, Pass, Advice]),
    (managed!("AmazonEC2RoleforSSM"), [Pass, Pass, Fail, Pass, Pass]),
    (managed!("AmazonS3FullAccess"), [Pass, Pass, Fail, Pass, Pass]),
    (managed!("AmazonS3ReadOnlyAccess"), [Pass, Pass, Fail, Pass, Pass]),
    (managed!("AmazonRoute53FullAccess"), [Pass, Pass, Pass, Pass, Advice]),
    (managed!("AutoScalingFullAccess"), [Pass, Pass, Pass, Pass, Advice]),
    (managed!("AmazonEBSCSIDriverPolicy"), [Pass, Pass, Pass, Pass, Advice]),
    (managed!("AmazonEFSCSIDriverPolicy"), [Pass, Pass, Pass, Pass, Advice]),
    (managed!("AmazonEKSClusterPolicy"), [Pass, Fail, Pass, Pass, Advice]),
    (managed!("AmazonEKSServicePolicy"), [Pass, Pass, Pass, Pass, Pass]),
    (managed!("AmazonEKSVPCResourceController"), [Pass, Pass, Pass, Pass, Pass]),
    // For the cluster role of Auto Mode: what they grant hangs on the tags of the request.
    (managed!("AmazonEKSComputePolicy"), [Pass, Unknown, Pass, Pass, Pass]),
    (managed!("AmazonEKSBlockStoragePolicy"), [Pass, Pass, Pass, Pass, Unknown]),
    (managed!("AmazonEKSLoadBalancingPolicy"), [Pass, Pass, Pass, Pass, Unknown]),
    (managed!("AmazonEKSNetworkingPolicy"), [Pass, Pass, Pass, Pass, Pass]),
];

fn verdicts(document: &str) -> [Status; 5] {
    let document = serde_json::from_str(document).unwrap();
    [nr301, nr302, nr303, nr304, nr305].map(|rule| status(rule, &document))
}

#[test]
fn what_nodes_need_or_customarily_have_is_held_against_no_role() {
    for (name, document) in FOR_NODES {
        assert_eq!(verdicts(document), [Pass; 5], "{name}");
    }
}

#[test]
fn each_other_policy_of_aws_is_judged_by_what_it_grants() {
    let found: Vec<_> = OTHERS.iter().map(|((name, document), _)| (*name, verdicts(document))).collect();
    let expected: Vec<_> = OTHERS.iter().map(|((name, _), expected)| (*name, *expected)).collect();
    assert_eq!(found, expected);
}
