//! The inventory of an organization that is as large as one likes: clusters of thirty managed node groups at most, each
//! with its machines, and a node role for every three of them.

use noderole::inventory::{Inventory, load};
use serde_json::{Map, Value, json};

/// Node groups of a cluster, the quota of EKS.
const GROUPS_OF_CLUSTER: usize = 30;

/// Node groups that share a role.
const GROUPS_OF_ROLE: usize = 3;

/// Instances of a node group.
const INSTANCES_OF_GROUP: usize = 3;

/// Roles of an account beside those of nodes.
const OTHER_ROLES: usize = 20;

const WORKER: &str = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy";
const PULL: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";
const CNI: &str = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy";

/// The inventory of so many accounts with so many node groups together, as it is saved.
pub(crate) fn saved(accounts: usize, groups: usize) -> String {
    let share = |n: usize| groups / accounts + usize::from(n < groups % accounts);
    let all: Vec<Value> = (0..accounts).map(|n| account(&format!("{:012}", 100_000_000_000 + n), share(n))).collect();
    let policy = |text: &str| json!({"value": {"version_id": "v1", "document": text}});
    json!({
        "schema": "noderole.inventory/1", "run_id": "bench", "tool_version": "0.1.0",
        "started_at": "2026-11-24T09:00:00Z", "finished_at": "2026-11-24T09:01:00Z", "partition": "aws",
        "organization_id": "o-example", "target": null, "accounts": all,
        "policies": {
            WORKER: policy(include_str!("../../tests/policy/managed/AmazonEKSWorkerNodePolicy.json")),
            PULL: policy(include_str!("../../tests/policy/managed/AmazonEC2ContainerRegistryPullOnly.json")),
            CNI: policy(include_str!("../../tests/policy/managed/AmazonEKS_CNI_Policy.json")),
        },
        "api_calls": {}, "throttled": 0
    })
    .to_string()
}

/// The same, loaded.
pub(crate) fn loaded(saved: &str) -> Inventory {
    load(saved.as_bytes()).unwrap()
}

fn account(id: &str, groups: usize) -> Value {
    let clusters = groups.div_ceil(GROUPS_OF_CLUSTER);
    let mut roles = Map::new();
    let (mut of_region, mut instances, mut scaling) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..clusters {
        let here = GROUPS_OF_CLUSTER.min(groups - n * GROUPS_OF_CLUSTER);
        of_region.push(cluster(id, n, here, &mut roles));
        for group in 0..here {
            let profile = format!("arn:aws:iam::{id}:instance-profile/eks-{}", role_name(n, group));
            let tags = json!({"eks:cluster-name": format!("c{n}"), "eks:nodegroup-name": format!("g{group}")});
            for k in 0..INSTANCES_OF_GROUP {
                instances.push(json!({
                    "id": format!("i-{n:05x}{group:04x}{k:08x}"), "state": "running", "launched_at": "2026-11-20T10:00:00Z",
                    "profile": {"arn": profile, "id": "AIPAEXAMPLE"}, "windows": false, "tags": tags,
                    "metadata": {"enabled": true, "tokens_required": true, "hop_limit": 1 + group % 2},
                }));
            }
            scaling.push(json!({
                "name": format!("eks-c{n}-g{group}"), "launch_configuration": null, "tags": tags,
                "launch_templates": [{"id": format!("lt-{n:05x}{group:04x}"), "name": "eks", "version": "1"}],
            }));
        }
    }
    for n in 0..OTHER_ROLES {
        let name = format!("service-{n}");
        roles.insert(name.clone(), role(id, &name, "lambda.amazonaws.com", &[], &[], &json!([])));
    }
    json!({
        "id": id, "name": format!("account {id}"), "organization_path": "o-example/r-abcd/ou-abcd-1", "access": "entered",
        "regions": [{
            "name": "eu-west-1", "clusters": {"value": of_region}, "gaps": [],
            "compute": {
                "instances": {"value": instances}, "auto_scaling_groups": {"value": scaling},
                "launch_templates": {}, "launch_configurations": {},
                "metadata_defaults": {"value": {"enabled": null, "tokens_required": null, "hop_limit": null}}
            }
        }],
        "roles": roles, "role_list": {"value": null}, "gaps": [],
        "service_control_policies": [
            [{"name": "FullAWSAccess", "document": ALLOW_ALL}],
            [{"name": "FullAWSAccess", "document": ALLOW_ALL}, {"name": "regions", "document": REGIONS}],
        ],
    })
}

