//! Reading one account, stage by stage: enter, regions, clusters, roles, and what only roles make askable.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::call::{Call, Question, Reply};
use crate::collect::scope::{AccountScope, Entry, Scope};
use crate::failure::{Failure, FailureClass};
use crate::ids::{Region, RoleArn};
use crate::inventory::{Access, Account, PolicyVersion};
use crate::known::{Gap, Known};

use super::aim::Aim;
use super::cluster::Surroundings;
use super::iam::{Iam, Way};
use super::ledger::Ledger;
use super::place::{Place, failure};
use super::region::RegionRun;

mod absence;
mod matters;

use absence::proven;
use matters::{by_region, surroundings};

/// The stages; each starts when nothing of the one before is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Entering,
    Regions,
    Clusters,
    Roles,
    Rest,
    Done,
}

/// One account and what was asked in it.
#[derive(Debug)]
pub(super) struct AccountRun {
    scope: AccountScope,
    place: Place,
    /// The regions that were asked for; empty: those enabled.
    asked_regions: Vec<Region>,
    /// Whether EC2 is asked in regions without a cluster, too.
    compute_everywhere: bool,
    aim: Option<Aim>,
    stage: Stage,
    /// Calls that were given out and not answered.
    outstanding: usize,
    front: Ledger,
    regions: BTreeMap<Region, RegionRun>,
    iam: Option<Iam>,
}

/// The facts of an account.
#[derive(Debug)]
pub(super) struct Gathered {
    /// The account.
    pub(super) account: Account,
    /// Customer managed policies that came with its roles.
    pub(super) policies: BTreeMap<String, PolicyVersion>,
    /// ARNs of managed policies that its roles need beside them.
    pub(super) wanted_policies: BTreeSet<String>,
}

impl AccountRun {
    /// Nothing read yet.
    pub(super) fn new(account: AccountScope, place: Place, scope: &Scope, aim: Option<Aim>) -> Self {
        Self {
            scope: account,
            front: Ledger::new(place.clone()),
            place,
            asked_regions: scope.regions.clone(),
            compute_everywhere: scope.compute_everywhere,
            aim,
            stage: Stage::Waiting,
            outstanding: 0,
            regions: BTreeMap::new(),
            iam: None,
        }
    }

    /// Where its IAM is.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Whether nothing more is to be read here.
    pub(super) fn done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// The first calls.
    pub(super) fn start(&mut self) -> Vec<Call> {
        self.proceed()
    }

    /// Takes an answer; the calls that it makes possible.
    pub(super) fn take(&mut self, call: Call, result: Result<Reply, Failure>) -> Vec<Call> {
        self.outstanding = self.outstanding.saturating_sub(1);
        let result = result.map_err(|failure| match (&call.question, &call.region) {
            (Question::ListClusters, Some(region)) => proven(failure, region, !self.asked_regions.is_empty()),
            _ => failure,
        });
        let mut calls = if call.region.is_some() {
            let region = call.region.as_ref().and_then(|region| self.regions.get_mut(region));
            region.map(|region| region.take(call, result)).unwrap_or_default()
        } else if matches!(call.question, Question::AssumeRole | Question::ListRegions) {
            self.front.take(call, result).into_iter().collect()
        } else {
            self.iam.as_mut().map(|iam| iam.take(call, result)).unwrap_or_default()
        };
        calls.extend(self.start_roles());
        self.outstanding += calls.len();
        calls.extend(self.proceed());
        calls
    }

    /// Begins to list the roles as soon as a cluster is seen, for a whole audit needs them then: no need to wait for what
    /// the cluster says.
    fn start_roles(&mut self) -> Vec<Call> {
        let early = self.aim.is_none() && self.iam.is_none() && self.regions.values().any(RegionRun::has_clusters);
        if !early {
            return Vec::new();
        }
        self.iam.insert(Iam::new(self.place.clone(), Way::Everything)).start()
    }

