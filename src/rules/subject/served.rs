//! Which role serves nodes of which cluster: what a narrowed report and a look-up need of the node roles.

use crate::audit::Settings;
use crate::ids::{AccountId, Region};
use crate::inventory::Inventory;

use super::{Facts, Found};

/// A node role and one cluster that it serves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Served {
    /// The account.
    pub account: AccountId,
    /// The cluster's region.
    pub region: Region,
    /// The cluster's name.
    pub cluster: String,
    /// The role's ARN.
    pub role: String,
}

/// Every node role of every account with each cluster that it serves.
pub fn served(inventory: &Inventory) -> Vec<Served> {
    // Which roles there are does not hang on what they are judged by.
    let settings = Settings::default();
    let facts = Facts::of_nodes(inventory, &settings);
    let mut all = Vec::new();
    for account in &inventory.accounts {
        let found = Found::of(&facts, account);
        let pairs = found.roles.iter().flat_map(|role| role.nodes.iter().map(move |nodes| (role, nodes)));
        all.extend(pairs.map(|(role, nodes)| Served {
            account: account.id.clone(),
            region: nodes.region.clone(),
            cluster: nodes.cluster.name.clone(),
            role: role.arn.to_owned(),
        }));
    }
    all.sort();
    all.dedup();
    all
}
