//! Plans for the sample, for what somebody did to it, and for what nobody should plan.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::failure::FailureClass;
use crate::finding::Status;
use crate::inventory::{InlinePolicy, ManagedPolicyRef, ProfileRecord, RoleRecord};
use crate::known::{Gap, Known};
use crate::remediate::state::State;
use crate::remediate::state::Subject;
use crate::remediate::{Change, model};

use super::*;

/// The sample's accounts, each alone.
fn accounts() -> Vec<Inventory> {
    let sample = crate::demo::inventory().unwrap();
    let alone = |account: &Account| Inventory { accounts: vec![account.clone()], ..sample.clone() };
    sample.accounts.iter().filter(|account| account.clusters().next().is_some()).map(alone).collect()
}

fn made(inventory: &Inventory) -> Made {
    Made { plan_id: "p".to_owned(), created_at: inventory.finished_at, expires_at: inventory.finished_at }
}

fn planned(inventory: &Inventory, wish: &Wish) -> Plan {
    plan(inventory, &Settings::default(), wish, made(inventory))
}

fn everything() -> Wish {
    Wish { advice: true, managed_elsewhere: true, ..Wish::default() }
}

/// What somebody did to an account: a kind of harm, and two numbers that choose where.
type Harm = (u8, usize, usize);

/// Does it, if there is a place for it.
fn harm(inventory: &mut Inventory, (kind, which, other): Harm) {
    let account = &mut inventory.accounts[0];
    let names: Vec<String> = account.found_roles().map(|role| role.arn.name().to_owned()).collect();
    if names.is_empty() {
        return;
    }
    let name = &names[which % names.len()];
    let Some(RoleRecord::Found(role)) = account.roles.get_mut(name) else { return };
    let policy =
        |name: &str| ManagedPolicyRef { name: name.to_owned(), arn: format!("arn:aws:iam::aws:policy/{name}") };
    let inline =
        |document: &str| Known::Value(InlinePolicy { name: format!("harm-{other}"), document: document.to_owned() });
    match (kind % 12, &mut role.attached, &mut role.inline) {
        (0, Known::Value(attached), _) if !attached.is_empty() => {
            attached.remove(other % attached.len());
        }
        (1, Known::Value(attached), _) => attached.clear(),
        (2, ..) => role.trust = r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
        (3, Known::Value(attached), _) => attached.push(policy("AmazonEC2ContainerRegistryPowerUser")),
        (4, Known::Value(attached), _) => attached.push(policy("AmazonEKS_CNI_Policy")),
        (5, Known::Value(attached), _) => {
            for number in 0..9 {
                attached.push(policy(&format!("Some{number}")));
            }
        }
        (6, _, Known::Value(list)) => list.push(inline(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ecr:*","Resource":"*"}]}"#,
        )),
        (7, ..) => {
            account.roles.insert(name.clone(), RoleRecord::NoSuchRole);
        }
        (8, ..) => {
            let entries = account.regions.iter_mut().filter_map(|region| match &mut region.clusters {
                Known::Value(clusters) => Some(clusters),
                Known::Missing(_) => None,
            });
            for cluster in entries.flatten() {
                if let Known::Value(entries) = &mut cluster.access_entries {
                    entries.retain(|entry| !entry.principal_arn.ends_with(&format!("/{name}")));
                }
            }
        }
        (9, ..) => {
            for record in account.instance_profiles.values_mut() {
                if let ProfileRecord::Found(content) = record {
                    content.role = None;
                }
            }
        }
        (10 | 11, ..) => forget_who_serves(account, kind),
        (..) => {}
    }
}

/// As if a call could not be made: whom aws-node uses is not known any more.
fn forget_who_serves(account: &mut Account, kind: u8) {
    for region in &mut account.regions {
        let Known::Value(clusters) = &mut region.clusters else { continue };
        for cluster in clusters {
            let gap = Gap {
                api: "eks:ListPodIdentityAssociations".to_owned(),
                resource: cluster.name.clone(),
                class: FailureClass::Denied,
                error: "AccessDeniedException".to_owned(),
                message: "no".to_owned(),
            };
            if kind % 12 == 10 {
                cluster.aws_node_association = Known::Missing(gap);
            } else {
                cluster.vpc_cni = Known::Missing(gap);
            }
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 48, ..Config::default() })]

    #[test]
    fn whatever_was_done_to_an_account_what_is_planned_mends_and_makes_nothing_worse(
        account in any::<prop::sample::Index>(),
        harms in prop::collection::vec((any::<u8>(), 0_usize..64, 0_usize..8), 1..8),
    ) {
        let accounts = accounts();
        let mut before = account.get(&accounts).clone();
        for one in harms {
            harm(&mut before, one);
        }
        let settings = Settings::default();
        let plan = planned(&before, &everything());
        let mut after = before.clone();
        for role in &plan.roles {
            prop_assert!(model::carry_out(role, &mut after, before.finished_at).is_ok(), "{role:?}");
        }
        let mended: BTreeSet<&str> =
            plan.roles.iter().flat_map(|role| &role.findings).map(|finding| finding.id.as_str()).collect();
        let was = audit(&before, &settings);
        for finding in audit(&after, &settings) {
            let before = was.iter().find(|was| was.id == finding.id);
            if mended.contains(finding.id.as_str()) {
                prop_assert!(!matches!(finding.status, Status::Fail | Status::Unknown), "still open: {finding:?}");
            } else {
                prop_assert!(!judged::is_worse(before, &finding), "worse: {finding:?}");
            }
        }
        // every finding that fails is either planned for or left with a reason, and none is both
        let left: BTreeSet<&str> = plan.left.iter().map(|left| left.id.as_str()).collect();
        for finding in was.iter().filter(|finding| matches!(finding.status, Status::Fail | Status::Unknown)) {
            let id = finding.id.as_str();
            prop_assert!(mended.contains(id) != left.contains(id), "{finding:?}");
        }
        // fresh facts that are the same lead to the same plan; when it is done, nothing is left of it
        for role in &plan.roles {
            let same = check(role, &before, &settings, &everything(), before.finished_at);
            prop_assert_eq!(same, Checked::Same, "{:?}", role);
        }
    }
}

