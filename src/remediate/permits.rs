//! What a session of the remediation role may do: the one table of that role's actions, and the inline policies that are
//! cut from it for exactly one role's changes and for taking them back.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use thiserror::Error;

use crate::ids::{AccountId, RoleArn};

use super::Change;
use super::change::node_policy;

/// The longest inline policy that STS takes for a session, in characters (STS API, AssumeRole).
pub const MAX_SESSION_POLICY: usize = 2048;

/// An action of the remediation role, and what it is allowed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The action, as IAM spells it.
    pub action: &'static str,
    /// What it is made on.
    pub on: On,
    /// The condition key by which a session narrows it further.
    pub narrowed_by: Option<&'static str>,
}

/// What an action is made on (service authorization reference, IAM and EKS).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// The role: `role/PATH/NAME`.
    Role,
    /// A policy of the account's own: `policy/PATH/NAME`.
    Policy,
    /// An instance profile: `instance-profile/NAME`, whatever its path.
    Profile,
    /// A cluster: `cluster/NAME`.
    Cluster,
    /// An access entry: `access-entry/CLUSTER/role/ACCOUNT/NAME/UUID`.
    Entry,
}

/// Every action that the remediation role needs, and no other: what [`Change::calls`] can name.
pub const RIGHTS: &[Right] = &[
    Right { action: "iam:CreatePolicy", on: On::Policy, narrowed_by: None },
    Right { action: "iam:DeletePolicy", on: On::Policy, narrowed_by: None },
    Right { action: "iam:CreatePolicyVersion", on: On::Policy, narrowed_by: None },
    Right { action: "iam:SetDefaultPolicyVersion", on: On::Policy, narrowed_by: None },
    Right { action: "iam:DeletePolicyVersion", on: On::Policy, narrowed_by: None },
    Right { action: "iam:CreateRole", on: On::Role, narrowed_by: None },
    Right { action: "iam:DeleteRole", on: On::Role, narrowed_by: None },
    Right { action: "iam:UpdateAssumeRolePolicy", on: On::Role, narrowed_by: None },
    Right { action: "iam:AttachRolePolicy", on: On::Role, narrowed_by: Some("iam:PolicyARN") },
    Right { action: "iam:DetachRolePolicy", on: On::Role, narrowed_by: Some("iam:PolicyARN") },
    Right { action: "iam:PassRole", on: On::Role, narrowed_by: Some("iam:PassedToService") },
    Right { action: "iam:AddRoleToInstanceProfile", on: On::Profile, narrowed_by: None },
    Right { action: "iam:RemoveRoleFromInstanceProfile", on: On::Profile, narrowed_by: None },
    Right { action: "eks:CreateAccessEntry", on: On::Cluster, narrowed_by: Some("eks:principalArn") },
    Right { action: "eks:DeleteAccessEntry", on: On::Entry, narrowed_by: None },
    Right { action: "eks:AssociateAccessPolicy", on: On::Entry, narrowed_by: Some("eks:policyArn") },
    Right { action: "eks:DisassociateAccessPolicy", on: On::Entry, narrowed_by: Some("eks:policyArn") },
    Right { action: "eks:TagResource", on: On::Entry, narrowed_by: None },
];

/// A change that does not fit into a session.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PermitError {
    /// Even alone it needs a longer policy than STS takes.
    #[error(
        "the session policy to {change} would have {length} characters, more than the {MAX_SESSION_POLICY} that STS takes: \
         make this change by hand"
    )]
    TooLong {
        /// What the change does.
        change: String,
        /// The length, in characters.
        length: usize,
    },
}

/// One action on some resources, on one condition at most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Permit {
    action: &'static str,
    resources: Vec<String>,
    condition: Option<Condition>,
}

/// A condition: operator, key, and a value that is one of those allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Condition {
    operator: &'static str,
    key: &'static str,
    values: BTreeSet<String>,
}

/// What one session may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPolicy {
    permits: BTreeSet<Permit>,
    text: String,
}

impl SessionPolicy {
    /// The policy: JSON text without white space, at most [`MAX_SESSION_POLICY`] characters.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it allows all that a change calls.
    pub fn covers(&self, change: &Change) -> bool {
        permits(change, change.calls()).is_subset(&self.permits)
    }