const ALLOW_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const REGIONS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":["iam:*","sts:*","organizations:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]}}}]}"#;

fn role_name(cluster: usize, group: usize) -> String {
    format!("c{cluster}-nodes-{}", group / GROUPS_OF_ROLE)
}

/// A cluster with its node groups; their roles go to `roles`.
fn cluster(id: &str, n: usize, groups: usize, roles: &mut Map<String, Value>) -> Value {
    let arn = |kind: &str| format!("arn:aws:eks:eu-west-1:{id}:{kind}/c{n}");
    let (mut of_cluster, mut entries) = (Map::new(), Vec::new());
    for group in 0..groups {
        let role_name = role_name(n, group);
        let node_role = format!("arn:aws:iam::{id}:role/{role_name}");
        if group.is_multiple_of(GROUPS_OF_ROLE) {
            entries.push(json!({"principal_arn": node_role, "detail": {"value":
                {"kind": "EC2_LINUX", "created_at": "2026-02-01T00:00:00Z", "access_policies": null}}}));
            // One role in ten has what it should not: the CNI's rights, and a way to more.
            let bad = ((n * GROUPS_OF_CLUSTER + group) / GROUPS_OF_ROLE).is_multiple_of(10);
            let attached: &[&str] = if bad { &[WORKER, PULL, CNI] } else { &[WORKER, PULL] };
            let pass_role = if bad { "*".to_owned() } else { format!("arn:aws:iam::{id}:role/app-*") };
            let inline = json!([{"value": {"name": "app", "document": json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": format!("arn:aws:s3:::app-{id}-{n}-{group}/*")},
                {"Effect": "Allow", "Action": "iam:PassRole", "Resource": pass_role},
            ]}).to_string()}}]);
            let profile =
                json!({"arn": format!("arn:aws:iam::{id}:instance-profile/eks-{role_name}"), "id": "AIPAEXAMPLE"});
            let made = role(id, &role_name, "ec2.amazonaws.com", attached, &[profile], &inline);
            roles.insert(role_name.clone(), made);
        }
        of_cluster.insert(
            format!("g{group}"),
            json!({"value": {
                "arn": format!("{}/g{group}/0ac1a2b3", arn("nodegroup")), "node_role": node_role,
                "ami_type": "AL2023_x86_64_STANDARD", "version": "1.35", "status": "ACTIVE",
                "created_at": "2026-02-01T00:00:00Z", "launch_template": null,
                "auto_scaling_groups": [format!("eks-c{n}-g{group}")], "health": [], "tags": {}
            }}),
        );
    }
    json!({
        "name": format!("c{n}"),
        "detail": {"value": {
            "arn": arn("cluster"), "version": "1.35", "status": "ACTIVE", "created_at": "2026-01-01T00:00:00Z",
            "role_arn": format!("arn:aws:iam::{id}:role/cluster"), "ip_family": "ipv4",
            "oidc_issuer": format!("oidc.eks.eu-west-1.amazonaws.com/id/{n:032X}"), "authentication_mode": "API",
            "creator_is_admin": false, "vpc_id": "vpc-1", "compute_config": null, "tags": {}
        }},
        "node_groups": {"value": of_cluster}, "fargate_profiles": {"value": {}}, "access_entries": {"value": entries},
        "cluster_admins": null, "vpc_cni": {"value": null},
        "pod_identity_agent": {"value": {"status": "ACTIVE", "version": "v1.3.8-eksbuild.2",
            "service_account_role_arn": null, "pod_identity_associations": [], "configuration_values": null}},
        "pod_identity_associations": {"value": 2}, "aws_node_association": {"value": null}
    })
}

fn role(id: &str, name: &str, service: &str, attached: &[&str], profiles: &[Value], inline: &Value) -> Value {
    let attached: Vec<Value> = attached.iter().map(|arn| json!({"arn": arn, "name": arn.rsplit('/').next()})).collect();
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]});
    json!({"found": {
        "arn": format!("arn:aws:iam::{id}:role/{name}"), "id": "AROAEXAMPLE", "created_at": "2026-01-01T00:00:00Z",
        "trust": trust.to_string(), "attached": {"value": attached}, "inline": {"value": inline}, "boundary": null,
        "instance_profiles": {"value": profiles}, "tags": {}, "last_used_at": null
    }})
}
