//! What a failing call costs: what stands behind it, and no more.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, to_value};

use crate::collect::call::{Call, Question};
use crate::collect::scope::Scope;
use crate::failure::FailureClass;
use crate::inventory::{Access, Account, Cluster, Inventory};

use super::machines::with_machines;
use super::sample::sample;
use super::weaker::contradiction;
use super::world::fail;
use super::{ACCOUNT_A, Run, account, gaps, region_of, scope};

const CLASSES: [FailureClass; 8] = [
    FailureClass::Denied,
    FailureClass::Throttled,
    FailureClass::NotEnabled,
    FailureClass::Gone,
    FailureClass::Transient,
    FailureClass::Malformed,
    FailureClass::Expired,
    FailureClass::Other,
];

/// A run in which one call failed.
struct Fault {
    call: Call,
    class: FailureClass,
    inventory: Inventory,
}

/// A run without faults, and one for each class and call in which that call fails.
static RUNS: LazyLock<(Inventory, Vec<Fault>)> = LazyLock::new(|| {
    let world = with_machines();
    let whole = Run::new(&world, scope()).go();
    let mut faults = Vec::new();
    for class in CLASSES {
        for call in &whole.calls {
            let outcome =
                Run::new(&world, scope()).failing(|made| (made == call).then(|| fail(class, "Injected"))).go();
            faults.push(Fault { call: call.clone(), class, inventory: outcome.inventory });
        }
    }
    (whole.inventory, faults)
});

/// Checks what each fault made of the inventory.
fn each_fault(check: impl Fn(&Inventory, &Inventory, &Call, FailureClass)) {
    let (whole, faults) = &*RUNS;
    for fault in faults {
        check(whole, &fault.inventory, &fault.call, fault.class);
    }
}

/// Not found is an answer, not a failure, where a thing was listed or named.
fn silent_when_gone(question: &Question) -> bool {
    question.describes_one_of_a_list()
        || matches!(
            question,
            Question::DescribeCluster { .. }
                | Question::DescribeAddon { .. }
                | Question::DescribePodIdentityAssociation { .. }
                | Question::ListAssociatedAccessPolicies { .. }
                | Question::GetInstanceProfile { .. }
                | Question::DescribeLaunchTemplateVersion { .. }
                | Question::DescribeLaunchConfiguration { .. }
        )
}

#[test]
fn every_failed_call_stands_in_the_coverage_with_operation_and_resource() {
    each_fault(|_, inventory, call, class| {
        if class == FailureClass::Gone && silent_when_gone(&call.question) {
            return;
        }
        let found = gaps(account(inventory, call.account.as_str()));
        let ours: Vec<_> = found.iter().filter(|gap| gap.error == "Injected").collect();
        let policy = matches!(call.question, Question::GetPolicy { .. } | Question::GetPolicyVersion { .. });
        if policy && ours.is_empty() {
            let (Question::GetPolicy { policy } | Question::GetPolicyVersion { policy, .. }) = &call.question else {
                panic!()
            };
            assert!(inventory.policies[policy].value().is_some(), "read from another account");
            return;
        }
        assert_eq!(ours.len(), 1, "{call:?}, {class:?}: {found:?}");
        let contradicted = class == FailureClass::NotEnabled && call.question == Question::ListClusters;
        let class = if contradicted { FailureClass::Other } else { class };
        assert_eq!((ours[0].api.as_str(), ours[0].class), (call.question.api(), class));
        let place = call.region.as_ref().filter(|_| call.question.is_about_machines()).map(crate::ids::Region::as_str);
        let named = call.question.cluster().or(call.question.role()).or(place);
        let about = named.unwrap_or(call.account.as_str());
        assert!(policy || ours[0].resource.contains(about), "{} does not say what it is about", ours[0].resource);
        assert!(call.region.as_ref().is_none_or(|region| ours[0].resource.contains(region.as_str())));
    });
}

/// What becomes of "not enabled" with this code, said of a region; it is the only one that is named, or none is.
fn not_enabled(region: &str, named: bool, code: &str) -> FailureClass {
    let regions = if named { vec![region.parse().unwrap()] } else { Vec::new() };
    let outcome = Run::new(&sample(), Scope { regions, ..scope() })
        .failing(|call| {
            let off = call.question == Question::ListClusters
                && call.region.as_ref().is_some_and(|other| other.as_str() == region);
            off.then(|| fail(FailureClass::NotEnabled, code))
        })
        .go();
    region_of(&outcome.inventory, ACCOUNT_A, region).clusters.gap().unwrap().class
}

/// The spellings of a token that is not known where it is shown.
const TOKEN_UNKNOWN: [&str; 3] = ["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"];

#[test]
fn not_enabled_is_not_believed_of_a_region_that_the_account_lists_unless_the_service_has_no_host_there() {
    assert_eq!(not_enabled("eu-west-1", false, "ConnectionFailed"), FailureClass::NotEnabled);
    for code in TOKEN_UNKNOWN.into_iter().chain(["OptInRequired"]) {
        assert_eq!(not_enabled("eu-west-1", false, code), FailureClass::Other, "{code}");
    }
}

