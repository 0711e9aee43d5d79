//! Coverage: every account and region that was asked for, every call that failed.

use serde_json::{Value, json};

use super::*;
use crate::report::sample::{self, gap};

/// The coverage of the sample after a change to its JSON.
fn after(change: impl FnOnce(&mut Value)) -> Vec<CoverageEntry> {
    let mut inventory = sample::inventory_json();
    change(&mut inventory);
    of(&serde_json::from_value(inventory).unwrap())
}

/// The entry of a place.
fn at<'a>(coverage: &'a [CoverageEntry], account: &str, region: &str) -> &'a CoverageEntry {
    coverage.iter().find(|e| e.account.as_str() == account && e.region == region).unwrap()
}

/// The sample with nothing missing in it.
fn all_read(inventory: &mut Value) {
    inventory["accounts"].as_array_mut().unwrap().remove(1);
    let account = &mut inventory["accounts"][0];
    account["regions"][1] = json!({"name": "us-east-1", "clusters": {"value": []}, "gaps": []});
    account["regions"][0]["gaps"] = json!([]);
    account["regions"][0]["clusters"]["value"][0]["node_groups"]["value"].as_object_mut().unwrap().remove("ng-3");
}

#[test]
fn each_account_and_region_that_was_asked_for_is_listed_once() {
    let coverage = of(&sample::inventory());
    let places: Vec<(&str, &str, &str)> =
        coverage.iter().map(|e| (e.account.as_str(), e.region.as_str(), e.status.as_str())).collect();
    let expected = [
        ("111122223333", "eu-west-1", "partial"),
        ("111122223333", "us-east-1", "denied"),
        ("444455556666", "*", "denied"),
        ("777788889999", "*", "disabled"),
    ];
    assert_eq!(places, expected);
    assert!(!complete(&coverage));
}

#[test]
fn a_call_that_is_named_twice_in_the_facts_stands_once_in_the_coverage() {
    let coverage = of(&sample::inventory());
    let entry = at(&coverage, "111122223333", "eu-west-1");
    assert_eq!(entry.missing.len(), 1);
    assert_eq!(entry.missing[0].api, "eks:DescribeNodegroup");
    assert_eq!(entry.missing[0].error, "AccessDeniedException");
}

#[test]
fn a_suspended_account_alone_leaves_the_report_complete() {
    let coverage = after(all_read);
    assert_eq!(at(&coverage, "777788889999", "*").status, CoverageStatus::Disabled);
    assert!(complete(&coverage), "{coverage:?}");
}

#[test]
fn a_region_that_was_named_but_is_not_enabled_counts_as_missed() {
    let coverage = after(|inventory| {
        all_read(inventory);
        let off = gap("eks:ListClusters", "the account", "not_enabled", "UnrecognizedClientException");
        inventory["accounts"][0]["regions"][1] =
            json!({"name": "af-south-1", "clusters": {"missing": off}, "gaps": []});
    });
    assert_eq!(at(&coverage, "111122223333", "af-south-1").status, CoverageStatus::Disabled);
    assert!(!complete(&coverage));
}

#[test]
fn what_the_run_did_not_reach_says_so() {
    let coverage = after(|inventory| {
        all_read(inventory);
        let late = gap("eks:ListClusters", "the account", "not_reached", "NotReached");
        inventory["accounts"][0]["regions"][1]["clusters"] = json!({"missing": late});
    });
    assert_eq!(at(&coverage, "111122223333", "us-east-1").status, CoverageStatus::NotReached);
}

#[test]
fn regions_that_could_not_be_listed_leave_the_whole_account_open() {
    let coverage = after(|inventory| {
        all_read(inventory);
        inventory["accounts"][0]["regions"] = json!([]);
        inventory["accounts"][0]["gaps"] =
            json!([gap("account:ListRegions", "the account", "denied", "AccessDeniedException")]);
    });
    assert_eq!(at(&coverage, "111122223333", "*").status, CoverageStatus::Denied);
    assert!(!coverage.iter().any(|entry| entry.region == "global"));
}

