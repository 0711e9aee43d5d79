//! Things that vanish while they are read, and clusters in states of passage.

use crate::collect::call::Question;
use crate::failure::FailureClass;
use crate::inventory::RoleRecord;
use crate::known::Known;

use super::world::{association, fail, role_arn};
use super::{ACCOUNT_A, ACCOUNT_B, Run, account, cluster, gaps, region_of, sample, scope};

fn gone() -> crate::failure::Failure {
    fail(FailureClass::Gone, "ResourceNotFoundException")
}

#[test]
fn a_node_group_that_is_deleted_meanwhile_is_left_out_in_silence() {
    let outcome = Run::new(&sample(), scope())
        .failing(|call| {
            matches!(&call.question, Question::DescribeNodegroup { node_group, .. } if node_group == "ng-3").then(gone)
        })
        .go();
    let groups = cluster(&outcome.inventory, ACCOUNT_A, "prod").node_groups.value().unwrap();
    assert_eq!(groups.keys().collect::<Vec<_>>(), ["ng-1", "ng-2"]);
    assert_eq!(gaps(account(&outcome.inventory, ACCOUNT_A)), []);
}

#[test]
fn a_cluster_that_is_deleted_meanwhile_is_left_out_with_all_that_failed_for_it() {
    let outcome =
        Run::new(&sample(), scope()).failing(|call| (call.question.cluster() == Some("prod")).then(gone)).go();
    let facts = region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1");
    assert_eq!((facts.clusters.clone(), facts.gaps.len()), (Known::Value(Vec::new()), 0));
}

#[test]
fn a_cluster_that_was_seen_deleting_and_then_vanishes_is_left_out() {
    let mut world = sample();
    world.cluster(ACCOUNT_A, "eu-west-1", "prod").detail.status = "DELETING".to_owned();
    let later = |question: &Question| question.cluster() == Some("prod") && question.api() != "eks:DescribeCluster";
    let outcome = Run::new(&world, scope()).failing(|call| later(&call.question).then(gone)).go();
    assert_eq!(region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1").clusters, Known::Value(Vec::new()));

    // An active cluster whose lists are not found is no race: that is told.
    let outcome = Run::new(&sample(), scope()).failing(|call| later(&call.question).then(gone)).go();
    let facts = region_of(&outcome.inventory, ACCOUNT_A, "eu-west-1");
    assert_eq!(facts.clusters.value().unwrap().len(), 1);
    assert!(facts.gaps.iter().any(|gap| gap.api == "eks:ListNodegroups"));
}

#[test]
fn profiles_entries_and_associations_that_vanish_are_left_out() {
    let vanish = |question: &Question| {
        matches!(
            question,
            Question::DescribeFargateProfile { .. }
                | Question::DescribeAccessEntry { .. }
                | Question::DescribePodIdentityAssociation { .. }
        )
    };
    let outcome = Run::new(&sample(), scope()).failing(|call| vanish(&call.question).then(gone)).go();
    let prod = cluster(&outcome.inventory, ACCOUNT_A, "prod");
    assert!(prod.fargate_profiles.value().unwrap().is_empty());
    let principals: Vec<&str> = prod.access_entries.value().unwrap().iter().map(|e| e.principal_arn.as_str()).collect();
    assert!(principals.is_empty(), "each of them could have been a node's: {principals:?}");
    let v6 = cluster(&outcome.inventory, ACCOUNT_B, "v6");
    assert_eq!(v6.aws_node_association, Known::Value(None));
    for id in [ACCOUNT_A, ACCOUNT_B] {
        assert_eq!(gaps(account(&outcome.inventory, id)), []);
    }
}

#[test]
fn an_add_on_that_is_not_found_is_not_installed() {
    let inventory = Run::new(&sample(), scope()).go().inventory;
    let old = cluster(&inventory, ACCOUNT_A, "old");
    assert_eq!((&old.vpc_cni, &old.pod_identity_agent), (&Known::Value(None), &Known::Value(None)));
    assert_eq!(old.access_entries, Known::Value(Vec::new()), "the mode is CONFIG_MAP");
    assert_eq!(old.cluster_admins, None);
}

#[test]
fn clusters_in_any_state_are_read_and_stop_nothing() {
    for status in ["CREATING", "DELETING", "FAILED", "PENDING", "UPDATING"] {
        let mut world = sample();
        world.cluster(ACCOUNT_A, "eu-west-1", "prod").detail.status = status.to_owned();
        let outcome = Run::new(&world, scope())
            .failing(|call| {
                let refused = call.question.cluster() == Some("prod") && call.question.api() == "eks:ListAccessEntries";
                refused.then(|| fail(FailureClass::Other, "InvalidRequestException"))
            })
            .go();
        let prod = cluster(&outcome.inventory, ACCOUNT_A, "prod");
        assert_eq!(prod.detail.value().unwrap().status, status);
        assert_eq!(prod.node_groups.value().unwrap().len(), 3);
        assert_eq!(prod.access_entries.gap().unwrap().class, FailureClass::Other);
        assert_eq!(prod.cluster_admins.as_ref().unwrap().gap(), prod.access_entries.gap());
    }
}

#[test]
fn an_association_that_only_the_add_on_names_is_described() {
    let mut world = sample();
    let v6 = world.cluster(ACCOUNT_B, "eu-west-1", "v6");
    let ours = v6.associations[1].1.clone();
    v6.addons.get_mut("vpc-cni").unwrap().pod_identity_associations = vec![ours.arn.clone()];
    let listed = Run::new(&world, scope()).go().inventory;
    let denied = Run::new(&world, scope())
        .failing(|call| {
            (call.question.api() == "eks:ListPodIdentityAssociations")
                .then(|| fail(FailureClass::Denied, "AccessDenied"))
        })
        .go();
    let cluster_b = cluster(&denied.inventory, ACCOUNT_B, "v6");
    assert_eq!(cluster_b.aws_node_association, Known::Value(Some(ours)));
    assert_eq!(cluster_b.aws_node_association, cluster(&listed, ACCOUNT_B, "v6").aws_node_association);
    assert!(cluster_b.pod_identity_associations.gap().is_some());
    assert!(cluster_b.pod_identity_agent.value().unwrap().is_some(), "nothing else proves the agent now");

    // The add-on's association is younger than the list.
    let v6 = world.cluster(ACCOUNT_B, "eu-west-1", "v6");
    v6.associations[1] = association("a-1", "someone-else", role_arn(ACCOUNT_B, "cni-source"));
    let late = Run::new(&world, scope()).go().inventory;
    assert!(cluster(&late, ACCOUNT_B, "v6").aws_node_association.value().unwrap().is_some());
    assert!(matches!(account(&late, ACCOUNT_B).roles["cni-source"], RoleRecord::Found(_)));
}
