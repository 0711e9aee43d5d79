//! Which roles are read, how, and what of access entries and administrators they make askable.

use crate::collect::call::{Call, Question};
use crate::failure::{Failure, FailureClass};
use crate::inventory::{Access, Role, RoleRecord};
use crate::known::Known;

use super::sample::federated;
use super::world::{entry, fail, node_group, role, role_arn};
use super::{ACCOUNT_A, ACCOUNT_B, ACCOUNT_C, ACCOUNT_D, Run, account, cluster, gaps, sample, scope};

fn no_list(call: &Call) -> Option<Failure> {
    let list = call.question == Question::GetAccountAuthorizationDetails;
    list.then(|| fail(FailureClass::Denied, "AccessDenied"))
}

#[test]
fn the_roles_that_matter_are_kept_and_no_others() {
    let inventory = Run::new(&sample(), scope()).go().inventory;
    let facts = account(&inventory, ACCOUNT_A);
    let names: Vec<&str> = facts.roles.keys().map(String::as_str).collect();
    let expected =
        ["auto-nodes", "cluster-role", "cni-irsa", "cni-of-old", "my-eksNodeRole-old", "nodes", "other-nodes"];
    assert_eq!(names, expected);
    assert_eq!(facts.role_list, Known::Value(()));
}

#[test]
fn documents_are_read_for_roles_that_are_judged_alone() {
    let inventory = Run::new(&sample(), scope()).go().inventory;
    let names: Vec<&str> = inventory.policies.keys().map(|arn| arn.rsplit('/').next().unwrap()).collect();
    let expected = [
        "boundary",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
    ];
    assert_eq!(names, expected, "neither AmazonEKSClusterPolicy nor the policy that nobody uses");
}

#[test]
fn accounts_that_cannot_or_need_not_be_entered_cost_no_further_call() {
    let outcome = Run::new(&sample(), scope())
        .failing(|call| (call.question == Question::AssumeRole).then(|| fail(FailureClass::Denied, "AccessDenied")))
        .go();
    for id in [ACCOUNT_B, ACCOUNT_C] {
        let facts = account(&outcome.inventory, id);
        let Access::Refused(gap) = &facts.access else { panic!("{id} was entered") };
        assert_eq!((gap.api.as_str(), gap.resource.as_str()), ("sts:AssumeRole", format!("account {id}").as_str()));
        assert_eq!(outcome.calls.iter().filter(|call| call.account.as_str() == id).count(), 1);
        assert_eq!(facts.role_list, Known::Missing(gap.clone()));
    }
    assert_eq!(account(&outcome.inventory, ACCOUNT_D).access, Access::Inactive("SUSPENDED".to_owned()));
    assert!(outcome.calls.iter().all(|call| call.account.as_str() != ACCOUNT_D));
    assert!(account(&outcome.inventory, ACCOUNT_A).clusters().count() > 0);
}

#[test]
fn without_the_list_the_roles_that_are_needed_are_read_one_by_one() {
    let whole = Run::new(&sample(), scope()).go().inventory;
    let outcome = Run::new(&sample(), scope()).failing(no_list).go();
    for id in [ACCOUNT_A, ACCOUNT_B] {
        let facts = account(&outcome.inventory, id);
        assert_eq!(facts.gaps.len(), 1);
        assert_eq!(facts.role_list, Known::Missing(facts.gaps[0].clone()));
        for (name, record) in &facts.roles {
            assert_eq!(record, &account(&whole, id).roles[name], "{name}");
        }
    }
    let names: Vec<&str> = account(&outcome.inventory, ACCOUNT_A).roles.keys().map(String::as_str).collect();
    assert_eq!(names, ["auto-nodes", "cni-irsa", "nodes", "other-nodes"]);
    assert_eq!(outcome.inventory.policies, whole.policies, "the boundary too is read by itself");
}

#[test]
fn a_list_that_fails_half_way_is_completed_role_by_role() {
    let whole = Run::new(&sample(), scope()).go().inventory;
    let outcome = Run::new(&sample(), scope()).failing(|call| call.page.as_ref().and_then(|_| no_list(call))).go();
    let facts = account(&outcome.inventory, ACCOUNT_A);
    for name in ["auto-nodes", "cluster-role", "cni-irsa", "nodes", "other-nodes"] {
        assert_eq!(facts.roles[name], account(&whole, ACCOUNT_A).roles[name]);
    }
    let again = outcome.calls.iter().any(|call| call.question == Question::GetRole { role: "auto-nodes".to_owned() });
    assert!(!again, "what came with the first page is not read again");
    assert!(facts.role_list.gap().is_some());
}

