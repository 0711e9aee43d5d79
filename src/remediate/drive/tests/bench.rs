//! IAM in memory, a folder for journals, and the runs over both.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::*;
use crate::aws::wire::{Wire, default_answer, ok};
use crate::finding::{RemediationClass, Status};
use crate::inventory::PolicyVersion;
use crate::remediate::Change;
use crate::remediate::plan::{Planned, SCHEMA, Step};
use crate::remediate::state::{RoleState, Subject};

pub(super) const WORKER: &str = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy";
pub(super) const PULL: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";

/// Roles by account and name, with what is attached.
type Roles = Arc<Mutex<BTreeMap<(String, String), BTreeSet<String>>>>;

pub(super) struct Bench {
    pub(super) wire: Wire,
    pub(super) sdk: Sdk,
    pub(super) place: Place,
    means: Means,
    roles: Roles,
    /// Taken away at the end.
    _folder: tempfile::TempDir,
}

/// Rules that every role passes that is there.
pub(super) fn passes(_: &RolePlan, state: &State) -> Result<(), String> {
    state.role.as_ref().map(|_| ()).ok_or_else(|| "NR001 fails".to_owned())
}

pub(super) fn role(account: &str, name: &str) -> RoleArn {
    format!("arn:aws:iam::{account}:role/{name}").parse().unwrap()
}

pub(super) fn attach(role: &RoleArn, policy: &str) -> Change {
    Change::Attach { role: role.clone(), policy: policy.to_owned() }
}

/// The plan of a role to which one policy is attached.
pub(super) fn role_plan(account: &str, name: &str, changes: &[Change]) -> RolePlan {
    let role = role(account, name);
    let subject = Subject::of(&role, changes);
    let document = || PolicyVersion { version_id: "v1".to_owned(), document: "{}".to_owned() };
    let carried = BTreeSet::from([WORKER.to_owned()]);
    let seen = State {
        policies: carried.union(&subject.policies).map(|arn| (arn.clone(), Some(document()))).collect(),
        role: Some(RoleState {
            id: format!("AROA{name}"),
            trust: "{}".to_owned(),
            attached: carried,
            inline: BTreeMap::new(),
            boundary: None,
        }),
        entries: BTreeMap::new(),
        profiles: BTreeMap::new(),
    };
    RolePlan {
        account: account.parse().unwrap(),
        role,
        findings: vec![Planned {
            id: format!("NR202-{name}"),
            rule: "NR202".parse().unwrap(),
            status: Status::Fail,
            class: RemediationClass::Safe,
        }],
        steps: changes.iter().map(|change| Step { change: change.clone(), rules: Vec::new() }).collect(),
        seen: seen.fingerprint(),
        diff: Vec::new(),
        takes: Vec::new(),
        notes: Vec::new(),
        refused: None,
    }
}

impl Bench {
    /// AWS whose requests `fault` may answer.
    pub(super) fn new(fault: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let roles: Roles = Arc::default();
        let inside = Arc::clone(&roles);
        let wire = Wire::new(move |request| fault(request).unwrap_or_else(|| iam(&inside, request)));
        let folder = tempfile::tempdir().unwrap();
        let writer = MemberRole { name: "NodeRoleRemediation".parse().unwrap(), external_id: None };
        Self {
            sdk: wire.sdk(),
            place: Place::folder(PathBuf::from(folder.path())),
            means: Means { reader: MemberRole::default(), writer, deadline: None, end: None },
            wire,
            roles,
            _folder: folder,
        }
    }

    pub(super) fn within(mut self, deadline: Option<Duration>, end: Option<Duration>) -> Self {
        (self.means.deadline, self.means.end) = (deadline, end);
        self
    }

    /// Puts the roles there, and plans to let each pull images.
    pub(super) fn plan(&self, roles: &[(&str, &str)]) -> Plan {
        let mut there = self.roles.lock().unwrap();
        let plan_of = |(account, name): &(&str, &str)| {
            there.insert(((*account).to_owned(), (*name).to_owned()), [WORKER.to_owned()].into());
            role_plan(account, name, &[attach(&role(account, name), PULL)])
        };
        let time = "2026-11-24T18:00:00Z".parse().unwrap();
        Plan {
            schema: SCHEMA.to_owned(),
            plan_id: "plan-1".to_owned(),
            tool_version: "0".to_owned(),
            run_id: "r".to_owned(),
            partition: Partition::Aws,
            created_at: time,
            expires_at: time,
            node_roles: 10,
            roles: roles.iter().map(plan_of).collect(),
            left: Vec::new(),
        }
    }

