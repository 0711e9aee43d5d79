//! A targeted audit of a role that no node runs under now finds the clusters that it is for.

use crate::collect::call::Question;
use crate::collect::scope::Scope;
use crate::failure::FailureClass;
use crate::inventory::{AuthenticationMode, Inventory, RoleRecord, Target};
use crate::known::Known;

use super::sample::USUAL;
use super::world::{World, empty_cluster, entry, fail, role, role_arn};
use super::{ACCOUNT_A, Run, account, cluster, gaps, profile, region_of, sample, scope};

fn aimed_at(role: &str) -> Scope {
    let target = Target { clusters: Vec::new(), roles: vec![role_arn(ACCOUNT_A, role)] };
    Scope { target: Some(target), ..scope() }
}

/// The sample with the role `idle`, which is in that instance profile and under which nothing runs.
fn with_idle(held: Option<&str>) -> World {
    let mut world = sample();
    let mut idle = role(ACCOUNT_A, "idle", "2024-02-01T00:00:00Z", &USUAL);
    idle.instance_profiles = Known::Value(held.into_iter().map(profile).collect());
    world.account(ACCOUNT_A).roles.insert("idle".to_owned(), idle);
    world
}

/// The clusters of account A that were read as a whole.
fn whole(inventory: &Inventory) -> Vec<&str> {
    let clusters = account(inventory, ACCOUNT_A).clusters();
    clusters.filter(|(_, c)| c.pod_identity_associations.value().is_some()).map(|(_, c)| c.name.as_str()).collect()
}

#[test]
fn karpenters_instance_profiles_lead_from_a_role_without_nodes_to_its_cluster() {
    for (held, expected) in [
        ("karpenter/eu-west-1/prod/0a1b/prod_12345678901234567890", vec!["prod"]),
        ("karpenter/us-east-1/prod/0a1b/prod_12345678901234567890", vec![]),
        ("old_12345678901234567890", vec!["old"]),
        ("gone_12345678901234567890", vec![]),
        ("old_1", vec![]),
    ] {
        let world = with_idle(Some(held));
        let outcome = Run::new(&world, aimed_at("idle")).go();
        assert_eq!(whole(&outcome.inventory), expected, "{held}");
        let facts = account(&outcome.inventory, ACCOUNT_A);
        let RoleRecord::Found(idle) = &facts.roles["idle"] else { panic!("it is there") };
        assert_eq!(idle.instance_profiles, world.accounts[ACCOUNT_A].roles["idle"].instance_profiles);
        assert_eq!(gaps(facts), []);
    }
}

#[test]
fn an_access_entry_of_nodes_leads_from_a_role_without_nodes_to_its_cluster() {
    for kind in ["EC2_LINUX", "EC2_WINDOWS", "HYBRID_LINUX", "EC2", "ec2_linux"] {
        let mut world = with_idle(None);
        world.cluster(ACCOUNT_A, "us-east-1", "auto").entries.insert(role_arn(ACCOUNT_A, "idle"), entry(kind));
        let outcome = Run::new(&world, aimed_at("idle")).go();
        assert_eq!(whole(&outcome.inventory), ["auto"], "{kind}");
        assert_eq!(gaps(account(&outcome.inventory, ACCOUNT_A)), []);
        let policies = &outcome.inventory.policies;
        assert!(policies.contains_key("arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"), "it is judged");
    }
}

#[test]
fn an_entry_of_a_role_that_is_gone_leads_to_its_cluster_too() {
    let mut world = sample();
    world.cluster(ACCOUNT_A, "eu-west-1", "prod").entries.insert(role_arn(ACCOUNT_A, "gone"), entry("HYBRID_LINUX"));
    let outcome = Run::new(&world, aimed_at("gone")).go();
    assert_eq!(whole(&outcome.inventory), ["prod"]);
    assert_eq!(account(&outcome.inventory, ACCOUNT_A).roles["gone"], RoleRecord::NoSuchRole);
}