#[test]
fn a_role_that_the_list_does_not_have_is_read_again_before_it_is_said_not_to_exist() {
    let mut world = sample();
    let made_late = world.account(ACCOUNT_A).roles.remove("nodes").unwrap();
    let outcome = Run::new(&world, scope()).go();
    assert_eq!(account(&outcome.inventory, ACCOUNT_A).roles["nodes"], RoleRecord::NoSuchRole);
    assert_eq!(outcome.counts()["iam:GetRole"], 1);
    assert_eq!(account(&outcome.inventory, ACCOUNT_A).role_list, Known::Value(()));
    assert_eq!(gaps(account(&outcome.inventory, ACCOUNT_A)), []);

    // The list is a little older than the role.
    let mut later = world.clone();
    later.account(ACCOUNT_A).roles.insert("nodes".to_owned(), made_late.clone());
    let list = |call: &Call| call.question == Question::GetAccountAuthorizationDetails;
    let outcome = Run::new(&later, scope()).answering(|call| list(call).then(|| world.answer(call))).go();
    let expected = RoleRecord::Found(Box::new(made_late));
    assert_eq!(account(&outcome.inventory, ACCOUNT_A).roles["nodes"], expected);

    // And where the second look is denied, nothing is said.
    let denied =
        |call: &Call| (call.question.api() == "iam:GetRole").then(|| fail(FailureClass::Denied, "AccessDenied"));
    let outcome = Run::new(&world, scope()).failing(denied).go();
    let RoleRecord::Missing(gap) = &account(&outcome.inventory, ACCOUNT_A).roles["nodes"] else {
        panic!("it is missing")
    };
    assert_eq!(gap.resource, role_arn(ACCOUNT_A, "nodes"));
}

#[test]
fn a_role_of_another_account_is_not_followed() {
    let mut world = sample();
    let prod = world.cluster(ACCOUNT_A, "eu-west-1", "prod");
    prod.node_groups.insert("ng-4".to_owned(), node_group(ACCOUNT_C, "foreign"));
    prod.addons.get_mut("vpc-cni").unwrap().service_account_role_arn = Some(role_arn(ACCOUNT_C, "foreign-cni"));
    let outcome = Run::new(&world, scope()).go();
    let facts = account(&outcome.inventory, ACCOUNT_A);
    assert!(!facts.roles.contains_key("foreign") && !facts.roles.contains_key("foreign-cni"));
    assert!(!outcome.counts().contains_key("iam:GetRole"));
    let group = &cluster(&outcome.inventory, ACCOUNT_A, "prod").node_groups.value().unwrap()["ng-4"];
    assert_eq!(group.value().unwrap().node_role, role_arn(ACCOUNT_C, "foreign"));
}

#[test]
fn only_entries_that_may_be_those_of_node_roles_are_described() {
    let mut world = sample();
    let pipeline = Role {
        trust: federated("token.actions.githubusercontent.com"),
        ..role(ACCOUNT_A, "pipeline", "2024-02-01T00:00:00Z", &[])
    };
    world.account(ACCOUNT_A).roles.insert("pipeline".to_owned(), pipeline);
    let entries = &mut world.cluster(ACCOUNT_A, "eu-west-1", "prod").entries;
    for principal in ["role/pipeline", "user/someone", "role/aws-reserved/sso.amazonaws.com/people"] {
        entries.insert(format!("arn:aws:iam::{ACCOUNT_A}:{principal}"), entry("STANDARD"));
    }
    let outcome = Run::new(&world, scope()).go();
    let prod = cluster(&outcome.inventory, ACCOUNT_A, "prod");
    let described = prod.access_entries.value().unwrap().iter().filter(|entry| entry.detail.is_some());
    let described: Vec<&str> = described.map(|entry| entry.principal_arn.rsplit('/').next().unwrap()).collect();
    assert_eq!(described, ["auto-nodes", "nodes", "other-nodes", "people"], "EC2 may assume these four");
    let policies = outcome.calls.iter().filter(|call| call.question.api() == "eks:ListAssociatedAccessPolicies");
    assert_eq!(policies.count(), 1, "only Auto Mode's entry needs one");
}

