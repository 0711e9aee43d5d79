//! NR205: the CNI's rights belong to a role of its own.

mod elsewhere;
mod moving;
mod proof;

pub(in crate::rules) use elsewhere::unseen;
pub(crate) use proof::unproven;

use std::borrow::Cow;

use crate::finding::{Evidence, NodeKind, Severity, Status};
use crate::policy::Outcome;
use crate::rules::effective::Permissions;
use crate::rules::requirements::{Force, Need, Requirements, SetName, Setting, Switch};
use crate::rules::{NodeRole, Nodes, Verdict};

use super::ask::{Answer, Site, cni_set};
use super::aws_node::{Own, Rights, Server, Unread};
use super::judged::{Judged, Standing};
use super::mend::manual;
use super::{EC2, another_cni, called, living, one_a_cluster, readable, with_aws_node, wording};

const SEVERITY: Severity = Severity::Medium;

/// Whether aws-node of one cluster uses the node role.
enum Use<'a> {
    /// A role of its own works there, by a setting of EKS: the node role's rights are surplus.
    Surplus(String),
    /// It has no role of its own.
    Alone(Nodes<'a>),
    /// A role may be meant for it, or falls short.
    Perhaps(String),
    /// Not known.
    Open(Unread<'a>),
}

impl Use<'_> {
    fn evidence(&self) -> Evidence {
        match self {
            Self::Surplus(fact) | Self::Perhaps(fact) => Evidence::fact(fact.as_str()),
            Self::Alone(nodes) => Evidence::fact(alone(nodes)),
            Self::Open(unread) => unread.evidence(),
        }
    }
}

fn alone(nodes: &Nodes<'_>) -> String {
    format!("aws-node of cluster `{}` has no role of its own", nodes.cluster.name)
}

/// NR205 cni-role-separate: the node role does not carry the rights that write network interfaces where aws-node has a
/// working role of its own, or where all its nodes are Auto Mode's; elsewhere AWS recommends to move them.
///
/// Rights that only describe are never surplus. Blind to other software on the nodes that may use these rights.
pub fn nr205(node_role: &NodeRole<'_>) -> Verdict {
    if let Some(verdict) = another_cni(node_role, SEVERITY) {
        return verdict;
    }
    let nodes = living(node_role, EC2);
    let (role, permissions) = match readable(node_role, SEVERITY) {
        Ok(readable) => readable,
        Err(verdict) => return verdict,
    };
    let name = called(node_role.arn);
    let judged = writing(node_role, &nodes, &permissions);
    let granted: Vec<&Answer> = judged.answers.iter().filter(|answer| answer.granted()).collect();
    if granted.is_empty() {
        return not_granted(node_role, &judged);
    }
    let actions = wording::actions(&granted);
    let on_nodes = one_a_cluster(&with_aws_node(node_role));
    let mut uses: Vec<Use<'_>> = on_nodes.iter().map(|nodes| uses(node_role, *nodes)).collect();
    let auto_mode_alone = nodes.iter().all(|nodes| nodes.kind == NodeKind::AutoMode);
    let surplus = !uses.is_empty() && uses.iter().all(|one| matches!(one, Use::Surplus(_)));
    if auto_mode_alone || surplus {
        let unseen = unseen(node_role.facts, node_role.account);
        uses.extend(unseen.map(|gap| match gap {
            Cow::Borrowed(gap) => Use::Open(Unread::call("whether further nodes use the role", gap)),
            Cow::Owned(gap) => {
                Use::Open(Unread::fact(format!("whether further nodes use the role could not be read: {gap}")))
            }
        }));
    }
    let detach = || moving::detach(node_role, role, &permissions, &granted);
    let verdict = if !uses.is_empty() {
        of_uses(node_role, &uses, &actions, detach)
    } else if auto_mode_alone {
        let message =
            format!("`{name}` serves Auto Mode alone, whose nodes do not run aws-node, and yet has {actions}");
        Verdict::new(Status::Fail, SEVERITY, message).mend(detach())
    } else {
        let message = format!("`{name}` carries the CNI's rights ({actions}), though none of its nodes runs aws-node");
        let text = "Windows nodes do without these rights: detach what grants them once no Linux node uses the role";
        Verdict::new(Status::Advice, Severity::Low, message).mend(manual(text))
    };
    verdict.with(uses.iter().map(Use::evidence)).with(granted.into_iter().map(wording::evidence))
}

/// Nothing is granted for certain. A condition leaves it open only where it may grant what the CNI writes in one of the
/// families: a lone right to delete some interfaces, as in AWS's policy for cluster roles, is not the CNI's.
fn not_granted(node_role: &NodeRole<'_>, judged: &Judged) -> Verdict {
    let name = called(node_role.arn);
    let open: Vec<&Answer> =
        judged.answers.iter().filter(|answer| answer.decision.outcome == Outcome::Conditional).collect();
    let may_write = |set: SetName| {
        let required = |need: &&Need| need.clauses.iter().any(|clause| clause.force == Force::Required);
        requirements(node_role).into_iter().any(|requirements| {
            let mut writes = requirements
                .set(set)
                .iter()
                .filter(required)
                .filter(|need| requirements.interface_writing.contains(&need.action))
                .peekable();
            writes.peek().is_some() && writes.all(|need| open.iter().any(|answer| answer.ask.action == need.action))
        })
    };
    if ![SetName::CniIpv4, SetName::CniIpv6].into_iter().any(may_write) {
        if !node_role.facts.told().tells(Status::Pass) {
            return Verdict::new(Status::Pass, SEVERITY, String::new());
        }
        let message = format!("`{name}` does not have the CNI's rights to write network interfaces");
        return Verdict::new(Status::Pass, SEVERITY, message).with(judged.evidence());
    }
    let reasons = wording::reasons(&open);
    let message = format!("whether `{name}` may write network interfaces is not certain: {reasons}");
    Verdict::new(Status::Unknown, SEVERITY, message)
        .with(open.into_iter().map(wording::evidence))
        .with(judged.gaps().iter().map(Evidence::gap))
}

