//! Which nodes and roles are found in small accounts.

use serde_json::{Value, json};

use super::*;
use crate::audit::Settings;
use crate::inventory::FargateProfile;
use crate::known::Known;

/// An account with the cluster prod, with these access entries and this of EC2.
fn inventory(entries: &Value, compute: &Value) -> Inventory {
    let mut inventory: Value = serde_json::from_str(include_str!("../../explain/tests/account.json")).unwrap();
    let region = &mut inventory["accounts"][0]["regions"][0];
    region["compute"] = compute.clone();
    region["clusters"]["value"][0]["access_entries"] = json!({"value": entries});
    region["clusters"]["value"][0]["node_groups"] = json!({"value": {}});
    inventory["accounts"][0]["instance_profiles"] = json!({
        "one": {"found": {"profile": {"arn": "arn:aws:iam::111122223333:instance-profile/one", "id": "AIPA1", "created_at": null},
            "role": "arn:aws:iam::111122223333:role/nodes"}},
        "two": {"found": {"profile": {"arn": "arn:aws:iam::111122223333:instance-profile/x/two", "id": "AIPA2", "created_at": null},
            "role": "arn:aws:iam::111122223333:role/others"}},
        "empty": {"found": {"profile": {"arn": "arn:aws:iam::111122223333:instance-profile/empty", "id": "AIPA3",
            "created_at": null}, "role": null}},
    });
    serde_json::from_value(inventory).unwrap()
}

fn compute(instances: &[Value], groups: &[Value], templates: &Value) -> Value {
    json!({
        "instances": {"value": instances}, "auto_scaling_groups": {"value": groups}, "launch_templates": templates,
        "launch_configurations": {},
        "metadata_defaults": {"value": {"enabled": null, "tokens_required": null, "hop_limit": null}},
    })
}

fn instance(id: &str, profile: Option<&str>, tags: &Value) -> Value {
    let profile =
        profile.map(|name| json!({"arn": format!("arn:aws:iam::111122223333:instance-profile/{name}"), "id": "AIPA"}));
    json!({"id": id, "state": "running", "launched_at": null, "profile": profile, "windows": false,
        "metadata": {"enabled": null, "tokens_required": null, "hop_limit": null}, "tags": tags})
}

fn template(profile: &str) -> Value {
    let metadata = json!({"enabled": null, "tokens_required": null, "hop_limit": null});
    json!({"value": {"version": 1, "profile": profile, "image": null, "metadata": metadata}})
}

fn group(name: &str, templates: &[&str], tags: &Value) -> Value {
    let templates: Vec<Value> = templates.iter().map(|id| json!({"id": id, "name": null, "version": "1"})).collect();
    json!({"name": name, "launch_templates": templates, "launch_configuration": null, "tags": tags})
}

/// Kind, name and role of all nodes that were found; `-` for nodes without a role, `?` for those whose role is not known.
fn found(inventory: &Inventory) -> Vec<String> {
    let settings = Settings::default();
    let facts = Facts::new(inventory, &settings);
    let found = Found::of(&facts, &inventory.accounts[0]);
    let roles = found.roles.iter().flat_map(|role| role.nodes.iter().map(move |nodes| (nodes, role.name())));
    let mut told: Vec<String> =
        roles.map(|(nodes, role)| format!("{} {} {role}", nodes.kind.as_str(), nodes.name)).collect();
    told.extend(found.roleless.iter().map(|nodes| format!("{} {} -", nodes.kind.as_str(), nodes.name)));
    told.extend(found.unread.iter().map(|nodes| format!("{} {} ?", nodes.kind.as_str(), nodes.name)));
    let places: Vec<String> = found
        .roles
        .iter()
        .flat_map(|role| &role.nodes)
        .chain(&found.roleless)
        .map(|nodes| nodes.place(inventory.partition, &inventory.accounts[0].id))
        .chain(found.unread.iter().map(|nodes| nodes.place(inventory.partition, &inventory.accounts[0].id)))
        .collect();
    let apart: std::collections::BTreeSet<&String> = places.iter().collect();
    assert_eq!(apart.len(), places.len(), "two sets of nodes in one place: {places:?}");
    told.sort();
    told
}

