//! Reading one cluster: which of its parts are needed, given what is known already.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::collect::call::{Call, Question, Reply};
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, RoleArn};
use crate::inventory::{AccessEntry, AuthenticationMode, Cluster, ClusterDetail, FargateProfile, NodeGroup, UNLISTED};
use crate::known::{Gap, Known};

use super::ledger::{Ledger, Names, Reading};
use super::place::Place;

mod entries;
mod networking;

pub(super) use entries::{ENTRIES_OF_HYPERPOD, ENTRIES_OF_NODES, roles_of_entries};

use entries::{access_entries, described_entry, is_one_of, listed_principals, own_role};

/// How much of a cluster is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Depth {
    /// Everything.
    Whole,
    /// Everything if its nodes use one of these roles (names in the cluster's account); else only what tells.
    IfItUses(BTreeSet<String>),
    /// Nothing: a targeted audit was asked for others.
    Nothing,
}

/// What the account knows by now that a cluster alone does not: decides the last questions.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// The names of the account's node roles.
    pub(super) node_roles: BTreeSet<String>,
    /// The names of the account's roles that are there and can be no node roles: their access entries are not described.
    /// None: not all roles were seen, and the entry of any may be that of nodes.
    pub(super) bystanders: Option<BTreeSet<String>>,
    /// When those of them were created of which it is known; none: the roles are still being read.
    pub(super) created: Option<BTreeMap<String, Timestamp>>,
}

/// One cluster and what was asked of it.
#[derive(Debug)]
pub(super) struct ClusterRun {
    /// Its name.
    name: String,
    depth: Depth,
    /// Whether machines or instance profiles, of which EKS does not tell, show that one of the roles that were asked for is
    /// used.
    used: bool,
    ledger: Ledger,
}

/// What is there of a cluster, and what is wanted.
#[derive(Debug)]
pub(super) struct ClusterReading {
    /// The cluster; none where it was deleted meanwhile.
    pub(super) cluster: Option<Cluster>,
    /// Whether all of it is asked for.
    pub(super) whole: bool,
    /// Questions to ask now.
    pub(super) wanted: Vec<Question>,
    /// What failed, and what is not answered.
    pub(super) gaps: Vec<Gap>,
}

impl ClusterRun {
    /// Nothing read yet.
    pub(super) fn new(place: Place, name: String, depth: Depth) -> Self {
        Self { name, depth, used: false, ledger: Ledger::new(place) }
    }

    /// The role names that limit which of its node roles were asked for.
    pub(super) fn only(&self) -> Option<&BTreeSet<String>> {
        match &self.depth {
            Depth::IfItUses(roles) => Some(roles),
            Depth::Whole | Depth::Nothing => None,
        }
    }

    /// Whether nothing of it is read.
    pub(super) fn is_left_out(&self) -> bool {
        self.depth == Depth::Nothing
    }

    /// Machines or instance profiles show that one of the roles that were asked for is used.
    pub(super) fn is_used(&mut self) {
        self.used = true;
    }

    /// Takes an answer; the calls that it makes possible.
    pub(super) fn take(&mut self, call: Call, result: Result<Reply, Failure>) -> Vec<Call> {
        // What is said of one thing of a list leads to no further question: no need to walk through a large cluster
        // once for each of its node groups.
        // But in a targeted audit it may tell that the cluster is to be read as a whole.
        let leaf = self.depth == Depth::Whole && call.question.describes_one_of_a_list();
        let mut calls: Vec<Call> = self.ledger.take(call, result).into_iter().collect();
        if !leaf {
            calls.extend(self.ask(None));
        }
        calls
    }

    /// Asks what can be asked now.
    pub(super) fn ask(&mut self, surroundings: Option<&Surroundings>) -> Vec<Call> {
        let wanted = self.read(surroundings).wanted;
        self.ledger.ask(wanted)
    }

