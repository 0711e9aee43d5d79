//! The node roles that access entries alone tell of, and an index of the entries by role.

use std::collections::BTreeSet;

use crate::finding::NodeKind;
use crate::inventory::{AccessEntry, Cluster};
use crate::known::{Gap, Known};

/// A role that an access entry lets in as one of nodes.
#[derive(Debug)]
pub(super) struct EntryOfNodes<'a> {
    /// The role's ARN.
    pub(super) arn: &'a str,
    /// The kind of nodes.
    pub(super) kind: NodeKind,
    /// Whether they run Windows, where the type says so.
    pub(super) windows: Option<bool>,
}

/// Account and name of the role that an ARN names: the path does not count.
pub(in crate::rules) fn role_key(arn: &str) -> (&str, &str) {
    (arn.split(':').nth(4).unwrap_or_default(), arn.rsplit('/').next().unwrap_or(arn))
}

/// The entries of a cluster for nodes that `used` roles are not used by, and those whose type could not be read.
pub(super) fn of_nodes<'a>(
    cluster: &'a Cluster,
    used: &BTreeSet<(&'a str, &'a str)>,
) -> (Vec<EntryOfNodes<'a>>, Vec<(&'a str, &'a Gap)>) {
    let (mut of_nodes, mut unread) = (Vec::new(), Vec::new());
    for entry in cluster.access_entries.value().into_iter().flatten() {
        if used.contains(&role_key(&entry.principal_arn)) {
            continue;
        }
        match &entry.detail {
            Some(Known::Value(detail)) => {
                of_nodes.extend(kind_of(&detail.kind).map(|(kind, windows)| EntryOfNodes {
                    arn: &entry.principal_arn,
                    kind,
                    windows,
                }));
            }
            Some(Known::Missing(gap)) => unread.push((name(entry), gap)),
            // The role is there, and nothing about it is as with those of nodes (`collect/planner/likeness.rs`).
            None => {}
        }
    }
    (of_nodes, unread)
}

fn name(entry: &AccessEntry) -> &str {
    role_key(&entry.principal_arn).1
}

/// The kind of nodes that an entry's type is for; types are compared without case, as the user guide spells them in
/// several ways.
fn kind_of(entry_type: &str) -> Option<(NodeKind, Option<bool>)> {
    match entry_type.to_ascii_uppercase().as_str() {
        "EC2_LINUX" => Some((NodeKind::SelfManaged, Some(false))),
        "EC2_WINDOWS" => Some((NodeKind::SelfManaged, Some(true))),
        "EC2" => Some((NodeKind::AutoMode, Some(false))),
        "HYBRID_LINUX" => Some((NodeKind::Hybrid, Some(false))),
        "HYPERPOD_LINUX" => Some((NodeKind::Hyperpod, Some(false))),
        _ => None,
    }
}