#[test]
fn gaps_of_iam_stand_under_global() {
    let coverage = after(|inventory| {
        all_read(inventory);
        inventory["accounts"][0]["roles"]["lost"] =
            json!({"missing": gap("iam:GetRole", "role lost", "denied", "AccessDenied")});
        inventory["accounts"][0]["roles"]["prod-node"]["found"]["inline"] =
            json!({"value": [{"missing": gap("iam:GetRolePolicy", "role prod-node", "transient", "ServiceFailure")}]});
        inventory["policies"]["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"] =
            json!({"missing": gap("iam:GetPolicyVersion", "the worker policy", "throttled", "Throttling")});
    });
    let entry = at(&coverage, "111122223333", "global");
    let apis: BTreeSet<&str> = entry.missing.iter().map(|missing| missing.api.as_str()).collect();
    assert_eq!(apis, BTreeSet::from(["iam:GetRole", "iam:GetRolePolicy", "iam:GetPolicyVersion"]));
    assert_eq!(entry.missing.len(), 3, "the policy that two roles carry stands once");
}

#[test]
fn a_policy_that_no_role_names_and_could_not_be_read_is_not_lost() {
    let coverage = after(|inventory| {
        all_read(inventory);
        inventory["policies"]["arn:aws:iam::aws:policy/Other"] =
            json!({"missing": gap("iam:GetPolicy", "policy Other", "denied", "AccessDenied")});
    });
    assert_eq!(at(&coverage, "111122223333", "global").missing[0].resource, "policy Other");
}

/// Puts a gap where each part of a cluster's facts may be missing, one after the other.
#[test]
fn every_part_of_a_cluster_that_is_missing_surfaces() {
    let missing = || json!({"missing": gap("eks:Probe", "the probe", "denied", "AccessDenied")});
    let parts = [
        "/detail",
        "/node_groups",
        "/node_groups/value/ng-1",
        "/fargate_profiles",
        "/access_entries",
        "/cluster_admins",
        "/vpc_cni",
        "/pod_identity_agent",
        "/pod_identity_associations",
        "/aws_node_association",
    ];
    for part in parts {
        let coverage = after(|inventory| {
            all_read(inventory);
            let cluster = &mut inventory["accounts"][0]["regions"][0]["clusters"]["value"][0];
            *cluster.pointer_mut(part).unwrap() = missing();
        });
        let entry = at(&coverage, "111122223333", "eu-west-1");
        assert_eq!(entry.status, CoverageStatus::Partial, "{part}");
        assert_eq!(entry.missing[0].api, "eks:Probe", "{part}");
    }
}

#[test]
fn what_was_left_out_on_purpose_is_no_gap() {
    let coverage = after(|inventory| {
        all_read(inventory);
        let cluster = &mut inventory["accounts"][0]["regions"][0]["clusters"]["value"][0];
        cluster["vpc_cni"] = json!({"missing": gap("eks:DescribeAddon", "cluster prod", "not_asked", "NotAsked")});
    });
    assert_eq!(at(&coverage, "111122223333", "eu-west-1").status, CoverageStatus::Audited);
    assert!(complete(&coverage));
}

#[test]
fn a_policy_of_a_node_role_that_the_inventory_does_not_hold_at_all_is_missed() {
    let coverage = after(|inventory| {
        all_read(inventory);
        inventory["policies"] = json!({});
    });
    let entry = at(&coverage, "111122223333", GLOBAL);
    assert_eq!(entry.missing[0].resource, "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy");
    let untouched = after(|inventory| {
        all_read(inventory);
        inventory["policies"] = json!({});
        inventory["accounts"][0]["regions"][0]["clusters"]["value"] = json!([]);
    });
    assert!(complete(&untouched), "documents of roles that are no node roles are not read: {untouched:?}");
}

