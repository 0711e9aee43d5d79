//! Organizations of any size: accounts of the sample, again and again, each in seventeen regions.

use std::sync::Arc;

use noderole::inventory::{Access, Account, Inventory, RegionFacts};
use noderole::known::Known;

use super::World;
use super::organization::MANAGEMENT;

/// The regions of accounts of a large organization: those that are enabled in every account by default.
const EVERYWHERE: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

impl World {
    /// An organization of so many accounts with seventeen regions each, one in ten with clusters. They are those of the sample
    /// of which all can be read, again and again.
    pub(crate) fn large(accounts: usize) -> Self {
        let sample = noderole::demo::inventory().unwrap();
        let whole = sample.accounts.iter().filter(|account| {
            let gaps = account.gaps.len() + account.regions.iter().map(|region| region.gaps.len()).sum::<usize>();
            gaps == 0 && matches!(account.access, Access::Entered) && account.id.as_str() != MANAGEMENT
        });
        let whole: Vec<Arc<Account>> = whole.map(|account| Arc::new(everywhere(account))).collect();
        let (with, without): (Vec<_>, Vec<_>) =
            whole.into_iter().partition(|account| account.clusters().next().is_some());
        let mut world = Self::of(&Inventory { accounts: Vec::new(), ..sample }, &format!("{:012}", 1));
        for n in 1..=accounts {
            let pattern = if n % 10 == 0 { &with[n / 10 % with.len()] } else { &without[n % without.len()] };
            world.add(format!("{n:012}").parse().unwrap(), Arc::clone(pattern));
        }
        world
    }
}

/// The account with all regions, empty where the sample has none.
fn everywhere(account: &Account) -> Account {
    let mut account = account.clone();
    for name in EVERYWHERE {
        if !account.regions.iter().any(|region| region.name.as_str() == name) {
            let (name, clusters) = (name.parse().unwrap(), Known::Value(Vec::new()));
            account.regions.push(RegionFacts { name, clusters, compute: None, gaps: Vec::new() });
        }
    }
    account.regions.sort_by(|a, b| a.name.cmp(&b.name));
    account
}
