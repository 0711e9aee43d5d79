//! An organization with something of everything that the planner decides on.

use std::collections::BTreeMap;

use crate::collect::scope::{AccountScope, Entry, Scope, ServiceControl};
use crate::ids::Partition;
use crate::inventory::{AuthenticationMode, ComputeConfig, FargateProfile, InlinePolicy, PolicyVersion, Role};
use crate::known::Known;

use super::world::{AccountWorld, World, addon, association, empty_cluster, entry, node_group, role, role_arn};

pub(super) const ACCOUNT_A: &str = "111111111111";
pub(super) const ACCOUNT_B: &str = "222222222222";
pub(super) const ACCOUNT_C: &str = "333333333333";
pub(super) const ACCOUNT_D: &str = "444444444444";

pub(super) const USUAL: [&str; 3] =
    ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"];

/// The caller's own account A, B with the member role, C without clusters, D suspended; regions are to be listed.
pub(super) fn scope() -> Scope {
    let account = |id: &str, entry| AccountScope {
        id: id.parse().unwrap(),
        name: Some(format!("account {id}")),
        organization_path: None,
        entry,
        service_control: ServiceControl::LeftOut,
    };
    Scope {
        partition: Partition::Aws,
        organization_id: Some("o-1".to_owned()),
        accounts: vec![
            account(ACCOUNT_A, Entry::Own),
            account(ACCOUNT_B, Entry::Assume),
            account(ACCOUNT_C, Entry::Assume),
            account(ACCOUNT_D, Entry::Inactive("SUSPENDED".to_owned())),
        ],
        regions: Vec::new(),
        compute_everywhere: false,
        target: None,
    }
}

pub(super) fn sample() -> World {
    let mut world = World { accounts: BTreeMap::new(), page: 2 };
    world.accounts.insert(ACCOUNT_A.to_owned(), account_a());
    world.accounts.insert(ACCOUNT_B.to_owned(), account_b());
    let regions = [("eu-west-1".to_owned(), BTreeMap::new()), ("us-east-1".to_owned(), BTreeMap::new())];
    world.account(ACCOUNT_C).regions = regions.into();
    world.account(ACCOUNT_D);
    world
}

/// Two regions; a cluster with managed groups, one in Auto Mode, one of the old kind.
fn account_a() -> AccountWorld {
    let mut prod = empty_cluster(ACCOUNT_A, "eu-west-1", "prod");
    for (name, node_role) in [("ng-1", "nodes"), ("ng-2", "nodes"), ("ng-3", "other-nodes")] {
        prod.node_groups.insert(name.to_owned(), node_group(ACCOUNT_A, node_role));
        prod.entries.insert(role_arn(ACCOUNT_A, node_role), entry("EC2_LINUX"));
    }
    prod.entries.insert(role_arn(ACCOUNT_A, "auto-nodes"), entry("STANDARD"));
    prod.entries.insert(role_arn(ACCOUNT_A, "people"), entry("STANDARD"));
    prod.admins.push(role_arn(ACCOUNT_A, "people"));
    prod.addons.insert("vpc-cni".to_owned(), addon(Some(role_arn(ACCOUNT_A, "cni-irsa"))));
    prod.fargate_profiles.insert(
        "fp".to_owned(),
        FargateProfile {
            arn: "arn:aws:eks:eu-west-1:111111111111:fargateprofile/prod/fp/u".to_owned(),
            pod_execution_role: role_arn(ACCOUNT_A, "fargate"),
            status: "ACTIVE".to_owned(),
            health: Vec::new(),
        },
    );
    let mut auto = empty_cluster(ACCOUNT_A, "us-east-1", "auto");
    auto.detail.compute_config = Some(ComputeConfig {
        enabled: true,
        node_pools: vec!["general-purpose".to_owned()],
        node_role_arn: Some(role_arn(ACCOUNT_A, "auto-nodes")),
    });
    auto.entries.insert(role_arn(ACCOUNT_A, "auto-nodes"), entry("EC2"));
    let mut old = empty_cluster(ACCOUNT_A, "us-east-1", "old");
    old.detail.authentication_mode = AuthenticationMode::ConfigMap;
    old.node_groups.insert("ng".to_owned(), node_group(ACCOUNT_A, "nodes"));
    old.addons.clear();

    let mut account = AccountWorld::default();
    account.regions.insert("eu-west-1".to_owned(), [("prod".to_owned(), prod)].into());
    account.regions.insert("us-east-1".to_owned(), [("auto".to_owned(), auto), ("old".to_owned(), old)].into());
    let irsa = Role {
        trust: federated("oidc.eks.us-east-1.amazonaws.com/id/old"),
        ..role(ACCOUNT_A, "cni-of-old", "2024-02-01T00:00:00Z", &["AmazonEKS_CNI_Policy"])
    };
    for role in [
        role(ACCOUNT_A, "nodes", "2024-02-01T00:00:00Z", &USUAL),
        role(ACCOUNT_A, "other-nodes", "2023-12-01T00:00:00Z", &USUAL),
        role(ACCOUNT_A, "auto-nodes", "2024-02-01T00:00:00Z", &["AmazonEKSWorkerNodeMinimalPolicy"]),
        role(ACCOUNT_A, "cni-irsa", "2024-02-01T00:00:00Z", &["AmazonEKS_CNI_Policy"]),
        irsa,
        role(ACCOUNT_A, "cluster-role", "2023-12-01T00:00:00Z", &["AmazonEKSClusterPolicy"]),
        role(ACCOUNT_A, "my-eksNodeRole-old", "2023-01-01T00:00:00Z", &[]),
        role(ACCOUNT_A, "people", "2023-01-01T00:00:00Z", &["AdministratorAccess"]),
    ] {
        account.roles.insert(role.arn.name().to_owned(), role);
    }
    account
}

