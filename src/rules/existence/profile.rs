//! NR004: the nodes' instance profile is there and holds their role.

mod faults;

use crate::finding::{Evidence, NodeKind, Remediation, RemediationClass, Severity, Status};
use crate::inventory::{Account, Role};
use crate::remediate::Change;
use crate::rules::command::aws;
use crate::rules::subject::{Facts, Held, NodeRole, Nodes, Seen, Shown, profile_name};
use crate::rules::verdict::Verdict;

use faults::{Fault, Looked};

const SEVERITY: Severity = Severity::High;

/// The beginning of the names of the instance profiles that EKS makes for managed node groups; its service-linked role may
/// touch no other (`AWSServiceRoleForAmazonEKSNodegroup`).
const MADE_BY_EKS: &str = "eks-";

/// NR004 in-instance-profile: nodes get the role through an instance profile. It exists and holds the role, and the running
/// instances carry that very profile: one that was created anew under the same name is another one to them.
///
/// Without a role the nodes have none: the answer is what is wrong with their profile.
pub fn in_instance_profile(
    facts: &Facts<'_>,
    account: &Account,
    role: Option<&NodeRole<'_>>,
    nodes: &Nodes<'_>,
) -> Verdict {
    let place = nodes.described();
    let fleet = facts.fleets.region(&account.id, nodes.region);
    let found = match (nodes.kind, role) {
        (NodeKind::Managed, Some(role)) => match role.required(SEVERITY, "which instance profiles hold it") {
            Ok(found) => Some(found),
            Err(verdict) => return verdict,
        },
        _ => None,
    };
    let looked = Looked::at(facts, account, role, nodes);
    if let Some(first) = looked.faults.first() {
        let what = first.told(role.map(NodeRole::name));
        let message = match role {
            Some(role) => {
                format!("{place}: not every node gets role `{}` through its instance profile: {what}", role.name())
            }
            None => format!("{place}: the nodes have no role: {what}"),
        };
        let evidence = looked.faults.iter().map(|fault| fault.evidence(role.map(NodeRole::name)));
        return Verdict::new(Status::Fail, SEVERITY, message)
            .with(evidence)
            .with(looked.open)
            .mend(mend(facts, account, role, nodes, first));
    }
    if let Some(first) = looked.open.first() {
        let message = format!(
            "{place}: whether the nodes get their role through their instance profile is not known: {}",
            first.text
        );
        return Verdict::new(Status::Unknown, SEVERITY, message).with(looked.open);
    }
    let seen = fleet.map_or(Seen::NotAsked, |fleet| fleet.instances);
    match (seen, looked.good.is_empty()) {
        (Seen::Failed(gap), _) => Verdict::unread(SEVERITY, gap, &format!("the instances of {place}")),
        (Seen::NotAsked, _) => {
            let message = format!("{place}: which instance profiles the nodes carry is not known: EC2 was not asked");
            let evidence = Evidence::from_api("ec2:DescribeInstances", format!("not asked in {}", nodes.region));
            Verdict::new(Status::Unknown, SEVERITY, message).with([evidence])
        }
        (Seen::Whole, false) => {
            let message = format!("{place}: the nodes get their role through their instance profile");
            Verdict::new(Status::Pass, SEVERITY, message).with(looked.good)
        }
        (Seen::Whole, true) => without_machines(nodes, found, &place, nodes.never_came_about(fleet)),
    }
}

