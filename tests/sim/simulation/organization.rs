//! Organizations that a seed makes: some accounts of the sample organization, some of them moved to other ids, so that what
//! is wrong in each is known before it is looked for (`demo/planted.json`).

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use noderole::audit::{Settings, audit};
use noderole::finding::{Finding, Severity, Status};
use noderole::inventory::{Account, Inventory, PolicyVersion};
use noderole::known::Known as Fact;
use noderole::rules::RuleId;
use serde::{Deserialize, Serialize};

use super::World;
use super::random::Random;
use super::world::moved;

/// The account that audits.
pub(crate) const AUDITOR: &str = "222233334444";

/// The management account.
pub(super) const MANAGEMENT: &str = "111122223333";

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
            let id = if copy == 0 { own.to_owned() } else { format!("9{copy}{}", own.split_at(2).1) };
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