/// An account of the sample with a role that lost all its policies, and the role.
fn stripped() -> (Inventory, RoleArn) {
    let candidates = accounts().into_iter().find_map(|mut inventory| {
        let groups =
            inventory.accounts[0].clusters().flat_map(|(_, cluster)| cluster.managed_roles().map(str::to_owned));
        let roles: Vec<RoleArn> = groups.filter_map(|arn| arn.parse().ok()).collect();
        let role = roles.into_iter().find(|role| match inventory.accounts[0].role(role.name()) {
            Some(RoleRecord::Found(found)) => {
                found.tags.is_empty() && found.attached.value().is_some_and(|list| list.len() > 1)
            }
            _ => false,
        })?;
        let Some(RoleRecord::Found(found)) = inventory.accounts[0].roles.get_mut(role.name()) else { return None };
        found.attached = Known::Value(Vec::new());
        let plan = planned(&inventory, &Wish::default());
        plan.roles.iter().any(|planned| planned.role == role).then_some((inventory, role))
    });
    candidates.unwrap()
}

fn of_role(plan: &Plan, role: &RoleArn) -> RolePlan {
    plan.roles.iter().find(|planned| planned.role == *role).unwrap().clone()
}

#[test]
fn what_a_role_lacks_is_attached_in_one_plan_each_policy_once_and_done_when_it_is_done() {
    let (inventory, role) = stripped();
    let plan = planned(&inventory, &Wish::default());
    let planned_role = of_role(&plan, &role);
    let attached: Vec<&str> = planned_role.steps.iter().filter_map(|step| step.change.policy()).collect();
    let once: BTreeSet<&&str> = attached.iter().collect();
    assert_eq!(once.len(), attached.len(), "{attached:?}");
    assert!(attached.contains(&"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"), "{attached:?}");
    assert!(!attached.contains(&"arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy"), "{attached:?}");
    let mut after = inventory.clone();
    model::carry_out(&planned_role, &mut after, inventory.finished_at).unwrap();
    let now = inventory.finished_at;
    assert_eq!(check(&planned_role, &after, &Settings::default(), &Wish::default(), now), Checked::Done);
}