/// No instance, template or configuration of the nodes is there to look at.
fn without_machines(nodes: &Nodes<'_>, found: Option<&Role>, place: &str, never_came_about: bool) -> Verdict {
    let Some(found) = found else {
        let message = match nodes.shown_by {
            Shown::InstanceProfile => format!("{place}: the instance profile holds the role, and no node runs"),
            Shown::NodeGroup | Shown::Cluster | Shown::Instances | Shown::AutoScalingGroup | Shown::AccessEntry => {
                format!("{place}: EC2 shows no such machines")
            }
        };
        let status = if nodes.shown_by == Shown::InstanceProfile { Status::Pass } else { Status::NotApplicable };
        let evidence = Evidence::from_api(nodes.shown_by.api(), message.clone());
        return Verdict::new(status, SEVERITY, message).with([evidence]);
    };
    let name = found.arn.name();
    let profiles = match found.instance_profiles.as_result() {
        Ok(profiles) => profiles,
        Err(gap) => return Verdict::unread(SEVERITY, gap, &format!("the instance profiles of role `{name}`")),
    };
    let by_eks = profiles.iter().find(|profile| profile_name(&profile.arn).starts_with(MADE_BY_EKS));
    let listed: Vec<Evidence> = profiles
        .iter()
        .map(|profile| Evidence::from_api("iam:ListInstanceProfilesForRole", format!("{} holds the role", profile.arn)))
        .collect();
    match (by_eks, profiles.is_empty()) {
        (Some(_), _) => {
            let message = format!("an instance profile of EKS's holds role `{name}`; no instance runs: {place}");
            Verdict::new(Status::Pass, SEVERITY, message).with(listed)
        }
        (None, true) => {
            let message = if never_came_about {
                format!(
                    "no instance profile holds role `{name}`: {place} could not be created (CREATE_FAILED), and no node starts"
                )
            } else {
                format!(
                    "no instance profile holds role `{name}`: the one that EKS made for {place} is gone or empty, and no node starts"
                )
            };
            let evidence = Evidence::from_api("iam:ListInstanceProfilesForRole", format!("none holds `{name}`"));
            let text = "Create the node group anew: EKS makes an instance profile for it. One under another name does not help";
            Verdict::new(Status::Fail, SEVERITY, message).with([evidence]).mend(manual(text, Vec::new()))
        }
        (None, false) => {
            let message = format!(
                "role `{name}` is in instance profiles, but in none that EKS made, and {place} has no instance that would show \
                 which one it uses"
            );
            Verdict::new(Status::Unknown, SEVERITY, message).with(listed)
        }
    }
}

fn manual(text: &str, commands: Vec<String>) -> Remediation {
    Remediation::manual(text.to_owned(), commands)
}

/// What would mend the first fault; the others are alike, or are seen when it is gone.
fn mend(
    facts: &Facts<'_>,
    account: &Account,
    role: Option<&NodeRole<'_>>,
    nodes: &Nodes<'_>,
    fault: &Fault<'_>,
) -> Remediation {
    let own =
        role.and_then(NodeRole::parsed).filter(|arn| nodes.kind == NodeKind::Managed && *arn.account() == account.id);
    let add = |profile: &str, role: &str| {
        aws(&["iam", "add-role-to-instance-profile", "--instance-profile-name", profile, "--role-name", role])
    };
    match fault {
        Fault::Empty { profile } => match own {
            Some(arn) if faults::named_once(facts, account, nodes, profile) => {
                let text = format!("Add role `{}` to the instance profile `{profile}`, which is empty", arn.name());
                let change = Change::AddToProfile { role: arn.clone(), profile: (*profile).to_owned() };
                Remediation::by(RemediationClass::Guarded, text, vec![change])
            }
            Some(arn) => manual(
                "Other nodes name this instance profile too: find out which role it is to hold, then add it",
                vec![add(profile, arn.name())],
            ),
            None => manual("Add the role that these nodes are to have to their instance profile", Vec::new()),
        },
        Fault::Gone { profile } => {
            let create = aws(&["iam", "create-instance-profile", "--instance-profile-name", profile]);
            let commands = std::iter::once(create).chain(own.map(|arn| add(profile, arn.name()))).collect();
            manual(
                "Create the instance profile with the role in it, then replace the instances: those that run keep an \
                 association with the one that is gone",
                commands,
            )
        }
        Fault::Recreated { instances, .. } => manual(
            "Replace the instances, or their association with the instance profile (ec2 \
             replace-iam-instance-profile-association with the association's id)",
            associations(nodes, instances),
        ),
        Fault::Another { instances, .. } => manual(
            "Find out what gives the instances another profile (Systems Manager's Quick Setup does so daily), stop it, then \
             replace the instances or their associations",
            associations(nodes, instances),
        ),
        Fault::None { instances } => manual(
            "Name an instance profile in the launch template or configuration, and replace the instances, or associate a \
             profile with them",
            associations(nodes, instances),
        ),
    }
}

/// The command that shows the associations of some instances.
fn associations(nodes: &Nodes<'_>, instances: &[&str]) -> Vec<String> {
    if instances.is_empty() {
        return Vec::new();
    }
    let shown: Vec<&str> = instances.iter().copied().take(faults::INSTANCES_TOLD).collect();
    let filter = format!("Name=instance-id,Values={}", shown.join(","));
    let describe = ["ec2", "describe-iam-instance-profile-associations", "--region", nodes.region.as_str()];
    vec![aws(&[describe.as_slice(), &["--filters", &filter]].concat())]
}

/// The role in a profile, as messages name it.
fn held_role(held: Held<'_>) -> Option<&str> {
    match held {
        Held::Role { arn, .. } => arn.rsplit('/').next(),
        Held::Empty(_) | Held::Gone | Held::Unread(_) => None,
    }
}
