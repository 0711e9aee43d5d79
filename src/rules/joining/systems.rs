//! NR406: Linux and Windows nodes of a cluster do not share a role.

use crate::finding::{Evidence, Remediation, Severity, Status};
use crate::inventory::AuthenticationMode;
use crate::rules::permissions::one_a_cluster;
use crate::rules::sharing::unseen_in;
use crate::rules::subject::{NodeRole, Nodes};
use crate::rules::verdict::Verdict;

use super::{mode_of, spelled};

const SEVERITY: Severity = Severity::Medium;

/// What is to be said of one cluster.
enum Answer {
    /// Both systems share the role, and access entries alone count.
    Broken(String),
    /// Both share it, and aws-auth may help.
    Helped(String),
    /// Not known; the evidence says why.
    Open(Evidence),
    /// One system has it.
    One(String),
}

/// NR406 one-os-per-role: a role has one access entry in a cluster, and an entry is of one type: `EC2_LINUX` or
/// `EC2_WINDOWS`. Where both kinds of nodes share a role, one of them is not let in as it should be.
pub fn one_os_per_role(role: &NodeRole<'_>) -> Verdict {
    let own: Vec<Nodes<'_>> = role.nodes.iter().copied().filter(Nodes::is_own_ec2).collect();
    let answers: Vec<Answer> = one_a_cluster(&own).iter().filter_map(|first| of_cluster(role, &own, first)).collect();
    let name = role.name();
    let (mut broken, mut helped, mut open, mut one) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Answer::Broken(text) => broken.push(text),
            Answer::Helped(text) => helped.push(text),
            Answer::Open(evidence) => open.push(evidence),
            Answer::One(text) => one.push(text),
        }
    }
    let facts = |texts: Vec<String>| texts.into_iter().map(Evidence::fact);
    if let Some(first) = broken.first() {
        let message =
            format!("Linux and Windows nodes share role `{name}`, which has one access entry of one type: {first}");
        return Verdict::new(Status::Fail, SEVERITY, message).with(facts(broken)).with(facts(helped)).mend(two_roles());
    }
    if let Some(first) = open.first() {
        let message = format!("whether Linux and Windows nodes share role `{name}` is not known: {}", first.text);
        return Verdict::new(Status::Unknown, SEVERITY, message).with(open);
    }
    if let Some(first) = helped.first() {
        let message = format!(
            "Linux and Windows nodes share role `{name}`, which works only as long as aws-auth maps it: {first}"
        );
        return Verdict::new(Status::Advice, Severity::Low, message).with(facts(helped)).mend(two_roles());
    }
    if one.is_empty() {
        let message = format!("no cluster that role `{name}` serves reads access entries");
        return Verdict::new(Status::NotApplicable, SEVERITY, message);
    }
    Verdict::new(Status::Pass, SEVERITY, format!("role `{name}` serves nodes of one system in each cluster"))
        .with(facts(one))
}

/// None where the cluster reads no access entries.
fn of_cluster(role: &NodeRole<'_>, own: &[Nodes<'_>], first: &Nodes<'_>) -> Option<Answer> {
    let here = || own.iter().filter(|nodes| nodes.region == first.region && nodes.cluster.name == first.cluster.name);
    let named = |windows: Option<bool>| -> Vec<&str> {
        here().filter(|nodes| nodes.windows == windows).map(|nodes| nodes.name).collect()
    };
    let (linux, windows, not_known) = (named(Some(false)), named(Some(true)), named(None));
    let both = !linux.is_empty() && !windows.is_empty();
    let place = format!("cluster `{}` in {}", first.cluster.name, first.region);
    let mode = match mode_of(first.cluster) {
        Ok(mode) => mode,
        Err(gap) if both || here().nth(1).is_some() => return Some(Answer::Open(Evidence::gap(gap))),
        Err(_) => {
            return Some(match unseen_in(role, first) {
                Some(gap) => Answer::Open(Evidence::gap(&gap)),
                None => Answer::One(format!("{place}: one node group has the role")),
            });
        }
    };
    let shared =
        || format!("{place} (mode {}): Linux {}; Windows {}", spelled(mode), linux.join(", "), windows.join(", "));
    match (mode, both) {
        (AuthenticationMode::ConfigMap, _) => None,
        (AuthenticationMode::Api, true) => Some(Answer::Broken(shared())),
        (AuthenticationMode::ApiAndConfigMap, true) => Some(Answer::Helped(shared())),
        (AuthenticationMode::Api | AuthenticationMode::ApiAndConfigMap, false) => {
            if !not_known.is_empty() && here().nth(1).is_some() {
                let text = format!("{place}: which system {} run is not known", not_known.join(", "));
                return Some(Answer::Open(Evidence::from_api("ec2:DescribeInstances", text)));
            }
            if let Some(gap) = unseen_in(role, first) {
                return Some(Answer::Open(Evidence::gap(&gap)));
            }
            Some(Answer::One(format!("{place}: {}", here().map(|nodes| nodes.name).collect::<Vec<_>>().join(", "))))
        }
    }
}

fn two_roles() -> Remediation {
    Remediation::manual(
        "Give the Windows nodes a role of their own, with an access entry of type EC2_WINDOWS, and launch them anew"
            .to_owned(),
        Vec::new(),
    )
}
