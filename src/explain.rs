//! `noderole explain`: each action that a node role needs, whether it is granted, and which statement decides.

mod absent;
mod model;

pub use absent::ExplainError;
pub use model::{Explanation, Grant, NeedExplained, RoleExplained, ServerExplained, TrustExplained};

use std::collections::BTreeSet;

use crate::audit::Settings;
use crate::failure::FailureClass;
use crate::finding::NodeKind;
use crate::ids::{Region, RoleArn};
use crate::inventory::{Inventory, RoleRecord};
use crate::policy::{Hinge, Layer, trust};
use crate::rules::effective::{Documents, Shared};
use crate::rules::permissions::ask::{Site, cni_set};
use crate::rules::permissions::aws_node::{Own, Rights, Server};
use crate::rules::permissions::judged::Judged;
use crate::rules::permissions::{one_a_cluster, with_aws_node};
use crate::rules::requirements::SetName;
use crate::rules::trust::HYBRID_SERVICES;
use crate::rules::{Facts, Found, NodeRole, Nodes};

use absent::{Hidden, Sought};

/// Explains the permissions of a node role, named by its ARN or by `CLUSTER/NODE_GROUP`, the name as reports give it (of
/// Auto Mode, `CLUSTER/CLUSTER`).
///
/// A node group's name may occur in several regions and accounts: each is explained, but for regions that were not asked
/// for (none: all are).
pub fn explain(
    inventory: &Inventory,
    settings: &Settings,
    target: &str,
    regions: &[Region],
) -> Result<Explanation, ExplainError> {
    let facts = Facts::new(inventory, settings);
    let sought = Sought::new(target, regions);
    let mut names = BTreeSet::new();
    let mut elsewhere = BTreeSet::new();
    let mut hidden = Hidden::default();
    let mut explanation = Explanation { target: target.to_owned(), roles: Vec::new(), missing: Vec::new() };
    for account in &inventory.accounts {
        let found = Found::of(&facts, account);
        hidden.look(&sought, account, &found);
        for node_role in found.roles {
            names.insert(node_role.arn.to_owned());
            names.extend(node_role.nodes.iter().map(place));
            let whole = names_role(target, &node_role);
            let meant = node_role.nodes.iter().copied().filter(|nodes| whole || place(nodes) == target);
            let (nodes, others): (Vec<Nodes<'_>>, Vec<Nodes<'_>>) =
                meant.partition(|nodes| sought.in_regions(nodes.region));
            elsewhere.extend(others.iter().map(|nodes| nodes.region.to_string()));
            if !nodes.is_empty() {
                explanation.roles.push(of_role(&node_role, &nodes, &mut explanation.missing));
            }
        }
    }
    if explanation.roles.is_empty() {
        return Err(sought.absent(inventory, &elsewhere, names, hidden));
    }
    if target.parse::<RoleArn>().is_err() {
        // Another node group of the same name that could not be described.
        explanation.missing.extend(sought.hiding(inventory).near);
        explanation.missing.extend(hidden.named);
    }
    let mut told = BTreeSet::new();
    explanation.missing.retain(|missing| told.insert(missing.clone()));
    Ok(explanation)
}

fn place(nodes: &Nodes<'_>) -> String {
    format!("{}/{}", nodes.cluster.name, nodes.name)
}

/// Whether the target is the role's ARN; the path does not count.
fn names_role(target: &str, node_role: &NodeRole<'_>) -> bool {
    match (target.parse::<RoleArn>(), node_role.parsed()) {
        (Ok(wanted), Some(arn)) => wanted.same_role(arn),
        (Ok(_) | Err(_), _) => target == node_role.arn,
    }
}

/// Explains a role for some of its nodes; what could not be read and counts is added to `missing`.
fn of_role(node_role: &NodeRole<'_>, nodes: &[Nodes<'_>], missing: &mut Vec<String>) -> RoleExplained {
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
            let trust = of_trust(&facts.documents, principals(facts, nodes), &role.trust);
            missing.extend(trust.unread.as_ref().map(|why| format!("the trust policy of {}: {why}", role.arn)));
            explained.trust = Some(trust);
            let permissions = facts.documents.permissions(facts.inventory, node_role.account, role);
            missing.extend(permissions.gaps().iter().map(ToString::to_string));
            Some(permissions)
        }
        Some(RoleRecord::NoSuchRole) => {
            explained.unread = Some("the role does not exist".to_owned());
            None
        }
        Some(RoleRecord::Missing(gap)) => {
            missing.push(gap.to_string());
            explained.unread = Some(gap.to_string());
            None
        }
        None => {
            missing.push(format!("{} is in another account, or was not read", node_role.arn));
            explained.unread = Some("the role is in another account, or was not read".to_owned());
            None
        }
    };
    if let Some(permissions) = &permissions {
        explained.needs = told(&needs(node_role, nodes, permissions), permissions, node_role.arn, missing);
    }
    let chosen: Vec<Nodes<'_>> =
        with_aws_node(node_role).into_iter().filter(|n| nodes.iter().any(|m| same(m, n))).collect();
    for nodes in one_a_cluster(&chosen) {
        explained.aws_node.push(of_server(node_role, nodes, permissions.as_ref(), missing));
    }
    explained
}