#[test]
fn administrators_are_asked_for_where_a_node_role_may_have_created_the_cluster() {
    let admins = |world| Run::new(&world, scope()).go().inventory;
    let of_prod = |inventory: &_| cluster(inventory, ACCOUNT_A, "prod").cluster_admins.clone();
    let inventory = admins(sample());
    assert_eq!(of_prod(&inventory), Some(Known::Value(vec![role_arn(ACCOUNT_A, "people")])), "other-nodes is older");
    assert_eq!(cluster(&inventory, ACCOUNT_A, "auto").cluster_admins, None, "auto-nodes is younger");

    let mut world = sample();
    world
        .account(ACCOUNT_A)
        .roles
        .insert("other-nodes".to_owned(), role(ACCOUNT_A, "other-nodes", "2024-03-01T00:00:00Z", &[]));
    assert_eq!(of_prod(&admins(world.clone())), None, "all node roles are younger");

    world.account(ACCOUNT_A).roles.get_mut("nodes").unwrap().created_at = None;
    assert!(of_prod(&admins(world)).is_some(), "the age of one is not known");

    let mut world = sample();
    world.cluster(ACCOUNT_A, "eu-west-1", "prod").detail.creator_is_admin = Some(false);
    assert_eq!(of_prod(&admins(world)), None, "EKS says that the creator is none");

    let mut world = sample();
    world.cluster(ACCOUNT_A, "eu-west-1", "prod").entries.remove(&role_arn(ACCOUNT_A, "other-nodes"));
    assert_eq!(of_prod(&admins(world)), None, "the old role has no entry");
}

#[test]
fn an_entry_of_the_services_own_roles_is_no_node_role() {
    let mut world = sample();
    let of_aws = format!("arn:aws:iam::{ACCOUNT_A}:role/aws-service-role/eks.amazonaws.com/nodes");
    world.cluster(ACCOUNT_A, "us-east-1", "auto").entries.insert(of_aws.clone(), entry("STANDARD"));
    let outcome = Run::new(&world, scope()).go();
    let entries = cluster(&outcome.inventory, ACCOUNT_A, "auto").access_entries.value().unwrap();
    assert_eq!(entries.iter().find(|e| e.principal_arn == of_aws).unwrap().detail, None);
}

#[test]
fn a_policy_that_one_account_may_not_read_is_read_from_the_next() {
    let denied_in = |ids: &'static [&'static str]| {
        Run::new(Box::leak(Box::new(sample())), scope())
            .failing(move |call| {
                let denied = call.question.api() == "iam:GetPolicy" && ids.contains(&call.account.as_str());
                denied.then(|| fail(FailureClass::Denied, "AccessDenied"))
            })
            .go()
            .inventory
    };
    let one = denied_in(&[ACCOUNT_A]);
    let worker = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy";
    let minimal = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy";
    assert!(one.policies[worker].value().is_some());
    let missed: Vec<&str> = account(&one, ACCOUNT_A).gaps.iter().map(|gap| gap.resource.as_str()).collect();
    assert_eq!(missed, [minimal], "B does not need that one, so that nobody reads it");

    let both = denied_in(&[ACCOUNT_A, ACCOUNT_B]);
    assert_eq!(both.policies[worker].gap().unwrap().api, "iam:GetPolicy");
    for id in [ACCOUNT_A, ACCOUNT_B] {
        assert!(account(&both, id).gaps.iter().any(|gap| gap.resource == worker));
    }
}

#[test]
fn a_role_is_kept_where_its_trust_may_let_aws_node_in() {
    let issuer = "oidc.eks.us-east-1.amazonaws.com/id/old";
    let exact = federated(issuer);
    let subject = "system:serviceaccount:kube-system:aws-node";
    let unconditional = exact.replace(subject, "anything").replace(":sub", ":aud");
    for (trust, kept) in [
        (exact.clone(), true),
        (exact.replace(subject, "system:serviceaccount:kube-system:*"), true),
        (exact.replace(subject, "system:serviceaccount:kube-system:aws-????"), true),
        (unconditional, true),
        (exact.replace(subject, "system:serviceaccount:kube-system:ebs-csi"), false),
        (exact.replace(issuer, "oidc.eks.us-east-1.amazonaws.com/id/of-nobody"), false),
        (exact.replace("oidc-provider", "saml-provider"), false),
        (format!("oidc-provider/{issuer}, but no JSON"), true),
    ] {
        let mut world = sample();
        world.account(ACCOUNT_A).roles.get_mut("cni-of-old").unwrap().trust.clone_from(&trust);
        let inventory = Run::new(&world, scope()).go().inventory;
        assert_eq!(account(&inventory, ACCOUNT_A).roles.contains_key("cni-of-old"), kept, "{trust}");
    }
}
