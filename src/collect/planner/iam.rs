//! Reading the roles of an account that matter, all at once or one by one, and the instance profiles that machines have.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::call::{Call, Question, Reply};
use crate::failure::Failure;
use crate::ids::RoleArn;
use crate::inventory::{PolicyVersion, ProfileContent, ProfileRecord, Role, RoleRecord};
use crate::known::{Gap, Known};

use super::bystanders::Bystanders;
use super::ledger::Ledger;
use super::likeness::{can_be_a_node_role, may_serve_a_cluster};
use super::place::Place;
use super::relevance::Relevance;
use super::role::RoleRun;

/// How the roles are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// All roles and customer managed policies, page by page. A whole audit needs the list whatever it costs: it alone shows
    /// roles that nobody uses (NR005), those that may serve aws-node by OIDC (NR204), and whose access entries to describe.
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
    /// Which roles matter, as far as is known.
    relevance: Relevance,
    /// Whether the clusters and machines are known: until then any role may matter.
    settled: bool,
    list: Ledger,
    /// The listed roles that can be no node roles.
    bystanders: Bystanders,
    singles: BTreeMap<String, RoleRun>,
    /// The instance profiles that machines have, by name.
    machine_profiles: BTreeSet<String>,
    profiles: Ledger,
}

/// What is there of the roles.
#[derive(Debug)]
pub(super) struct RolesReading {
    /// The roles that matter, by name.
    pub(super) roles: BTreeMap<String, RoleRecord>,
    /// Whether every role was seen.
    pub(super) role_list: Known<()>,
    /// The instance profiles that machines have, by name.
    pub(super) profiles: BTreeMap<String, ProfileRecord>,
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
    /// Nothing read yet, and nothing known of what matters.
    pub(super) fn new(place: Place, way: Way) -> Self {
        Self {
            way,
            relevance: Relevance::default(),
            settled: false,
            list: Ledger::new(place.clone()),
            bystanders: Bystanders::default(),
            singles: BTreeMap::new(),
            machine_profiles: BTreeSet::new(),
            profiles: Ledger::new(place),
        }
    }

    /// Which roles matter.
    pub(super) fn relevance(&self) -> &Relevance {
        &self.relevance
    }

    /// The first calls, while the clusters are still being read.
    pub(super) fn start(&mut self) -> Vec<Call> {
        match self.way {
            Way::Everything => self.list.ask(vec![Question::GetAccountAuthorizationDetails]),
            Way::OneByOne | Way::Nothing => Vec::new(),
        }
    }

    /// Takes note of what matters, by now more than before; the calls that it makes necessary.
    pub(super) fn settle(&mut self, relevance: Relevance, machine_profiles: BTreeSet<String>) -> Vec<Call> {
        let mut calls = self.start();
        self.relevance = relevance;
        self.machine_profiles = machine_profiles;
        if !self.settled {
            self.settled = true;
            let relevance = &self.relevance;
            self.list.prune(&Question::GetAccountAuthorizationDetails, |reply| prune(reply, relevance));
            if !self.listed().pending {
                self.list.prune(&Question::GetAccountAuthorizationDetails, prune_policies);
            }
        }
        calls.extend(self.ask_for_what_is_not_listed());
        calls
    }

    /// Takes an answer; the calls that it makes possible.
    pub(super) fn take(&mut self, call: Call, mut result: Result<Reply, Failure>) -> Vec<Call> {
        if let Some(role) = call.question.role() {
            return self.singles.get_mut(role).map(|single| single.take(call, result)).unwrap_or_default();
        }
        if matches!(call.question, Question::GetInstanceProfile { .. }) {
            return self.profiles.take(call, result).into_iter().collect();
        }
        // An account can have thousands of roles: those that nobody will look at go at once. One that a cluster names all the
        // same is read by itself.
        if let Ok(page) = &mut result {
            let (settled, relevance) = (self.settled, &self.relevance);
            let keep = |role: &Role| {
                if settled { relevance.may_keep(role) } else { can_be_a_node_role(role) || may_serve_a_cluster(role) }
            };
            self.bystanders.part_with(page, keep);
        }
        let mut calls: Vec<Call> = self.list.take(call, result).into_iter().collect();
        if calls.is_empty() && self.settled {
            self.list.prune(&Question::GetAccountAuthorizationDetails, prune_policies);
        }
        calls.extend(self.ask_for_what_is_not_listed());
        calls
    }

    /// Asks for roles and instance profiles that the list does not have: they may be younger than the list, or the list
    /// failed.
    fn ask_for_what_is_not_listed(&mut self) -> Vec<Call> {
        if !self.settled || self.way == Way::Nothing || (self.way == Way::Everything && self.listed().pending) {
            return Vec::new();
        }
        let listed = self.listed();
        let absent = self.relevance.needed.iter().filter(|(name, _)| !listed.roles.contains_key(name.as_str()));
        let absent: Vec<RoleArn> =
            absent.filter(|(name, _)| !self.singles.contains_key(*name)).map(|(_, arn)| arn.clone()).collect();
        let held = self.profiles_of_roles();
        let unheld = self.machine_profiles.iter().filter(|name| !held.contains_key(name.as_str()));
        let questions = unheld.map(|profile| Question::GetInstanceProfile { profile: profile.clone() }).collect();
        let mut calls = self.profiles.ask(questions);
        for arn in absent {
            let mut single = RoleRun::new(self.list.place(), &arn);
            calls.extend(single.ask());
            self.singles.insert(arn.name().to_owned(), single);
        }
        calls
    }