#[test]
fn tags_tell_whose_nodes_instances_are() {
    let owned = |more: Value| {
        let mut tags = json!({"kubernetes.io/cluster/prod": "owned"});
        tags.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        tags
    };
    let instances = [
        instance("i-1", Some("one"), &owned(json!({}))),
        instance("i-2", Some("one"), &owned(json!({"aws:autoscaling:groupName": "asg"}))),
        instance("i-3", Some("x/two"), &owned(json!({"karpenter.sh/nodepool": "default"}))),
        instance(
            "i-4",
            Some("x/two"),
            &json!({"karpenter.sh/provisioner-name": "old", "eks:eks-cluster-name": "prod"}),
        ),
        instance(
            "i-5",
            Some("one"),
            &owned(json!({"eks:cluster-name": "prod", "eks:nodegroup-name": "being-deleted"})),
        ),
        instance("i-6", Some("one"), &json!({"kubernetes.io/cluster/elsewhere": "owned"})),
        instance("i-7", Some("x/two"), &json!({"eks:kubernetes-node-pool-name": "p", "eks:eks-cluster-name": "prod"})),
    ];
    let inventory = inventory(&json!([]), &compute(&instances, &[], &json!({})));
    let expected = [
        "auto_mode prod others",
        "karpenter default others",
        "karpenter old others",
        "self_managed asg nodes",
        "self_managed i-1 nodes",
    ];
    assert_eq!(found(&inventory), expected);
}

#[test]
fn a_group_without_instances_is_known_by_its_templates_and_has_the_roles_of_all() {
    let tags = json!({"k8s.io/cluster-autoscaler/prod": "owned", "k8s.io/cluster-autoscaler/enabled": "true"});
    let templates =
        json!({"lt-1:1": template("one"), "lt-2:1": template("arn:aws:iam::111122223333:instance-profile/x/two")});
    let groups = [group("mixed", &["lt-1", "lt-2"], &tags), group("same", &["lt-1", "lt-1"], &tags)];
    let inventory = inventory(&json!([]), &compute(&[], &groups, &templates));
    assert_eq!(found(&inventory), ["self_managed mixed nodes", "self_managed mixed others", "self_managed same nodes"]);
}

#[test]
fn nodes_without_a_role_are_told_from_nodes_whose_role_is_not_known() {
    let tags = json!({"kubernetes.io/cluster/prod": "owned"});
    let groups =
        [group("unread", &["lt-9"], &tags), group("bare", &["lt-0"], &tags), group("both", &["lt-0", "lt-9"], &tags)];
    let instances = [
        instance("i-1", None, &tags),
        instance("i-2", Some("empty"), &tags),
        instance("i-3", Some("never-asked-for"), &tags),
    ];
    let inventory = inventory(&json!([]), &compute(&instances, &groups, &json!({"lt-0:1": template("empty")})));
    let expected = [
        "self_managed bare -",
        "self_managed both -",
        "self_managed both ?",
        "self_managed i-1 -",
        "self_managed i-2 -",
        "self_managed i-3 ?",
        "self_managed unread ?",
    ];
    assert_eq!(found(&inventory), expected);
}

#[test]
fn an_access_entry_tells_of_nodes_that_nothing_else_tells_of() {
    let entry = |role: &str, kind: &str| {
        json!({"principal_arn": format!("arn:aws:iam::111122223333:role/{role}"),
            "detail": {"value": {"kind": kind, "created_at": null}}})
    };
    let gap =
        json!({"api": "eks:DescribeAccessEntry", "resource": "x", "class": "denied", "error": "e", "message": "m"});
    let entries = json!([
        entry("nodes", "EC2_LINUX"), entry("i-1", "EC2_Linux"), entry("win", "EC2_WINDOWS"), entry("edge", "Hybrid_Linux"),
        entry("ml", "HYPERPOD_LINUX"), entry("person", "STANDARD"), entry("pods", "FARGATE_LINUX"),
        {"principal_arn": "arn:aws:iam::111122223333:role/closed", "detail": {"missing": gap}},
        {"principal_arn": "arn:aws:iam::111122223333:role/not-of-nodes", "detail": null},
    ]);
    let instances = [instance("i-1", Some("one"), &json!({"kubernetes.io/cluster/prod": "owned"}))];
    let inventory = inventory(&entries, &compute(&instances, &[], &json!({})));
    let expected = [
        "hybrid edge edge",
        "hyperpod ml ml",
        "self_managed closed ?",
        "self_managed i-1 i-1",
        "self_managed i-1 nodes",
        "self_managed win win",
    ];
    assert_eq!(found(&inventory), expected);
}