    /// Starts the next stage where nothing is open, and so on.
    fn proceed(&mut self) -> Vec<Call> {
        let mut calls = Vec::new();
        while self.outstanding == 0 && self.stage != Stage::Done {
            let started = match self.stage {
                Stage::Waiting => self.enter(),
                Stage::Entering => self.list_regions(),
                Stage::Regions => self.list_clusters(),
                Stage::Clusters => self.read_roles(),
                Stage::Roles | Stage::Rest => self.read_rest(),
                Stage::Done => Vec::new(),
            };
            self.outstanding += started.len();
            calls.extend(started);
        }
        calls
    }

    fn enter(&mut self) -> Vec<Call> {
        let (stage, questions) = match self.scope.entry {
            Entry::Own => (Stage::Entering, Vec::new()),
            Entry::Assume => (Stage::Entering, vec![Question::AssumeRole]),
            Entry::Inactive(_) => (Stage::Done, Vec::new()),
        };
        self.stage = stage;
        self.front.ask(questions)
    }

    fn list_regions(&mut self) -> Vec<Call> {
        if !matches!(self.access(), Access::Entered) {
            self.stage = Stage::Done;
            return Vec::new();
        }
        self.stage = Stage::Regions;
        if self.asked_regions.is_empty() { self.front.ask(vec![Question::ListRegions]) } else { Vec::new() }
    }

    fn list_clusters(&mut self) -> Vec<Call> {
        self.stage = Stage::Clusters;
        for region in self.region_names().0 {
            let run = RegionRun::new(self.place.within(&region), self.aim.clone(), self.compute_everywhere);
            self.regions.insert(region, run);
        }
        self.regions.values_mut().flat_map(RegionRun::start).collect()
    }

    fn read_roles(&mut self) -> Vec<Call> {
        self.stage = Stage::Roles;
        let (mut iam, relevance, profiles) = self.plan_iam(None);
        let mut calls = iam.settle(relevance, profiles);
        calls.extend(self.ask_for_nodes_of_karpenter(&iam));
        // Until the roles are listed, the entry of any might be that of nodes.
        if !iam.is_being_listed() {
            calls.extend(self.ask_clusters(&surroundings(&iam, None)));
        }
        self.iam = Some(iam);
        calls
    }

    /// Karpenter's instance profiles show that there were nodes where there may be no cluster now. In a targeted audit those
    /// of the roles that were asked for.
    fn ask_for_nodes_of_karpenter(&mut self, iam: &Iam) -> Vec<Call> {
        let mut calls = Vec::new();
        let asked_for = |role: &RoleArn| self.aim.as_ref().is_none_or(|aim| aim.roles.contains_key(role.name()));
        let made = iam.karpenter_profiles().into_iter().filter(|(_, _, role)| asked_for(role));
        for (region, clusters) in by_region(made) {
            calls.extend(self.regions.get_mut(&region).map(|run| run.ask_for_nodes_of(clusters)).unwrap_or_default());
        }
        calls
    }

    /// What roles, entries and profiles make askable: it is over when they make nothing more so. Each round asks only what
    /// was never asked.
    fn read_rest(&mut self) -> Vec<Call> {
        self.stage = Stage::Rest;
        let Some(known) = &self.iam else {
            self.stage = Stage::Done;
            return Vec::new();
        };
        let roles = known.read();
        let around = surroundings(known, Some(&roles));
        self.note_clusters_of_targets(&roles);
        let (mut iam, relevance, profiles) = self.plan_iam(Some(&around));
        let mut calls = iam.settle(relevance, profiles);
        calls.extend(self.ask_for_nodes_of_karpenter(&iam));
        let around = surroundings(&iam, Some(&iam.read()));
        self.iam = Some(iam);
        calls.extend(self.ask_clusters(&around));
        if calls.is_empty() {
            self.stage = Stage::Done;
        }
        calls
    }