/// One cluster that uses the node role is enough for its rights not to be surplus.
fn of_uses(
    node_role: &NodeRole<'_>,
    uses: &[Use<'_>],
    actions: &str,
    detach: impl FnOnce() -> crate::finding::Remediation,
) -> Verdict {
    let name = called(node_role.arn);
    let (mut in_use, mut open, mut surplus, mut without) = (None, None, None, Vec::new());
    for one in uses {
        match one {
            Use::Surplus(fact) => surplus = surplus.or(Some(fact.clone())),
            Use::Perhaps(fact) => in_use = in_use.or(Some(fact.clone())),
            Use::Open(unread) => open = open.or(Some(unread.reason.clone())),
            Use::Alone(nodes) => {
                in_use = in_use.or(Some(alone(nodes)));
                without.push(*nodes);
            }
        }
    }
    match (in_use, open) {
        (Some(reason), _) => {
            let message = format!(
                "`{name}` carries the CNI's rights ({actions}), which AWS recommends to give to a role of aws-node's own: \
                 {reason}"
            );
            Verdict::new(Status::Advice, Severity::Low, message).mend(moving::separate(node_role, &without))
        }
        (None, Some(reason)) => {
            let message = format!(
                "`{name}` carries the CNI's rights ({actions}), and whether aws-node uses them is not known: {reason}"
            );
            Verdict::new(Status::Unknown, SEVERITY, message)
        }
        (None, None) => {
            let own = surplus.unwrap_or_default();
            let message = format!("`{name}` still has {actions}, which are surplus: {own}");
            Verdict::new(Status::Fail, SEVERITY, message).mend(detach())
        }
    }
}

/// What the clusters of the role need, one entry a cluster.
fn requirements<'a>(node_role: &NodeRole<'a>) -> Vec<&'a Requirements> {
    let clusters = one_a_cluster(&node_role.nodes).into_iter();
    clusters.map(|nodes| node_role.facts.requirements(node_role.account, nodes.cluster)).collect()
}

/// The rights that write network interfaces, asked for in every region of the role.
fn writing(node_role: &NodeRole<'_>, nodes: &[Nodes<'_>], permissions: &Permissions) -> Judged {
    let asks = one_a_cluster(nodes)
        .into_iter()
        .flat_map(|nodes| Site::of(node_role, nodes).asks_for_writing(SetName::CniIpv4));
    Judged::of(permissions, asks)
}

/// Whether aws-node of a cluster uses the node role.
fn uses<'a>(node_role: &'a NodeRole<'a>, nodes: Nodes<'a>) -> Use<'a> {
    let cluster = nodes.cluster;
    match Server::of(node_role.facts, node_role.account, cluster) {
        Server::Unread(unread) => Use::Open(unread),
        Server::NodeRole(None) => Use::Alone(nodes),
        Server::NodeRole(Some(gap)) => Use::Open(Unread::call(
            &format!("whether aws-node of cluster `{}` has a role of its own", cluster.name),
            gap,
        )),
        Server::Candidates(candidates) => {
            let names: Vec<&str> = candidates.iter().map(|own| called(own.arn)).collect();
            Use::Perhaps(format!(
                "`{}` trusts aws-node of cluster `{}`, but whether it is used stands in Kubernetes alone",
                names.join("`, `"),
                cluster.name
            ))
        }
        Server::Own(own) => works(node_role, nodes, &own),
    }
}

/// Whether a role that EKS gives to aws-node grants what it needs.
fn works<'a>(node_role: &'a NodeRole<'a>, nodes: Nodes<'a>, own: &Own<'a>) -> Use<'a> {
    let name = called(own.arn);
    let cluster = &nodes.cluster.name;
    let short =
        || Use::Perhaps(format!("`{name}`, which is to serve aws-node of cluster `{cluster}`, falls short: see NR204"));
    let open = |what: String| Use::Open(Unread::fact(what));
    let permissions = match own.rights(node_role.facts, node_role.account) {
        Rights::Known(_, permissions) => permissions,
        Rights::NoSuchRole | Rights::OutOfReach(_) => return short(),
        Rights::Unread(unread) => return Use::Open(unread),
    };
    let site = Site::of(node_role, nodes);
    if site.settings().switch(Setting::ImdsOnly) == Switch::Is(true) {
        return Use::Surplus(format!("`{name}` serves aws-node of cluster `{cluster}`, which asks nothing of EC2"));
    }
    let Some(set) = cni_set(nodes.cluster) else {
        return match nodes.cluster.detail.gap() {
            Some(gap) => Use::Open(Unread::call(&format!("the family of addresses of cluster `{cluster}`"), gap)),
            None => open(format!("the family of addresses of cluster `{cluster}` is not known")),
        };
    };
    let judged = Judged::of(&permissions, site.asks(set));
    match judged.standing() {
        Standing::Grants | Standing::Advised => {
            Use::Surplus(format!("`{name}` serves aws-node of cluster `{cluster}` by {}", own.by()))
        }
        Standing::Lacks => short(),
        Standing::Open => {
            let unread = judged.gaps().first().map(|gap| format!(": {gap}")).unwrap_or_default();
            open(format!("whether `{name}` can serve aws-node of cluster `{cluster}` is open{unread}"))
        }
    }
}
