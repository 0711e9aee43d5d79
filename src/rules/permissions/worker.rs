//! NR201: what the kubelet and the bootstrap of the nodes call.

use crate::finding::{NodeKind, Severity, Status};
use crate::rules::requirements::SetName;
use crate::rules::{NodeRole, Verdict};

use super::ask::Site;
use super::judged::{Judged, Standing, Words};
use super::mend::Mend;
use super::{called, living, readable};

const SEVERITY: Severity = Severity::High;

/// NR201 worker-permissions: the set `worker` is effectively granted, for every managed node group of the role.
///
/// Blind to resource-level failures outside IAM: a node that cannot reach the EC2 endpoint looks the same from inside.
pub fn nr201(node_role: &NodeRole<'_>) -> Verdict {
    let nodes = living(node_role, &[NodeKind::Managed]);
    if nodes.is_empty() {
        let message = "no managed node group uses the role: nodes of Auto Mode do not need these permissions";
        return Verdict::new(Status::NotApplicable, SEVERITY, message);
    }
    let (role, permissions) = match readable(node_role, SEVERITY) {
        Ok(readable) => readable,
        Err(verdict) => return verdict,
    };
    let asks = nodes.iter().flat_map(|nodes| Site::of(node_role, *nodes).asks(SetName::Worker));
    let judged = Judged::of(&permissions, asks);
    let name = called(node_role.arn);
    let verdict = judged.verdict(
        SEVERITY,
        &Words {
            lacks: &format!("`{name}` cannot do what its nodes must do to join"),
            open: &format!("whether `{name}` can do what its nodes must do to join is not certain"),
            advised: &format!("`{name}` lacks what AWS recommends for nodes"),
            grants: &format!("`{name}` can do what its nodes must do to join"),
        },
    );
    match judged.standing() {
        Standing::Lacks | Standing::Advised => verdict
            .mend(Mend::of(node_role, role, &permissions).attach("AmazonEKSWorkerNodePolicy", &judged.decisive())),
        Standing::Open | Standing::Grants => verdict,
    }
}