    /// Reads what is there. Without surroundings, the questions that need them are not wanted yet.
    pub(super) fn read(&self, surroundings: Option<&Surroundings>) -> ClusterReading {
        let mut reading = self.ledger.read();
        let describe = Question::DescribeCluster { cluster: self.name.clone() };
        if self.depth == Depth::Nothing {
            let gap = reading.place().not_asked(&describe, "a targeted audit reads only what it was asked for");
            return part(Cluster::unread(&self.name, &gap), reading);
        }
        let pending = reading.look(describe.clone()).pending;
        let detail = reading.thing(describe, |reply| {
            if let Reply::Cluster(detail) = reply { Some(detail.as_ref().clone()) } else { None }
        });
        let Some(detail) = detail else { return deleted() };
        let groups = reading.names(Question::ListNodegroups { cluster: self.name.clone() });
        let node_groups = node_groups(&mut reading, &self.name, &groups);
        let lets_in = self.lets_in(&mut reading, &detail, pending);
        let mut cluster = self.unused(detail, node_groups, &lets_in, reading.place());
        let whole = self.is_whole(&cluster, &lets_in, reading.place());
        if whole {
            fill(&mut reading, &mut cluster, pending, &groups, surroundings);
        }
        let deleting = cluster.detail.value().is_some_and(|detail| detail.status == "DELETING");
        let gone = deleting && reading.gaps.iter().any(|gap| gap.class == FailureClass::Gone);
        if gone {
            return deleted();
        }
        let Reading { wanted, gaps, .. } = reading;
        ClusterReading { cluster: Some(cluster), whole, wanted, gaps }
    }

    /// A cluster whose nodes use none of the roles that were asked for, as far as is known.
    fn unused(
        &self,
        detail: Known<ClusterDetail>,
        node_groups: Known<BTreeMap<String, Known<NodeGroup>>>,
        lets_in: &Known<bool>,
        place: &Place,
    ) -> Cluster {
        let mut groups = node_groups.value().into_iter().flat_map(BTreeMap::values);
        let unknown = detail.gap().or(node_groups.gap()).or_else(|| groups.find_map(Known::gap)).or(lets_in.gap());
        let unknown = unknown.cloned();
        let gap = unknown.unwrap_or_else(|| {
            let question = Question::DescribeCluster { cluster: self.name.clone() };
            place.not_asked(&question, "its nodes use none of the roles that the targeted audit was asked for")
        });
        Cluster { detail, node_groups, ..Cluster::unread(&self.name, &gap) }
    }

    /// Whether an access entry shows a role that was asked for to be that of the cluster's nodes: it alone tells of nodes of
    /// Karpenter, of self-managed and of hybrid nodes of which none runs on EC2 now.
    fn lets_in(&self, reading: &mut Reading<'_>, detail: &Known<ClusterDetail>, detail_pending: bool) -> Known<bool> {
        let Depth::IfItUses(roles) = &self.depth else { return Known::Value(false) };
        let principals = match listed_principals(reading, &self.name, detail, detail_pending) {
            Known::Missing(gap) => return Known::Missing(gap),
            Known::Value(principals) => principals,
        };
        let mut unknown = None;
        for principal in principals {
            let asked_for = own_role(&principal, reading.place()).is_some_and(|role| roles.contains(role.name()));
            match asked_for.then(|| described_entry(reading, &self.name, principal)).flatten() {
                Some(Known::Value(entry)) if is_one_of(&entry.kind, &ENTRIES_OF_NODES) => return Known::Value(true),
                Some(Known::Missing(gap)) => unknown = Some(gap),
                Some(Known::Value(_)) | None => {}
            }
        }
        unknown.map_or(Known::Value(false), Known::Missing)
    }

    /// Whether the cluster is one to read as a whole, as far as is known.
    fn is_whole(&self, cluster: &Cluster, lets_in: &Known<bool>, place: &Place) -> bool {
        match &self.depth {
            Depth::Whole => true,
            Depth::Nothing => false,
            Depth::IfItUses(_) if self.used || lets_in.value() == Some(&true) => true,
            Depth::IfItUses(roles) => node_roles(cluster, &place.account).any(|role| roles.contains(role.name())),
        }
    }
}

/// The node roles of a cluster that belong to the account.
pub(super) fn node_roles<'a>(cluster: &'a Cluster, account: &'a AccountId) -> impl Iterator<Item = RoleArn> + 'a {
    let parsed = cluster.node_roles().filter_map(|arn| arn.parse::<RoleArn>().ok());
    parsed.filter(move |arn| arn.account() == account)
}

/// A cluster that was deleted while it was read: nothing of it is missed.
fn deleted() -> ClusterReading {
    ClusterReading { cluster: None, whole: false, wanted: Vec::new(), gaps: Vec::new() }
}

