//! NR306 and NR308: what a role is shared by.

use std::borrow::Cow;

use crate::failure::FailureClass;
use crate::finding::{Evidence, NodeKind, Remediation, Severity, Status};
use crate::inventory::AuthenticationMode;
use crate::known::Gap;

use super::permissions::{one_a_cluster, unseen};
use super::subject::{NodeRole, Nodes};
use super::verdict::Verdict;

/// Why further nodes of a cluster may share a role, where not all of them were seen. A targeted audit leaves some out on
/// purpose, and is judged within what was asked for.
pub(super) fn unseen_in<'a>(role: &NodeRole<'a>, nodes: &Nodes<'a>) -> Option<Cow<'a, Gap>> {
    let groups = &nodes.cluster.node_groups;
    // What is gone has no nodes.
    let single = groups.value().into_iter().flatten().filter_map(|(_, group)| group.gap());
    let single = single.filter(|gap| gap.class != FailureClass::Gone);
    let list = groups.gap().into_iter().chain(single).map(Cow::Borrowed).find(|gap| counts(role, gap));
    let machines = || {
        let (facts, account) = (role.facts, &role.account.id);
        let unread = || facts.unread_machines(account, nodes.region, &nodes.cluster.name);
        facts.unseen_machines(account, nodes.region).or_else(unread).filter(|gap| counts(role, gap))
    };
    list.or_else(machines)
}

fn counts(role: &NodeRole<'_>, gap: &Gap) -> bool {
    role.facts.inventory.target.is_none() || gap.class != FailureClass::NotAsked
}

fn manual(text: &str) -> Remediation {
    Remediation::manual(text.to_owned(), Vec::new())
}

/// The role's nodes of these kinds, one of each cluster.
fn clusters_of<'a>(role: &NodeRole<'a>, kinds: &[NodeKind]) -> Vec<Nodes<'a>> {
    let of_kind: Vec<Nodes<'a>> = role.nodes.iter().copied().filter(|nodes| kinds.contains(&nodes.kind)).collect();
    one_a_cluster(&of_kind)
}

/// NR306 role-per-cluster: nodes of one cluster alone have the role, so that what one cluster's nodes can reach is not also
/// within reach of another's. AWS suggests one role an account for Auto Mode, which does not count.
pub fn role_per_cluster(role: &NodeRole<'_>) -> Verdict {
    const SEVERITY: Severity = Severity::Low;
    let clusters =
        clusters_of(role, &[NodeKind::Managed, NodeKind::SelfManaged, NodeKind::Karpenter, NodeKind::Hybrid]);
    let name = role.name();
    let places: Vec<String> =
        clusters.iter().map(|nodes| format!("`{}` in {}", nodes.cluster.name, nodes.region)).collect();
    let evidence = clusters.iter().map(|nodes| Evidence::from_api(nodes.shown_by.api(), nodes.described()));
    if places.len() > 1 {
        let message = format!(
            "role `{name}` serves nodes of {} clusters ({}): whoever gets the credentials of one's nodes has those of all",
            places.len(),
            places.join(", ")
        );
        return Verdict::new(Status::Advice, SEVERITY, message)
            .with(evidence)
            .mend(manual("Give the nodes of each cluster a role of their own, with new node groups"));
    }
    if let Some(gap) = unseen(role.facts, role.account).filter(|gap| counts(role, gap)) {
        let message = format!("whether role `{name}` serves one cluster alone is not known: {gap}");
        return Verdict::new(Status::Unknown, SEVERITY, message).with([Evidence::gap(&gap)]);
    }
    let message = format!("role `{name}` serves one cluster, {}", places.join(", "));
    Verdict::new(Status::Pass, SEVERITY, message).with(evidence)
}

/// What is to be said of one cluster.
enum Answer {
    Shared(Evidence),
    Open(Evidence),
    Apart(Evidence),
}

/// NR308 mapping-shared: with an aws-auth ConfigMap EKS removes the mapping of a role when the last managed node group with
/// it is deleted; self-managed and Karpenter nodes with the same role are then no longer let in.
pub fn mapping_shared(role: &NodeRole<'_>) -> Verdict {
    const SEVERITY: Severity = Severity::Medium;
    let own: Vec<Nodes<'_>> = role.nodes.iter().copied().filter(Nodes::is_own_ec2).collect();
    let name = role.name();
    let (mut shared, mut open, mut apart) = (Vec::new(), Vec::new(), Vec::new());
    for first in one_a_cluster(&own) {
        match mapping_in(role, &own, &first) {
            Some(Answer::Shared(evidence)) => shared.push(evidence),
            Some(Answer::Open(evidence)) => open.push(evidence),
            Some(Answer::Apart(evidence)) => apart.push(evidence),
            None => {}
        }
    }
    if let Some(first) = shared.first() {
        let message = format!(
            "managed and other nodes share role `{name}` in a cluster with an aws-auth ConfigMap ({}): deleting the last \
             managed node group removes the mapping of all",
            first.text
        );
        return Verdict::new(Status::Advice, SEVERITY, message).with(shared).mend(manual(
            "Give the self-managed and Karpenter nodes a role of their own; until then write the mapping into aws-auth again, \
             or create an access entry, whenever a managed node group is deleted",
        ));
    }
    if let Some(first) = open.first() {
        let message =
            format!("whether managed and other nodes share the mapping of role `{name}` is not known: {}", first.text);
        return Verdict::new(Status::Unknown, SEVERITY, message).with(open);
    }
    if apart.is_empty() {
        let message = format!("no cluster that role `{name}` serves has an aws-auth ConfigMap that counts");
        return Verdict::new(Status::NotApplicable, SEVERITY, message);
    }
    Verdict::new(Status::Pass, SEVERITY, format!("managed and other nodes do not share role `{name}`")).with(apart)
}

/// None where the cluster reads no aws-auth.
fn mapping_in(role: &NodeRole<'_>, own: &[Nodes<'_>], first: &Nodes<'_>) -> Option<Answer> {
    let here = || own.iter().filter(|nodes| nodes.region == first.region && nodes.cluster.name == first.cluster.name);
    let managed: Vec<&str> = here().filter(|nodes| nodes.kind == NodeKind::Managed).map(|nodes| nodes.name).collect();
    let others: Vec<&str> = here().filter(|nodes| nodes.kind != NodeKind::Managed).map(|nodes| nodes.name).collect();
    let both = !managed.is_empty() && !others.is_empty();
    let place = format!("cluster `{}` in {}", first.cluster.name, first.region);
    match first.cluster.detail.as_result().map(|detail| detail.authentication_mode) {
        Ok(AuthenticationMode::Api) => return None,
        Err(gap) if both => return Some(Answer::Open(Evidence::gap(gap))),
        Ok(AuthenticationMode::ConfigMap | AuthenticationMode::ApiAndConfigMap) | Err(_) => {}
    }
    if both {
        let text = format!("{place}: managed {}, others {}", managed.join(", "), others.join(", "));
        return Some(Answer::Shared(Evidence::fact(text)));
    }
    if let Some(gap) = unseen_in(role, first) {
        return Some(Answer::Open(Evidence::gap(&gap)));
    }
    let (kind, names) = if managed.is_empty() { ("other", others) } else { ("managed", managed) };
    Some(Answer::Apart(Evidence::fact(format!("{place}: {kind} nodes alone, {}", names.join(", ")))))
}
