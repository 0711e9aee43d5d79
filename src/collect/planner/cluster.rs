//! Reading one cluster: which of its parts are needed, given what is known already.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::collect::call::{Call, Question, Reply};
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, RoleArn};
use crate::inventory::{
    AccessEntry, AccessEntryType, AuthenticationMode, Cluster, ClusterDetail, FargateProfile, NodeGroup, UNLISTED,
};
use crate::known::{Gap, Known};

use super::ledger::{Ledger, Names, Reading};
use super::likeness::is_path_of_aws;
use super::place::Place;

mod networking;

/// The type of the access entry of Auto Mode's nodes.
const ENTRY_OF_AUTO_MODE: &str = "EC2";

/// The types of access entries that show a role to be that of nodes.
pub(super) const ENTRIES_OF_NODES: [&str; 4] = [ENTRY_OF_AUTO_MODE, "EC2_LINUX", "EC2_WINDOWS", "HYBRID_LINUX"];

/// The type of HyperPod's nodes, which are shown and not judged.
pub(super) const ENTRIES_OF_HYPERPOD: [&str; 1] = ["HYPERPOD_LINUX"];

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
    /// Whether machines that EKS does not tell of use one of the roles that were asked for.
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

    /// Machines that EKS does not tell of use one of the roles that were asked for.
    pub(super) fn is_used(&mut self) {
        self.used = true;
    }

    /// Takes an answer; the calls that it makes possible.
    pub(super) fn take(&mut self, call: Call, result: Result<Reply, Failure>) -> Vec<Call> {
        // What is said of one thing of a list leads to no further question: no need to walk through a large cluster
        // once for each of its node groups.
        let tells_of_role = matches!(call.question, Question::DescribeNodegroup { .. }) && self.depth != Depth::Whole;
        let leaf = !tells_of_role && call.question.describes_one_of_a_list();
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
        let mut cluster = self.unused(detail, node_groups, reading.place());
        if !self.is_whole(&cluster, reading.place()) {
            return part(cluster, reading);
        }
        fill(&mut reading, &mut cluster, pending, &groups, surroundings);
        let deleting = cluster.detail.value().is_some_and(|detail| detail.status == "DELETING");
        let gone = deleting && reading.gaps.iter().any(|gap| gap.class == FailureClass::Gone);
        if gone {
            return deleted();
        }
        let Reading { wanted, gaps, .. } = reading;
        ClusterReading { cluster: Some(cluster), whole: true, wanted, gaps }
    }

    /// A cluster whose nodes use none of the roles that were asked for, as far as is known.
    fn unused(
        &self,
        detail: Known<ClusterDetail>,
        node_groups: Known<BTreeMap<String, Known<NodeGroup>>>,
        place: &Place,
    ) -> Cluster {
        let mut groups = node_groups.value().into_iter().flat_map(BTreeMap::values);
        let unknown = detail.gap().or(node_groups.gap()).or_else(|| groups.find_map(Known::gap)).cloned();
        let gap = unknown.unwrap_or_else(|| {
            let question = Question::DescribeCluster { cluster: self.name.clone() };
            place.not_asked(&question, "its nodes use none of the roles that the targeted audit was asked for")
        });
        Cluster { detail, node_groups, ..Cluster::unread(&self.name, &gap) }
    }

    /// Whether the cluster is one to read as a whole, as far as is known.
    fn is_whole(&self, cluster: &Cluster, place: &Place) -> bool {
        match &self.depth {
            Depth::Whole => true,
            Depth::Nothing => false,
            Depth::IfItUses(_) if self.used => true,
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

/// The access entries; those that may tell of a node role are described.
fn access_entries(
    reading: &mut Reading<'_>,
    cluster: &Cluster,
    detail_pending: bool,
    surroundings: Option<&Surroundings>,
) -> Known<Vec<AccessEntry>> {
    match &cluster.detail {
        Known::Missing(gap) if detail_pending => return Known::Missing(gap.clone()),
        Known::Value(detail) if detail.authentication_mode == AuthenticationMode::ConfigMap => {
            return Known::Value(Vec::new());
        }
        Known::Value(_) | Known::Missing(_) => {}
    }
    let listed = reading.names(Question::ListAccessEntries { cluster: cluster.name.clone() }).whole();
    listed.map(|principals| {
        let principals: BTreeSet<String> = principals.into_iter().collect();
        let describe = |principal_arn: String| {
            let wanted = surroundings.is_some_and(|around| may_tell_of_nodes(&principal_arn, around, reading.place()));
            if !wanted {
                return Some(AccessEntry { principal_arn, detail: None });
            }
            let question =
                Question::DescribeAccessEntry { cluster: cluster.name.clone(), principal: principal_arn.clone() };
            let detail = reading.thing(question, |reply| {
                if let Reply::AccessEntry(entry) = reply { Some(entry.clone()) } else { None }
            })?;
            let detail = match detail {
                Known::Value(entry) => Known::Value(with_policies(reading, &cluster.name, &principal_arn, entry)?),
                Known::Missing(gap) => Known::Missing(gap),
            };
            Some(AccessEntry { principal_arn, detail: Some(detail) })
        };
        principals.into_iter().filter_map(describe).collect()
    })
}

/// The entry with its access policies, which matter for the nodes of Auto Mode alone; none where it was deleted meanwhile.
fn with_policies(
    reading: &mut Reading<'_>,
    cluster: &str,
    principal: &str,
    mut entry: AccessEntryType,
) -> Option<AccessEntryType> {
    if entry.kind == ENTRY_OF_AUTO_MODE {
        let (cluster, principal) = (cluster.to_owned(), principal.to_owned());
        let answer = reading.ask_for(Question::ListAssociatedAccessPolicies { cluster, principal });
        if answer.gone() {
            return None;
        }
        let names = if let Some(Reply::Names { names, .. }) = answer.reply { names.clone() } else { Vec::new() };
        entry.access_policies = Some(answer.gap.map_or(Known::Value(names), Known::Missing));
    }
    Some(entry)
}

/// Whether the entry may tell of nodes: that of a node role, of a role that can be one, or of one that is gone. Not that of
/// a role of another account: only entries of the type STANDARD may name such (EKS user guide, *Create access entries*).
fn may_tell_of_nodes(principal: &str, around: &Surroundings, place: &Place) -> bool {
    own_role(principal, place).is_some_and(|role| {
        around.node_roles.contains(role.name())
            || around.bystanders.as_ref().is_none_or(|names| !names.contains(role.name()))
    })
}

/// The principal as a role of the account that is not AWS's own, if it is one.
fn own_role(principal: &str, place: &Place) -> Option<RoleArn> {
    let role = principal.parse::<RoleArn>().ok()?;
    (!is_path_of_aws(role.path()) && *role.account() == place.account).then_some(role)
}

/// The roles of the account whose access entries are of these types.
pub(super) fn roles_of_entries<'a>(
    cluster: &'a Cluster,
    place: &'a Place,
    kinds: &'a [&str],
) -> impl Iterator<Item = RoleArn> + 'a {
    let entries = cluster.access_entries.value().into_iter().flatten();
    let of_nodes = entries.filter(|entry| {
        let kind = entry.detail.as_ref().and_then(Known::value).map(|detail| detail.kind.as_str());
        kind.is_some_and(|kind| kinds.contains(&kind))
    });
    of_nodes.filter_map(|entry| own_role(&entry.principal_arn, place))
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
