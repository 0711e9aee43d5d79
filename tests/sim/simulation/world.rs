//! The organization that is simulated: facts of accounts, as an inventory holds them, and how they hang together.

use std::collections::BTreeMap;
use std::sync::Arc;

use noderole::ids::{AccountId, Partition};
use noderole::inventory::{Access, Account, InlinePolicy, Inventory, PolicyVersion};
use noderole::known::Known;

/// The state of an account that can be entered.
const ACTIVE: &str = "ACTIVE";

/// The beginning of the token that an empty page has.
pub(crate) const AFTER_NOTHING: &str = "after-nothing-";

/// One account of the organization.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: Option<String>,
    /// Its place: `o-a1/r-b2/ou-c3`.
    pub(crate) path: Option<String>,
    /// `ACTIVE`, `SUSPENDED`, ...
    pub(crate) state: String,
    /// What is in it. Where the id there is another one, the facts are those of a pattern that many accounts share, and
    /// its id is replaced on the wire.
    pub(crate) facts: Arc<Account>,
}

/// The whole organization.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) partition: Partition,
    pub(crate) organization: Option<String>,
    /// The management account.
    pub(crate) management: AccountId,
    /// The account that audits.
    pub(crate) caller: AccountId,
    pub(crate) members: BTreeMap<AccountId, Member>,
    /// Managed policies by ARN.
    pub(crate) policies: Arc<BTreeMap<String, Known<PolicyVersion>>>,
    /// Things in a page at most, whatever is asked for.
    pub(crate) page: usize,
    /// The service control policies; the id of each is its place in the list.
    pub(crate) controls: Vec<InlinePolicy>,
    /// What roots, units and accounts have of them.
    pub(crate) controlled: BTreeMap<String, Vec<usize>>,
}

impl World {
    /// An organization that holds what the inventory holds. Of its accounts `caller` audits.
    pub(crate) fn of(inventory: &Inventory, caller: &str) -> Self {
        let mut world = Self {
            partition: inventory.partition,
            organization: inventory.organization_id.clone(),
            management: caller.parse().unwrap(),
            caller: caller.parse().unwrap(),
            members: BTreeMap::new(),
            policies: Arc::new(inventory.policies.clone()),
            page: 1000,
            controls: Vec::new(),
            controlled: BTreeMap::new(),
        };
        for account in &inventory.accounts {
            if account.service_control_policies.as_ref().is_some_and(Vec::is_empty) {
                world.management = account.id.clone();
            }
            world.add(account.id.clone(), Arc::new(account.clone()));
        }
        world
    }

    /// Adds an account with these facts, of its own or of a pattern.
    pub(crate) fn add(&mut self, id: AccountId, facts: Arc<Account>) {
        let state = match &facts.access {
            Access::Inactive(state) => state.clone(),
            Access::Entered | Access::Refused(_) => ACTIVE.to_owned(),
        };
        let levels = facts.service_control_policies.iter().flatten();
        let path = facts.organization_path.as_deref().unwrap_or_default();
        let way = path.split('/').skip(1).map(str::to_owned).chain([id.to_string()]);
        for (target, level) in way.zip(levels) {
            let ids = level.iter().map(|policy| self.control(policy)).collect();
            self.controlled.insert(target, ids);
        }
        let member = Member { name: facts.name.clone(), path: facts.organization_path.clone(), state, facts };
        self.members.insert(id, member);
    }

    /// The number of a service control policy.
    fn control(&mut self, policy: &InlinePolicy) -> usize {
        let there = self.controls.iter().position(|known| known == policy);
        there.unwrap_or_else(|| {
            self.controls.push(policy.clone());
            self.controls.len() - 1
        })
    }

    /// One page of a list, and the token of the next.
    pub(crate) fn slice<T>(&self, all: impl IntoIterator<Item = T>, page: Option<&str>) -> (Vec<T>, Option<String>) {
        slice(all, page, self.page)
    }
}

/// One page of a list, of so many things at most, and the token of the next. A token is the number of things before it;
/// one that follows an empty page says so, and no empty page follows it.
pub(crate) fn slice<T>(all: impl IntoIterator<Item = T>, page: Option<&str>, most: usize) -> (Vec<T>, Option<String>) {
    let start: usize = page.map_or(0, |token| token.trim_start_matches(AFTER_NOTHING).parse().unwrap());
    let mut rest = all.into_iter().skip(start);
    let items: Vec<T> = rest.by_ref().take(most).collect();
    let next = rest.next().map(|_| (start + most).to_string());
    (items, next)
}

/// The same facts in an account of another id: what names the account names the other one.
pub(crate) fn moved<T>(facts: &T, from: &str, to: &str) -> T
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let text = serde_json::to_string(facts).unwrap().replace(from, to);
    serde_json::from_str(&text).unwrap()
}