#[test]
fn a_role_for_which_nothing_fits_together_does_not_spoil_what_is_planned_for_another() {
    let (mut inventory, role) = stripped();
    let used: BTreeSet<String> = inventory.accounts[0]
        .clusters()
        .flat_map(|(_, cluster)| cluster.managed_roles().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    for other in used.iter().filter_map(|arn| arn.parse::<RoleArn>().ok()).filter(|other| *other != role) {
        inventory.accounts[0].roles.insert(other.name().to_owned(), RoleRecord::NoSuchRole);
    }
    for record in inventory.accounts[0].instance_profiles.values_mut() {
        if let ProfileRecord::Found(content) = record {
            content.role = None;
        }
    }
    forget_who_serves(&mut inventory.accounts[0], 10);
    let plan = planned(&inventory, &everything());
    let attached = of_role(&plan, &role).steps;
    assert!(attached.iter().any(|step| step.change.policy().is_some()), "{attached:?}");
    let ids: BTreeSet<&str> = plan.left.iter().map(|left| left.id.as_str()).collect();
    assert_eq!(ids.len(), plan.left.len(), "what is left alone is told once");
}

#[test]
fn what_needs_what_is_planned_for_another_role_waits_until_that_is_applied() {
    // aws-node of the sample's cluster `mobile` has a role of its own that falls short, and is planned for; a node role of the
    // cluster that is created would have nodes without a network until then
    let mut inventory = accounts().into_iter().find(|one| one.accounts[0].role("mobile-vpc-cni").is_some()).unwrap();
    inventory.accounts[0].roles.insert("mobile-workers".to_owned(), RoleRecord::NoSuchRole);
    let plan = planned(&inventory, &everything());
    let own: Vec<&RolePlan> = plan.roles.iter().filter(|planned| planned.role.name() == "mobile-vpc-cni").collect();
    assert_eq!(own.len(), 1, "{plan:#?}");
    assert!(plan.roles.iter().all(|planned| planned.role.name() != "mobile-workers"), "{plan:#?}");
    let waits = |plan: &Plan| {
        plan.left.iter().any(|left| left.rule.to_string() == "NR001" && left.text.contains("another role"))
    };
    assert!(waits(&plan), "{:#?}", plan.left);

    {
        let now = inventory.finished_at;
        model::carry_out(own[0], &mut inventory, now)
    }
    .unwrap();
    let next = planned(&inventory, &everything());
    assert!(next.roles.iter().any(|planned| planned.role.name() == "mobile-workers"), "{:#?}", next.left);
}

#[test]
fn a_plan_that_somebody_wrote_or_that_is_older_than_a_change_is_refused_and_says_what_moved() {
    let (inventory, role) = stripped();
    let genuine = of_role(&planned(&inventory, &Wish::default()), &role);
    let checked = |planned: &RolePlan, facts: &Inventory| {
        check(planned, facts, &Settings::default(), &Wish::default(), inventory.finished_at)
    };
    let mut forged = genuine.clone();
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess".to_owned();
    forged.steps[0].change = Change::Attach { role: role.clone(), policy };
    assert!(matches!(checked(&forged, &inventory), Checked::Refused(_)));

    let mut adorned = genuine.clone();
    adorned.diff = vec!["nothing at all changes".to_owned()];
    let Checked::Refused(text) = checked(&adorned, &inventory) else { panic!() };
    assert!(text.contains("what the plan shows"), "{text}");

    // a plan of the role alone has not read what other roles carry, and it is none the less the same
    let mut of_alone = genuine.clone();
    for policy in genuine.steps.iter().filter_map(|step| step.change.policy()) {
        assert!(of_alone.seen.remove(&format!("policy {policy}")).is_some());
    }
    assert_eq!(checked(&of_alone, &inventory), Checked::Same);

    let mut invented = forged.clone();
    invented.findings[0].id = "NR202-0123456789abcdef".to_owned();
    invented.findings.truncate(1);
    assert!(matches!(checked(&invented, &inventory), Checked::Refused(_)), "a finding that nobody knows is not mended");
    let unread = Inventory { accounts: Vec::new(), ..inventory.clone() };
    assert!(matches!(checked(&genuine, &unread), Checked::Refused(_)), "an account that was not read is not mended");

    let mut moved = inventory.clone();
    let Some(RoleRecord::Found(found)) = moved.accounts[0].roles.get_mut(role.name()) else { panic!() };
    found.trust.push(' ');
    let Checked::Refused(text) = checked(&genuine, &moved) else { panic!() };
    assert!(text.contains("trust policy"), "{text}");
}

#[test]
fn a_tag_of_the_role_forbids_and_a_tool_that_keeps_it_is_named() {
    let (mut inventory, role) = stripped();
    let mut left_with = |key: &str, value: &str, wish: &Wish| {
        let Some(RoleRecord::Found(found)) = inventory.accounts[0].roles.get_mut(role.name()) else { panic!() };
        found.tags = [(key.to_owned(), value.to_owned())].into();
        let plan = planned(&inventory, wish);
        assert!(!plan.roles.iter().any(|planned| planned.role == role));
        let of_role = plan.left.into_iter().filter(|left| left.role.as_deref() == Some(role.as_str()));
        let mut offered = of_role.filter(|left| !matches!(left.reason, Reason::Unknown | Reason::Manual));
        offered.next().map(|left| (left.reason, left.text)).unwrap()
    };
    assert_eq!(left_with("noderole:remediate", "never", &everything()).0, Reason::Forbidden);
    let (reason, text) = left_with("aws:cloudformation:stack-name", "eks-nodes", &Wish::default());
    assert_eq!(reason, Reason::ManagedElsewhere);
    assert!(text.contains("CloudFormation") && text.contains("eks-nodes"), "{text}");
}

#[test]
fn what_is_verified_is_what_the_rules_say_of_the_state() {
    let (inventory, role) = stripped();
    let planned = of_role(&planned(&inventory, &Wish::default()), &role);
    let subject = Subject::of(&role, planned.steps.iter().map(|step| &step.change));
    let before = State::of(&inventory, &inventory.accounts[0], &subject).unwrap();
    let judge = |state: &State| verify(&planned, &inventory, &Settings::default(), state, inventory.finished_at);
    assert!(judge(&before).is_err());
    let mut after = inventory.clone();
    model::carry_out(&planned, &mut after, inventory.finished_at).unwrap();
    assert_eq!(judge(&State::of(&after, &after.accounts[0], &subject).unwrap()), Ok(()));
}
