//! Whether every managed node group that may use a role was seen: one that was not may need the role's rights.

use crate::failure::FailureClass;
use crate::inventory::Account;
use crate::known::Gap;

/// Why there may be node groups in the account that were not seen. Nodes of Auto Mode run no aws-node, so that they are
/// not missed.
pub(super) fn unseen(account: &Account) -> Option<&Gap> {
    let regions = account.gaps.iter().filter(|gap| gap.api == "account:ListRegions");
    let lists = account.regions.iter().filter_map(|region| region.clusters.gap());
    let node_groups = account.clusters().flat_map(|(_, cluster)| {
        let single = cluster.node_groups.value().into_iter().flatten().filter_map(|(_, group)| group.gap());
        cluster.node_groups.gap().into_iter().chain(single)
    });
    regions.chain(lists).chain(node_groups).find(|gap| match gap.class {
        // A region that is not enabled has no nodes, and what is gone has none either.
        FailureClass::NotEnabled | FailureClass::Gone => false,
        FailureClass::Denied
        | FailureClass::Throttled
        | FailureClass::NotReached
        | FailureClass::NotAsked
        | FailureClass::Transient
        | FailureClass::Malformed
        | FailureClass::Expired
        | FailureClass::Other => true,
    })
}
