//! NR204 and NR206: what the VPC CNI calls, by whoever serves it.

use std::cmp::Reverse;

use crate::counted::counted;
use crate::finding::{Evidence, Remediation, RemediationClass, Severity, Status};
use crate::inventory::{Cluster, Role};
use crate::policy::Layer;
use crate::rules::effective::{Permissions, Shared};
use crate::rules::requirements::{SetName, Setting, Switch};
use crate::rules::{NodeRole, Nodes, Verdict};

use super::ask::{Site, cni_set};
use super::aws_node::{Own, Rights, Server, Unread};
use super::judged::{Judged, Standing, Words};
use super::mend::{Mend, manual, quoted};
use super::{another_cni, called, one_a_cluster, readable, with_aws_node};

mod family;

pub use family::nr206;

const SEVERITY: Severity = Severity::High;

/// NR204 cni-permissions: whoever serves aws-node effectively grants the set of the cluster's family of addresses and of
/// the CNI's version.
///
/// Blind to the annotation of aws-node's service account, which lives in Kubernetes: a role that trusts it is taken for
/// the one that is used.
pub fn nr204(node_role: &NodeRole<'_>) -> Verdict {
    let nodes = one_a_cluster(&with_aws_node(node_role));
    if let Some(verdict) = another_cni(node_role, SEVERITY) {
        return verdict;
    }
    if nodes.is_empty() {
        let message = "no Linux nodes of the role run aws-node: Auto Mode, Windows and hybrid nodes do without it";
        return Verdict::new(Status::NotApplicable, SEVERITY, message);
    }
    let (role, permissions) = match readable(node_role, SEVERITY) {
        Ok(readable) => readable,
        Err(verdict) => return verdict,
    };
    worst(nodes.into_iter().map(|nodes| Serving { node_role, role, permissions: &permissions, nodes }.verdict()))
}

/// The worst of some verdicts, with the evidence and the commands of all that are as bad.
fn worst(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut verdicts: Vec<Verdict> = verdicts.collect();
    verdicts.sort_by_key(|verdict| rank(verdict.status));
    let mut verdicts = verdicts.into_iter();
    let Some(mut first) = verdicts.next() else {
        return Verdict::new(Status::NotApplicable, SEVERITY, "no cluster");
    };
    let alike: Vec<Verdict> = verdicts.take_while(|other| other.status == first.status).collect();
    if !alike.is_empty() && first.status != Status::Pass {
        first.message = format!("{} (and likewise in {})", first.message, counted(alike.len(), "more cluster"));
    }
    for other in alike {
        first
            .evidence
            .extend(other.evidence.into_iter().filter(|new| !first.evidence.contains(new)).collect::<Vec<_>>());
        first.remediation = both(first.remediation, other.remediation);
    }
    first
}

fn rank(status: Status) -> u8 {
    match status {
        Status::Fail => 0,
        Status::Unknown => 1,
        Status::Advice => 2,
        Status::Pass => 3,
        Status::NotApplicable => 4,
    }
}

/// Two remediations as one: as cautious as the more cautious, each command and each change once.
fn both(one: Option<Box<Remediation>>, other: Option<Box<Remediation>>) -> Option<Box<Remediation>> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.class = one.class.max(other.class);
            if !one.text.contains(&other.text) {
                one.text = format!("{}; {}", one.text, other.text);
            }
            one.commands
                .extend(other.commands.into_iter().filter(|new| !one.commands.contains(new)).collect::<Vec<_>>());
            one.changes.extend(other.changes.into_iter().filter(|new| !one.changes.contains(new)).collect::<Vec<_>>());
            one.hindered |= other.hindered;
            Some(one)
        }
        (one, other) => one.or(other),
    }
}

/// The nodes of one cluster, whose aws-node somebody serves.
struct Serving<'a> {
    node_role: &'a NodeRole<'a>,
    role: &'a Role,
    permissions: &'a Shared,
    nodes: Nodes<'a>,
}

