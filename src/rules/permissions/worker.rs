//! NR201: what the kubelet and the bootstrap of the nodes call.

use crate::finding::{NodeKind, Remediation, Severity, Status};
use crate::rules::requirements::SetName;
use crate::rules::{NodeRole, Verdict};

use super::ask::Site;
use super::judged::{Judged, Standing, Words};
use super::mend::Mend;
use super::{OWN_EC2, called, living, one_of_each, readable};

const SEVERITY: Severity = Severity::High;

/// NR201 worker-permissions: the set `worker` is effectively granted, for all nodes of the role in EC2 but Auto Mode's; to
/// hybrid nodes AWS recommends a set of their own.
///
/// Blind to resource-level failures outside IAM: a node that cannot reach the EC2 endpoint looks the same from inside.
pub fn nr201(node_role: &NodeRole<'_>) -> Verdict {
    let nodes = living(node_role, OWN_EC2);
    let hybrid = living(node_role, &[NodeKind::Hybrid]);
    if nodes.is_empty() && hybrid.is_empty() {
        let message = "no nodes of the role need these permissions: those of Auto Mode do without";
        return Verdict::new(Status::NotApplicable, SEVERITY, message);
    }
    let (role, permissions) = match readable(node_role, SEVERITY) {
        Ok(readable) => readable,
        Err(verdict) => return verdict,
    };
    let sets = [(&nodes, SetName::Worker), (&hybrid, SetName::Hybrid)];
    let asks = sets.into_iter().flat_map(|(nodes, set)| {
        one_of_each(nodes).into_iter().flat_map(move |nodes| Site::of(node_role, nodes).asks(set))
    });
    let judged = Judged::of(&permissions, asks);
    let name = called(node_role.arn);
    let verdict = judged.verdict(
        SEVERITY,
        &Words {
            told: node_role.facts.told(),
            lacks: format_args!("`{name}` cannot do what its nodes must do to join"),
            open: format_args!("whether `{name}` can do what its nodes must do to join is not certain"),
            advised: format_args!("`{name}` lacks what AWS recommends for nodes"),
            grants: format_args!("`{name}` can do what its nodes must do to join"),
        },
    );
    match judged.standing() {
        // AWS has no managed policy for them.
        Standing::Lacks | Standing::Advised if nodes.is_empty() => verdict.mend(for_hybrid(name)),
        Standing::Lacks | Standing::Advised => verdict
            .mend(Mend::of(node_role, role, &permissions).attach("AmazonEKSWorkerNodePolicy", &judged.decisive())),
        Standing::Open | Standing::Grants => verdict,
    }
}

fn for_hybrid(name: &str) -> Remediation {
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["eks:DescribeCluster", "eks:ListAccessEntries"], "Resource": "*"},
    ]});
    let put = ["iam", "put-role-policy", "--role-name", name, "--policy-name", "EKSHybridNodes", "--policy-document"];
    Remediation::manual(
        "grant nodeadm what it asks EKS, or write the cluster's endpoint, certificate and addresses into its \
               configuration"
            .to_owned(),
        vec![crate::rules::command::aws(&[put.as_slice(), &[&document.to_string()]].concat())],
    )
}
