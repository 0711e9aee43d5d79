//! NR205: the CNI's rights belong to a role of its own.

mod moving;

use crate::finding::{Evidence, NodeKind, Severity, Status};
use crate::policy::Outcome;
use crate::rules::effective::Permissions;
use crate::rules::requirements::{SetName, Setting, Switch};
use crate::rules::{NodeRole, Nodes, Verdict};

use super::ask::{Answer, Site, cni_set};
use super::aws_node::{Own, Rights, Server, Unread};
use super::judged::{Judged, Standing};
use super::mend::manual;
use super::{called, living, one_a_cluster, readable, with_aws_node, wording};

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
    let nodes = living(node_role, &[NodeKind::Managed, NodeKind::AutoMode]);
    let (role, permissions) = match readable(node_role, SEVERITY) {
        Ok(readable) => readable,
        Err(verdict) => return verdict,
    };
    let name = called(node_role.arn);
    let judged = writing(node_role, &nodes, &permissions);
    let granted: Vec<&Answer> = judged.answers.iter().filter(|answer| answer.granted()).collect();
    if granted.is_empty() {
        return not_granted(name, &judged);
    }
    let actions = wording::actions(&granted);
    let on_nodes = one_a_cluster(&with_aws_node(node_role));
    let uses: Vec<Use<'_>> = on_nodes.iter().map(|nodes| uses(node_role, *nodes)).collect();
    let verdict = if !on_nodes.is_empty() {
        of_uses(node_role, &uses, &actions, || moving::detach(node_role, role, &granted))
    } else if nodes.iter().all(|nodes| nodes.kind == NodeKind::AutoMode) {
        let message =
            format!("`{name}` serves Auto Mode alone, whose nodes do not run aws-node, and yet has {actions}");
        Verdict::new(Status::Fail, SEVERITY, message).mend(moving::detach(node_role, role, &granted))
    } else {
        let message = format!("`{name}` carries the CNI's rights ({actions}), though none of its nodes runs aws-node");
        let text = "Windows nodes do without these rights: detach what grants them once no Linux node uses the role";
        Verdict::new(Status::Advice, Severity::Low, message).mend(manual(text))
    };
    verdict.with(uses.iter().map(Use::evidence)).with(granted.into_iter().map(wording::evidence))
}

/// Nothing is granted for certain.
fn not_granted(name: &str, judged: &Judged) -> Verdict {
    let open: Vec<&Answer> =
        judged.answers.iter().filter(|answer| answer.decision.outcome == Outcome::Conditional).collect();
    if open.is_empty() {
        let message = format!("`{name}` has no right that writes network interfaces");
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

/// The rights that write network interfaces, asked for in every region of the role.
fn writing(node_role: &NodeRole<'_>, nodes: &[Nodes<'_>], permissions: &Permissions) -> Judged {
    let actions = &node_role.facts.requirements.interface_writing;
    let asks = one_a_cluster(nodes)
        .into_iter()
        .flat_map(|nodes| Site::of(node_role, nodes).asks_on_interfaces(SetName::CniIpv4, actions));
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
        Rights::NoSuchRole => return short(),
        Rights::Unread(unread) => return Use::Open(unread),
    };
    let site = Site::of(node_role, nodes);
    if site.settings().switch(Setting::ImdsOnly) == Switch::Is(true) {
        return Use::Surplus(format!("`{name}` serves aws-node of cluster `{cluster}`, which asks nothing of EC2"));
    }
    let Some(set) = cni_set(nodes.cluster) else {
        return open(format!("the family of addresses of cluster `{cluster}` is not known"));
    };
    match Judged::of(&permissions, site.asks(set)).standing() {
        Standing::Grants | Standing::Advised => {
            Use::Surplus(format!("`{name}` serves aws-node of cluster `{cluster}` by {}", own.by()))
        }
        Standing::Lacks => short(),
        Standing::Open => open(format!("whether `{name}` can serve aws-node of cluster `{cluster}` is open")),
    }
}