/// A cluster of which not everything is asked for.
fn part(cluster: Cluster, reading: Reading<'_>) -> ClusterReading {
    ClusterReading { cluster: Some(cluster), whole: false, wanted: reading.wanted, gaps: reading.gaps }
}

/// The node groups that are listed, each described.
fn node_groups(
    reading: &mut Reading<'_>,
    cluster: &str,
    listed: &Names<'_>,
) -> Known<BTreeMap<String, Known<NodeGroup>>> {
    described(listed, |name| {
        let question = Question::DescribeNodegroup { cluster: cluster.to_owned(), node_group: name.to_owned() };
        reading.thing(
            question,
            |reply| if let Reply::NodeGroup(group) = reply { Some(group.as_ref().clone()) } else { None },
        )
    })
}

/// The Fargate profiles that are listed, each described.
fn fargate_profiles(reading: &mut Reading<'_>, cluster: &str) -> Known<BTreeMap<String, Known<FargateProfile>>> {
    let listed = reading.names(Question::ListFargateProfiles { cluster: cluster.to_owned() });
    described(&listed, |name| {
        let question = Question::DescribeFargateProfile { cluster: cluster.to_owned(), profile: name.to_owned() };
        reading.thing(
            question,
            |reply| if let Reply::FargateProfile(profile) = reply { Some(profile.clone()) } else { None },
        )
    })
}

/// A list with each of its things described; those that are gone are left out, the rest of a list that could not be read
/// to its end stands under [`UNLISTED`].
fn described<T>(
    listed: &Names<'_>,
    mut describe: impl FnMut(&str) -> Option<Known<T>>,
) -> Known<BTreeMap<String, Known<T>>> {
    match (&listed.gap, listed.read) {
        (Some(gap), None) => Known::Missing(gap.clone()),
        (rest, names) => {
            let names = names.unwrap_or_default().iter();
            let mut things: BTreeMap<String, Known<T>> =
                names.filter_map(|name| Some((name.clone(), describe(name)?))).collect();
            if let Some(gap) = rest {
                things.insert(UNLISTED.to_owned(), Known::Missing(gap.clone()));
            }
            Known::Value(things)
        }
    }
}

/// Everything beyond detail and node groups.
fn fill(
    reading: &mut Reading<'_>,
    cluster: &mut Cluster,
    detail_pending: bool,
    groups: &Names<'_>,
    surroundings: Option<&Surroundings>,
) {
    cluster.fargate_profiles = fargate_profiles(reading, &cluster.name);
    cluster.access_entries = access_entries(reading, cluster, detail_pending, surroundings);
    cluster.cluster_admins = cluster_admins(reading, cluster, surroundings);
    networking::fill(reading, cluster, detail_pending, groups);
}

/// The principal as a node role of the account, if it is one.
fn node_role_of(principal: &str, around: &Surroundings, place: &Place) -> Option<RoleArn> {
    own_role(principal, place).filter(|role| around.node_roles.contains(role.name()))
}

/// The principals that are cluster administrators: asked for where one of them can be a node role that created the
/// cluster. A role that is younger than the cluster cannot have created it.
fn cluster_admins(
    reading: &mut Reading<'_>,
    cluster: &Cluster,
    surroundings: Option<&Surroundings>,
) -> Option<Known<Vec<String>>> {
    let entries = match &cluster.access_entries {
        // Whether a node role has an entry is not known.
        Known::Missing(gap) => return Some(Known::Missing(gap.clone())),
        Known::Value(entries) => entries,
    };
    let detail = cluster.detail.value();
    let excluded = detail.is_some_and(|detail| {
        detail.authentication_mode == AuthenticationMode::ConfigMap || detail.creator_is_admin == Some(false)
    });
    let around = surroundings?;
    let created = around.created.as_ref()?;
    let born = detail.and_then(|detail| detail.created_at);
    let may_have_created = |entry: &AccessEntry| {
        node_role_of(&entry.principal_arn, around, reading.place()).is_some_and(|role| {
            match (created.get(role.name()), born) {
                (Some(role_born), Some(cluster_born)) => *role_born <= cluster_born,
                (Some(_), None) | (None, _) => true,
            }
        })
    };
    if excluded || !entries.iter().any(may_have_created) {
        return None;
    }
    let admins = reading.names(Question::ListClusterAdmins { cluster: cluster.name.clone() });
    Some(admins.whole().map(|principals| principals.into_iter().collect::<BTreeSet<_>>().into_iter().collect()))
}