#[test]
fn a_list_of_roles_that_failed_is_missed_though_no_list_of_gaps_says_so() {
    let with = |class: &str| {
        after(|inventory| {
            all_read(inventory);
            let listing = gap("iam:GetAccountAuthorizationDetails", "account 111122223333", class, "AccessDenied");
            inventory["accounts"][0]["role_list"] = json!({"missing": listing});
        })
    };
    assert!(!complete(&with("denied")));
    assert!(complete(&with("not_asked")), "what was left out on purpose is not missed");
}

#[test]
fn a_trust_policy_that_is_too_long_for_the_rules_is_missed() {
    let coverage = after(|inventory| {
        all_read(inventory);
        let sid = "x".repeat(crate::policy::document::MAX_TRUST_BYTES);
        let long = sample::TRUST.replacen("{\"Effect\"", &format!("{{\"Sid\":\"{sid}\",\"Effect\""), 1);
        inventory["accounts"][0]["roles"]["prod-node"]["found"]["trust"] = json!(long);
    });
    let entry = at(&coverage, "111122223333", GLOBAL);
    assert_eq!((entry.missing.len(), entry.missing[0].api.as_str()), (1, "iam:GetRole"), "{coverage:?}");
    assert!(entry.missing[0].message.contains("a trust policy of"), "{}", entry.missing[0].message);
}

#[test]
fn a_text_that_many_roles_and_policies_share_is_parsed_once() {
    let inventory = sample::inventory();
    let mut read = Readings::default();
    for account in &inventory.accounts {
        of_account(&inventory, account, &mut read);
    }
    // Two roles with the same trust policy and the same managed policy.
    assert_eq!(read.parsed(), 2);
}

#[test]
fn a_run_that_read_nothing_is_not_complete() {
    assert!(!complete(&[]));
}

#[test]
fn machines_of_clusters_that_are_not_there_are_noted_and_nothing_is_missing() {
    let tagged = |tags: Value| {
        json!({"state": "running", "launched_at": null, "profile": null, "windows": false,
               "metadata": {"enabled": null, "tokens_required": null, "hop_limit": null}, "tags": tags})
    };
    let with_machines = |clusters: Value| {
        after(|inventory| {
            all_read(inventory);
            let mut instances = Vec::new();
            for (id, tags) in [
                ("i-1", json!({"kubernetes.io/cluster/gone": "owned"})),
                ("i-2", json!({"eks:eks-cluster-name": "gone"})),
                ("i-3", json!({"kubernetes.io/cluster/prod": "owned", "kubernetes.io/cluster/gone": "shared"})),
                ("i-4", json!({"karpenter.sh/nodepool": "default"})),
            ] {
                let mut instance = tagged(tags);
                instance["id"] = json!(id);
                instances.push(instance);
            }
            let group = json!({"name": "g", "launch_templates": [], "launch_configuration": null,
                               "tags": {"k8s.io/cluster-autoscaler/other": "owned", "k8s.io/cluster-autoscaler/enabled": ""}});
            inventory["accounts"][0]["regions"][1] = json!({
                "name": "us-east-1", "clusters": clusters, "gaps": [],
                "compute": {"instances": {"value": instances}, "auto_scaling_groups": {"value": [group]},
                            "launch_templates": {}, "launch_configurations": {},
                            "metadata_defaults": {"value": {"enabled": null, "tokens_required": null, "hop_limit": null}}}
            });
        })
    };
    let coverage = with_machines(json!({"value": []}));
    let global = at(&coverage, "111122223333", GLOBAL);
    let note = "machines in us-east-1 are tagged for clusters that EKS does not list there, and their roles are not judged: \
                `gone` (3 instances, 0 Auto Scaling groups), `other` (0 instances, 1 Auto Scaling groups), \
                `prod` (1 instances, 0 Auto Scaling groups)";
    assert_eq!((global.notes.as_slice(), global.status), ([note.to_owned()].as_slice(), CoverageStatus::Audited));
    assert!(complete(&coverage));

    let denied = json!({"missing": gap("eks:ListClusters", "x", "denied", "AccessDenied")});
    assert!(with_machines(denied).iter().all(|entry| entry.notes.is_empty()), "they may be there");
}
