//! What each rule says of a role that has one policy: AWS's own, and one for each row of the tables.

mod managed;
mod tables;

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::audit::Settings;
use crate::finding::{Severity, Status};
use crate::inventory::{InlinePolicy, Inventory, ManagedPolicyRef, RoleRecord};
use crate::known::Known;
use crate::rules::{Facts, Found, NodeRole, Verdict};

use super::inquiry::{Inquiry, MOST_SCOPES};

/// One account of the sample organization, and in it one node role without policies, boundary or SCPs.
static BARE: LazyLock<(Inventory, String)> = LazyLock::new(|| {
    let mut inventory = crate::demo::inventory().unwrap();
    let settings = Settings::default();
    let (id, role) = {
        let facts = Facts::new(&inventory, &settings);
        let of_account = |account| Found::of(&facts, account).roles.into_iter().find(|role| role.role().is_some());
        let role = inventory.accounts.iter().find_map(of_account).unwrap();
        (role.account.id.clone(), role.parsed().unwrap().name().to_owned())
    };
    inventory.accounts.retain(|account| account.id == id);
    inventory.policies.clear();
    inventory.accounts[0].service_control_policies = None;
    (inventory, role)
});

/// The verdict of a rule on a role that has these inline policies.
fn verdict(judge: fn(&NodeRole<'_>) -> Verdict, documents: &[&Value]) -> Verdict {
    let inline = documents.iter().enumerate().map(|(at, document)| {
        serde_json::from_value(json!({"value": {"name": format!("policy-{at}"), "document": document.to_string()}}))
            .unwrap()
    });
    of_role_with(Vec::new(), inline.collect(), judge)
}

/// What is made of a role that has these policies.
fn of_role_with<T>(
    attached: Vec<ManagedPolicyRef>,
    inline: Vec<Known<InlinePolicy>>,
    judge: impl FnOnce(&NodeRole<'_>) -> T,
) -> T {
    let (mut inventory, name) = BARE.clone();
    let Some(RoleRecord::Found(role)) = inventory.accounts[0].roles.get_mut(&name) else { panic!("no role") };
    role.attached = Known::Value(attached);
    role.inline = Known::Value(inline);
    role.boundary = None;
    let settings = Settings::default();
    let facts = Facts::new(&inventory, &settings);
    let found = Found::of(&facts, &inventory.accounts[0]);
    let role = found.roles.iter().find(|role| role.name() == name).unwrap();
    judge(role)
}

fn status(rule: fn(&NodeRole<'_>) -> Verdict, document: &Value) -> Status {
    verdict(rule, &[document]).status
}

/// A policy that allows these actions on everything.
fn allowing(actions: &[&str]) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
}

#[test]
fn of_attached_policies_no_more_are_asked_about_than_a_role_can_have() {
    let asked = |attached: usize| {
        let names = (0..attached).map(|n| format!("p{n}"));
        let id = BARE.0.accounts[0].id.as_str();
        let policies = names.map(|name| ManagedPolicyRef { arn: format!("arn:aws:iam::{id}:policy/{name}"), name });
        of_role_with(policies.collect(), Vec::new(), |role| {
            let Ok(inquiry) = Inquiry::of(role, Severity::High, false) else { panic!("no role to judge") };
            inquiry.own_policies().count()
        })
    };
    assert_eq!((asked(20), asked(1_000)), (20, MOST_SCOPES));
}