#[test]
fn where_ec2_was_not_asked_nothing_is_missed_and_where_it_failed_something_is() {
    let gap = |class: &str| {
        let gap =
            json!({"api": "ec2:DescribeInstances", "resource": "r", "class": class, "error": "e", "message": "m"});
        let mut compute = compute(&[], &[], &json!({}));
        compute["instances"] = json!({"missing": gap});
        compute
    };
    assert_eq!(found(&inventory(&json!([]), &Value::Null)), [""; 0]);
    assert_eq!(found(&inventory(&json!([]), &gap("not_asked"))), [""; 0]);
    assert_eq!(found(&inventory(&json!([]), &gap("denied"))), ["self_managed * ?"]);
}

#[test]
fn windows_is_told_by_instances_and_by_the_type_of_an_entry() {
    let tags = json!({"kubernetes.io/cluster/prod": "owned", "karpenter.sh/nodepool": "win"});
    let mut windows = instance("i-1", Some("one"), &tags);
    windows["windows"] = true.into();
    let groups = [group("none-runs", &["lt-1"], &json!({"kubernetes.io/cluster/prod": "owned"}))];
    let inventory = inventory(&json!([]), &compute(&[windows], &groups, &json!({"lt-1:1": template("one")})));
    let settings = Settings::default();
    let facts = Facts::new(&inventory, &settings);
    let found = Found::of(&facts, &inventory.accounts[0]);
    let told: Vec<(&str, Option<bool>)> =
        found.roles[0].nodes.iter().map(|nodes| (nodes.name, nodes.windows)).collect();
    assert_eq!(told, [("none-runs", None), ("win", Some(true))]);
}

#[test]
fn a_role_is_compared_with_the_clusters_that_name_it_and_with_those_that_may() {
    let entries = json!([{"principal_arn": "arn:aws:iam::111122223333:role/path/nodes", "detail": null}]);
    let mut inventory = inventory(&entries, &compute(&[], &[], &json!({})));
    let clusters = inventory.accounts[0].regions[0].clusters.value().unwrap().clone();
    let named = |name: &str, change: &dyn Fn(&mut Cluster)| {
        let mut cluster = clusters[0].clone();
        cluster.name = name.to_owned();
        cluster.access_entries = Known::Value(Vec::new());
        cluster.fargate_profiles = Known::Value(BTreeMap::new());
        change(&mut cluster);
        cluster
    };
    let gap = resolved::not_asked("eks:ListAccessEntries", "b");
    let profile: FargateProfile = serde_json::from_value(json!({
        "arn": "arn:aws:eks:eu-west-1:111122223333:fargateprofile/c/fp/1", "status": "ACTIVE",
        "pod_execution_role": "arn:aws:iam::111122223333:role/pods",
        "health": [{"code": "PodExecutionRoleAlreadyInUse", "message": "in use",
            "resources": ["arn:aws:iam::111122223333:role/nodes"]}],
    }))
    .unwrap();
    let all = vec![
        clusters[0].clone(),
        named("a", &|_| {}),
        named("b", &|cluster| cluster.access_entries = Known::Missing(gap.clone())),
        named("c", &|cluster| {
            cluster.fargate_profiles = Known::Value(BTreeMap::from([("fp".to_owned(), Known::Value(profile.clone()))]));
        }),
        named("d", &|cluster| cluster.fargate_profiles = Known::Missing(gap.clone())),
        named("e", &|cluster| {
            let profiles = BTreeMap::from([("fp".to_owned(), Known::Missing(gap.clone()))]);
            cluster.fargate_profiles = Known::Value(profiles);
        }),
    ];
    inventory.accounts[0].regions[0].clusters = Known::Value(all);
    let settings = Settings::default();
    let facts = Facts::new(&inventory, &settings);
    let naming = |role: &str| {
        let arn = format!("arn:aws:iam::111122223333:role/{role}");
        let clusters = facts.clusters_naming(&inventory.accounts[0], &arn);
        clusters.into_iter().map(|(_, cluster)| cluster.name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(naming("nodes"), ["prod", "b", "c", "d", "e"]);
    assert_eq!(naming("pods"), ["b", "c", "d", "e"]);
    assert_eq!(naming("others"), ["b", "d", "e"]);
}
