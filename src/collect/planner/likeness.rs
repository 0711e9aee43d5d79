//! What a role itself tells of whether nodes may run under it: its trust, its instance profiles, its policies, its name.
//!
//! No cluster is needed to decide it, so that of the many roles of an account those that cannot matter need not be kept
//! until the clusters are read. When in doubt, a role can be that of nodes: one access entry too many is described.

use serde_json::Value;

use crate::inventory::Role;
use crate::policy::Document;
use crate::policy::trust::{Principal, grants};

/// Parts of the names that node roles bear by custom, in lower case (rule NR005).
const NAMES_OF_NODE_ROLES: [&str; 5] =
    ["eksnoderole", "amazoneksautonoderole", "amazonekshybridnodesrole", "nodeinstancerole", "karpenternoderole"];

/// What a trust policy contains that lets EC2, SSM, IAM Roles Anywhere or HyperPod hand the role to nodes, or everyone; be
/// it by a statement that takes no effect.
const PRINCIPALS_OF_NODES: [&str; 5] = ["ec2.", "ssm.", "rolesanywhere.", "sagemaker.", "\"*\""];

/// The service that node roles are made for by mistake: that of cluster roles, which seldom have an access entry.
const SERVICE_OF_CLUSTERS: &str = "eks.amazonaws.com";

/// Beginnings of the names of AWS's policies for nodes.
const NAMES_OF_NODE_POLICIES: [&str; 2] = ["AmazonEKSWorkerNode", "AmazonEKS_CNI"];

/// Beginnings of the names of AWS's policies that nodes carry, and others too.
const NAMES_OF_POLICIES_ON_NODES: [&str; 3] =
    ["AmazonEC2ContainerRegistryPull", "AmazonEC2ContainerRegistryReadOnly", "AmazonSSMManagedInstanceCore"];

/// Beginnings of actions, in lower case, that hardly anything but a node needs: of the CNI, of the Pod Identity agent, and
/// of the SSM agent.
const ACTIONS_OF_NODES: [&str; 3] = ["\"ec2:assign", "\"eks-auth:", "\"ssm:updateinstanceinformation"];

/// The beginning of the action that pulls an image, and those of actions that only builders have.
const PULL: &str = "\"ecr:batchget";
const PUSH: [&str; 2] = ["\"ecr:put", "\"ecr:*"];

/// The service account of the CNI, as a web identity token names it.
const AWS_NODE_SUBJECT: &str = "system:serviceaccount:kube-system:aws-node";

/// Whether the role is one of AWS's own.
pub(super) fn is_of_aws(role: &Role) -> bool {
    is_path_of_aws(role.arn.path())
}

/// Whether only AWS makes roles under the path: those of services, and those of IAM Identity Center's people.
pub(super) fn is_path_of_aws(path: &str) -> bool {
    path.starts_with("/aws-service-role/") || path.starts_with("/aws-reserved/")
}

/// Whether nodes may run under the role, or did before somebody broke its trust policy. What its customer managed policies
/// grant is not looked at here (see [`is_for_nodes`]).
pub(super) fn can_be_a_node_role(role: &Role) -> bool {
    !is_of_aws(role) && (may_be_handed_to_nodes(&role.trust) || bears_marks_of_nodes(role))
}

/// Whether the role looks like a node role though no node group may use it.
pub(super) fn looks_like_a_node_role(role: &Role) -> bool {
    let has_node_policy = || carries(role, &NAMES_OF_NODE_POLICIES);
    !is_of_aws(role) && (is_named_for_nodes(role) || (role.trust.contains("ec2.") && has_node_policy()))
}

/// Whether a cluster may make the role matter that can be no node role: as its own role or that of aws-node.
pub(super) fn may_serve_a_cluster(role: &Role) -> bool {
    !is_of_aws(role) && (role.trust.contains(SERVICE_OF_CLUSTERS) || issuers_of_aws_node(&role.trust).is_some())
}

/// What of the trust policy's text may name an issuer whose tokens of aws-node are let in; none where no such token is.
/// Empty: the text is no JSON, and any may be.
pub(super) fn issuers_of_aws_node(trust: &str) -> Option<Vec<String>> {
    if !trust.contains("oidc-provider") {
        return None;
    }
    let Ok(trust) = serde_json::from_str::<Value>(trust) else { return Some(Vec::new()) };
    let mut texts = Vec::new();
    gather(&trust, &mut texts);
    let names_subjects = texts.iter().any(|text| text.contains("system:serviceaccount:"));
    let names_aws_node = texts.contains(&AWS_NODE_SUBJECT);
    let may_name_it = names_aws_node || !names_subjects || texts.iter().any(|text| text.contains(['*', '?']));
    let providers = texts.iter().filter_map(|text| Some(text.split_once(":oidc-provider/")?.1.to_owned()));
    // Whoever names aws-node means a cluster, whatever the issuer is called; else CI systems have providers too.
    let issuers: Vec<String> = providers.filter(|issuer| names_aws_node || issuer.contains("eks")).collect();
    (may_name_it && !issuers.is_empty()).then_some(issuers)
}

/// Whether a policy document grants what nodes need and few others do.
pub(super) fn is_for_nodes(document: &str) -> bool {
    let lower = document.to_ascii_lowercase();
    ACTIONS_OF_NODES.iter().any(|action| lower.contains(action))
        || (lower.contains(PULL) && !PUSH.iter().any(|action| lower.contains(action)))
}

/// Whether those who give nodes their credentials may assume the role, or nobody may: then it may be one whose trust policy
/// was broken.
fn may_be_handed_to_nodes(trust: &str) -> bool {
    if PRINCIPALS_OF_NODES.iter().any(|principal| trust.contains(principal)) {
        return true;
    }
    let Ok(document) = Document::parse_trust(trust) else { return true };
    let mut lets_others_in = false;
    for grant in grants(&document) {
        match grant.principal {
            Principal::Everyone | Principal::EveryoneBut(_) => return true,
            Principal::Service(service) => {
                let service = service.to_ascii_lowercase();
                let of_nodes = PRINCIPALS_OF_NODES.iter().any(|principal| service.contains(principal));
                if of_nodes || service == SERVICE_OF_CLUSTERS {
                    return true;
                }
                lets_others_in = true;
            }
            Principal::Deleted(_) => {}
            Principal::Account(_) | Principal::Arn(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => {
                lets_others_in = true;
            }
        }
    }
    !lets_others_in
}

/// Whether the role is in an instance profile, bears a name or carries policies as node roles do.
fn bears_marks_of_nodes(role: &Role) -> bool {
    let inline = || role.inline.value().into_iter().flatten().filter_map(|policy| policy.value());
    role.instance_profiles.value().is_some_and(|profiles| !profiles.is_empty())
        || is_named_for_nodes(role)
        || carries(role, &NAMES_OF_NODE_POLICIES)
        || carries(role, &NAMES_OF_POLICIES_ON_NODES)
        || inline().any(|policy| is_for_nodes(&policy.document))
}

fn is_named_for_nodes(role: &Role) -> bool {
    let name = role.arn.name().to_ascii_lowercase();
    NAMES_OF_NODE_ROLES.iter().any(|part| name.contains(part))
}

/// Whether the role carries a managed policy whose name begins so.
fn carries(role: &Role, starts: &[&str]) -> bool {
    let mut attached = role.attached.value().into_iter().flatten();
    attached.any(|policy| starts.iter().any(|start| policy.name.starts_with(start)))
}

/// Every string in the value.
fn gather<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(values) => values.iter().for_each(|value| gather(value, into)),
        Value::Object(members) => members.values().for_each(|value| gather(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests;