    fn ask_clusters(&mut self, surroundings: &Surroundings) -> Vec<Call> {
        self.regions.values_mut().flat_map(|region| region.ask_clusters(surroundings)).collect()
    }

    /// Whether the account was entered.
    fn access(&self) -> Access {
        match &self.scope.entry {
            Entry::Own => Access::Entered,
            Entry::Inactive(state) => Access::Inactive(state.clone()),
            Entry::Assume => match self.front.read().look(Question::AssumeRole).gap {
                Some(gap) => Access::Refused(gap),
                None => Access::Entered,
            },
        }
    }

    /// The regions to read, and what was missed of them. A list that is not whole counts as none: nothing that is said
    /// of all regions could be proven from it.
    fn region_names(&self) -> (BTreeSet<Region>, Vec<Gap>) {
        if !self.asked_regions.is_empty() {
            return (self.asked_regions.iter().cloned().collect(), Vec::new());
        }
        let names = match self.front.read().names(Question::ListRegions).whole() {
            Known::Missing(gap) => return (BTreeSet::new(), vec![gap]),
            Known::Value(names) => names,
        };
        let mut regions = BTreeSet::new();
        let mut gaps = Vec::new();
        for name in names {
            match name.parse::<Region>() {
                Ok(region) => {
                    regions.insert(region);
                }
                Err(error) => {
                    let failure = failure(FailureClass::Malformed, "InvalidRegion", error.to_string());
                    gaps.push(self.place.failed(&Question::ListRegions, failure));
                }
            }
        }
        (regions, gaps)
    }

    /// Goes through the stages that were not reached, to know what they would have asked. No answers come, so that it ends.
    fn conclude(&mut self) {
        if matches!(self.stage, Stage::Waiting | Stage::Entering | Stage::Regions | Stage::Clusters) {
            drop(self.read_roles());
        }
        while self.stage != Stage::Done {
            drop(self.read_rest());
        }
    }

    /// The facts; what is needed and not answered is `NotReached`.
    pub(super) fn gather(&mut self) -> Gathered {
        let access = self.access();
        let unread = match &access {
            Access::Entered => None,
            Access::Refused(gap) => Some(gap.clone()),
            Access::Inactive(state) => {
                let why = format!("the account is not active in the organization but {state}");
                Some(self.place.not_asked(&Question::GetAccountAuthorizationDetails, &why))
            }
        };
        let (service_control_policies, service_control_gap) = self.scope.service_control.facts();
        let mut account = Account {
            id: self.scope.id.clone(),
            name: self.scope.name.clone(),
            organization_path: self.scope.organization_path.clone(),
            access,
            regions: Vec::new(),
            roles: BTreeMap::new(),
            role_list: Known::Value(()),
            instance_profiles: BTreeMap::new(),
            service_control_policies,
            service_control_gap,
            gaps: Vec::new(),
        };
        if let Some(gap) = unread {
            account.role_list = Known::Missing(gap);
            return Gathered { account, policies: BTreeMap::new(), wanted_policies: BTreeSet::new() };
        }
        self.conclude();
        let unread;
        let iam = if let Some(iam) = &self.iam {
            iam
        } else {
            unread = Iam::new(self.place.clone(), Way::Nothing);
            &unread
        };
        let roles = iam.read();
        let surroundings = surroundings(iam, Some(&roles));
        let (names, mut gaps) = self.region_names();
        for name in names {
            let facts = match self.regions.get(&name) {
                Some(region) => region.gather(&name, &surroundings),
                None => RegionRun::new(self.place.within(&name), self.aim.clone(), self.compute_everywhere)
                    .gather(&name, &surroundings),
            };
            account.regions.push(facts);
        }
        gaps.extend(roles.gaps);
        gaps.sort();
        gaps.dedup();
        (account.roles, account.role_list, account.gaps) = (roles.roles, roles.role_list, gaps);
        account.instance_profiles = roles.profiles;
        Gathered { account, policies: roles.policies, wanted_policies: roles.wanted_policies }
    }
}