    pub(super) fn attached(&self, account: &str, name: &str) -> Vec<String> {
        self.roles.lock().unwrap()[&(account.to_owned(), name.to_owned())].iter().cloned().collect()
    }

    pub(super) async fn apply(&self, plan: &Plan) -> Result<Ran, DriveError> {
        self.apply_judged(plan, &passes).await
    }

    pub(super) async fn apply_judged(&self, plan: &Plan, judge: Judge<'_>) -> Result<Ran, DriveError> {
        let mut never = std::pin::pin!(std::future::pending());
        let control = Control { told: &mut |_| {}, interrupt: never.as_mut() };
        self.apply_controlled(plan, judge, control).await
    }

    pub(super) async fn apply_controlled(
        &self,
        plan: &Plan,
        judge: Judge<'_>,
        control: Control<'_>,
    ) -> Result<Ran, DriveError> {
        Box::pin(apply(plan, judge, "journal-1", &self.place, &self.sdk, &self.means, control)).await
    }

    pub(super) async fn resume(&self) -> Result<Ran, DriveError> {
        let mut never = std::pin::pin!(std::future::pending());
        let control = Control { told: &mut |_| {}, interrupt: never.as_mut() };
        Box::pin(resume("journal-1", &passes, &self.place, &self.sdk, &self.means, control)).await
    }

    pub(super) async fn undo(&self) -> Result<Ran, DriveError> {
        let mut never = std::pin::pin!(std::future::pending());
        let control = Control { told: &mut |_| {}, interrupt: never.as_mut() };
        Box::pin(undo(
            "journal-1",
            &std::collections::BTreeSet::new(),
            false,
            &self.place,
            &self.sdk,
            &self.means,
            control,
        ))
        .await
    }
}

/// What IAM answers.
fn iam(roles: &Roles, request: &Request) -> Answer {
    let parameter = |name: &str| {
        let all = request.text.split('&');
        all.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    let operation = request.operation.as_str();
    let good = |inside: &str| {
        ok(format!("<{operation}Response><{operation}Result>{inside}</{operation}Result></{operation}Response>"))
    };
    let of_role = || (request.account.clone(), parameter("RoleName").unwrap());
    let mut roles = roles.lock().unwrap();
    match operation {
        "GetRole" => match of_role() {
            key if roles.contains_key(&key) => {
                let (account, name) = key;
                good(&format!(
                    "<Role><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROA{name}</RoleId><Arn>arn:aws:iam::{account}:role/{name}</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate><AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument></Role>"
                ))
            }
            _ => xml_error(404, "NoSuchEntity"),
        },
        "ListAttachedRolePolicies" => {
            let member =
                |arn: &String| format!("<member><PolicyName>p</PolicyName><PolicyArn>{arn}</PolicyArn></member>");
            let members: String = roles[&of_role()].iter().map(member).collect();
            good(&format!("<AttachedPolicies>{members}</AttachedPolicies><IsTruncated>false</IsTruncated>"))
        }
        "ListRolePolicies" => good("<PolicyNames></PolicyNames><IsTruncated>false</IsTruncated>"),
        "GetPolicy" => good("<Policy><DefaultVersionId>v1</DefaultVersionId></Policy>"),
        "GetPolicyVersion" => {
            good("<PolicyVersion><Document>%7B%7D</Document><VersionId>v1</VersionId></PolicyVersion>")
        }
        "AttachRolePolicy" => {
            roles.get_mut(&of_role()).unwrap().insert(parameter("PolicyArn").unwrap());
            good("")
        }
        "DetachRolePolicy" => {
            roles.get_mut(&of_role()).unwrap().remove(&parameter("PolicyArn").unwrap());
            good("")
        }
        _ => default_answer(),
    }
}