impl Serving<'_> {
    fn verdict(&self) -> Verdict {
        let cluster = self.nodes.cluster;
        let set = match (cni_set(cluster), cluster.detail.gap()) {
            (Some(set), _) => set,
            (None, Some(gap)) => return Verdict::unread(SEVERITY, gap, &family_of(cluster)),
            (None, None) => return unknown("the cluster's family of addresses is not known"),
        };
        let site = Site::of(self.node_role, self.nodes);
        if site.settings().switch(Setting::ImdsOnly) == Switch::Is(true) {
            let message = format!("aws-node of cluster `{}` asks only the instance metadata, not EC2", cluster.name);
            let fact = Evidence::from_api("eks:DescribeAddon", "ENABLE_IMDS_ONLY_MODE=true");
            return Verdict::new(Status::Pass, SEVERITY, message).with([fact]);
        }
        match Server::of(self.node_role.facts, self.node_role.account, cluster) {
            Server::Unread(unread) => self.unread_server(&site, set, &unread),
            Server::NodeRole(None) => self.by_node_role(&site, set, &Judged::of(self.permissions, site.asks(set))),
            Server::NodeRole(Some(gap)) => {
                self.unread_server(&site, set, &Unread::call("whether a role trusts its service account", gap))
            }
            Server::Own(own) => self.by_own(&site, set, &own),
            Server::Candidates(candidates) => self.by_candidates(&site, set, &candidates),
        }
    }

    /// Nobody knows who serves: unknown, whatever the node role grants.
    fn unread_server(&self, site: &Site<'_>, set: SetName, unread: &Unread<'_>) -> Verdict {
        let judged = Judged::of(self.permissions, site.asks(set));
        let name = quoted(self.node_role.arn);
        let node_role = match judged.standing() {
            Standing::Lacks => format!("the node role {name} lacks the CNI's permissions"),
            Standing::Open => format!("whether the node role {name} has the CNI's permissions is open"),
            Standing::Advised | Standing::Grants => format!("the node role {name} could"),
        };
        let message = format!(
            "who serves aws-node of cluster `{}` is not known ({node_role}): {}",
            self.nodes.cluster.name, unread.reason
        );
        unknown(&message).with([unread.evidence()]).with(judged.evidence())
    }

    fn by_node_role(&self, site: &Site<'_>, set: SetName, judged: &Judged) -> Verdict {
        let name = quoted(self.node_role.arn);
        let verdict = self.words(site, set, judged, &name, "the node role");
        match judged.standing() {
            Standing::Lacks => {
                let mut mend = Mend::of(self.node_role, self.role, self.permissions);
                let another = self.another_cni();
                if another.is_some() {
                    mend.class = RemediationClass::Guarded;
                }
                let mut remediation = grant(&mend, set, judged);
                if !remediation.commands.is_empty() {
                    remediation.text.push_str("; better still, give aws-node a role of its own (NR205)");
                }
                verdict.with(another).mend(remediation)
            }
            Standing::Advised => {
                let mend = Mend::of(self.node_role, self.role, self.permissions);
                verdict.mend(grant(&mend, set, judged))
            }
            Standing::Open | Standing::Grants => verdict,
        }
    }

    fn by_own(&self, site: &Site<'_>, set: SetName, own: &Own<'_>) -> Verdict {
        let name = quoted(own.arn);
        let fact =
            Evidence::fact(format!("{name} serves aws-node of cluster `{}` by {}", self.nodes.cluster.name, own.by()));
        match own.rights(self.node_role.facts, self.node_role.account) {
            Rights::Unread(unread) => {
                let message =
                    format!("{name} serves aws-node of cluster `{}`: {}", self.nodes.cluster.name, unread.reason);
                unknown(&message).with([unread.evidence(), fact])
            }
            Rights::NoSuchRole => {
                let message = format!(
                    "{name}, which serves aws-node of cluster `{}` by {}, does not exist{}",
                    self.nodes.cluster.name,
                    own.by(),
                    self.node_role_would_do(site, set)
                );
                Verdict::new(Status::Fail, SEVERITY, message).with([fact]).mend(manual(format!(
                    "create {name} again, with the CNI policy, or name another role in the setting that gives it to aws-node"
                )))
            }
            Rights::OutOfReach(reason) => {
                let message = format!(
                    "{name}, which is to serve aws-node of cluster `{}` by {}, cannot: {reason}{}",
                    self.nodes.cluster.name,
                    own.by(),
                    self.node_role_would_do(site, set)
                );
                let text = "correct who may assume the role, or name another in the setting that gives it to aws-node";
                Verdict::new(Status::Fail, SEVERITY, message).with([Evidence::fact(reason), fact]).mend(manual(text))
            }
            Rights::Known(role, permissions) => {
                let judged = Judged::of(&permissions, site.asks(set));
                let mut verdict = self.words(site, set, &judged, &name, "a role of its own").with([fact]);
                match judged.standing() {
                    Standing::Lacks => {
                        verdict.message.push_str(&self.node_role_would_do(site, set));
                        verdict.mend(self.mend_own(role, &permissions, set, &judged))
                    }
                    Standing::Advised => verdict.mend(self.mend_own(role, &permissions, set, &judged)),
                    Standing::Open | Standing::Grants => verdict,
                }
            }
        }
    }

    /// What a team with another CNI has to hear.
    fn another_cni(&self) -> Option<Evidence> {
        let text = "the VPC CNI is no add-on here: where the cluster runs another CNI, this does not apply";
        let absent = self.nodes.cluster.vpc_cni.value().is_some_and(Option::is_none);
        absent.then(|| Evidence::from_api("eks:DescribeAddon", text))
    }

    /// One candidate that grants the set is enough; of several that fall short the one is shown that trusts aws-node alone.
    fn by_candidates(&self, site: &Site<'_>, set: SetName, candidates: &[Own<'_>]) -> Verdict {
        let mut judged: Vec<(bool, Verdict)> =
            candidates.iter().map(|own| (!own.is_exact(), self.by_own(site, set, own))).collect();
        let grants = |verdict: &Verdict| matches!(verdict.status, Status::Pass | Status::Advice);
        if let Some(place) = judged.iter().position(|(_, verdict)| grants(verdict)) {
            return judged.swap_remove(place).1;
        }
        // What may suffice is told before what falls short: one role that serves is enough.
        judged.sort_by_key(|(by_pattern, verdict)| (*by_pattern, Reverse(rank(verdict.status))));
        let by_node_role = || self.by_node_role(site, set, &Judged::of(self.permissions, site.asks(set)));
        match judged.into_iter().next() {
            Some((false, verdict)) => verdict,
            // A role that trusts many service accounts and lacks the set was not made for aws-node; one of which that is
            // not known may have been.
            Some((true, verdict)) => match by_node_role() {
                own if own.status == Status::Fail && verdict.status == Status::Unknown => verdict,
                own => own,
            },
            None => by_node_role(),
        }
    }

    /// What to do about a role of aws-node's own that falls short.
    fn mend_own(&self, role: &Role, permissions: &Permissions, set: SetName, judged: &Judged) -> Remediation {
        let by_session = judged
            .decisive()
            .iter()
            .any(|answer| answer.decision.by.iter().any(|decider| decider.layer == Layer::Session));
        if by_session {
            return manual("the policy of the Pod Identity association takes the permissions away: widen it there");
        }
        let facts = self.node_role.facts;
        let class = RemediationClass::Guarded;
        grant(&Mend { facts, role, permissions, class }, set, judged)
    }

    fn node_role_would_do(&self, site: &Site<'_>, set: SetName) -> String {
        let name = quoted(self.node_role.arn);
        match Judged::of(self.permissions, site.asks(set)).standing() {
            Standing::Lacks => format!("; the node role {name} lacks the CNI's permissions too"),
            Standing::Open => format!("; whether the node role {name} has the CNI's permissions is open"),
            Standing::Advised | Standing::Grants => {
                format!("; the node role {name} has the CNI's permissions, but aws-node does not use it")
            }
        }
    }

    fn words(&self, site: &Site<'_>, set: SetName, judged: &Judged, name: &str, what: &str) -> Verdict {
        let family = if set == SetName::CniIpv6 { "IPv6" } else { "IPv4" };
        let version = site.version().map_or_else(String::new, |version| format!(", vpc-cni {version}"));
        let place = format!("aws-node of cluster `{}` ({family}{version})", self.nodes.cluster.name);
        judged.verdict(
            SEVERITY,
            &Words {
                told: self.node_role.facts.told(),
                lacks: format_args!("{name}, {what}, cannot serve {place}"),
                open: format_args!("whether {name}, {what}, can serve {place} is not certain"),
                advised: format_args!("{name}, {what}, lacks what AWS recommends for {place}"),
                grants: format_args!("{name}, {what}, can serve {place}"),
            },
        )
    }
}

fn unknown(message: &str) -> Verdict {
    Verdict::new(Status::Unknown, SEVERITY, message)
}

/// What the cluster's family of addresses is called where it could not be read.
fn family_of(cluster: &Cluster) -> String {
    format!("the family of addresses of cluster `{}`", cluster.name)
}

/// Grants the set of a family by AWS's policy for it.
fn grant(mend: &Mend<'_>, set: SetName, judged: &Judged) -> Remediation {
    let missing = judged.decisive();
    if set == SetName::CniIpv4 {
        return mend.attach("AmazonEKS_CNI_Policy", &missing);
    }
    if judged.standing() == Standing::Advised && !mend.by_ipv6_document(&missing) {
        // AWS's IPv6 document does not have these; the IPv4 policy does, and both together are legal.
        let further = mend.attach("AmazonEKS_CNI_Policy", &missing);
        let text = format!("where the cluster allocates further interfaces (custom networking): {}", further.text);
        return Remediation::manual(text, further.commands);
    }
    mend.attach_ipv6(&missing)
}
