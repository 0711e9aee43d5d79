//! What each rule says of a role that has one policy: AWS's own, and one for each row of the tables.

mod managed;
mod tables;

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::audit::Settings;
use crate::finding::Status;
use crate::inventory::{Inventory, RoleRecord};
use crate::known::Known;
use crate::rules::{Facts, Found, NodeRole, Verdict};

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
    let (mut inventory, name) = BARE.clone();
    let Some(RoleRecord::Found(role)) = inventory.accounts[0].roles.get_mut(&name) else { panic!("no role") };
    let inline = documents.iter().enumerate().map(|(at, document)| {
        serde_json::from_value(json!({"value": {"name": format!("policy-{at}"), "document": document.to_string()}}))
            .unwrap()
    });
    role.attached = Known::Value(Vec::new());
    role.inline = Known::Value(inline.collect());
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
