//! The world before, and the plans that are carried out in it.

use crate::finding::{RemediationClass, Status};
use crate::ids::{AccountId, Region, RoleArn};
use crate::remediate::Change;
use crate::remediate::plan::{Plan, Planned, RolePlan, SCHEMA, Step};
use crate::remediate::state::{EntryState, RoleState, Subject};
use crate::rules::RuleId;

use super::model::World;

pub(super) const WORKER: &str = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy";
pub(super) const PULL: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";
pub(super) const POWER: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser";
pub(super) const CNI: &str = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy";
pub(super) const OWN: &str = "arn:aws:iam::111122223333:policy/own";
pub(super) const IPV6: &str = "arn:aws:iam::111122223333:policy/AmazonEKS_CNI_IPv6_Policy";
/// Spaced as no serializer would.
pub(super) const TRUST: &str = r#"{ "Version":"2012-10-17",  "Statement": [] }"#;
pub(super) const EC2: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
pub(super) const DOCUMENT: &str =
    r#"{ "Version": "2012-10-17", "Statement": [ {"Effect":"Allow","Action":"ec2:DescribeTags","Resource":"*"}] }"#;
pub(super) const WIDER: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:DescribeTags","ec2:DescribeSubnets"],"Resource":"*"}]}"#;

pub(super) fn role() -> RoleArn {
    "arn:aws:iam::111122223333:role/eks/node".parse().unwrap()
}

pub(super) fn region() -> Region {
    "eu-west-1".parse().unwrap()
}

pub(super) const CLUSTER: &str = "prod";

pub(super) fn world() -> World {
    let one = |document: &str| ([(1, document.to_owned())].into(), 1);
    let documents = [(WORKER, "{}"), (PULL, "{ }"), (POWER, "{}"), (CNI, "[]"), (OWN, DOCUMENT)];
    let entry = EntryState {
        created_at: Some("2025-01-01T00:00:00Z".parse().unwrap()),
        username: Some("system:node:{{EC2PrivateDNSName}}".to_owned()),
        groups: vec!["system:nodes".to_owned()],
        tags: [("team".to_owned(), "payments".to_owned())].into(),
        ..EntryState::for_nodes("EC2_LINUX", &role())
    };
    World {
        role: Some(RoleState {
            id: "AROAOLD".to_owned(),
            trust: TRUST.to_owned(),
            attached: [POWER, CNI, OWN].map(str::to_owned).into(),
            inline: [("logs".to_owned(), DOCUMENT.to_owned())].into(),
            boundary: None,
        }),
        policies: documents.map(|(arn, document)| (arn.to_owned(), one(document))).into(),
        used: [].into(),
        entries: [(format!("eu-west-1/{CLUSTER}"), entry)].into(),
        profiles: [("node".to_owned(), None)].into(),
    }
}

/// The world in which the role is still to be created.
pub(super) fn without_the_role() -> World {
    World { role: None, entries: [].into(), ..world() }
}

pub(super) fn attach(policy: &str) -> Change {
    Change::Attach { role: role(), policy: policy.to_owned() }
}

pub(super) fn detach(policy: &str) -> Change {
    Change::Detach { role: role(), policy: policy.to_owned() }
}

pub(super) fn trust() -> Change {
    Change::UpdateTrust { role: role(), trust: EC2.to_owned() }
}

pub(super) fn create_policy() -> Change {
    Change::CreatePolicy { policy: IPV6.to_owned(), document: WIDER.to_owned() }
}

pub(super) fn new_version() -> Change {
    Change::CreatePolicyVersion { policy: OWN.to_owned(), document: WIDER.to_owned() }
}

pub(super) fn delete_entry() -> Change {
    Change::DeleteEntry { role: role(), region: region(), cluster: CLUSTER.to_owned() }
}

pub(super) fn create_entry(kind: &str) -> Change {
    let entry = EntryState::for_nodes(kind, &role());
    Change::CreateEntry { role: role(), region: region(), cluster: CLUSTER.to_owned(), entry }
}

pub(super) fn add_to_profile() -> Change {
    Change::AddToProfile { role: role(), profile: "node".to_owned() }
}

pub(super) fn create_role() -> Change {
    Change::CreateRole { role: role(), trust: EC2.to_owned() }
}

/// What is walked: a name, the world before, the steps.
pub(super) fn all() -> Vec<(&'static str, World, Vec<Change>)> {
    let entry = vec![delete_entry(), create_entry("EC2_LINUX")];
    let whole = vec![trust(), attach(WORKER), new_version(), delete_entry(), create_entry("EC2"), add_to_profile()];
    let created = vec![create_role(), attach(WORKER), attach(PULL), create_entry("EC2_LINUX"), add_to_profile()];
    vec![
        ("attach", world(), vec![attach(WORKER)]),
        ("trust", world(), vec![trust()]),
        ("create a policy and attach it", world(), vec![create_policy(), attach(IPV6)]),
        ("swap", world(), vec![attach(PULL), detach(POWER)]),
        ("detach", world(), vec![detach(CNI)]),
        ("delete and create an entry", world(), entry),
        ("create the role", without_the_role(), created),
        ("add to a profile", world(), vec![add_to_profile()]),
        ("new version", world(), vec![new_version()]),
        ("associate", auto_mode(), vec![associate()]),
        ("several", world(), whole),
    ]
}

fn associate() -> Change {
    Change::AssociateNodePolicy { role: role(), region: region(), cluster: CLUSTER.to_owned() }
}

/// The world in which the entry is one for Auto Mode, without its policy.
fn auto_mode() -> World {
    let mut world = world();
    for entry in world.entries.values_mut() {
        entry.kind = "EC2".to_owned();
    }
    world
}

/// The plan of some steps in a world.
pub(super) fn plan(world: &World, steps: &[Change]) -> RolePlan {
    let seen = world.view(&Subject::of(&role(), steps)).fingerprint();
    let rule = "NR201".parse::<RuleId>().unwrap();
    let planned = Planned { id: "f-1".to_owned(), rule, status: Status::Fail, class: RemediationClass::Guarded };
    RolePlan {
        account: account(),
        role: role(),
        findings: vec![planned],
        steps: steps.iter().map(|change| Step { change: change.clone(), rules: vec![rule] }).collect(),
        seen,
        diff: Vec::new(),
        takes: Vec::new(),
        notes: Vec::new(),
        refused: None,
    }
}

pub(super) fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

pub(super) fn whole(role: &RolePlan) -> Plan {
    let at = |text: &str| text.parse().unwrap();
    Plan {
        schema: SCHEMA.to_owned(),
        plan_id: "p-1".to_owned(),
        tool_version: "0.1.0".to_owned(),
        run_id: "r-1".to_owned(),
        partition: "aws".to_owned().try_into().unwrap(),
        created_at: at("2026-11-24T00:00:00Z"),
        expires_at: at("2026-11-25T00:00:00Z"),
        node_roles: 1,
        roles: vec![role.clone()],
        left: Vec::new(),
    }
}
