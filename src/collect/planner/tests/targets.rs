//! Targeted audits read what they were asked for, and what that touches.

use crate::collect::scope::Scope;
use crate::failure::FailureClass;
use crate::inventory::{RoleRecord, Target};

use super::world::role_arn;
use super::{ACCOUNT_A, ACCOUNT_B, ACCOUNT_C, ACCOUNT_D, Run, account, cluster, gaps, sample, scope};

fn aimed(clusters: &[&str], roles: &[String]) -> Scope {
    let clusters = clusters.iter().map(|name| (*name).to_owned()).collect();
    Scope { target: Some(Target { clusters, roles: roles.to_vec() }), ..scope() }
}

#[test]
fn an_audit_of_a_cluster_lists_all_and_reads_that_one() {
    let outcome = Run::new(&sample(), aimed(&["prod"], &[])).go();
    let whole = Run::new(&sample(), scope()).go().inventory;
    let prod = cluster(&outcome.inventory, ACCOUNT_A, "prod");
    let wanted = cluster(&whole, ACCOUNT_A, "prod");
    assert_eq!(
        (&prod.detail, &prod.node_groups, &prod.vpc_cni),
        (&wanted.detail, &wanted.node_groups, &wanted.vpc_cni)
    );
    let others = outcome.calls.iter().filter_map(|call| call.question.cluster()).filter(|name| *name != "prod");
    assert_eq!(others.count(), 0);

    let auto = cluster(&outcome.inventory, ACCOUNT_A, "auto");
    assert_eq!(auto.detail.gap().unwrap().class, FailureClass::NotAsked);
    assert!(auto.cluster_admins.as_ref().unwrap().gap().is_some() && auto.node_groups.gap().is_some());
    for id in [ACCOUNT_A, ACCOUNT_B, ACCOUNT_C] {
        assert_eq!(gaps(account(&outcome.inventory, id)), [], "what was left out on purpose is not missed");
    }
    let roles: Vec<&str> = account(&outcome.inventory, ACCOUNT_A).roles.keys().map(String::as_str).collect();
    assert!(roles.contains(&"nodes") && roles.contains(&"cni-irsa"));
    assert_eq!(
        outcome.counts()["iam:GetAccountAuthorizationDetails"],
        4,
        "eight roles, two a page, of account A alone"
    );
}

#[test]
fn an_audit_of_a_role_reads_that_role_by_itself_and_the_clusters_that_use_it() {
    let role = role_arn(ACCOUNT_A, "auto-nodes");
    let outcome = Run::new(&sample(), aimed(&[], &[role])).go();
    let ids: Vec<&str> = outcome.inventory.accounts.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(ids, [ACCOUNT_A], "the other accounts own no such role");
    let facts = account(&outcome.inventory, ACCOUNT_A);
    assert_eq!(facts.roles.keys().collect::<Vec<_>>(), ["auto-nodes"]);
    assert!(matches!(facts.roles["auto-nodes"], RoleRecord::Found(_)));
    assert!(!outcome.counts().contains_key("iam:GetAccountAuthorizationDetails"));
    assert_eq!(facts.role_list.gap().unwrap().class, FailureClass::NotAsked);
    assert_eq!(gaps(facts), []);

    let auto = cluster(&outcome.inventory, ACCOUNT_A, "auto");
    assert!(auto.access_entries.value().is_some() && auto.pod_identity_associations.value().is_some());
    let prod = cluster(&outcome.inventory, ACCOUNT_A, "prod");
    assert!(
        prod.detail.value().is_some() && prod.node_groups.value().is_some(),
        "needed to know that it does not use it"
    );
    assert_eq!(prod.access_entries.gap().unwrap().class, FailureClass::NotAsked);
    assert!(prod.cluster_admins.as_ref().unwrap().gap().is_some());
}

#[test]
fn a_cluster_that_may_use_the_role_but_cannot_be_read_says_so() {
    let role = role_arn(ACCOUNT_A, "auto-nodes");
    let denied = |apis: &'static [&'static str]| {
        let outcome = Run::new(&sample(), aimed(&[], std::slice::from_ref(&role)))
            .failing(move |call| {
                let denied = call.question.cluster() == Some("auto") && apis.contains(&call.question.api());
                denied.then(|| super::world::fail(FailureClass::Denied, "AccessDeniedException"))
            })
            .go();
        outcome.inventory
    };
    let blind = denied(&["eks:DescribeCluster", "eks:ListAccessEntries"]);
    let auto = cluster(&blind, ACCOUNT_A, "auto");
    assert_eq!(auto.access_entries.gap(), auto.detail.gap());
    let apis: Vec<String> = gaps(account(&blind, ACCOUNT_A)).into_iter().map(|gap| gap.api).collect();
    assert_eq!(apis, ["eks:DescribeCluster", "eks:ListAccessEntries"]);

    let by_entry = denied(&["eks:DescribeCluster"]);
    assert!(cluster(&by_entry, ACCOUNT_A, "auto").access_entries.value().is_some(), "its entry shows that it uses it");
}

#[test]
fn where_a_role_brings_others_with_it_the_list_is_read() {
    // The nodes of prod are served by a role of aws-node.
    let outcome = Run::new(&sample(), aimed(&[], &[role_arn(ACCOUNT_A, "nodes")])).go();
    let facts = account(&outcome.inventory, ACCOUNT_A);
    assert!(facts.roles.contains_key("nodes") && facts.roles.contains_key("cni-irsa"));
    assert!(outcome.counts().contains_key("iam:GetAccountAuthorizationDetails"));
    assert!(!outcome.counts().contains_key("iam:GetRole"));
    let admins = &cluster(&outcome.inventory, ACCOUNT_A, "prod").cluster_admins;
    assert_eq!(*admins, None, "of the node roles only the one that was asked for is looked at, and it is younger");
}

#[test]
fn a_role_that_is_named_with_its_path_and_used_nowhere_is_still_read() {
    let role = format!("arn:aws:iam::{ACCOUNT_B}:role/some/path/gone");
    let outcome = Run::new(&sample(), aimed(&[], &[role])).go();
    assert_eq!(account(&outcome.inventory, ACCOUNT_B).roles["gone"], RoleRecord::NoSuchRole);
    assert_eq!(outcome.inventory.accounts.len(), 1);
}

#[test]
fn a_target_that_names_nothing_is_no_limit() {
    let all = Run::new(&sample(), aimed(&[], &[])).go().inventory;
    assert_eq!(all.accounts, Run::new(&sample(), scope()).go().inventory.accounts);
    assert_eq!(account(&all, ACCOUNT_D).regions, []);
}
