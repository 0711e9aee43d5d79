//! Reading the roles of an account that matter: all at once, or one by one.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::inventory::{PolicyVersion, Role, RoleRecord};
use crate::known::{Gap, Known};

use super::ledger::Ledger;
use super::place::Place;
use super::relevance::Relevance;
use super::role::RoleRun;

/// How the roles are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// All roles and customer managed policies, page by page.
    Everything,
    /// The one role that is needed, by itself.
    OneByOne,
    /// Not at all.
    Nothing,
}

/// The roles of one account.
#[derive(Debug)]
pub(super) struct Iam {
    way: Way,
    /// Which roles matter.
    relevance: Relevance,
    list: Ledger,
    singles: BTreeMap<String, RoleRun>,
}

/// What is there of the roles.
#[derive(Debug)]
pub(super) struct RolesReading {
    /// The roles that matter, by name.
    pub(super) roles: BTreeMap<String, RoleRecord>,
    /// Whether every role was seen.
    pub(super) role_list: Known<()>,
    /// The documents that came with the list.
    pub(super) policies: BTreeMap<String, PolicyVersion>,
    /// ARNs of further managed policies whose documents are needed.
    pub(super) wanted_policies: BTreeSet<String>,
    /// What failed, and what is not answered.
    pub(super) gaps: Vec<Gap>,
}

/// What is there of the list of all roles.
struct List<'a> {
    roles: BTreeMap<&'a str, &'a Role>,
    policies: Option<&'a BTreeMap<String, PolicyVersion>>,
    gap: Option<Gap>,
    pending: bool,
}

impl Iam {
    /// Nothing read yet.
    pub(super) fn new(place: Place, relevance: Relevance, way: Way) -> Self {
        let singles = match way {
            Way::OneByOne => singles(&place, relevance.needed.values()),
            Way::Everything | Way::Nothing => BTreeMap::new(),
        };
        Self { way, relevance, list: Ledger::new(place), singles }
    }

    /// Which roles matter.
    pub(super) fn relevance(&self) -> &Relevance {
        &self.relevance
    }

    /// The first calls.
    pub(super) fn start(&mut self) -> Vec<Call> {
        match self.way {
            Way::Everything => self.list.ask(vec![Question::GetAccountAuthorizationDetails]),
            Way::OneByOne => self.singles.values_mut().flat_map(RoleRun::ask).collect(),
            Way::Nothing => Vec::new(),
        }
    }

    /// Takes an answer; the calls that it makes possible.
    pub(super) fn take(&mut self, call: Call, mut result: Result<Reply, Failure>) -> Vec<Call> {
        if let Some(role) = call.question.role() {
            return self.singles.get_mut(role).map(|single| single.take(call, result)).unwrap_or_default();
        }
        // An account can have thousands of roles: those that nobody will look at go at once.
        if let Ok(Reply::Authorization { roles, .. }) = &mut result {
            roles.retain(|role| self.relevance.keeps(role));
        }
        let mut calls: Vec<Call> = self.list.take(call, result).into_iter().collect();
        let list = self.listed();
        if !list.pending {
            // A role that the list does not have may be younger than the list; and a list that failed has few.
            let absent = self.relevance.needed.iter().filter(|(name, _)| !list.roles.contains_key(name.as_str()));
            self.singles = singles(self.list.place(), absent.map(|(_, arn)| arn));
            calls.extend(self.singles.values_mut().flat_map(RoleRun::ask));
        }
        calls
    }

    /// Reads what is there.
    pub(super) fn read(&self) -> RolesReading {
        let question = Question::GetAccountAuthorizationDetails;
        let not_asked = |why: &str| Known::Missing(self.list.place().not_asked(&question, why));
        let mut gaps = Vec::new();
        let (list, role_list) = match self.way {
            Way::Nothing => (List::nothing(), not_asked("no cluster makes it necessary")),
            Way::OneByOne => (List::nothing(), not_asked("a targeted audit reads only the role it was asked for")),
            Way::Everything => {
                let list = self.listed();
                gaps.extend(list.gap.clone());
                let role_list = list.gap.clone().map_or(Known::Value(()), Known::Missing);
                (list, role_list)
            }
        };
        let mut roles: BTreeMap<String, RoleRecord> = BTreeMap::new();
        for (name, role) in &list.roles {
            roles.insert((*name).to_owned(), RoleRecord::Found(Box::new((*role).clone())));
        }
        for name in self.relevance.needed.keys().filter(|name| !list.roles.contains_key(name.as_str())) {
            let record = match (self.singles.get(name), &list.gap) {
                (Some(single), _) => {
                    let single = single.read();
                    gaps.extend(single.gaps);
                    single.record
                }
                (None, Some(gap)) => RoleRecord::Missing(gap.clone()),
                (None, None) => {
                    let gap = self.list.place().not_reached(&Question::GetRole { role: name.clone() });
                    gaps.push(gap.clone());
                    RoleRecord::Missing(gap)
                }
            };
            roles.insert(name.clone(), record);
        }
        let (policies, wanted_policies) = self.policies(&roles, list.policies);
        RolesReading { roles, role_list, policies, wanted_policies, gaps }
    }

    /// The documents that are needed: those that came with the list, and the ARNs of the others.
    fn policies(
        &self,
        roles: &BTreeMap<String, RoleRecord>,
        listed: Option<&BTreeMap<String, PolicyVersion>>,
    ) -> (BTreeMap<String, PolicyVersion>, BTreeSet<String>) {
        let mut there = BTreeMap::new();
        let mut wanted = BTreeSet::new();
        for record in roles.values() {
            let RoleRecord::Found(role) = record else { continue };
            if !self.relevance.judges(role) {
                continue;
            }
            let attached = role.attached.value().into_iter().flatten().map(|policy| &policy.arn);
            for arn in attached.chain(role.boundary.as_ref()) {
                match listed.and_then(|policies| policies.get(arn)) {
                    Some(version) => {
                        there.insert(arn.clone(), version.clone());
                    }
                    None => {
                        wanted.insert(arn.clone());
                    }
                }
            }
        }
        (there, wanted)
    }

    fn listed(&self) -> List<'_> {
        let answer = self.list.read().look(Question::GetAccountAuthorizationDetails);
        let (roles, policies) = match answer.reply {
            Some(Reply::Authorization { roles, policies, .. }) => (roles.as_slice(), Some(policies)),
            _ => (<&[Role]>::default(), None),
        };
        let roles = roles.iter().map(|role| (role.arn.name(), role)).collect();
        List { roles, policies, gap: answer.gap, pending: answer.pending }
    }
}

impl List<'_> {
    fn nothing() -> Self {
        Self { roles: BTreeMap::new(), policies: None, gap: None, pending: false }
    }
}

fn singles<'a>(place: &Place, roles: impl Iterator<Item = &'a crate::ids::RoleArn>) -> BTreeMap<String, RoleRun> {
    roles.map(|arn| (arn.name().to_owned(), RoleRun::new(place, arn))).collect()
}
