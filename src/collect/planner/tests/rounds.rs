//! How many calls wait for each other: answers come in whole batches, each a round trip.

use crate::collect::call::Call;
use crate::collect::planner::{Planner, RunFacts};
use crate::collect::scope::{AccountScope, Entry, Scope, ServiceControl};
use crate::failure::{Failure, FailureClass};
use crate::inventory::{
    AccessEntryType, AutoScalingGroup, ComputeConfig, Instance, Inventory, ProfileContent, RoleRecord,
};
use crate::known::Known;

use super::machines::{group, instance, launch, profile, tags, with_machines};
use super::sample::USUAL;
use super::world::{AccountWorld, World, empty_cluster, entry, fail, node_group, role, role_arn};
use super::{ACCOUNT_A, account, gaps, scope};

/// What the longest chain of calls that wait for each other may be.
const ROUNDS: usize = 10;

const REGIONS: [&str; 3] = ["eu-central-1", "eu-west-1", "us-east-1"];

/// Answers batch by batch; the number of batches and what was read.
fn rounds(world: &World, scope: Scope, fault: impl Fn(&Call) -> Option<Failure>) -> (usize, Inventory) {
    let mut planner = Planner::new(scope);
    let mut rounds = 0;
    loop {
        let calls = planner.next();
        if calls.is_empty() {
            return (rounds, planner.finish(RunFacts::default()));
        }
        rounds += 1;
        for call in calls {
            let answer = fault(&call).map_or_else(|| world.answer(&call), Err);
            planner.answer(call, answer);
        }
    }
}

/// One account whose role is assumed and whose regions are listed.
fn assumed() -> Scope {
    let account = AccountScope {
        id: ACCOUNT_A.parse().unwrap(),
        name: None,
        organization_path: None,
        entry: Entry::Assume,
        service_control: ServiceControl::LeftOut,
    };
    Scope { accounts: vec![account], ..scope() }
}

fn with_profile(account: &mut AccountWorld, name: &str, profiles: &[&str]) {
    let mut held = role(ACCOUNT_A, name, "2023-01-01T00:00:00Z", &USUAL);
    held.instance_profiles = Known::Value(profiles.iter().map(|name| profile(name)).collect());
    account.roles.insert(name.to_owned(), held);
}

