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
    // A region that is not enabled has no nodes. One that was enabled when its clusters were listed had those that they have.
    let lists = account.regions.iter().filter_map(|region| region.clusters.gap());
    let lists = lists.filter(|gap| gap.class != FailureClass::NotEnabled);
    let node_groups = account.clusters().flat_map(|(_, cluster)| {
        let single = cluster.node_groups.value().into_iter().flatten().filter_map(|(_, group)| group.gap());
        cluster.node_groups.gap().into_iter().chain(single)
    });
    // What is gone has none.
    let failed = regions.chain(lists).chain(node_groups).find(|gap| gap.class != FailureClass::Gone);
    let with_clusters = account.regions.iter().filter(|region| region.clusters.value().is_some_and(|c| !c.is_empty()));
    let machines = || with_clusters.into_iter().find_map(|region| facts.unseen_machines(&account.id, &region.name));
    let mut clusters = account.clusters();
    let unread = || clusters.find_map(|(region, one)| facts.unread_machines(&account.id, region, &one.name));
    failed.map(Cow::Borrowed).or_else(machines).or_else(unread)
}