/// One cluster whose CNI has a Pod Identity association, a role with policies of the account's own.
fn account_b() -> AccountWorld {
    let mut v6 = empty_cluster(ACCOUNT_B, "eu-west-1", "v6");
    v6.node_groups.insert("ng".to_owned(), node_group(ACCOUNT_B, "nodes"));
    v6.entries.insert(role_arn(ACCOUNT_B, "nodes"), entry("EC2_LINUX"));
    let (summary, mut aws_node) = association("a-1", "aws-node", role_arn(ACCOUNT_B, "cni-source"));
    aws_node.target_role_arn = Some(role_arn(ACCOUNT_B, "cni-target"));
    v6.associations = vec![
        association("a-0", "ebs-csi", role_arn(ACCOUNT_B, "ebs")),
        (summary, aws_node),
        association("a-2", "efs-csi", role_arn(ACCOUNT_B, "efs")),
    ];
    let own = |name: &str| format!("arn:aws:iam::{ACCOUNT_B}:policy/{name}");
    let mut nodes = role(ACCOUNT_B, "nodes", "2024-02-01T00:00:00Z", &USUAL);
    nodes.boundary = Some(own("boundary"));
    nodes.inline = Known::Value(
        ["one", "two", "three"]
            .map(|name| Known::Value(InlinePolicy { name: name.to_owned(), document: "{}".to_owned() }))
            .into(),
    );
    let mut account = AccountWorld::default();
    account.regions.insert("eu-west-1".to_owned(), [("v6".to_owned(), v6)].into());
    account.regions.insert("eu-central-1".to_owned(), BTreeMap::new());
    for role in [
        nodes,
        role(ACCOUNT_B, "cni-source", "2024-02-01T00:00:00Z", &[]),
        role(ACCOUNT_B, "cni-target", "2024-02-01T00:00:00Z", &["AmazonEKS_CNI_Policy"]),
        role(ACCOUNT_B, "ebs", "2024-02-01T00:00:00Z", &["AmazonEBSCSIDriverPolicy"]),
    ] {
        account.roles.insert(role.arn.name().to_owned(), role);
    }
    for name in ["boundary", "unused"] {
        let version = PolicyVersion { version_id: "v2".to_owned(), document: format!("{{\"own\":\"{name}\"}}") };
        account.policies.insert(own(name), version);
    }
    account
}

/// A trust policy that lets aws-node of the cluster with that issuer in.
pub(super) fn federated(issuer: &str) -> String {
    format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{{"Federated":
        "arn:aws:iam::{ACCOUNT_A}:oidc-provider/{issuer}"}},"Condition":{{"StringEquals":
        {{"{issuer}:sub":"system:serviceaccount:kube-system:aws-node"}}}}}}]}}"#
    )
}
