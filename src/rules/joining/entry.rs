//! NR401: an access entry of the right type lets the nodes in.

use std::borrow::Cow;

use crate::finding::{Evidence, NodeKind, Remediation, RemediationClass, Severity, Status};
use crate::inventory::{AccessEntryType, AuthenticationMode, Cluster, RoleRecord};
use crate::known::{Gap, Known};
use crate::remediate::Change;
use crate::remediate::state::EntryState;
use crate::rules::command::AUTO_NODE_POLICY;
use crate::rules::sharing::unseen_in;
use crate::rules::subject::{NodeRole, Nodes, Shown};
use crate::rules::verdict::Verdict;

use super::{entry_of, mode_of, spelled};

const SEVERITY: Severity = Severity::High;

/// Why more than its entry may tell of a role's nodes: machines were not seen, or the role's instance profiles were not read.
fn untold<'a>(role: &NodeRole<'a>, nodes: &Nodes<'a>) -> Option<Cow<'a, Gap>> {
    let profiles = match role.record() {
        Some(RoleRecord::Missing(gap)) => Some(gap),
        Some(RoleRecord::Found(found)) => found.instance_profiles.gap(),
        Some(RoleRecord::NoSuchRole) | None => None,
    };
    unseen_in(role, nodes).or(profiles.map(Cow::Borrowed))
}

/// What is wrong with the entry of some nodes.
enum Wrong {
    /// There is none.
    Absent,
    /// It is of this type, which is not for such nodes.
    Type(String),
    /// It is for nodes of Auto Mode, but lacks the access policy for them.
    Policy,
}

/// NR401 in a cluster that reads no access entries: whatever roles its nodes have, there is nothing to judge.
pub fn by_config_map(cluster: &Cluster) -> Option<Verdict> {
    let mode = cluster.detail.value()?.authentication_mode;
    (mode == AuthenticationMode::ConfigMap).then(|| {
        let message = format!(
            "cluster `{}` maps roles by its aws-auth ConfigMap alone (mode CONFIG_MAP), which no AWS API shows",
            cluster.name
        );
        let evidence = Evidence::from_api("eks:DescribeCluster", format!("authentication mode: {}", spelled(mode)));
        Verdict::new(Status::NotApplicable, SEVERITY, message).with([evidence])
    })
}

/// NR401 access-entry: where the cluster reads access entries, the role has one of the type that its nodes need.
pub fn access_entry(role: &NodeRole<'_>, nodes: &Nodes<'_>) -> Verdict {
    let cluster = &nodes.cluster.name;
    let mode = match mode_of(nodes.cluster) {
        Ok(mode) => mode,
        Err(gap) => return Verdict::unread(SEVERITY, gap, &format!("the authentication mode of cluster `{cluster}`")),
    };
    if matches!(role.record(), Some(RoleRecord::NoSuchRole)) {
        let message = format!("the role `{}` does not exist (NR001), so that no entry can let it in", role.name());
        return Verdict::new(Status::NotApplicable, SEVERITY, message);
    }
    let entry = match entry_of(role, nodes.cluster) {
        Ok(entry) => entry,
        Err(gap) => return Verdict::unread(SEVERITY, gap, &format!("the access entries of cluster `{cluster}`")),
    };
    let name = role.name();
    let told = match entry.map(|entry| &entry.detail) {
        None => return wrong(role, nodes, mode, &Wrong::Absent),
        Some(Some(Known::Value(told))) => told,
        Some(Some(Known::Missing(gap))) => {
            return Verdict::unread(
                SEVERITY,
                gap,
                &format!("the access entry of role `{name}` in cluster `{cluster}`"),
            );
        }
        Some(None) => {
            let message = format!(
                "the type of the access entry of role `{name}` in cluster `{cluster}` was not asked for, since nobody who \
                 launches nodes may assume the role"
            );
            let evidence = Evidence::from_api("eks:DescribeAccessEntry", message.clone());
            return Verdict::new(Status::Unknown, SEVERITY, message).with([evidence]);
        }
    };
    of_type(role, nodes, mode, told)
}

