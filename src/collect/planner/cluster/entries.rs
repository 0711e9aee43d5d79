//! The access entries of a cluster: whose are listed, and which of them are described.

use std::collections::BTreeSet;

use crate::collect::call::{Question, Reply};
use crate::collect::planner::ledger::Reading;
use crate::collect::planner::likeness::is_path_of_aws;
use crate::collect::planner::place::Place;
use crate::ids::RoleArn;
use crate::inventory::{AccessEntry, AccessEntryType, AuthenticationMode, Cluster, ClusterDetail};
use crate::known::Known;

use super::Surroundings;

/// The type of the access entry of Auto Mode's nodes.
const ENTRY_OF_AUTO_MODE: &str = "EC2";

/// The types of access entries that show a role to be that of nodes.
pub(in crate::collect::planner) const ENTRIES_OF_NODES: [&str; 4] =
    [ENTRY_OF_AUTO_MODE, "EC2_LINUX", "EC2_WINDOWS", "HYBRID_LINUX"];

/// The type of HyperPod's nodes, which are shown and not judged.
pub(in crate::collect::planner) const ENTRIES_OF_HYPERPOD: [&str; 1] = ["HYPERPOD_LINUX"];

/// The principals of the access entries, each once and in order.
pub(super) fn listed_principals(
    reading: &mut Reading<'_>,
    cluster: &str,
    detail: &Known<ClusterDetail>,
    detail_pending: bool,
) -> Known<BTreeSet<String>> {
    match detail {
        Known::Missing(gap) if detail_pending => return Known::Missing(gap.clone()),
        Known::Value(detail) if detail.authentication_mode == AuthenticationMode::ConfigMap => {
            return Known::Value(BTreeSet::new());
        }
        Known::Value(_) | Known::Missing(_) => {}
    }
    let listed = reading.names(Question::ListAccessEntries { cluster: cluster.to_owned() }).whole();
    listed.map(|principals| principals.into_iter().collect())
}

/// The access entries; those that may tell of a node role are described.
pub(super) fn access_entries(
    reading: &mut Reading<'_>,
    cluster: &Cluster,
    detail_pending: bool,
    surroundings: Option<&Surroundings>,
) -> Known<Vec<AccessEntry>> {
    let listed = listed_principals(reading, &cluster.name, &cluster.detail, detail_pending);
    listed.map(|principals| {
        let describe = |principal_arn: String| {
            let wanted = surroundings.is_some_and(|around| may_tell_of_nodes(&principal_arn, around, reading.place()));
            if !wanted {
                return Some(AccessEntry { principal_arn, detail: None });
            }
            let detail = described_entry(reading, &cluster.name, principal_arn.clone())?;
            let detail = match detail {
                Known::Value(entry) => Known::Value(with_policies(reading, &cluster.name, &principal_arn, entry)?),
                Known::Missing(gap) => Known::Missing(gap),
            };
            Some(AccessEntry { principal_arn, detail: Some(detail) })
        };
        principals.into_iter().filter_map(describe).collect()
    })
}

/// An access entry that was listed; none where it was deleted meanwhile.
pub(super) fn described_entry(
    reading: &mut Reading<'_>,
    cluster: &str,
    principal: String,
) -> Option<Known<AccessEntryType>> {
    let question = Question::DescribeAccessEntry { cluster: cluster.to_owned(), principal };
    reading.thing(question, |reply| if let Reply::AccessEntry(entry) = reply { Some(entry.clone()) } else { None })
}

/// Whether the type of an entry is one of these; types are compared without case.
pub(super) fn is_one_of(kind: &str, kinds: &[&str]) -> bool {
    kinds.iter().any(|known| known.eq_ignore_ascii_case(kind))
}

/// The entry with its access policies, which matter for the nodes of Auto Mode alone; none where it was deleted meanwhile.
fn with_policies(
    reading: &mut Reading<'_>,
    cluster: &str,
    principal: &str,
    mut entry: AccessEntryType,
) -> Option<AccessEntryType> {
    if is_one_of(&entry.kind, &[ENTRY_OF_AUTO_MODE]) {
        let (cluster, principal) = (cluster.to_owned(), principal.to_owned());
        let answer = reading.ask_for(Question::ListAssociatedAccessPolicies { cluster, principal });
        if answer.gone() {
            return None;
        }
        let mut names = if let Some(Reply::Names { names, .. }) = answer.reply { names.clone() } else { Vec::new() };
        // each once, however often the list tells of it
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
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
pub(super) fn own_role(principal: &str, place: &Place) -> Option<RoleArn> {
    let role = principal.parse::<RoleArn>().ok()?;
    (!is_path_of_aws(role.path()) && *role.account() == place.account).then_some(role)
}

/// The roles of the account whose access entries are of these types.
pub(in crate::collect::planner) fn roles_of_entries<'a>(
    cluster: &'a Cluster,
    place: &'a Place,
    kinds: &'a [&str],
) -> impl Iterator<Item = RoleArn> + 'a {
    let entries = cluster.access_entries.value().into_iter().flatten();
    let of_nodes = entries.filter(|entry| {
        let kind = entry.detail.as_ref().and_then(Known::value).map(|detail| detail.kind.as_str());
        kind.is_some_and(|kind| is_one_of(kind, kinds))
    });
    of_nodes.filter_map(|entry| own_role(&entry.principal_arn, place))
}
