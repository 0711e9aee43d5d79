//! NR203: what the Pod Identity agent calls.

use crate::audit::Told;
use crate::finding::{Evidence, Severity, Status};
use crate::inventory::Cluster;
use crate::known::Gap;
use crate::rules::requirements::SetName;
use crate::rules::{NodeRole, Nodes, Verdict};

use super::ask::Site;
use super::judged::{Judged, Standing, Words};
use super::mend::Mend;
use super::{EC2, OWN_EC2, called, living, one_a_cluster, readable};

const SEVERITY: Severity = Severity::High;

/// Whether a cluster runs the Pod Identity agent.
enum Agent<'a> {
    /// It does; the text says what shows it.
    Runs(String),
    /// Nothing shows it.
    NotSeen,
    /// What would show it could not be read.
    Unread(&'a Gap),
}

/// NR203 pod-identity-permission: where a cluster runs the Pod Identity agent, its nodes may fetch credentials with it.
///
/// Blind to an agent that somebody installed without the add-on in a cluster without associations: it serves nobody.
pub fn nr203(node_role: &NodeRole<'_>) -> Verdict {
    let na = |message: String| Verdict::new(Status::NotApplicable, SEVERITY, message);
    let partition = node_role.facts.inventory.partition;
    if !partition.has_eks_auth() {
        return na(format!("the partition {partition} has no endpoint of eks-auth"));
    }
    let clusters = one_a_cluster(&living(node_role, EC2));
    let mut running: Vec<Nodes<'_>> = Vec::new();
    let mut shown = Vec::new();
    let mut unread: Vec<(&str, &Gap)> = Vec::new();
    for nodes in clusters {
        match agent(nodes.cluster) {
            Agent::Runs(how) => {
                running.push(nodes);
                shown.push(Evidence::fact(format!("cluster `{}`: {how}", nodes.cluster.name)));
            }
            Agent::NotSeen => {}
            Agent::Unread(gap) => unread.push((&nodes.cluster.name, gap)),
        }
    }
    if running.is_empty() && unread.is_empty() {
        return na("no cluster of the role runs the Pod Identity agent".to_owned());
    }
    let (role, permissions) = match readable(node_role, SEVERITY) {
        Ok(readable) => readable,
        Err(verdict) => return verdict,
    };
    let (name, told) = (called(node_role.arn), node_role.facts.told());
    let asks = running.iter().flat_map(|nodes| Site::of(node_role, *nodes).asks(SetName::PodIdentity));
    let judged = Judged::of(&permissions, asks);
    let first = unread.first().map(|(cluster, gap)| format!("cluster `{cluster}`: {gap}")).unwrap_or_default();
    let unread = unread.into_iter().map(|(_, gap)| Evidence::gap(gap));
    match judged.standing() {
        Standing::Open | Standing::Advised | Standing::Grants if !first.is_empty() => {
            let message = format!("whether the nodes of `{name}` serve Pod Identity is not known: {first}");
            Verdict::new(Status::Unknown, SEVERITY, message).with(unread).with(judged.evidence())
        }
        Standing::Open | Standing::Advised | Standing::Grants => words(&judged, name, told).with(shown),
        Standing::Lacks => {
            let worker = Judged::of(
                &permissions,
                living(node_role, OWN_EC2).iter().flat_map(|nodes| Site::of(node_role, *nodes).asks(SetName::Worker)),
            );
            let policy = match worker.standing() {
                Standing::Lacks => "AmazonEKSWorkerNodePolicy",
                Standing::Open | Standing::Advised | Standing::Grants => "AmazonEKSWorkerNodeMinimalPolicy",
            };
            let mend = Mend::of(node_role, role, &permissions).attach(policy, &judged.decisive());
            words(&judged, name, told).with(shown).with(unread).mend(mend)
        }
    }
}

fn words(judged: &Judged, name: &str, told: Told) -> Verdict {
    judged.verdict(
        SEVERITY,
        &Words {
            told,
            lacks: format_args!("`{name}` cannot serve the Pod Identity agent"),
            open: format_args!("whether `{name}` can serve the Pod Identity agent is not certain"),
            advised: format_args!("`{name}` lacks what AWS recommends for the Pod Identity agent"),
            grants: format_args!("`{name}` can serve the Pod Identity agent"),
        },
    )
}

/// Any one of three facts shows the agent; it takes all of them to rule it out.
fn agent(cluster: &Cluster) -> Agent<'_> {
    /// The states of the add-on in which its pods run.
    const RUNNING: [&str; 4] = ["ACTIVE", "DEGRADED", "UPDATING", "UPDATE_FAILED"];
    let auto = cluster.detail.as_result().map(|detail| detail.compute_config.as_ref().is_some_and(|auto| auto.enabled));
    let addon = cluster.pod_identity_agent.as_result();
    let associations = cluster.pod_identity_associations.as_result().copied();
    match (auto, addon, associations) {
        (Ok(true), _, _) => Agent::Runs("Auto Mode has the agent built in".to_owned()),
        (_, Ok(Some(addon)), _) if RUNNING.contains(&addon.status.as_str()) => {
            Agent::Runs(format!("the add-on eks-pod-identity-agent is {}", addon.status))
        }
        (_, _, Ok(count)) if count > 0 => Agent::Runs(format!("it has Pod Identity associations: {count}")),
        // The add-on is not asked for where associations show the agent, be their list cut short.
        (Err(gap), _, _) | (_, _, Err(gap)) | (_, Err(gap), _) => Agent::Unread(gap),
        (Ok(_), Ok(_), Ok(_)) => Agent::NotSeen,
    }
}