    fn of(permits: BTreeSet<Permit>) -> Self {
        let text = document(&permits);
        Self { permits, text }
    }
}

/// The policies of the sessions in which some changes to a role are made and taken back: one, or as many as are needed for
/// each to fit into what STS takes.
///
/// # Errors
/// [`PermitError::TooLong`] for a change that fits into none.
pub fn session_policies<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Result<Vec<SessionPolicy>, PermitError> {
    let mut done: Vec<SessionPolicy> = Vec::new();
    let mut open: Option<SessionPolicy> = None;
    for change in changes {
        let mut own = permits(change, change.calls());
        own.extend(permits(change, taking_back(change)));
        let together = open.iter().flat_map(|open| open.permits.iter().cloned()).chain(own.iter().cloned()).collect();
        let together = SessionPolicy::of(together);
        if together.text.len() <= MAX_SESSION_POLICY {
            open = Some(together);
            continue;
        }
        done.extend(open.take());
        let alone = SessionPolicy::of(own);
        if alone.text.len() > MAX_SESSION_POLICY {
            return Err(PermitError::TooLong { change: change.described(), length: alone.text.len() });
        }
        open = Some(alone);
    }
    done.extend(open);
    Ok(done)
}

/// The operations by which a change is taken back; none for those that only take back.
fn taking_back(change: &Change) -> &'static [&'static str] {
    match change {
        Change::CreatePolicy { .. } => &["iam:DeletePolicy"],
        Change::CreatePolicyVersion { .. } => &["iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion"],
        Change::CreateRole { .. } => &["iam:DeleteRole"],
        Change::UpdateTrust { .. } => &["iam:UpdateAssumeRolePolicy"],
        Change::Attach { .. } => &["iam:DetachRolePolicy"],
        Change::Detach { .. } => &["iam:AttachRolePolicy"],
        Change::AddToProfile { .. } => &["iam:RemoveRoleFromInstanceProfile"],
        Change::CreateEntry { .. } => &["eks:DeleteAccessEntry"],
        Change::DeleteEntry { .. } => {
            &["eks:CreateAccessEntry", "eks:AssociateAccessPolicy", "eks:TagResource", "iam:PassRole"]
        }
        Change::AssociateNodePolicy { .. } => &["eks:DisassociateAccessPolicy"],
        Change::DeletePolicy { .. }
        | Change::RestorePolicyVersion { .. }
        | Change::DeleteRole { .. }
        | Change::RemoveFromProfile { .. }
        | Change::DisassociateNodePolicy { .. } => &[],
    }
}

