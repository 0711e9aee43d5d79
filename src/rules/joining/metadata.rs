//! NR404: pods cannot reach the node role's credentials through the instance metadata service.

mod mending;

use crate::counted::counted;
use crate::finding::{Evidence, Severity, Status};
use crate::inventory::MetadataOptions;
use crate::known::{Gap, Known};
use crate::rules::subject::{LaunchedFrom, NodeRole, Nodes, Seen};
use crate::rules::verdict::Verdict;

const SEVERITY: Severity = Severity::Medium;

/// The hops that a pod's request makes through the node's own network namespace: its answer dies at a limit of one.
const HOPS_OF_PODS: u8 = 2;

/// How many instances evidence and commands name.
const INSTANCES_TOLD: usize = 10;

/// Whether pods reach the service.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    /// They do; the text says why.
    Open(String),
    /// They do not.
    Closed,
    /// Not all settings are known.
    NotKnown(&'static str),
}

/// NR404 imds-reach: read from the live instances; where none runs, from what new ones are launched from and the account's
/// defaults, never assumed. What an image sets by itself no API shows in this context.
///
/// Pods with the host's network reach the service whatever its settings.
pub fn imds_reach(role: &NodeRole<'_>, nodes: &Nodes<'_>) -> Verdict {
    let place = nodes.described();
    let fleet = role.facts.fleets.region(&role.account.id, nodes.region);
    let Some(compute) = fleet.and_then(|fleet| fleet.compute) else {
        let message = format!(
            "whether pods of {place} reach the instance metadata service is not known: EC2 was not asked in {}",
            nodes.region
        );
        let evidence = Evidence::from_api("ec2:DescribeInstances", format!("not asked in {}", nodes.region));
        return Verdict::new(Status::Unknown, SEVERITY, message).with([evidence]);
    };
    if !nodes.instances().is_empty() {
        return by_instances(nodes, &place);
    }
    if nodes.never_came_about(fleet) {
        let message = format!(
            "{place} never came about (CREATE_FAILED): it has neither instances nor an Auto Scaling group that could launch any"
        );
        let evidence = Evidence::from_api("eks:DescribeNodegroup", "status: CREATE_FAILED");
        return Verdict::new(Status::NotApplicable, SEVERITY, message).with([evidence]);
    }
    let by_launch = by_launches(nodes, &place, &compute.metadata_defaults);
    // Those that run may have been launched before the template was changed.
    match fleet.map(|fleet| fleet.instances) {
        Some(Seen::Failed(gap)) if by_launch.status == Status::Pass => {
            Verdict::unread(SEVERITY, gap, &format!("the instances of {place}")).with(by_launch.evidence)
        }
        Some(Seen::Failed(_) | Seen::Whole | Seen::NotAsked) | None => by_launch,
    }
}

/// What the settings say, those of the next level filled in.
fn reach(own: &MetadataOptions, inherited: &MetadataOptions) -> Reach {
    let enabled = own.enabled.or(inherited.enabled);
    let tokens = own.tokens_required.or(inherited.tokens_required);
    let hops = own.hop_limit.or(inherited.hop_limit);
    match (enabled, tokens, hops) {
        (Some(false), _, _) => Reach::Closed,
        (_, Some(false), _) => Reach::Open("IMDSv1 is allowed (HttpTokens optional)".to_owned()),
        (_, _, Some(hops)) if hops >= HOPS_OF_PODS => {
            Reach::Open(format!("answers may make {hops} hops (HttpPutResponseHopLimit)"))
        }
        (_, Some(true), Some(_)) => Reach::Closed,
        (_, None, Some(_)) => Reach::NotKnown("HttpTokens"),
        (_, Some(true), None) => Reach::NotKnown("HttpPutResponseHopLimit"),
        (_, None, None) => Reach::NotKnown("HttpTokens and HttpPutResponseHopLimit"),
    }
}

