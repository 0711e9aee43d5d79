//! Nodes that EKS does not list: through instances, groups, templates, profiles and access entries to their roles.

use std::collections::BTreeMap;

use crate::failure::FailureClass;
use crate::inventory::{
    AutoScalingGroup, Instance, InstanceProfile, Launch, LaunchTemplate, MetadataOptions, ProfileContent,
    ProfileOfInstance, ProfileRecord, RoleRecord,
};
use crate::known::Known;

use super::sample::{USUAL, sample};
use super::world::{MachinesWorld, World, empty_cluster, entry, fail, role, role_arn};
use super::{ACCOUNT_A, Run, account, cluster, region_of, scope};

pub(in crate::collect::planner) fn profile(name: &str) -> InstanceProfile {
    let arn = format!("arn:aws:iam::{ACCOUNT_A}:instance-profile/{name}");
    InstanceProfile { arn, id: format!("AIPA{}", name.len()), created_at: None }
}

pub(super) fn tags(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub(super) fn launch(profile: Option<&str>) -> Launch {
    let metadata = MetadataOptions::default();
    Launch { version: Some(3), profile: profile.map(str::to_owned), image: None, metadata }
}

fn template(id: &str) -> LaunchTemplate {
    LaunchTemplate { id: Some(id.to_owned()), name: None, version: Some("$Latest".to_owned()) }
}

pub(super) fn group(name: &str, templates: &[&str], configuration: Option<&str>) -> AutoScalingGroup {
    AutoScalingGroup {
        name: name.to_owned(),
        launch_templates: templates.iter().map(|id| template(id)).collect(),
        launch_configuration: configuration.map(str::to_owned),
        tags: tags(&[("kubernetes.io/cluster/prod", "owned")]),
    }
}

pub(super) fn instance(id: &str, profile_name: &str, node_tags: &[(&str, &str)]) -> Instance {
    let InstanceProfile { arn, id: profile_id, .. } = profile(profile_name);
    Instance {
        id: id.to_owned(),
        state: "running".to_owned(),
        launched_at: None,
        profile: Some(ProfileOfInstance { arn, id: profile_id }),
        windows: false,
        metadata: MetadataOptions::default(),
        tags: tags(node_tags),
    }
}

/// The sample with one node of each kind that EKS does not list.
pub(super) fn with_machines() -> World {
    let mut world = sample();
    let account = world.account(ACCOUNT_A);
    for (name, held) in [("by-template", "template"), ("by-configuration", "configuration"), ("alone", "alone")] {
        let mut of_nodes = role(ACCOUNT_A, name, "2024-02-01T00:00:00Z", &USUAL);
        of_nodes.instance_profiles = Known::Value(vec![profile(held)]);
        account.roles.insert(name.to_owned(), of_nodes);
    }
    let mut of_karpenter = role(ACCOUNT_A, "idle-pool", "2024-02-01T00:00:00Z", &USUAL);
    of_karpenter.instance_profiles = Known::Value(vec![profile("karpenter/eu-west-1/prod/uid/prod_123")]);
    account.roles.insert("idle-pool".to_owned(), of_karpenter);
    account.roles.insert("edge".to_owned(), role(ACCOUNT_A, "edge", "2024-02-01T00:00:00Z", &[]));
    // Made after the list was: only a single call knows it.
    account.profiles.insert(
        "young".to_owned(),
        ProfileContent { profile: profile("young"), role: Some(role_arn(ACCOUNT_A, "nodes")) },
    );
    let machines = MachinesWorld {
        instances: vec![
            instance("i-1", "alone", &[("k8s.io/cluster/prod", "owned")]),
            instance("i-2", "young", &[("karpenter.sh/nodepool", "default"), ("kubernetes.io/cluster/prod", "owned")]),
            instance("i-3", "gone", &[("kubernetes.io/cluster/prod", "owned")]),
            instance("i-4", "of-nobody", &[("kubernetes.io/cluster/elsewhere", "owned")]),
        ],
        groups: vec![group("mixed", &["lt-1", "lt-2"], None), group("old", &[], Some("lc-1"))],
        templates: [("lt-1:$Latest".to_owned(), launch(Some("template")))].into(),
        configurations: [("lc-1".to_owned(), launch(Some("configuration")))].into(),
        defaults: MetadataOptions::default(),
    };
    account.machines.insert("eu-west-1".to_owned(), machines);
    world.cluster(ACCOUNT_A, "eu-west-1", "prod").entries.insert(role_arn(ACCOUNT_A, "edge"), entry("HYBRID_LINUX"));
    world
}

#[test]
fn the_roles_of_all_nodes_are_read_with_their_policies() {
    let outcome = Run::new(&with_machines(), scope()).go();
    let facts = account(&outcome.inventory, ACCOUNT_A);
    for name in ["by-template", "by-configuration", "alone", "idle-pool", "edge"] {
        assert!(matches!(facts.roles.get(name), Some(RoleRecord::Found(_))), "{name}");
    }
    let entries = cluster(&outcome.inventory, ACCOUNT_A, "prod").access_entries.value().unwrap();
    let described = |role: &str| {
        entries.iter().any(|entry| entry.principal_arn == role_arn(ACCOUNT_A, role) && entry.detail.is_some())
    };
    assert!(described("edge") && described("nodes"));
    assert_eq!(region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1").gaps, []);
}

#[test]
fn a_profile_that_no_listed_role_is_in_is_asked_for_by_itself() {
    let outcome = Run::new(&with_machines(), scope()).go();
    let facts = account(&outcome.inventory, ACCOUNT_A);
    let names: Vec<&str> = facts.instance_profiles.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["alone", "configuration", "gone", "template", "young"],
        "the nodes of no cluster of ours are not"
    );
    assert_eq!(facts.instance_profiles["gone"], ProfileRecord::NoSuchProfile);
    let ProfileRecord::Found(young) = &facts.instance_profiles["young"] else { panic!("it was asked for") };
    assert_eq!(young.role, Some(role_arn(ACCOUNT_A, "nodes")));
    assert_eq!(outcome.counts()["iam:GetInstanceProfile"], 2);
    assert!(facts.gaps.is_empty(), "a profile that is gone is a fact");
}

#[test]
fn templates_and_configurations_are_read_once_each_and_one_that_is_gone_is_no_failure() {
    let outcome = Run::new(&with_machines(), scope()).go();
    let compute = region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1").compute.as_ref().unwrap();
    assert_eq!(compute.launch_templates["lt-1:$Latest"], Known::Value(launch(Some("template"))));
    assert_eq!(compute.launch_templates["lt-2:$Latest"].gap().unwrap().class, FailureClass::Gone);
    assert_eq!(compute.launch_configurations["lc-1"], Known::Value(launch(Some("configuration"))));
    assert_eq!(outcome.counts()["ec2:DescribeLaunchTemplateVersions"], 2);
}

#[test]
fn ec2_is_asked_only_where_there_is_a_cluster_or_there_were_nodes_of_one() {
    let asked = |world: &World, everywhere: bool| {
        let scope = crate::collect::scope::Scope { compute_everywhere: everywhere, ..scope() };
        let outcome = Run::new(world, scope).go();
        let calls = outcome.calls.iter().filter(|call| call.question.api() == "ec2:DescribeInstances");
        let mut regions: Vec<String> =
            calls.map(|call| format!("{} {}", call.account, call.region.as_ref().unwrap())).collect();
        regions.sort();
        regions.dedup();
        regions.retain(|place| place.starts_with('2'));
        regions
    };
    let mut world = sample();
    assert_eq!(asked(&world, false), ["222222222222 eu-west-1"]);
    assert_eq!(asked(&world, true), ["222222222222 eu-central-1", "222222222222 eu-west-1"]);
    let nodes = world.account("222222222222").roles.get_mut("nodes").unwrap();
    let mut left = profile("karpenter/eu-central-1/vanished/uid/vanished_1");
    left.arn = left.arn.replace(ACCOUNT_A, "222222222222");
    nodes.instance_profiles = Known::Value(vec![left]);
    assert_eq!(asked(&world, false), ["222222222222 eu-central-1", "222222222222 eu-west-1"]);
}

#[test]
fn what_ec2_refuses_costs_no_cluster_and_no_role() {
    let world = with_machines();
    let denied = |call: &crate::collect::call::Call| {
        call.question.is_about_machines().then(|| fail(FailureClass::Denied, "UnauthorizedOperation"))
    };
    let outcome = Run::new(&world, scope()).failing(denied).go();
    let region = region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1");
    let compute = region.compute.as_ref().unwrap();
    assert!(compute.instances.gap().is_some() && compute.auto_scaling_groups.gap().is_some());
    let apis: Vec<&str> = region.gaps.iter().map(|gap| gap.api.as_str()).collect();
    let expected =
        ["autoscaling:DescribeAutoScalingGroups", "ec2:DescribeInstances", "ec2:GetInstanceMetadataDefaults"];
    assert_eq!(apis, expected);
    assert!(cluster(&outcome.inventory, ACCOUNT_A, "prod").detail.value().is_some());
    assert!(account(&outcome.inventory, ACCOUNT_A).roles.contains_key("nodes"));
}

#[test]
fn a_targeted_role_leads_to_the_cluster_whose_machines_use_it() {
    let target = crate::inventory::Target { clusters: Vec::new(), roles: vec![role_arn(ACCOUNT_A, "alone")] };
    let scope = crate::collect::scope::Scope { target: Some(target), ..scope() };
    let outcome = Run::new(&with_machines(), scope).go();
    let prod = cluster(&outcome.inventory, ACCOUNT_A, "prod");
    assert!(prod.access_entries.value().is_some(), "it is read as a whole");
    assert!(cluster(&outcome.inventory, ACCOUNT_A, "auto").access_entries.gap().is_some(), "that one is not");
}

#[test]
fn many_clusters_are_asked_for_in_filters_of_two_hundred_values() {
    let mut world = sample();
    let clusters = world.account(ACCOUNT_A).regions.get_mut("eu-west-1").unwrap();
    for n in 0..100 {
        let name = format!("c{n}");
        clusters.insert(name.clone(), empty_cluster(ACCOUNT_A, "eu-west-1", &name));
    }
    let outcome = Run::new(&world, scope()).go();
    let keys = outcome.calls.iter().filter_map(|call| match &call.question {
        crate::collect::call::Question::DescribeInstances { tag_keys } if call.account.as_str() == ACCOUNT_A => {
            Some(tag_keys.len())
        }
        _ => None,
    });
    let keys: Vec<usize> = keys.collect();
    assert!(keys.iter().all(|keys| *keys <= 200) && keys.iter().sum::<usize>() > 303, "{keys:?}");
}

#[test]
fn the_template_of_a_managed_node_group_is_read_where_no_instance_tells_what_is_in_it() {
    let of = |group: &str| {
        tags(&[("kubernetes.io/cluster/prod", "owned"), ("eks:cluster-name", "prod"), ("eks:nodegroup-name", group)])
    };
    let mut world = sample();
    let mut machines = MachinesWorld::default();
    for (name, id) in [("ng-1", "lt-run"), ("ng-2", "lt-idle")] {
        machines.groups.push(AutoScalingGroup { tags: of(name), ..group(&format!("eks-{name}"), &[id], None) });
        machines.templates.insert(format!("{id}:$Latest"), launch(Some("eks-1")));
    }
    machines.instances.push(Instance { tags: of("ng-1"), ..instance("i-1", "eks-1", &[]) });
    world.account(ACCOUNT_A).machines.insert("eu-west-1".to_owned(), machines);
    let templates = |run: Run<'_>| {
        let inventory = run.go().inventory;
        let compute = region_of(&inventory, ACCOUNT_A, "eu-west-1").compute.as_ref().unwrap();
        compute.launch_templates.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(templates(Run::new(&world, scope())), ["lt-idle:$Latest"]);
    let blind = Run::new(&world, scope()).failing(|call| {
        (call.question.api() == "ec2:DescribeInstances").then(|| fail(FailureClass::Denied, "UnauthorizedOperation"))
    });
    assert_eq!(templates(blind), ["lt-idle:$Latest", "lt-run:$Latest"], "which of them run is not known");
}

#[test]
fn a_targeted_audit_asks_ec2_where_its_clusters_are_though_all_regions_are_asked_for() {
    let target = crate::inventory::Target { clusters: vec!["prod".to_owned()], roles: Vec::new() };
    let scope = crate::collect::scope::Scope { target: Some(target), compute_everywhere: true, ..scope() };
    let outcome = Run::new(&with_machines(), scope).go();
    let mut asked = outcome.calls.iter().filter(|call| call.question.is_about_machines());
    assert!(asked.all(|call| call.region.as_ref().unwrap().as_str() == "eu-west-1"));
    let facts = region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1");
    assert_eq!(facts.compute.as_ref().unwrap().instances.value().map(Vec::len), Some(3), "those of prod");
}

#[test]
fn an_entry_that_vanishes_before_its_policies_are_read_is_left_out() {
    let gone = |call: &crate::collect::call::Call| {
        (call.question.api() == "eks:ListAssociatedAccessPolicies")
            .then(|| fail(FailureClass::Gone, "ResourceNotFoundException"))
    };
    let outcome = Run::new(&sample(), scope()).failing(gone).go();
    let entries = cluster(&outcome.inventory, ACCOUNT_A, "auto").access_entries.value().unwrap();
    assert!(entries.iter().all(|entry| entry.principal_arn != role_arn(ACCOUNT_A, "auto-nodes")));
    assert_eq!(region_of(&outcome.inventory, ACCOUNT_A, "us-east-1").gaps, []);
}

#[test]
fn machines_in_an_account_without_clusters_are_told_as_left_overs_where_ec2_is_asked_everywhere() {
    let mut world = sample();
    let machines = MachinesWorld {
        instances: vec![instance("i-1", "any", &[("eks:eks-cluster-name", "deleted")])],
        ..MachinesWorld::default()
    };
    world.account(super::ACCOUNT_C).machines.insert("eu-west-1".to_owned(), machines);
    let scope = crate::collect::scope::Scope { compute_everywhere: true, ..scope() };
    let outcome = Run::new(&world, scope).go();
    let left = region_of(&outcome.inventory, super::ACCOUNT_C, "eu-west-1").left_overs();
    let expected = crate::inventory::LeftOvers { instances: 1, groups: 0 };
    assert_eq!(left, BTreeMap::from([("deleted", expected)]));
    let of_prod = region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1").left_overs();
    assert!(of_prod.is_empty(), "the machines of clusters that are there are none");
}
