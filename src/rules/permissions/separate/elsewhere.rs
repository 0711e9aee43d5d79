//! Whether all nodes that may use a role were seen: one that was not may need the role's rights.

use std::borrow::Cow;

use crate::failure::FailureClass;
use crate::inventory::Account;
use crate::known::Gap;
use crate::rules::Facts;

/// Why there may be node groups in the account that were not seen. Nodes of Auto Mode run no aws-node, so that they are
/// not missed.
pub(in crate::rules) fn unseen<'a>(facts: &'a Facts<'a>, account: &'a Account) -> Option<Cow<'a, Gap>> {
    let regions = account.gaps.iter().filter(|gap| gap.api == "account:ListRegions");
    let lists = account.regions.iter().filter_map(|region| region.clusters.gap());
    let node_groups = account.clusters().flat_map(|(_, cluster)| {
        let single = cluster.node_groups.value().into_iter().flatten().filter_map(|(_, group)| group.gap());
        cluster.node_groups.gap().into_iter().chain(single)
    });
    let failed = regions.chain(lists).chain(node_groups).find(|gap| match gap.class {
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
    });
    let with_clusters = account.regions.iter().filter(|region| region.clusters.value().is_some_and(|c| !c.is_empty()));
    let machines = || with_clusters.into_iter().find_map(|region| facts.unseen_machines(&account.id, &region.name));
    let mut clusters = account.clusters();
    let unread = || clusters.find_map(|(region, one)| facts.unread_machines(&account.id, region, &one.name));
    failed.map(Cow::Borrowed).or_else(machines).or_else(unread)
}
