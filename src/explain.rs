//! `noderole explain`: each action that a node role needs, whether it is granted, and which statement decides.

mod model;

pub use model::{Explanation, Grant, NeedExplained, RoleExplained, ServerExplained, TrustExplained};

use std::collections::BTreeSet;

use thiserror::Error;

use crate::finding::NodeKind;
use crate::ids::RoleArn;
use crate::inventory::{Inventory, RoleRecord};
use crate::nearest::nearest_first;
use crate::policy::trust;
use crate::rules::effective::{Documents, Shared};
use crate::rules::permissions::ask::{Site, cni_set};
use crate::rules::permissions::aws_node::{Own, Rights, Server};
use crate::rules::permissions::judged::Judged;
use crate::rules::permissions::{one_a_cluster, with_aws_node};
use crate::rules::requirements::{Requirements, SetName};
use crate::rules::{Facts, Found, NodeRole, Nodes};

/// How many similar names an error lists.
const NEAR: usize = 5;

/// Why nothing can be explained.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExplainError {
    /// Nothing bears that name.
    #[error("`{target}` is neither a node role's ARN nor CLUSTER/NODE_GROUP of what was read{}", near_names(.near))]
    NotFound {
        /// What was asked for.
        target: String,
        /// What resembles it.
        near: Vec<String>,
    },
}

fn near_names(near: &[String]) -> String {
    if near.is_empty() {
        "; no node role was found at all: look at the coverage of `noderole audit`".to_owned()
    } else {
        format!("; near it are {}", near.join(", "))
    }
}

/// Explains the permissions of a node role, named by its ARN or by `CLUSTER/NODE_GROUP` (of Auto Mode, `CLUSTER/CLUSTER`).
///
/// A node group's name may occur in several regions and accounts: each is explained.
pub fn explain(inventory: &Inventory, requirements: &Requirements, target: &str) -> Result<Explanation, ExplainError> {
    let facts = Facts { inventory, documents: Documents::of(inventory), requirements };
    let mut names = BTreeSet::new();
    let mut roles = Vec::new();
    for account in &inventory.accounts {
        for node_role in Found::of(&facts, account).roles {
            names.insert(node_role.arn.to_owned());
            names.extend(node_role.nodes.iter().map(place));
            if names_role(target, &node_role) {
                roles.push(of_role(&node_role, &node_role.nodes));
            } else {
                let nodes: Vec<Nodes<'_>> = node_role.nodes.iter().copied().filter(|n| place(n) == target).collect();
                if !nodes.is_empty() {
                    roles.push(of_role(&node_role, &nodes));
                }
            }
        }
    }
    if roles.is_empty() {
        let mut near = nearest_first(target, names);
        near.truncate(NEAR);
        return Err(ExplainError::NotFound { target: target.to_owned(), near });
    }
    Ok(Explanation { target: target.to_owned(), roles })
}

fn place(nodes: &Nodes<'_>) -> String {
    format!("{}/{}", nodes.cluster.name, nodes.name)
}

/// Whether the target is the role's ARN; the path does not count.
fn names_role(target: &str, node_role: &NodeRole<'_>) -> bool {
    match (target.parse::<RoleArn>(), node_role.parsed()) {
        (Ok(wanted), Some(arn)) => wanted.same_role(&arn),
        (Ok(_) | Err(_), _) => target == node_role.arn,
    }
}

fn of_role(node_role: &NodeRole<'_>, nodes: &[Nodes<'_>]) -> RoleExplained {
    let facts = node_role.facts;
    let mut explained = RoleExplained {
        account: node_role.account.id.clone(),
        role_arn: node_role.arn.to_owned(),
        node_groups: nodes.iter().map(Nodes::reference).collect(),
        unread: None,
        service_control_policies_read: node_role.account.service_control_policies.is_some(),
        trust: None,
        needs: Vec::new(),
        aws_node: Vec::new(),
    };
    let permissions = match node_role.record() {
        Some(RoleRecord::Found(role)) => {
            explained.trust = Some(of_trust(&facts.documents, inventory_principals(facts), &role.trust));
            Some(facts.documents.permissions(facts.inventory, node_role.account, role))
        }
        Some(RoleRecord::NoSuchRole) => {
            explained.unread = Some("the role does not exist".to_owned());
            None
        }
        Some(RoleRecord::Missing(gap)) => {
            explained.unread = Some(gap.to_string());
            None
        }
        None => {
            explained.unread = Some("the role is in another account, or was not read".to_owned());
            None
        }
    };
    if let Some(permissions) = &permissions {
        explained.needs = needs(node_role, nodes, permissions);
    }
    let chosen: Vec<Nodes<'_>> =
        with_aws_node(node_role).into_iter().filter(|n| nodes.iter().any(|m| same(m, n))).collect();
    explained.aws_node =
        one_a_cluster(&chosen).into_iter().map(|nodes| of_server(node_role, nodes, permissions.as_ref())).collect();
    explained
}