/// The instances are what is true now.
fn by_instances(nodes: &Nodes<'_>, place: &str) -> Verdict {
    let instances = nodes.instances();
    let nothing = MetadataOptions::default();
    let (mut open, mut not_known) = (Vec::new(), Vec::new());
    for instance in instances {
        match reach(&instance.metadata, &nothing) {
            Reach::Open(why) => open.push((instance.id.as_str(), why)),
            Reach::NotKnown(setting) => not_known.push((instance.id.as_str(), setting)),
            Reach::Closed => {}
        }
    }
    let told = |text: String| Evidence::from_api("ec2:DescribeInstances", text);
    if let Some((_, why)) = open.first() {
        let message = format!(
            "pods on {} of {} can read the node role's credentials ({why}): {place}",
            open.len(),
            counted(instances.len(), "instance")
        );
        let evidence = open.iter().take(INSTANCES_TOLD).map(|(id, why)| told(format!("instance {id}: {why}")));
        let ids: Vec<&str> = open.iter().map(|(id, _)| *id).collect();
        return Verdict::new(Status::Fail, SEVERITY, message).with(evidence).mend(mending::of(nodes, &ids));
    }
    if let Some((id, setting)) = not_known.first() {
        let message = format!(
            "whether pods of {place} reach the instance metadata service is not known: EC2 does not tell {setting} of {id}"
        );
        return Verdict::new(Status::Unknown, SEVERITY, message).with([told(format!("instance {id}: no {setting}"))]);
    }
    passes(
        place,
        [told(format!("instances with tokens required and one hop, or without the service: {}", instances.len()))],
    )
}

/// No instance runs: what new ones would be given.
fn by_launches(nodes: &Nodes<'_>, place: &str, defaults: &Known<MetadataOptions>) -> Verdict {
    let launches = nodes.machines.map(|machines| machines.launches.as_slice()).unwrap_or_default();
    let (mut open, mut closed, mut unread): (Vec<Evidence>, Vec<Evidence>, Vec<Evidence>) = Default::default();
    for launch in launches {
        let named = launch.from.described();
        let says = match launch.says {
            Some(Known::Value(says)) => says,
            Some(Known::Missing(gap)) => {
                unread.push(Evidence::gap(gap));
                continue;
            }
            None => {
                unread.push(Evidence::from_api(launch.from.api(), format!("{named} is not in the inventory")));
                continue;
            }
        };
        let told = |text: String| Evidence::from_api(launch.from.api(), format!("{named}: {text}"));
        match inherited(&says.metadata, defaults) {
            (Reach::Open(why), _) => open.push(told(why)),
            (Reach::Closed, _) => closed.push(told("pods are kept out".to_owned())),
            (Reach::NotKnown(_), Some(gap)) => unread.push(Evidence::gap(gap)),
            (Reach::NotKnown(setting), None) => {
                let from = "neither it nor the account's defaults set";
                unread.push(told(format!("{from} {setting}: the image decides, which is not read")));
            }
        }
    }
    if let Some(first) = open.first() {
        let message = format!("pods of {place} will be able to read the node role's credentials: {}", first.text);
        return Verdict::new(Status::Fail, SEVERITY, message).with(open).mend(mending::of(nodes, &[]));
    }
    let question =
        || format!("whether pods of {place} reach the instance metadata service is not known: no instance was seen");
    if let Some(first) = unread.first() {
        let message = format!("{}, and {}", question(), first.text);
        return Verdict::new(Status::Unknown, SEVERITY, message).with(unread);
    }
    if closed.is_empty() {
        let message = format!("{}, nor what new ones are launched from", question());
        let evidence = Evidence::from_api("ec2:DescribeInstances", "no instance with the tags of these nodes");
        return Verdict::new(Status::Unknown, SEVERITY, message).with([evidence]);
    }
    passes(place, closed)
}

/// What a template says with the account's defaults, and the gap where they would be needed and could not be read.
fn inherited<'a>(own: &MetadataOptions, defaults: &'a Known<MetadataOptions>) -> (Reach, Option<&'a Gap>) {
    match defaults {
        Known::Value(defaults) => (reach(own, defaults), None),
        Known::Missing(gap) => (reach(own, &MetadataOptions::default()), Some(gap)),
    }
}

fn passes(place: &str, evidence: impl IntoIterator<Item = Evidence>) -> Verdict {
    let message = format!(
        "pods of {place} do not reach the instance metadata service, but for those with the host's network, which always do"
    );
    Verdict::new(Status::Pass, SEVERITY, message).with(evidence)
}

/// The launch template that the owner can give a new version, if the nodes come from one.
fn template_of<'a>(nodes: &Nodes<'a>) -> Option<&'a crate::inventory::LaunchTemplate> {
    match nodes.group {
        Some(group) => group.launch_template.as_ref(),
        None => nodes.machines?.launches.iter().find_map(|launch| match launch.from {
            LaunchedFrom::Template(template) => Some(template),
            LaunchedFrom::Configuration(_) => None,
        }),
    }
}

#[cfg(test)]
mod tests;