/// The types of entries that let such nodes in; two where the nodes' system is not known.
fn wanted(nodes: &Nodes<'_>) -> &'static [&'static str] {
    match (nodes.kind, nodes.windows) {
        (NodeKind::AutoMode, _) => &["EC2"],
        (NodeKind::Hybrid, _) => &["HYBRID_LINUX"],
        (NodeKind::Hyperpod, _) => &["HYPERPOD_LINUX"],
        (NodeKind::Managed | NodeKind::SelfManaged | NodeKind::Karpenter, Some(true)) => &["EC2_WINDOWS"],
        (NodeKind::Managed | NodeKind::SelfManaged | NodeKind::Karpenter, Some(false)) => &["EC2_LINUX"],
        (NodeKind::Managed | NodeKind::SelfManaged | NodeKind::Karpenter, None) => &["EC2_LINUX", "EC2_WINDOWS"],
    }
}

/// Compares an entry's type, which EKS's own pages spell in upper and mixed case.
fn of_type(role: &NodeRole<'_>, nodes: &Nodes<'_>, mode: AuthenticationMode, told: &AccessEntryType) -> Verdict {
    let wanted = wanted(nodes);
    let (name, cluster) = (role.name(), &nodes.cluster.name);
    let evidence = Evidence::from_api(
        "eks:DescribeAccessEntry",
        format!("cluster `{cluster}` has an access entry of type {} for `{name}`", told.kind),
    );
    if !wanted.iter().any(|kind| told.kind.eq_ignore_ascii_case(kind)) {
        return wrong(role, nodes, mode, &Wrong::Type(told.kind.clone())).with([evidence]);
    }
    if wanted.len() > 1 {
        let message = format!(
            "the access entry of role `{name}` in cluster `{cluster}` is of type {}, but whether the nodes run Linux or \
             Windows is not known, for none runs or EC2 was not read: {}",
            told.kind,
            nodes.described()
        );
        return Verdict::new(Status::Unknown, SEVERITY, message).with([evidence]);
    }
    // An entry alone tells nothing of its nodes: where these could not be read, they may need another.
    if nodes.shown_by == Shown::AccessEntry
        && nodes.is_own_ec2()
        && let Some(gap) = untold(role, nodes)
    {
        let what = format!("the nodes that the access entry of role `{name}` in cluster `{cluster}` is for");
        return Verdict::unread(SEVERITY, &gap, &what).with([evidence]);
    }
    if nodes.kind == NodeKind::AutoMode
        && let Some(verdict) = lacks_policy(role, nodes, mode, told)
    {
        return verdict.with([evidence]);
    }
    let message = format!("the access entry of role `{name}` lets {} in", nodes.described());
    Verdict::new(Status::Pass, SEVERITY, message).with([evidence])
}

/// What speaks against an entry for Auto Mode: node classes need its access policy; EKS gives it to the built-in pools.
fn lacks_policy(
    role: &NodeRole<'_>,
    nodes: &Nodes<'_>,
    mode: AuthenticationMode,
    told: &AccessEntryType,
) -> Option<Verdict> {
    match &told.access_policies {
        Some(Known::Value(policies)) => {
            let has = policies.iter().any(|policy| policy.rsplit('/').next() == Some(AUTO_NODE_POLICY));
            (!has).then(|| {
                let listed = if policies.is_empty() { "none".to_owned() } else { policies.join(", ") };
                let evidence =
                    Evidence::from_api("eks:ListAssociatedAccessPolicies", format!("its access policies: {listed}"));
                wrong(role, nodes, mode, &Wrong::Policy).with([evidence])
            })
        }
        Some(Known::Missing(_)) | None if nodes.shown_by == Shown::Cluster => None,
        Some(Known::Missing(gap)) => Some(Verdict::unread(
            SEVERITY,
            gap,
            &format!("the access policies of role `{}` in cluster `{}`", role.name(), nodes.cluster.name),
        )),
        None => {
            let message = format!("whether role `{}` has {AUTO_NODE_POLICY} was not asked for", role.name());
            let evidence = Evidence::from_api("eks:ListAssociatedAccessPolicies", message.clone());
            Some(Verdict::new(Status::Unknown, SEVERITY, message).with([evidence]))
        }
    }
}

/// What fails where access entries alone count; aws-auth, which no AWS API shows, may still let the nodes in elsewhere.
fn wrong(role: &NodeRole<'_>, nodes: &Nodes<'_>, mode: AuthenticationMode, wrong: &Wrong) -> Verdict {
    let (name, place) = (role.name(), nodes.described());
    let wanted = wanted(nodes).join(" or ");
    let what = match wrong {
        Wrong::Absent => format!("role `{name}` has no access entry of type {wanted} for {place}"),
        Wrong::Type(kind) => format!("the access entry of role `{name}` is of type {kind}, not {wanted}, for {place}"),
        Wrong::Policy => {
            format!(
                "the access entry of role `{name}` lacks {AUTO_NODE_POLICY}, which nodes need to become ready, for {place}"
            )
        }
    };
    let mode_told = Evidence::from_api(
        "eks:DescribeCluster",
        format!("authentication mode of cluster `{}`: {}", nodes.cluster.name, spelled(mode)),
    );
    let (status, severity, message) = match mode {
        AuthenticationMode::Api => (Status::Fail, SEVERITY, format!("{what}: the cluster does not let the nodes in")),
        AuthenticationMode::ApiAndConfigMap | AuthenticationMode::ConfigMap => {
            let severity = match wrong {
                Wrong::Absent => Severity::Low,
                Wrong::Type(_) | Wrong::Policy => Severity::Medium,
            };
            (
                Status::Advice,
                severity,
                format!("{what}: the cluster does not let the nodes in unless aws-auth does, which no AWS API shows"),
            )
        }
    };
    Verdict::new(status, severity, message).with([mode_told]).mend(mend(role, nodes, wrong))
}

/// An entry's type cannot be changed: a wrong one is deleted and created anew.
fn mend(role: &NodeRole<'_>, nodes: &Nodes<'_>, wrong: &Wrong) -> Remediation {
    let manual = |text: String| Remediation::manual(text, Vec::new());
    let (cluster, region) = (&nodes.cluster.name, nodes.region);
    let Some(arn) = role.parsed().cloned().filter(|arn| *arn.account() == role.account.id) else {
        return manual("Give the nodes a role of the cluster's account: entries for nodes take no other".to_owned());
    };
    if matches!(wrong, Wrong::Type(_)) && role.nodes.iter().any(|other| need_another(other, nodes)) {
        return manual(format!(
            "Give the nodes of one kind a role of their own ({}): role `{}` serves other nodes of the cluster, which need an entry of another type, \
             and a role has one entry in a cluster",
            nodes.described(),
            arn.name()
        ));
    }
    let Some(kind) = wanted(nodes).first().filter(|_| wanted(nodes).len() == 1) else {
        return manual("Create an access entry of type EC2_LINUX or EC2_WINDOWS, as the nodes run".to_owned());
    };
    let of_entry = || (arn.clone(), region.clone(), cluster.clone());
    let create = || {
        let (role, region, cluster) = of_entry();
        Change::CreateEntry { entry: EntryState::for_nodes(kind, &role), role, region, cluster }
    };
    let (text, changes) = match wrong {
        Wrong::Absent => ("Create the access entry".to_owned(), vec![create()]),
        Wrong::Type(_) => (
            "Delete the access entry and create it with the right type, which cannot be changed: while there is none, nodes \
             are not let in"
                .to_owned(),
            {
                let (role, region, cluster) = of_entry();
                vec![Change::DeleteEntry { role, region, cluster }, create()]
            },
        ),
        Wrong::Policy => {
            let (role, region, cluster) = of_entry();
            (format!("Associate {AUTO_NODE_POLICY}"), vec![Change::AssociateNodePolicy { role, region, cluster }])
        }
    };
    Remediation::by(RemediationClass::Guarded, text, changes)
}

/// Whether other nodes of the same role need an entry of another type than these.
fn need_another(one: &Nodes<'_>, other: &Nodes<'_>) -> bool {
    let same_cluster = one.region == other.region && one.cluster.name == other.cluster.name;
    same_cluster && !wanted(one).iter().any(|kind| wanted(other).contains(kind))
}