fn same(one: &Nodes<'_>, other: &Nodes<'_>) -> bool {
    one.reference() == other.reference()
}

/// What the nodes themselves need of the role, for each kind of nodes.
fn needs(node_role: &NodeRole<'_>, nodes: &[Nodes<'_>], permissions: &Shared) -> Vec<NeedExplained> {
    let asks = nodes.iter().flat_map(|nodes| {
        let sets: &[SetName] = match nodes.kind {
            NodeKind::Managed => &[SetName::Worker, SetName::EcrPull, SetName::PodIdentity],
            NodeKind::AutoMode => &[SetName::AutoMode],
        };
        let site = Site::of(node_role, *nodes);
        sets.iter().flat_map(move |set| site.asks(*set)).collect::<Vec<_>>()
    });
    Judged::of(permissions, asks).answers.iter().map(NeedExplained::of).collect()
}

fn inventory_principals(facts: &Facts<'_>) -> Vec<String> {
    facts.inventory.partition.ec2_principals()
}

/// Whether EC2 may hand the role to instances, under any of the partition's names for it.
fn of_trust(documents: &Documents, principals: Vec<String>, text: &str) -> TrustExplained {
    match documents.parsed(text) {
        Err(reason) => TrustExplained { principal: principals.join(" or "), granted: None, unread: Some(reason) },
        Ok(document) => {
            let mut decided: Vec<(String, Grant)> = principals
                .into_iter()
                .map(|principal| {
                    let decision = trust::service_may(&document, &principal, "sts:AssumeRole");
                    (principal, Grant::of(&decision))
                })
                .collect();
            // The best answer counts: one name is enough.
            decided.sort_by_key(|(_, grant)| grant.outcome);
            match decided.into_iter().next() {
                Some((principal, grant)) => TrustExplained { principal, granted: Some(grant), unread: None },
                None => TrustExplained {
                    principal: "ec2".to_owned(),
                    granted: None,
                    unread: Some("the partition has no EC2 principal".to_owned()),
                },
            }
        }
    }
}

/// Who serves aws-node of the nodes' cluster, and what that role grants.
fn of_server(node_role: &NodeRole<'_>, nodes: Nodes<'_>, permissions: Option<&Shared>) -> ServerExplained {
    let server = Server::of(node_role.facts, node_role.account, nodes.cluster);
    let mut explained = ServerExplained {
        cluster: nodes.cluster.name.clone(),
        region: nodes.region.clone(),
        served_by: "unknown",
        role_arn: None,
        by: None,
        unread: None,
        needs: Vec::new(),
    };
    let site = Site::of(node_role, nodes);
    let explain_needs = |permissions: &Shared| match cni_set(nodes.cluster) {
        Some(set) => Judged::of(permissions, site.asks(set)).answers.iter().map(NeedExplained::of).collect(),
        None => Vec::new(),
    };
    match server {
        Server::Unread(unread) => explained.unread = Some(unread.reason),
        Server::NodeRole(gap) => {
            explained.served_by = "node_role";
            explained.role_arn = Some(node_role.arn.to_owned());
            explained.unread = gap.map(|gap| format!("whether another role trusts aws-node: {gap}"));
            explained.needs = permissions.map(explain_needs).unwrap_or_default();
        }
        Server::Own(own) => own_role(&mut explained, node_role, &own, explain_needs),
        Server::Candidates(candidates) => {
            // One that names aws-node alone is shown before one whose pattern covers it too.
            let mut candidates = candidates;
            candidates.sort_by_key(|own| !own.is_exact());
            if let Some(first) = candidates.first() {
                own_role(&mut explained, node_role, first, explain_needs);
                explained.served_by = "candidate";
            }
        }
    }
    explained
}

fn own_role(
    explained: &mut ServerExplained,
    node_role: &NodeRole<'_>,
    own: &Own<'_>,
    needs: impl Fn(&Shared) -> Vec<NeedExplained>,
) {
    explained.served_by = "own_role";
    explained.role_arn = Some(own.arn.to_owned());
    explained.by = Some(own.by());
    match own.rights(node_role.facts, node_role.account) {
        Rights::Known(_, permissions) => explained.needs = needs(&permissions),
        Rights::NoSuchRole => explained.unread = Some("the role does not exist".to_owned()),
        Rights::OutOfReach(reason) => explained.unread = Some(reason),
        Rights::Unread(unread) => explained.unread = Some(unread.reason),
    }
}

#[cfg(test)]
mod tests;
