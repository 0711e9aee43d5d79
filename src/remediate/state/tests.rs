//! Tests of states: what binds a plan, what a change leads to, what takes it back, and where two agree.

mod agreement;
mod effect;
mod seen;

use super::{EntryState, RoleState, State, Subject};
use crate::ids::{Region, RoleArn};
use crate::inventory::PolicyVersion;
use crate::remediate::Change;

const WORKER: &str = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy";
const CNI: &str = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy";
const OWN: &str = "arn:aws:iam::111122223333:policy/own";
const NEW: &str = "arn:aws:iam::111122223333:policy/new";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;
const PLACE: &str = "eu-west-1/prod";

fn role() -> RoleArn {
    "arn:aws:iam::111122223333:role/node".parse().unwrap()
}

fn region() -> Region {
    "eu-west-1".parse().unwrap()
}

fn version(number: &str, document: &str) -> PolicyVersion {
    PolicyVersion { version_id: number.to_owned(), document: document.to_owned() }
}

fn entry(kind: &str) -> EntryState {
    EntryState {
        created_at: Some("2025-01-01T00:00:00Z".parse().unwrap()),
        username: Some("system:node:{{EC2PrivateDNSName}}".to_owned()),
        groups: vec!["system:nodes".to_owned()],
        tags: [("team".to_owned(), "payments".to_owned())].into(),
        ..EntryState::for_nodes(kind, &role())
    }
}

/// A role with two policies, an entry and an empty profile; `NEW` does not exist.
fn state() -> State {
    State {
        role: Some(RoleState {
            id: "AROAOLD".to_owned(),
            trust: TRUST.to_owned(),
            attached: [CNI, OWN].map(str::to_owned).into(),
            inline: [("logs".to_owned(), "{}".to_owned())].into(),
            boundary: None,
        }),
        policies: [
            (CNI.to_owned(), Some(version("v7", "{}"))),
            (OWN.to_owned(), Some(version("v1", r#"{"a":1}"#))),
            (NEW.to_owned(), None),
        ]
        .into(),
        entries: [(PLACE.to_owned(), Some(entry("EC2_LINUX")))].into(),
        profiles: [("node".to_owned(), None)].into(),
    }
}

/// The state with its role otherwise.
fn with_role(change: impl FnOnce(&mut RoleState)) -> State {
    let mut state = state();
    change(state.role.as_mut().unwrap());
    state
}

fn attach(policy: &str) -> Change {
    Change::Attach { role: role(), policy: policy.to_owned() }
}

fn detach(policy: &str) -> Change {
    Change::Detach { role: role(), policy: policy.to_owned() }
}

fn trust(trust: &str) -> Change {
    Change::UpdateTrust { role: role(), trust: trust.to_owned() }
}

fn create_policy(document: &str) -> Change {
    Change::CreatePolicy { policy: NEW.to_owned(), document: document.to_owned() }
}

fn new_version(policy: &str, document: &str) -> Change {
    Change::CreatePolicyVersion { policy: policy.to_owned(), document: document.to_owned() }
}

fn create_role() -> Change {
    Change::CreateRole { role: role(), trust: TRUST.to_owned() }
}

fn create_entry(entry: EntryState) -> Change {
    Change::CreateEntry { role: role(), region: region(), cluster: "prod".to_owned(), entry }
}

fn delete_entry() -> Change {
    Change::DeleteEntry { role: role(), region: region(), cluster: "prod".to_owned() }
}

fn associate() -> Change {
    Change::AssociateNodePolicy { role: role(), region: region(), cluster: "prod".to_owned() }
}

fn disassociate() -> Change {
    Change::DisassociateNodePolicy { role: role(), region: region(), cluster: "prod".to_owned() }
}

fn add_to_profile() -> Change {
    Change::AddToProfile { role: role(), profile: "node".to_owned() }
}

#[test]
fn a_subject_names_what_the_changes_touch() {
    let subject = Subject::of(&role(), &[attach(WORKER), create_policy("{}"), delete_entry(), add_to_profile()]);
    assert_eq!(subject.policies, [NEW, WORKER].map(str::to_owned).into());
    assert_eq!(subject.entries, [(region(), "prod".to_owned())].into());
    assert_eq!(subject.profiles, ["node".to_owned()].into());
}
