//! NR005: roles that look like node roles and that no node group uses.

use std::collections::BTreeSet;

use crate::counted::counted;
use crate::failure::FailureClass;
use crate::finding::{Evidence, Remediation, Severity, Status};
use crate::ids::RoleArn;
use crate::inventory::{Account, Cluster, Role, RoleRecord};
use crate::known::Known;
use crate::policy::Document;
use crate::rules::subject::AccountRoles;
use crate::rules::trust;
use crate::rules::verdict::{RoleVerdict, Verdict};

use super::survey::{self, Survey};

/// What AWS's pages call node roles (*Amazon EKS node IAM role*, check for an existing role); compared without case. AmazonEKSNodeRole is one of the first.
/// AmazonEKSHybridNodesRole and Karpenter's come from *Hybrid nodes credentials* and from Karpenter's reference.
const NAMES: [&str; 5] =
    ["eksnoderole", "amazoneksautonoderole", "nodeinstancerole", "amazonekshybridnodesrole", "karpenternoderole"];

/// The beginning of the names of AWS's policies for nodes: AmazonEKSWorkerNodePolicy, AmazonEKSWorkerNodeMinimalPolicy.
const NODE_POLICIES: &str = "AmazonEKSWorkerNode";

/// NR005: one piece of advice for each role, or one answer for the account. Silent in accounts without clusters, where IAM
/// is not read.
pub fn unused_node_roles<'a>(roles: &AccountRoles<'a>) -> Vec<RoleVerdict<'a>> {
    let account = roles.account;
    if account.clusters().next().is_none() {
        return Vec::new();
    }
    if roles.facts.inventory.target.is_some() {
        let message = "a targeted audit does not read what would show that a role is used by nothing";
        return vec![(None, Verdict::new(Status::NotApplicable, Severity::Low, message))];
    }
    let used = used(roles);
    let candidates: Vec<(&Role, String)> = account
        .roles
        .iter()
        .filter(|(name, _)| !used.contains(name.as_str()))
        .filter_map(|(name, record)| match record {
            RoleRecord::Found(role) => Some((role.as_ref(), looks_like_node_role(name, role)?)),
            RoleRecord::NoSuchRole | RoleRecord::Missing(_) => None,
        })
        .collect();
    let gaps = unread(roles);
    let mut answers = match (candidates.is_empty(), gaps.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => candidates.into_iter().map(|(role, why)| (Some(role), advice(role, &why))).collect(),
        (false, false) => {
            let names: Vec<_> = candidates.iter().map(|(role, _)| format!("`{}`", role.arn.name())).collect();
            let question = format!("whether any node group uses {}", names.join(", "));
            vec![(None, survey::unknown(Severity::Low, &question, gaps))]
        }
    };
    let none_unused = answers.is_empty();
    if answers.iter().all(|(role, _)| role.is_some()) {
        answers.extend(the_list(account, none_unused).map(|verdict| (None, verdict)));
    }
    answers
}

/// What the account's list of roles says beside the roles that were seen to be unused.
fn the_list(account: &Account, none_unused: bool) -> Option<Verdict> {
    match account.role_list.gap() {
        None if none_unused => {
            let message = "every role of the account that looks like a node role is in use";
            let text = format!("{} looked at", counted(account.roles.len(), "role"));
            let evidence = Evidence::from_api("iam:GetAccountAuthorizationDetails", text);
            Some(Verdict::new(Status::Pass, Severity::Low, message).with([evidence]))
        }
        // The planner reads single roles where that takes fewer calls; nothing failed then.
        Some(gap) if gap.class == FailureClass::NotAsked => none_unused.then(|| {
            let message = "the account's roles were not listed: reading the node roles alone took fewer calls";
            Verdict::new(Status::NotApplicable, Severity::Low, message)
        }),
        Some(gap) => Some(Verdict::unread(Severity::Low, gap, "the list of the account's roles")),
        None => None,
    }
}