#[test]
fn a_token_that_is_not_known_in_a_named_region_proves_that_it_is_off_only_where_it_can_be() {
    for code in TOKEN_UNKNOWN {
        assert_eq!(not_enabled("eu-west-1", true, code), FailureClass::Other, "{code}");
        assert_eq!(not_enabled("eu-south-1", true, code), FailureClass::NotEnabled, "{code}");
        assert_eq!(not_enabled("cn-northwest-1", true, code), FailureClass::Other, "{code}");
    }
    assert_eq!(not_enabled("eu-west-1", true, "RegionDisabledException"), FailureClass::Other, "it cannot be");
    for code in ["OptInRequired", "SubscriptionRequiredException", "UnsupportedRegionException", "ConnectionFailed"] {
        assert_eq!(not_enabled("eu-west-1", true, code), FailureClass::NotEnabled, "{code}");
        assert_eq!(not_enabled("eu-south-1", true, code), FailureClass::NotEnabled, "{code}");
    }
}

#[test]
fn other_accounts_and_other_regions_are_untouched() {
    each_fault(|whole, inventory, call, class| {
        let policy = matches!(call.question.api(), "iam:GetPolicy" | "iam:GetPolicyVersion");
        for account in &inventory.accounts {
            let before = whole.accounts.iter().find(|other| other.id == account.id).unwrap();
            let same_account = account.id == call.account;
            assert!(same_account || account == before, "{call:?}, {class:?} touched account {}", account.id);
            if !same_account || call.region.is_none() {
                continue;
            }
            for (region, other) in account.regions.iter().zip(&before.regions) {
                let same_region = Some(&region.name) == call.region.as_ref();
                let read_here = |facts: &crate::inventory::RegionFacts| {
                    let own =
                        |c: &Cluster| (c.name.clone(), c.detail.clone(), c.node_groups.clone(), c.vpc_cni.clone());
                    facts.clusters.value().map(|clusters| clusters.iter().map(own).collect::<Vec<_>>())
                };
                assert!(same_region || read_here(region) == read_here(other), "{call:?}, {class:?}");
                assert!(same_region || region.gaps == other.gaps, "{call:?}, {class:?}");
            }
        }
        assert!(policy || call.region.is_some() || inventory.policies.len() <= whole.policies.len());
    });
}

#[test]
fn a_failure_never_makes_a_fact_of_what_is_none() {
    each_fault(|whole, inventory, call, class| {
        if class == FailureClass::Gone {
            return;
        }
        let id = call.account.as_str();
        if matches!(account(inventory, id).access, Access::Refused(_)) {
            assert_eq!(call.question, Question::AssumeRole);
            return;
        }
        let tree = |account: &Account| {
            let mut tree = to_value(account).unwrap();
            // Without a list of regions there are none, and so no role that matters.
            if call.question == Question::ListRegions {
                tree["regions"] = Value::Null;
            }
            tree
        };
        let found = contradiction(&tree(account(inventory, id)), &tree(account(whole, id)), id);
        assert_eq!(found, None, "{call:?}, {class:?}");
    });
}

/// The members of a cluster that a failed call about it may change.
fn behind(question: &Question) -> &'static [&'static str] {
    match question.api() {
        "eks:DescribeCluster" => &["detail", "access_entries", "cluster_admins", "pod_identity_agent"],
        "eks:ListNodegroups" => &["node_groups", "vpc_cni", "pod_identity_agent", "access_entries", "cluster_admins"],
        "eks:DescribeNodegroup" => &["node_groups", "access_entries", "cluster_admins"],
        "eks:ListFargateProfiles" | "eks:DescribeFargateProfile" => &["fargate_profiles"],
        "eks:ListAccessEntries" | "eks:DescribeAccessEntry" => &["access_entries", "cluster_admins"],
        "eks:ListAssociatedAccessPolicies" => &["access_entries"],
        "eks:DescribeAddon" => &["vpc_cni", "pod_identity_agent"],
        "eks:ListPodIdentityAssociations" => {
            &["pod_identity_associations", "pod_identity_agent", "aws_node_association"]
        }
        "eks:DescribePodIdentityAssociation" => &["aws_node_association"],
        other => panic!("{other} is not about a cluster"),
    }
}

#[test]
fn a_failed_call_about_a_cluster_costs_the_facts_behind_that_call() {
    each_fault(|whole, inventory, call, class| {
        let (Some(name), true) = (call.question.cluster(), class != FailureClass::Gone) else { return };
        let read = |inventory: &Inventory| {
            let account = account(inventory, call.account.as_str());
            let mut clusters = account.clusters().map(|(_, cluster)| cluster);
            to_value(clusters.find(|cluster| cluster.name == name).unwrap()).unwrap()
        };
        let (before, after) = (read(whole), read(inventory));
        let members = before.as_object().unwrap();
        let changed: BTreeSet<&str> =
            members.keys().filter(|key| before[*key] != after[*key]).map(String::as_str).collect();
        assert!(!changed.is_empty(), "{call:?} cost nothing: it was not needed");
        assert!(changed.iter().all(|key| behind(&call.question).contains(key)), "{call:?} also cost {changed:?}");
    });
}
