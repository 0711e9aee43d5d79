//! How few calls a run takes.

use crate::failure::FailureClass;
use std::collections::BTreeMap;

use crate::collect::scope::{AccountScope, Entry, Scope, ServiceControl};
use crate::inventory::Role;
use crate::known::Known;

use super::sample::USUAL;
use super::world::{World, empty_cluster, entry, node_group, role, role_arn};
use super::{ACCOUNT_A, ACCOUNT_B, Run, account, scope};

/// An organization at AWS's page sizes.
fn world() -> World {
    World { accounts: BTreeMap::new(), page: 100 }
}

fn one_account(id: &str, regions: &[&str]) -> Scope {
    let account = AccountScope {
        id: id.parse().unwrap(),
        name: None,
        organization_path: None,
        entry: Entry::Assume,
        service_control: ServiceControl::default(),
    };
    let regions = regions.iter().map(|region| region.parse().unwrap()).collect();
    Scope { accounts: vec![account], regions, ..scope() }
}

/// 30 clusters with 4 node groups each, 200 roles; people have an entry in every cluster.
fn large(id: &str) -> World {
    // The pages of GetAccountAuthorizationDetails hold 1,000 roles.
    let mut world = World { page: 1_000, ..world() };
    let account = world.account(id);
    let clusters = account.regions.entry("eu-west-1".to_owned()).or_default();
    for c in 0..30 {
        let mut cluster = empty_cluster(id, "eu-west-1", &format!("c{c}"));
        for n in 0..4 {
            let name = format!("nodes-{c}-{n}");
            cluster.node_groups.insert(format!("ng{n}"), node_group(id, &name));
            cluster.entries.insert(role_arn(id, &name), entry("EC2_LINUX"));
        }
        cluster.entries.insert(role_arn(id, "admin"), entry("STANDARD"));
        clusters.insert(format!("c{c}"), cluster);
    }
    for r in 0..200 {
        let name = if r < 120 { format!("nodes-{}-{}", r / 4, r % 4) } else { format!("other-{r}") };
        account.roles.insert(name.clone(), role(id, &name, "2025-01-01T00:00:00Z", &USUAL));
    }
    account.roles.remove("other-199");
    let people = role(id, "admin", "2025-01-01T00:00:00Z", &["AdministratorAccess"]);
    let trust = people.trust.replace("\"Service\":\"ec2.amazonaws.com\"", &format!("\"AWS\":\"{id}\""));
    account.roles.insert("admin".to_owned(), Role { trust, ..people });
    world
}

#[test]
fn thirty_clusters_with_120_node_groups_and_200_roles_cost_less_than_500_calls() {
    let world = large(ACCOUNT_A);
    let outcome = Run::new(&world, one_account(ACCOUNT_A, &["eu-west-1"])).go();
    let expected = [
        ("sts:AssumeRole", 1),
        ("eks:ListClusters", 1),
        ("eks:DescribeCluster", 30),
        ("eks:ListNodegroups", 30),
        ("eks:DescribeNodegroup", 120),
        ("eks:ListFargateProfiles", 30),
        ("eks:ListAccessEntries", 30),
        ("eks:ListPodIdentityAssociations", 30),
        ("eks:DescribeAddon", 60),
        // One for each node group's own role.
        ("eks:DescribeAccessEntry", 120),
        ("ec2:DescribeInstances", 1),
        ("autoscaling:DescribeAutoScalingGroups", 1),
        ("ec2:GetInstanceMetadataDefaults", 1),
        ("iam:GetAccountAuthorizationDetails", 1),
        ("iam:GetPolicy", 3),
        ("iam:GetPolicyVersion", 3),
    ];
    assert_eq!(outcome.counts(), BTreeMap::from(expected));
    assert_eq!(outcome.calls.len(), 462);
    let facts = account(&outcome.inventory, ACCOUNT_A);
    assert_eq!(
        (facts.roles.len(), facts.role_list.clone()),
        (199, Known::Value(())),
        "all but that of people trust EC2 and carry a node policy"
    );
    assert_eq!(outcome.inventory.api_calls.values().sum::<u64>(), 462);
    assert_eq!(outcome.inventory.api_calls["eks:DescribeNodegroup"], 120);
}

#[test]
fn twenty_regions_without_clusters_cost_twenty_calls() {
    let mut world = world();
    let regions: Vec<String> = (1..=20).map(|n| format!("eu-west-{n}")).collect();
    let names: Vec<&str> = regions.iter().map(String::as_str).collect();
    world.account(ACCOUNT_A).regions = regions.iter().map(|region| (region.clone(), BTreeMap::new())).collect();

    let mut own = one_account(ACCOUNT_A, &names);
    own.accounts[0].entry = Entry::Own;
    assert_eq!(Run::new(&world, own.clone()).go().counts(), BTreeMap::from([("eks:ListClusters", 20)]));

    own.regions.clear();
    let listed = Run::new(&world, own).go();
    assert_eq!(listed.counts(), BTreeMap::from([("account:ListRegions", 1), ("eks:ListClusters", 20)]));
    let facts = account(&listed.inventory, ACCOUNT_A);
    assert!(facts.role_list.gap().is_some() && facts.gaps.is_empty(), "what is not needed is not read, and not missed");
}

#[test]
fn the_policies_of_aws_are_read_once_for_all_accounts() {
    let mut world = large(ACCOUNT_A);
    world.accounts.insert(ACCOUNT_B.to_owned(), large(ACCOUNT_B).accounts[ACCOUNT_B].clone());
    let mut both = one_account(ACCOUNT_A, &["eu-west-1"]);
    both.accounts.extend(one_account(ACCOUNT_B, &[]).accounts);
    let outcome = Run::new(&world, both).go();
    assert_eq!(outcome.counts()["iam:GetPolicyVersion"], 3);
    assert_eq!(outcome.inventory.policies.len(), 3);
    assert!(outcome.inventory.policies.values().all(|policy| policy.value().is_some()));
}

#[test]
fn what_proves_the_agent_or_needs_no_cni_saves_the_question() {
    let mut world = world();
    let clusters = world.account(ACCOUNT_A).regions.entry("eu-west-1".to_owned()).or_default();
    clusters.insert("fargate".to_owned(), empty_cluster(ACCOUNT_A, "eu-west-1", "fargate"));
    let outcome = Run::new(&world, one_account(ACCOUNT_A, &["eu-west-1"])).go();
    assert!(!outcome.counts().contains_key("eks:DescribeAddon"), "a cluster without nodes of its own");
    let cluster = super::cluster(&outcome.inventory, ACCOUNT_A, "fargate");
    assert_eq!(cluster.vpc_cni.gap().unwrap().class, FailureClass::NotAsked);
    assert_eq!(cluster.pod_identity_agent.gap().unwrap().class, FailureClass::NotAsked);
    assert_eq!(super::region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1").gaps, []);
}

#[test]
fn many_accounts_are_not_all_begun_at_once() {
    let mut world = world();
    let mut scope = one_account(ACCOUNT_A, &["eu-west-1"]);
    scope.accounts = (0..600)
        .map(|n| {
            let id = format!("{n:012}");
            world.account(&id).regions.insert("eu-west-1".to_owned(), BTreeMap::new());
            one_account(&id, &[]).accounts.remove(0)
        })
        .collect();
    let mut planner = crate::collect::planner::Planner::new(scope.clone());
    assert_eq!(planner.next().len(), crate::collect::planner::OPEN_ACCOUNTS);
    let outcome = Run::new(&world, scope).go();
    assert_eq!((outcome.calls.len(), outcome.inventory.accounts.len()), (1_200, 600));
}