    /// The instance profiles that roles are known to be in, by name.
    fn profiles_of_roles(&self) -> BTreeMap<String, ProfileContent> {
        let mut held = BTreeMap::new();
        let mut note = |role: &Role| {
            for profile in role.instance_profiles.value().into_iter().flatten() {
                let content = ProfileContent { profile: profile.clone(), role: Some(role.arn.to_string()) };
                held.insert(name_of(&profile.arn).to_owned(), content);
            }
        };
        self.listed().roles.into_values().for_each(&mut note);
        for single in self.singles.values() {
            if let RoleRecord::Found(role) = single.read().record {
                note(&role);
            }
        }
        held
    }

    /// The machines' instance profiles as far as they are known, and what was missed of them.
    pub(super) fn machine_profiles(&self) -> (BTreeMap<String, ProfileRecord>, Vec<Gap>) {
        let mut held = self.profiles_of_roles();
        let mut reading = self.profiles.read();
        let mut records = BTreeMap::new();
        for name in self.machine_profiles.iter().filter(|_| self.way != Way::Nothing) {
            let record = if let Some(content) = held.remove(name) {
                ProfileRecord::Found(content)
            } else {
                let answer = reading.ask_for(Question::GetInstanceProfile { profile: name.clone() });
                match (answer.reply, &answer.gap) {
                    (Some(Reply::InstanceProfile(content)), None) => ProfileRecord::Found(content.clone()),
                    (_, Some(gap)) if !answer.gone() => ProfileRecord::Missing(gap.clone()),
                    (_, Some(_) | None) => ProfileRecord::NoSuchProfile,
                }
            };
            records.insert(name.clone(), record);
        }
        (records, reading.gaps)
    }

    /// The roles that are known to be in these instance profiles, by name.
    pub(super) fn roles_in(&self, profiles: &BTreeSet<String>) -> Vec<RoleArn> {
        let held = self.profiles_of_roles().into_iter().filter(|(name, _)| profiles.contains(name));
        let asked = self.machine_profiles().0.into_iter().filter(|(name, _)| profiles.contains(name));
        let asked = asked.filter_map(|(_, record)| match record {
            ProfileRecord::Found(content) => content.role,
            ProfileRecord::NoSuchProfile | ProfileRecord::Missing(_) => None,
        });
        held.filter_map(|(_, content)| content.role).chain(asked).filter_map(|arn| arn.parse().ok()).collect()
    }

    /// What Karpenter made instance profiles for that roles are known to be in: the region, if the profile tells it, the
    /// cluster, and the role.
    pub(super) fn karpenter_profiles(&self) -> Vec<(Option<String>, String, RoleArn)> {
        let parse = |content: ProfileContent| {
            let (region, cluster) = content.profile.made_by_karpenter_for()?;
            Some((region.map(str::to_owned), cluster.to_owned(), content.role?.parse().ok()?))
        };
        self.profiles_of_roles().into_values().filter_map(parse).collect()
    }

    /// Whether the list of all roles is still to come.
    pub(super) fn is_being_listed(&self) -> bool {
        self.way == Way::Everything && self.listed().pending
    }

    /// The names of the roles that are there and can be no node roles; none where not all roles were seen.
    pub(super) fn bystanders(&self) -> Option<BTreeSet<String>> {
        let seen = self.way == Way::Everything && self.listed().gap.is_none();
        seen.then(|| self.bystanders.names())
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
        for (name, role) in list.roles.iter().filter(|(_, role)| self.relevance.keeps(role)) {
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
        let (profiles, missed) = self.machine_profiles();
        gaps.extend(missed);
        RolesReading { roles, role_list, profiles, policies, wanted_policies, gaps }
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

/// Drops the roles that nobody will look at.
fn prune(reply: &mut Reply, relevance: &Relevance) {
    if let Reply::Authorization { roles, .. } = reply {
        roles.retain(|role| relevance.may_keep(role));
    }
}

/// Drops the customer managed policies that no role carries or is bounded by of those that are kept.
fn prune_policies(reply: &mut Reply) {
    if let Reply::Authorization { roles, policies, .. } = reply {
        let mut needed = BTreeSet::new();
        for role in roles {
            let attached = role.attached.value().into_iter().flatten().map(|policy| policy.arn.clone());
            needed.extend(attached.chain(role.boundary.clone()));
        }
        policies.retain(|arn, _| needed.contains(arn));
    }
}

/// The name in an instance profile's ARN: unique in an account, whatever the path.
pub(super) fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
