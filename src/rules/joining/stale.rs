//! NR405: the access entry holds the role that is there now, not one that was deleted.

use crate::finding::{Evidence, NodeKind, Remediation, RemediationClass, Severity, Status};
use crate::inventory::AccessEntryType;
use crate::known::Known;
use crate::remediate::Change;
use crate::remediate::state::EntryState;
use crate::rules::permissions::one_a_cluster;
use crate::rules::subject::{NodeRole, Nodes};
use crate::rules::verdict::Verdict;

use super::entry_of;

const SEVERITY: Severity = Severity::High;

/// NR405 access-entry-stale: an access entry holds the unique id that the role had when the entry was created. A role that
/// was created after it under the same name is another one: its nodes are refused though everything looks right.
///
/// Both times are whole seconds of UTC; the same second passes, for nobody creates an entry before its role.
pub fn access_entry_stale(role: &NodeRole<'_>) -> Verdict {
    let found = match role.required(SEVERITY, "when it was created") {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let name = found.arn.name();
    let of_rule: Vec<Nodes<'_>> = role.nodes.iter().copied().filter(|nodes| nodes.kind != NodeKind::Hyperpod).collect();
    let (mut stale, mut fresh, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for nodes in one_a_cluster(&of_rule) {
        let place = format!("cluster `{}` in {}", nodes.cluster.name, nodes.region);
        let told = match entry_of(role, nodes.cluster) {
            Err(gap) => {
                open.push(Evidence::gap(gap));
                continue;
            }
            Ok(None) => continue,
            Ok(Some(entry)) => match &entry.detail {
                Some(Known::Value(told)) => told,
                Some(Known::Missing(gap)) => {
                    open.push(Evidence::gap(gap));
                    continue;
                }
                None => {
                    let text = format!("when the access entry of `{name}` in {place} was created was not asked for");
                    open.push(Evidence::from_api("eks:DescribeAccessEntry", text));
                    continue;
                }
            },
        };
        match (found.created_at, told.created_at) {
            (Some(role_made), Some(entry_made)) => {
                let text = format!("{place}: the access entry was created at {entry_made}, the role at {role_made}");
                let evidence = Evidence::from_api("eks:DescribeAccessEntry", text);
                if role_made.as_second() > entry_made.as_second() {
                    stale.push((nodes, told, evidence));
                } else {
                    fresh.push(evidence);
                }
            }
            (None, _) => open.push(Evidence::from_api(role.read_by(), "IAM does not say when the role was created")),
            (Some(_), None) => {
                let text = format!("{place}: EKS does not say when the access entry was created");
                open.push(Evidence::from_api("eks:DescribeAccessEntry", text));
            }
        }
    }
    answer(role, name, &stale, fresh, open)
}

fn answer(
    role: &NodeRole<'_>,
    name: &str,
    stale: &[(Nodes<'_>, &AccessEntryType, Evidence)],
    fresh: Vec<Evidence>,
    open: Vec<Evidence>,
) -> Verdict {
    if !stale.is_empty() {
        let places: Vec<String> = stale.iter().map(|(nodes, _, _)| format!("`{}`", nodes.cluster.name)).collect();
        let message = format!(
            "role `{name}` was created after its access entry in cluster {}: the entry holds the unique id of a role that was \
             deleted, and lets no node of this one in",
            places.join(", ")
        );
        let evidence = stale.iter().map(|(_, _, evidence)| evidence.clone());
        return Verdict::new(Status::Fail, SEVERITY, message).with(evidence).with(open).mend(mend(role, stale));
    }
    if let Some(first) = open.first() {
        let message =
            format!("whether the access entries of role `{name}` are older than it is not known: {}", first.text);
        return Verdict::new(Status::Unknown, SEVERITY, message).with(open);
    }
    if fresh.is_empty() {
        let message = format!("no cluster that role `{name}` serves has an access entry for it");
        return Verdict::new(Status::NotApplicable, SEVERITY, message);
    }
    Verdict::new(Status::Pass, SEVERITY, format!("the access entries of role `{name}` are not older than it"))
        .with(fresh)
}

fn mend(role: &NodeRole<'_>, stale: &[(Nodes<'_>, &AccessEntryType, Evidence)]) -> Remediation {
    let mut class = RemediationClass::Guarded;
    let mut changes = Vec::new();
    if let Some(arn) = role.parsed().cloned() {
        for (nodes, told, _) in stale {
            let (cluster, region) = (&nodes.cluster.name, nodes.region);
            let (region, cluster) = (region.clone(), cluster.clone());
            let entry = EntryState::for_nodes(&told.kind.to_ascii_uppercase(), &arn);
            changes.push(Change::DeleteEntry { role: arn.clone(), region: region.clone(), cluster: cluster.clone() });
            changes.push(Change::CreateEntry { role: arn.clone(), region, cluster, entry });
            if told.kind.eq_ignore_ascii_case("STANDARD") {
                class = RemediationClass::Manual;
            }
        }
    }
    let text = match class {
        RemediationClass::Manual => {
            "Delete the access entry and create it anew; note down its groups and access policies first, and give them back"
        }
        RemediationClass::Safe | RemediationClass::Guarded => {
            "Delete the access entry and create it anew with the same type: sessions of the old role cannot exist any more"
        }
    };
    let by = Remediation::by(class, text, changes);
    match class {
        // what people gave the entry is theirs to give back
        RemediationClass::Manual => Remediation::manual(by.text, by.commands),
        RemediationClass::Safe | RemediationClass::Guarded => by,
    }
}