#[test]
fn an_entry_of_people_leads_nowhere_and_costs_one_call() {
    let mut world = with_idle(None);
    world.cluster(ACCOUNT_A, "us-east-1", "auto").entries.insert(role_arn(ACCOUNT_A, "idle"), entry("STANDARD"));
    let outcome = Run::new(&world, aimed_at("idle")).go();
    assert_eq!((whole(&outcome.inventory), outcome.counts()["eks:DescribeAccessEntry"]), (vec![], 1));
}

#[test]
fn where_the_type_of_the_entry_may_not_be_read_the_cluster_says_so() {
    let mut world = with_idle(None);
    world.cluster(ACCOUNT_A, "eu-west-1", "prod").entries.insert(role_arn(ACCOUNT_A, "idle"), entry("EC2_LINUX"));
    let denied = |call: &crate::collect::call::Call| {
        let describes = matches!(call.question, Question::DescribeAccessEntry { .. });
        describes.then(|| fail(FailureClass::Denied, "AccessDeniedException"))
    };
    let outcome = Run::new(&world, aimed_at("idle")).failing(denied).go();
    let prod = cluster(&outcome.inventory, ACCOUNT_A, "prod");
    assert_eq!(prod.access_entries.gap().unwrap().api, "eks:DescribeAccessEntry");
    assert_eq!(gaps(account(&outcome.inventory, ACCOUNT_A)).len(), 1);
}

#[test]
fn a_cluster_without_access_entries_is_not_asked_for_them() {
    let mut world = sample();
    world.cluster(ACCOUNT_A, "eu-west-1", "prod").detail.authentication_mode = AuthenticationMode::ConfigMap;
    let outcome = Run::new(&world, aimed_at("people")).go();
    let asked = outcome.calls.iter().filter(|call| call.question.api() == "eks:ListAccessEntries");
    assert_eq!(asked.filter_map(|call| call.question.cluster()).collect::<Vec<_>>(), ["auto"]);
}

#[test]
fn ec2_is_asked_for_nodes_of_a_cluster_that_is_gone_where_karpenter_made_the_roles_profile() {
    let mut world = with_idle(Some("karpenter/ap-south-1/vanished/0a1b/vanished_12345678901234567890"));
    world.account(ACCOUNT_A).regions.insert("ap-south-1".to_owned(), std::collections::BTreeMap::new());
    let compute = |role: &str| {
        let outcome = Run::new(&world, aimed_at(role)).go();
        region_of(&outcome.inventory, ACCOUNT_A, "ap-south-1").compute.is_some()
    };
    assert!(compute("idle") && !compute("nodes"), "of the role that was asked for alone");
}

#[test]
fn a_targeted_audit_waits_for_the_roles_before_it_describes_entries() {
    let mut world = sample();
    let people = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}]}"#;
    world.account(ACCOUNT_A).roles.get_mut("people").unwrap().trust = people.to_owned();
    let target = Target { clusters: vec!["prod".to_owned()], roles: Vec::new() };
    let outcome = Run::new(&world, Scope { target: Some(target), ..scope() }).go();
    let described: Vec<String> = outcome
        .calls
        .iter()
        .filter_map(|call| match &call.question {
            Question::DescribeAccessEntry { principal, .. } => Some(principal.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(described.len(), 3, "{described:?}");
    assert!(!described.contains(&role_arn(ACCOUNT_A, "people")));
}

#[test]
fn a_whole_audit_reads_the_role_in_an_old_profile_of_karpenters_as_one_of_nodes() {
    let mut world = sample();
    let name = "spare_12345678901234567890";
    let mut idle = role(ACCOUNT_A, "idle", "2024-02-01T00:00:00Z", &["SomePolicyOfNodes"]);
    idle.instance_profiles = Known::Value(vec![profile(name)]);
    world.account(ACCOUNT_A).roles.insert("idle".to_owned(), idle);
    let read = |world: &World| account(&Run::new(world, scope()).go().inventory, ACCOUNT_A).roles.contains_key("idle");
    assert!(!read(&world), "there is no such cluster");
    let spare = empty_cluster(ACCOUNT_A, "us-east-1", "spare");
    world.account(ACCOUNT_A).regions.get_mut("us-east-1").unwrap().insert("spare".to_owned(), spare);
    assert!(read(&world));
}