/// 30 clusters with 120 node groups in three regions, 200 roles, and in each cluster every other kind of node.
fn large() -> World {
    let mut world = World { accounts: [].into(), page: 1_000 };
    for n in 0..30 {
        let (region, name) = (REGIONS[n % 3], format!("c{n}"));
        let mut cluster = empty_cluster(ACCOUNT_A, region, &name);
        cluster.detail.compute_config =
            Some(ComputeConfig { enabled: true, node_pools: Vec::new(), node_role_arn: None });
        let account = world.account(ACCOUNT_A);
        let machines = account.machines.entry(region.to_owned()).or_default();
        let own = format!("kubernetes.io/cluster/{name}");
        for g in 0..4 {
            let (group_name, nodes) = (format!("ng{g}"), format!("nodes-{n}-{g}"));
            cluster.node_groups.insert(group_name.clone(), node_group(ACCOUNT_A, &nodes));
            cluster.entries.insert(role_arn(ACCOUNT_A, &nodes), entry("EC2_LINUX"));
            let marks = tags(&[(&own, "owned"), ("eks:cluster-name", &name), ("eks:nodegroup-name", &group_name)]);
            let (template, eks) = (format!("lt-{nodes}"), format!("eks-{nodes}"));
            machines.templates.insert(format!("{template}:$Latest"), launch(Some(&eks)));
            machines.groups.push(AutoScalingGroup { tags: marks.clone(), ..group(&eks, &[&template], None) });
            if g > 0 {
                machines.instances.push(Instance { tags: marks, ..instance(&format!("i-{nodes}"), &eks, &[]) });
            }
        }
        let (template, old) = (format!("lt-own-{n}"), format!("lc-{n}"));
        let of_cluster = tags(&[(&own, "owned")]);
        let self_managed = group(&format!("own-{n}"), &[&template], Some(&old));
        machines.groups.push(AutoScalingGroup { tags: of_cluster, ..self_managed });
        machines.templates.insert(format!("{template}:$Latest"), launch(Some(&format!("own-{n}"))));
        machines.configurations.insert(old, launch(Some("shared")));
        let pool = [(own.as_str(), "owned"), ("karpenter.sh/nodepool", "default")];
        machines.instances.push(instance(&format!("i-pool-{n}"), "young", &pool));
        let own_class = of_auto_mode();
        for (role, entry) in [("class", own_class), ("edge", entry("HYBRID_LINUX")), ("windows", entry("EC2_WINDOWS"))]
        {
            cluster.entries.insert(role_arn(ACCOUNT_A, role), entry);
        }
        cluster.entries.insert(role_arn(ACCOUNT_A, "people"), entry("STANDARD"));
        for g in 0..4 {
            let nodes = format!("nodes-{n}-{g}");
            with_profile(account, &nodes, &[&format!("eks-{nodes}")]);
        }
        with_profile(account, &format!("own-{n}"), &[&format!("own-{n}")]);
        account.regions.entry(region.to_owned()).or_default().insert(name, cluster);
    }
    let account = world.account(ACCOUNT_A);
    account.regions.insert("ap-east-1".to_owned(), [].into());
    with_profile(account, "shared", &["shared", "karpenter/eu-west-1/c1/uid/c1_1"]);
    with_profile(account, "once", &["karpenter/ap-east-1/vanished/uid/vanished_1"]);
    for name in ["class", "edge", "windows"] {
        with_profile(account, name, &[]);
    }
    // In no profile when the list of roles was made.
    with_profile(account, "pool", &[]);
    let young = ProfileContent { profile: profile("young"), role: Some(role_arn(ACCOUNT_A, "pool")) };
    account.profiles.insert("young".to_owned(), young);
    for n in account.roles.len()..200 {
        with_profile(account, &format!("other-{n}"), &[]);
    }
    world
}

fn of_auto_mode() -> AccessEntryType {
    let policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy".to_owned();
    AccessEntryType { access_policies: Some(Known::Value(vec![policy])), ..entry("EC2") }
}

#[test]
fn at_most_ten_calls_wait_for_each_other_in_a_large_account_with_every_kind_of_node() {
    let world = large();
    let (rounds, inventory) = rounds(&world, assumed(), |_| None);
    assert!(rounds <= ROUNDS, "{rounds} answers come after each other");
    let facts = account(&inventory, ACCOUNT_A);
    assert_eq!(gaps(facts), []);
    for name in ["nodes-0-0", "own-7", "shared", "once", "class", "edge", "windows", "pool"] {
        assert!(matches!(facts.roles.get(name), Some(RoleRecord::Found(_))), "{name} is not read");
    }
    assert!(facts.regions.iter().all(|region| region.compute.is_some()), "one had nodes once");
    let calls: u64 = inventory.api_calls.values().sum();
    // 120 of them for the entries of node groups, 120 for the others' entries, 90 for templates and configurations.
    assert!(calls < 850, "{calls} calls: {:?}", inventory.api_calls);
}

#[test]
fn at_most_ten_calls_wait_for_each_other_where_each_account_is_small() {
    let world = World { page: 1_000, ..with_machines() };
    let (rounds, _) = rounds(&world, scope(), |_| None);
    assert!(rounds <= ROUNDS, "{rounds} answers come after each other");
}

#[test]
fn a_list_of_roles_that_is_denied_makes_the_chain_no_longer_than_twelve() {
    let world = large();
    let denied = |call: &Call| {
        (call.question.api() == "iam:GetAccountAuthorizationDetails")
            .then(|| fail(FailureClass::Denied, "AccessDenied"))
    };
    let (rounds, inventory) = rounds(&world, assumed(), denied);
    assert!(rounds <= ROUNDS + 2, "{rounds} answers come after each other");
    let facts = account(&inventory, ACCOUNT_A);
    for name in ["nodes-0-0", "own-7", "shared", "class", "edge", "windows", "pool"] {
        assert!(matches!(facts.roles.get(name), Some(RoleRecord::Found(_))), "{name} is not read");
    }
}