fn same(one: &Nodes<'_>, other: &Nodes<'_>) -> bool {
    one.reference() == other.reference()
}

/// What the nodes themselves need of the role, for each kind of nodes.
fn needs(node_role: &NodeRole<'_>, nodes: &[Nodes<'_>], permissions: &Shared) -> Judged {
    let asks = nodes.iter().flat_map(|nodes| {
        let sets: &[SetName] = match nodes.kind {
            NodeKind::Managed | NodeKind::SelfManaged | NodeKind::Karpenter => {
                &[SetName::Worker, SetName::EcrPull, SetName::PodIdentity]
            }
            NodeKind::Hybrid => &[SetName::Hybrid, SetName::EcrPull],
            NodeKind::Hyperpod => &[],
            NodeKind::AutoMode => &[SetName::AutoMode],
        };
        let site = Site::of(node_role, *nodes);
        sets.iter().flat_map(move |set| site.asks(*set)).collect::<Vec<_>>()
    });
    Judged::of(permissions, asks)
}

/// The answers in words. The documents that one of them hangs on and that do not parse are added to `missing`: no call failed
/// for them, so that no gap tells of them.
fn told(judged: &Judged, permissions: &Shared, role_arn: &str, missing: &mut Vec<String>) -> Vec<NeedExplained> {
    let failed_calls: BTreeSet<String> = permissions.gaps().iter().map(ToString::to_string).collect();
    let hinges: Vec<&Hinge> = judged.answers.iter().flat_map(|answer| &answer.decision.hinges).collect();
    for (layer, policy) in permissions.policies() {
        let Err(why) = &policy.document else { continue };
        let is_this = |hinge: &Hinge| match hinge {
            Hinge::Policy { name, reason } => *name == policy.name && reason == why,
            Hinge::Key(_) => false,
        };
        if failed_calls.contains(why) || !hinges.iter().any(|hinge| is_this(hinge)) {
            continue;
        }
        let name = &policy.name;
        missing.push(match layer {
            Layer::ServiceControl(_) => format!("the service control policy `{name}`: {why}"),
            Layer::Boundary => format!("the permissions boundary `{name}` of {role_arn}: {why}"),
            Layer::Session => format!("the session policy `{name}` of {role_arn}: {why}"),
            Layer::Identity | Layer::Trust => format!("the policy `{name}` of {role_arn}: {why}"),
        });
    }
    judged.answers.iter().map(NeedExplained::of).collect()
}

/// Who hands the role to the nodes: EC2 under any of the partition's names for it, or to hybrid nodes Systems Manager or IAM
/// Roles Anywhere.
fn principals(facts: &Facts<'_>, nodes: &[Nodes<'_>]) -> Vec<String> {
    if nodes.iter().all(|nodes| nodes.kind == NodeKind::Hybrid) {
        return HYBRID_SERVICES.map(str::to_owned).to_vec();
    }
    facts.inventory.partition.ec2_principals()
}

/// Whether one of those may assume the role.
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
fn of_server(
    node_role: &NodeRole<'_>,
    nodes: Nodes<'_>,
    permissions: Option<&Shared>,
    missing: &mut Vec<String>,
) -> ServerExplained {
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
    let needs = |permissions: &Shared| match cni_set(nodes.cluster) {
        Some(set) => Judged::of(permissions, site.asks(set)),
        None => Judged::default(),
    };
    match server {
        Server::Unread(unread) => {
            missing.push(unread.reason.clone());
            explained.unread = Some(unread.reason);
        }
        Server::NodeRole(gap) => {
            explained.served_by = "node_role";
            explained.role_arn = Some(node_role.arn.to_owned());
            // A targeted reading leaves the list of roles out on purpose: no failure.
            missing.extend(gap.filter(|gap| gap.class != FailureClass::NotAsked).map(ToString::to_string));
            explained.unread = gap.map(|gap| format!("whether another role trusts aws-node: {gap}"));
            if let Some(permissions) = permissions {
                explained.needs = told(&needs(permissions), permissions, node_role.arn, missing);
            }
        }
        Server::Own(own) => own_role(&mut explained, node_role, &own, needs, missing),
        Server::Candidates(candidates) => {
            // One that names aws-node alone is shown before one whose pattern covers it too.
            let mut candidates = candidates;
            candidates.sort_by_key(|own| !own.is_exact());
            if let Some(first) = candidates.first() {
                own_role(&mut explained, node_role, first, needs, missing);
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
    needs: impl Fn(&Shared) -> Judged,
    missing: &mut Vec<String>,
) {
    explained.served_by = "own_role";
    explained.role_arn = Some(own.arn.to_owned());
    explained.by = Some(own.by());
    match own.rights(node_role.facts, node_role.account) {
        Rights::Known(_, permissions) => {
            missing.extend(permissions.gaps().iter().map(ToString::to_string));
            explained.needs = told(&needs(&permissions), &permissions, own.arn, missing);
        }
        Rights::NoSuchRole => explained.unread = Some("the role does not exist".to_owned()),
        Rights::OutOfReach(reason) => explained.unread = Some(reason),
        Rights::Unread(unread) => {
            missing.push(unread.reason.clone());
            explained.unread = Some(unread.reason);
        }
    }
}

#[cfg(test)]
mod tests;
