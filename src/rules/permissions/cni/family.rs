//! NR206: an IPv6 cluster whose nodes carry the IPv4 policy of the CNI instead of the IPv6 one.

use crate::finding::{RemediationClass, Severity, Status};
use crate::inventory::{IpFamily, Role};
use crate::rules::command::IPV6_POLICY;
use crate::rules::effective::{Permissions, Shared};
use crate::rules::requirements::SetName;
use crate::rules::{NodeRole, Nodes, Verdict};

use super::super::ask::{Answer, Site};
use super::super::aws_node::{Own, Rights, Server, Unread};
use super::super::judged::Judged;
use super::super::mend::Mend;
use super::{another_cni, called, family_of, one_a_cluster, quoted, readable, with_aws_node, worst};

const SEVERITY: Severity = Severity::Medium;

/// The right that only the IPv4 policy gives, and the one that only the IPv6 policy gives.
const IPV4_RIGHT: &str = "ec2:AssignPrivateIpAddresses";
const IPV6_RIGHT: &str = "ec2:AssignIpv6Addresses";

/// NR206 ipv6-cni-policy: whoever serves aws-node in an IPv6 cluster has the rights of the IPv6 policy, not those of the
/// IPv4 policy in their stead. Having both is legal.
///
/// Blind, as NR204 is, to the annotation of aws-node's service account.
pub fn nr206(node_role: &NodeRole<'_>) -> Verdict {
    if let Some(verdict) = another_cni(node_role, SEVERITY) {
        return verdict;
    }
    let nodes = one_a_cluster(&with_aws_node(node_role));
    let judged: Vec<Verdict> = {
        let mut concerned = nodes
            .iter()
            .filter(|nodes| nodes.cluster.detail.value().is_none_or(|detail| detail.ip_family == IpFamily::Ipv6));
        let Some(first) = concerned.next() else {
            return Verdict::new(Status::NotApplicable, SEVERITY, "no IPv6 cluster runs aws-node on nodes of the role");
        };
        let (role, permissions) = match readable(node_role, SEVERITY) {
            Ok(readable) => readable,
            Err(verdict) => return verdict,
        };
        [first].into_iter().chain(concerned).map(|nodes| of_cluster(node_role, role, &permissions, *nodes)).collect()
    };
    worst(judged.into_iter())
}

fn of_cluster(node_role: &NodeRole<'_>, role: &Role, permissions: &Shared, nodes: Nodes<'_>) -> Verdict {
    if let Some(gap) = nodes.cluster.detail.gap() {
        return Verdict::unread(SEVERITY, gap, &family_of(nodes.cluster));
    }
    let facts = node_role.facts;
    let unknown = |unread: &Unread<'_>| {
        let message =
            format!("who serves aws-node of cluster `{}` is not known: {}", nodes.cluster.name, unread.reason);
        Verdict::new(Status::Unknown, SEVERITY, message).with([unread.evidence()])
    };
    let by_own = |own: &Own<'_>| match own.rights(facts, node_role.account) {
        Rights::Known(role, permissions) => {
            let class = RemediationClass::Guarded;
            of_server(node_role, nodes, &Mend { facts, role, permissions: &permissions, class })
        }
        Rights::NoSuchRole | Rights::OutOfReach(_) => {
            let message = format!("{} cannot serve aws-node, whatever it carries: see NR204", quoted(own.arn));
            Verdict::new(Status::NotApplicable, SEVERITY, message)
        }
        Rights::Unread(unread) => unknown(&unread),
    };
    let by_node_role = || of_server(node_role, nodes, &Mend::of(node_role, role, permissions));
    match Server::of(facts, node_role.account, nodes.cluster) {
        Server::Unread(unread) => unknown(&unread),
        Server::NodeRole(Some(gap)) => unknown(&Unread::call("whether a role trusts its service account", gap)),
        Server::NodeRole(None) => by_node_role(),
        Server::Own(own) => by_own(&own),
        // As in NR204: a role that trusts many service accounts and lacks the right was not made for aws-node.
        Server::Candidates(candidates) => {
            let may_assign = |own: &Own<'_>| match own.rights(facts, node_role.account) {
                Rights::Known(_, permissions) => {
                    let judged = judge(&Site::of(node_role, nodes), &permissions);
                    judged.answers.iter().any(|answer| answer.ask.action == IPV6_RIGHT && !answer.denied())
                }
                Rights::NoSuchRole | Rights::OutOfReach(_) | Rights::Unread(_) => false,
            };
            let serving = candidates.iter().filter(|own| own.is_exact() || may_assign(own));
            serving.map(by_own).min_by_key(|verdict| verdict.status != Status::Pass).unwrap_or_else(by_node_role)
        }
    }
}

fn of_server(node_role: &NodeRole<'_>, nodes: Nodes<'_>, mend: &Mend<'_>) -> Verdict {
    let site = Site::of(node_role, nodes);
    let judged = judge(&site, mend.permissions);
    let find = |action: &str| judged.answers.iter().find(|answer| answer.ask.action == action);
    let (Some(ipv4), Some(ipv6)) = (find(IPV4_RIGHT), find(IPV6_RIGHT)) else {
        return Verdict::new(Status::Unknown, SEVERITY, "the evaluator gave no answer");
    };
    let name = called(mend.role.arn.as_str());
    let cluster = &nodes.cluster.name;
    let verdict = |status, message: String| Verdict::new(status, SEVERITY, message).with(judged.evidence());
    if ipv6.granted() {
        return verdict(Status::Pass, format!("`{name}` can assign IPv6 addresses in cluster `{cluster}`"));
    }
    if ipv4.denied() {
        return verdict(
            Status::Pass,
            format!("`{name}` carries no IPv4 policy in the place of the IPv6 one: see NR204"),
        );
    }
    if ipv6.denied() && ipv4.granted() {
        let carried = carried(ipv4);
        let message = format!(
            "`{name}` carries the CNI's IPv4 policy{carried} in the IPv6 cluster `{cluster}`, and not {IPV6_POLICY}: \
             it may {IPV4_RIGHT} but not {IPV6_RIGHT}"
        );
        return verdict(Status::Fail, message).mend(mend.attach_ipv6(&[ipv6]));
    }
    let message = format!("whether `{name}` carries the CNI's IPv4 policy instead of the IPv6 one is not certain");
    verdict(Status::Unknown, message)
}

fn judge(site: &Site<'_>, permissions: &Permissions) -> Judged {
    let actions = [IPV4_RIGHT.to_owned(), IPV6_RIGHT.to_owned()];
    Judged::of(permissions, site.asks_on_interfaces(SetName::CniIpv6, &actions))
}

/// The policy that grants it, by name.
fn carried(answer: &Answer) -> String {
    let policy = answer.decision.by.first().and_then(|decider| decider.policy.as_deref());
    policy.map_or_else(String::new, |policy| format!(" (`{}`)", called(policy)))
}