/// What some operations on the things of a change need.
fn permits(change: &Change, calls: &[&'static str]) -> BTreeSet<Permit> {
    let rights = RIGHTS.iter().filter(|right| calls.contains(&right.action));
    rights
        .map(|right| Permit {
            action: right.action,
            resources: resources(change, right.on),
            condition: right.narrowed_by.and_then(|key| condition(change, key)),
        })
        .collect()
}

/// The ARNs of what a change touches.
fn resources(change: &Change, on: On) -> Vec<String> {
    let role = change.role();
    let of_entry = || change.entry().zip(role);
    match on {
        On::Role => role.map(|role| vec![role.to_string()]).unwrap_or_default(),
        On::Policy => change.policy().map(|policy| vec![policy.to_owned()]).unwrap_or_default(),
        On::Profile => change.profile().zip(role).map(|(name, role)| profile(name, role)).unwrap_or_default(),
        On::Cluster => of_entry()
            .map(|((region, cluster), role)| vec![eks(role, region.as_str(), &format!("cluster/{cluster}"))])
            .unwrap_or_default(),
        On::Entry => of_entry()
            .map(|((region, cluster), role)| {
                let names = with_path(role).into_iter();
                names
                    .map(|name| {
                        let what = format!("access-entry/{cluster}/role/{}/{name}/*", role.account());
                        eks(role, region.as_str(), &what)
                    })
                    .collect()
            })
            .unwrap_or_default(),
    }
}

/// Only the name of a profile is known, not its path.
fn profile(name: &str, role: &RoleArn) -> Vec<String> {
    let arn = |path: &str| {
        let account: &AccountId = role.account();
        format!("arn:{}:iam::{account}:instance-profile/{path}{name}", role.partition())
    };
    vec![arn(""), arn("*/")]
}

/// How the ARN of an access entry may name the role: by its name, and where it has a path perhaps with that.
fn with_path(role: &RoleArn) -> Vec<String> {
    let mut names = vec![role.name().to_owned()];
    let path = role.path().trim_start_matches('/');
    if !path.is_empty() {
        names.push(format!("{path}{}", role.name()));
    }
    names
}

fn eks(role: &RoleArn, region: &str, what: &str) -> String {
    format!("arn:{}:eks:{region}:{}:{what}", role.partition(), role.account())
}

/// By what a session narrows an action for this change; none where the change leaves it open.
fn condition(change: &Change, key: &'static str) -> Option<Condition> {
    let role = change.role()?;
    let (operator, values) = match key {
        "iam:PolicyARN" => ("ArnEquals", vec![change.policy()?.to_owned()]),
        "eks:principalArn" => ("ArnEquals", vec![role.to_string()]),
        // an entry that takes another's place, or comes back, has the access policies that people gave it
        "eks:policyArn" if matches!(change, Change::CreateEntry { .. } | Change::DeleteEntry { .. }) => return None,
        "eks:policyArn" => ("ArnEquals", vec![node_policy(role)]),
        "iam:PassedToService" => {
            let mut services = role.partition().ec2_principals();
            if change.entry().is_some() {
                services.push("eks.amazonaws.com".to_owned());
            }
            // not every service that gets a role says which it is
            ("StringEqualsIfExists", services)
        }
        _ => return None,
    };
    Some(Condition { operator, key, values: values.into_iter().collect() })
}

/// The shortest document that grants just that: what differs in one thing alone is told in one statement.
fn document(permits: &BTreeSet<Permit>) -> String {
    type Texts<'a> = BTreeSet<&'a str>;
    type By = Option<(&'static str, &'static str)>;
    type OfResources<'a> = (&'a [String], By, Texts<'a>);
    type OfActions<'a> = (Texts<'a>, By, Texts<'a>);
    // the values of a condition, for the same action on the same resources
    let mut values: BTreeMap<(&str, &[String], By), Texts<'_>> = BTreeMap::new();
    for permit in permits {
        let by = permit.condition.as_ref().map(|condition| (condition.operator, condition.key));
        let of_one = values.entry((permit.action, &permit.resources, by)).or_default();
        of_one.extend(permit.condition.iter().flat_map(|condition| condition.values.iter().map(String::as_str)));
    }
    // the actions on the same resources
    let mut actions: BTreeMap<OfResources<'_>, Texts<'_>> = BTreeMap::new();
    for ((action, resources, by), of_one) in values {
        actions.entry((resources, by, of_one)).or_default().insert(action);
    }
    // the resources of the same actions
    let mut statements: BTreeMap<OfActions<'_>, Texts<'_>> = BTreeMap::new();
    for ((resources, by, of_one), allowed) in actions {
        let all = statements.entry((allowed, by, of_one)).or_default();
        all.extend(resources.iter().map(String::as_str));
    }
    let statements = statements.into_iter().map(|((allowed, by, of_one), resources)| {
        let mut statement = json!({
            "Effect": "Allow", "Action": one_or_many(&allowed), "Resource": one_or_many(&resources),
        });
        if let (Some((operator, key)), Some(members)) = (by, statement.as_object_mut()) {
            let mut tested = serde_json::Map::new();
            tested.insert(key.to_owned(), one_or_many(&of_one));
            let mut condition = serde_json::Map::new();
            condition.insert(operator.to_owned(), Value::Object(tested));
            members.insert("Condition".to_owned(), Value::Object(condition));
        }
        statement
    });
    json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() }).to_string()
}

/// A text, or a list of texts.
fn one_or_many(texts: &BTreeSet<&str>) -> Value {
    let mut all = texts.iter();
    match (all.next(), all.next()) {
        (Some(one), None) => json!(one),
        (_, _) => json!(texts),
    }
}

#[cfg(test)]
mod tests;