/// The names of the roles that something of EKS uses for nodes, be it only on the way out, and of those of machines that are
/// tagged for clusters that EKS does not list.
fn used(roles: &AccountRoles<'_>) -> BTreeSet<String> {
    let account = roles.account;
    let mut arns: Vec<&str> = roles.found.roles.iter().map(|role| role.arn).collect();
    for (_, cluster) in account.clusters() {
        let groups = cluster.node_groups.value().into_iter().flatten();
        arns.extend(groups.filter_map(|(_, group)| group.value()).map(|group| group.node_role.as_str()));
        let config = cluster.detail.value().and_then(|detail| detail.compute_config.as_ref());
        arns.extend(config.and_then(|config| config.node_role_arn.as_deref()));
        arns.extend(let_in(cluster));
    }
    arns.extend(roles.facts.roles_of_left_overs(account));
    let own = arns.into_iter().filter_map(|arn| arn.parse::<RoleArn>().ok()).filter(|arn| *arn.account() == account.id);
    own.map(|arn| arn.name().to_owned()).collect()
}

/// Principals that a cluster lets in, by an entry that may be one for nodes, be it only a left-over.
fn let_in(cluster: &Cluster) -> impl Iterator<Item = &str> {
    let entries = cluster.access_entries.value().into_iter().flatten();
    let for_nodes = entries.filter(|entry| match &entry.detail {
        Some(Known::Value(detail)) => {
            !["STANDARD", "FARGATE_LINUX"].iter().any(|kind| detail.kind.eq_ignore_ascii_case(kind))
        }
        Some(Known::Missing(_)) | None => true,
    });
    for_nodes.map(|entry| entry.principal_arn.as_str())
}

/// Why a role looks like a node role, if it does.
fn looks_like_node_role(name: &str, role: &Role) -> Option<String> {
    let mut profiles = role.instance_profiles.value().into_iter().flatten();
    if profiles.any(|profile| profile.made_by_karpenter_for().is_some()) {
        // Karpenter keeps its profiles for as long as a node class names the role (Karpenter's upgrade guide, 1.7).
        return None;
    }
    let lower = name.to_ascii_lowercase();
    if NAMES.iter().any(|known| lower.contains(known)) {
        return Some("its name is that of a node role".to_owned());
    }
    let policy = role.attached.value()?.iter().find(|policy| policy.name.starts_with(NODE_POLICIES))?;
    // A trust policy that does not parse proves nothing, and the policy for nodes still speaks.
    let trusts_ec2 =
        Document::parse_trust(&role.trust).map_or(true, |document| trust::lets_ec2_in(&document, role.arn.partition()));
    trusts_ec2.then(|| format!("it trusts EC2 and carries {}", policy.name))
}

/// What would have to be read before a role can be called unused.
fn unread(roles: &AccountRoles<'_>) -> Vec<Evidence> {
    let account = roles.account;
    let mut gaps = Survey::of(account).gaps();
    for (_, cluster) in account.clusters() {
        let groups = cluster.node_groups.value().into_iter().flatten();
        let single = groups.filter_map(|(_, group)| group.gap()).filter(|gap| gap.class != FailureClass::Gone);
        let lists = [cluster.detail.gap(), cluster.node_groups.gap(), cluster.access_entries.gap()];
        gaps.extend(lists.into_iter().flatten().chain(single).map(Evidence::gap));
    }
    let with_clusters = account.regions.iter().filter(|region| region.clusters.value().is_some_and(|c| !c.is_empty()));
    let machines = with_clusters.filter_map(|region| roles.facts.unseen_machines(&account.id, &region.name));
    gaps.extend(machines.map(|gap| Evidence::gap(&gap)));
    // Machines whose profile, template or type of access entry could not be read.
    gaps.extend(roles.found.unread.iter().map(|nodes| Evidence::gap(&nodes.gap)));
    let mut seen = BTreeSet::new();
    gaps.retain(|gap| seen.insert(gap.text.clone()));
    gaps
}

fn advice(role: &Role, why: &str) -> Verdict {
    let last_used = match role.last_used_at {
        Some(time) => format!("it was last used at {time}"),
        None => "IAM has no record of its use".to_owned(),
    };
    let name = role.arn.name();
    let message = format!("role `{name}` looks like a node role ({why}), but no nodes of any kind use it; {last_used}");
    Verdict::new(Status::Advice, Severity::Low, message)
        .with([Evidence::from_api("iam:GetAccountAuthorizationDetails", why), Evidence::fact(last_used)])
        .mend(Remediation::manual(
            "Find out whether nodes use it that AWS's APIs do not show (self-managed ones without the cluster's tag, \
                   hybrid ones of a cluster with an aws-auth ConfigMap alone); delete it if nothing does"
                .to_owned(),
            Vec::new(),
        ))
}
