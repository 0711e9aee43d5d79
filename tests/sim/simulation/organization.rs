//! Organizations that a seed makes: some accounts of the sample organization, some of them moved to other ids, so that what
//! is wrong in each is known before it is looked for (`demo/planted.json`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use noderole::audit::{Settings, audit};
use noderole::finding::{Finding, Severity, Status};
use noderole::inventory::{Access, Account, Inventory, PolicyVersion, RegionFacts};
use noderole::known::Known as Fact;
use noderole::rules::RuleId;
use serde::{Deserialize, Serialize};

use super::World;
use super::random::Random;
use super::world::moved;

/// The account that audits.
pub(crate) const AUDITOR: &str = "222233334444";

/// The management account.
const MANAGEMENT: &str = "111122223333";

/// The regions that the sample is asked for.
pub(crate) const REGIONS: [&str; 3] = ["ap-southeast-2", "eu-west-1", "us-east-1"];

/// How often each account of the sample is there, under another id each time.
const COPIES: usize = 2;

/// One result that an audit without faults must have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Planted {
    pub(crate) account: String,
    pub(crate) role: Option<String>,
    pub(crate) node_group: Option<String>,
    pub(crate) rule: RuleId,
    pub(crate) status: Status,
    /// Of failures.
    pub(crate) severity: Option<Severity>,
}

/// An account, and what an audit of it finds that misses nothing more than its facts do.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) facts: Arc<Account>,
    pub(crate) planted: Vec<Planted>,
    pub(crate) findings: Vec<Finding>,
}

/// Every account that an organization may have.
struct Accounts {
    frame: Inventory,
    all: BTreeMap<String, Arc<Known>>,
}

static ACCOUNTS: LazyLock<Accounts> = LazyLock::new(|| {
    let sample = noderole::demo::inventory().unwrap();
    let planted: Vec<Planted> = serde_json::from_str(include_str!("../../../demo/planted.json")).unwrap();
    let mut frame = Inventory { accounts: Vec::new(), ..sample.clone() };
    let mut all = BTreeMap::new();
    for account in &sample.accounts {
        let own = account.id.as_str();
        let planted: Vec<Planted> = planted.iter().filter(|row| row.account == own).cloned().collect();
        // Of the management account and of the one that audits there is one.
        let copies = if [AUDITOR, MANAGEMENT].contains(&own) { 1 } else { COPIES };
        for copy in 0..copies {
            let id = if copy == 0 { own.to_owned() } else { format!("9{copy}{}", &own[2..]) };
            let policies = sample.policies.iter().filter(|(arn, _)| arn.contains(own));
            frame.policies.extend(policies.map(|(arn, policy)| (arn.replace(own, &id), moved(policy, own, &id))));
            let facts: Account = moved(account, own, &id);
            let planted = moved(&planted, own, &id);
            let alone = Inventory { accounts: vec![facts.clone()], ..frame.clone() };
            let findings = audit(&alone, &Settings::default());
            all.insert(id, Arc::new(Known { facts: Arc::new(facts), planted, findings }));
        }
    }
    Accounts { frame, all }
});

/// An organization.
#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) world: Arc<World>,
    pub(crate) accounts: BTreeMap<String, Arc<Known>>,
}

impl Organization {
    /// So many accounts beside the one that audits; one in three at least has clusters.
    pub(crate) fn of(random: &mut Random, accounts: usize, page: usize) -> Self {
        let all: Vec<&String> = ACCOUNTS.all.keys().collect();
        let with_clusters: Vec<&&String> =
            all.iter().filter(|id| ACCOUNTS.all[**id].facts.clusters().next().is_some()).collect();
        let mut chosen: Vec<String> = vec![AUDITOR.to_owned()];
        for n in 0..accounts {
            let id = if n % 3 == 0 { **random.pick(&with_clusters) } else { *random.pick(&all) };
            if !chosen.contains(id) {
                chosen.push(id.clone());
            }
        }
        Self::with(&chosen, page)
    }

    /// All that there are.
    pub(crate) fn whole(page: usize) -> Self {
        Self::with(&ACCOUNTS.all.keys().cloned().collect::<Vec<_>>(), page)
    }

    fn with(chosen: &[String], page: usize) -> Self {
        let mut world = World { page, ..World::of(&ACCOUNTS.frame, AUDITOR) };
        world.management = MANAGEMENT.parse().unwrap();
        let known = chosen.iter().map(|id| (id.clone(), Arc::clone(&ACCOUNTS.all[id])));
        let accounts: BTreeMap<String, Arc<Known>> = known.collect();
        for (id, known) in &accounts {
            world.add(id.parse().unwrap(), Arc::clone(&known.facts));
        }
        Self { world: Arc::new(world), accounts }
    }

    /// Whether policies are all read, and as they are.
    pub(crate) fn holds(&self, policies: &BTreeMap<String, Fact<PolicyVersion>>) -> bool {
        policies.iter().all(|(arn, policy)| policy.gap().is_none() && self.world.policies.get(arn) == Some(policy))
    }

    /// The ids of the accounts.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.accounts.keys().cloned().collect()
    }
}

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
            let (name, clusters) = (name.parse().unwrap(), Fact::Value(Vec::new()));
            account.regions.push(RegionFacts { name, clusters, compute: None, gaps: Vec::new() });
        }
    }
    account.regions.sort_by(|a, b| a.name.cmp(&b.name));
    account
}

/// The names of the roles whose policies are read: those of nodes and of aws-node.
pub(crate) fn judged_roles(account: &Account) -> BTreeSet<&str> {
    let nodes = account.clusters().flat_map(|(_, cluster)| {
        let addon = cluster.vpc_cni.value().and_then(Option::as_ref);
        let association = cluster.aws_node_association.value().and_then(Option::as_ref);
        let of_aws_node = addon.and_then(|addon| addon.service_account_role_arn.as_deref());
        let by_identity = association.map(|one| one.target_role_arn.as_deref().unwrap_or(&one.role_arn));
        cluster.node_roles().chain(of_aws_node).chain(by_identity).collect::<Vec<_>>()
    });
    nodes.filter_map(|arn| arn.rsplit('/').next()).collect()
}
