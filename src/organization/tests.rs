//! From what was asked for to the scope, over the wire.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

mod large;
mod members;
mod policies;

use super::*;
use crate::aws::AwsErrorKind;
use crate::aws::wire::{Answer, CALLER, Request, Wire, default_answer, json_error, ok};
use crate::collect::member::MemberRole;
use crate::ids::Partition;

/// An organization of two levels: r-1 ⊃ ou-1-a ⊃ ou-1-b, and r-1 ⊃ ou-1-c. The caller is at the root; 3 is suspended.
fn organization(request: &Request) -> Answer {
    let account = |n: u32, state: &str, path: &str| {
        json!({"Id": format!("{n:012}"), "Name": format!("account {n}"), "State": state, "Status": "ACTIVE",
               "Paths": [format!("o-1/{path}/{n:012}/")]})
    };
    let accounts: HashMap<&str, Vec<Value>> = HashMap::from([
        ("r-1", vec![account(1, "ACTIVE", "r-1")]),
        ("ou-1-a", vec![account(2, "ACTIVE", "r-1/ou-1-a"), account(3, "SUSPENDED", "r-1/ou-1-a")]),
        ("ou-1-b", vec![account(4, "ACTIVE", "r-1/ou-1-a/ou-1-b")]),
        ("ou-1-c", vec![account(5, "ACTIVE", "r-1/ou-1-c")]),
    ]);
    let units = HashMap::from([
        ("r-1", vec!["ou-1-a", "ou-1-c"]),
        ("ou-1-a", vec!["ou-1-b"]),
        ("ou-1-b", vec![]),
        ("ou-1-c", vec![]),
    ]);
    let asked: Value = serde_json::from_str(request.text.trim_start_matches('&')).unwrap_or_default();
    let parent = asked["ParentId"].as_str().unwrap_or_default();
    let both = |a: &str, b: &str| [accounts[a].clone(), accounts[b].clone()].concat();
    match request.operation.as_str() {
        "DescribeOrganization" => ok(r#"{"Organization":{"Id":"o-1"}}"#),
        // Three pages, the second of which is empty.
        "ListAccounts" => match asked["NextToken"].as_str() {
            None => ok(json!({"Accounts": both("ou-1-b", "ou-1-a"), "NextToken": "2"}).to_string()),
            Some("2") => ok(r#"{"Accounts":[],"NextToken":"3"}"#),
            Some(_) => ok(json!({"Accounts": both("r-1", "ou-1-c")}).to_string()),
        },
        "ListAccountsForParent" => accounts.get(parent).map_or_else(
            || json_error(400, "ParentNotFoundException"),
            |accounts| ok(json!({ "Accounts": accounts }).to_string()),
        ),
        "ListOrganizationalUnitsForParent" => {
            let units: Vec<Value> = units[parent].iter().map(|id| json!({ "Id": id })).collect();
            ok(json!({ "OrganizationalUnits": units }).to_string())
        }
        "POST /listRegions" => ok(r#"{"Regions":[{"RegionName":"xx-new-1","RegionOptStatus":"DISABLED"}]}"#),
        _ => default_answer(),
    }
}

fn ask(accounts: Accounts, regions: &[&str]) -> Ask {
    Ask {
        accounts,
        member: MemberRole::default(),
        regions: regions.iter().map(|name| name.parse().unwrap()).collect(),
        target: None,
        service_control_policies: false,
        compute_everywhere: false,
        max_in_flight: 8,
        deadline: None,
    }
}

fn whole(units: &[&str], exclude_accounts: &[&str], exclude_units: &[&str]) -> Accounts {
    let ids = |names: &[&str]| names.iter().map(|id| id.parse().unwrap()).collect();
    Accounts::Organization {
        units: ids(units),
        exclude_accounts: exclude_accounts.iter().map(|id| id.parse().unwrap()).collect(),
        exclude_units: ids(exclude_units),
    }
}

async fn resolve_on(wire: &Wire, ask: &Ask) -> Result<Scope, AwsError> {
    let sdk = wire.sdk();
    let caller = sdk.identify(Partition::Aws).await.unwrap();
    let (throttles, _slowed) = unbounded_channel();
    resolve(ask, &Sessions::new(&sdk, caller, MemberRole::default(), "r", throttles)).await
}

async fn accounts_of(accounts: Accounts) -> Vec<String> {
    let scope = resolve_on(&Wire::new(organization), &ask(accounts, &[])).await.unwrap();
    scope.accounts.iter().map(|account| account.id.as_str().trim_start_matches('0').to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_callers_own_account_is_the_default_and_no_organization_is_asked() {
    let wire = Wire::new(organization);
    let scope = resolve_on(&wire, &ask(Accounts::Own, &["eu-west-1", "eu-central-1", "eu-west-1"])).await.unwrap();
    assert_eq!(scope.accounts.len(), 1);
    assert_eq!((scope.accounts[0].id.as_str(), &scope.accounts[0].entry), (CALLER, &Entry::Own));
    assert_eq!(scope.regions.iter().map(Region::as_str).collect::<Vec<_>>(), ["eu-central-1", "eu-west-1"]);
    assert_eq!(wire.log().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn listed_accounts_are_sorted_each_once_and_the_callers_needs_no_role() {
    let ids = ["000000000007", CALLER, "000000000007"].map(|id| id.parse().unwrap());
    let scope = resolve_on(&Wire::new(organization), &ask(Accounts::Listed(ids.to_vec()), &[])).await.unwrap();
    let entries: Vec<_> = scope.accounts.iter().map(|a| (a.id.as_str(), a.entry.clone())).collect();
    assert_eq!(entries, [(CALLER, Entry::Own), ("000000000007", Entry::Assume)]);
}

#[tokio::test(start_paused = true)]
async fn an_organization_is_read_past_an_empty_page_and_suspended_accounts_are_kept_but_not_entered() {
    let scope = resolve_on(&Wire::new(organization), &ask(whole(&[], &[], &[]), &[])).await.unwrap();
    assert_eq!(scope.organization_id.as_deref(), Some("o-1"));
    let entries: Vec<_> = scope.accounts.iter().map(|account| account.entry.clone()).collect();
    let suspended = Entry::Inactive("SUSPENDED".to_owned());
    assert_eq!(entries, [Entry::Own, Entry::Assume, suspended, Entry::Assume, Entry::Assume]);
    assert_eq!(scope.accounts[3].organization_path.as_deref(), Some("o-1/r-1/ou-1-a/ou-1-b"));
    assert_eq!(scope.accounts[3].name.as_deref(), Some("account 4"));
}

#[tokio::test(start_paused = true)]
async fn units_hold_what_is_in_the_units_below_them() {
    assert_eq!(accounts_of(whole(&["ou-1-a"], &[], &[])).await, ["2", "3", "4"]);
    assert_eq!(accounts_of(whole(&["ou-1-b", "ou-1-c"], &[], &[])).await, ["4", "5"]);
    assert_eq!(accounts_of(whole(&["r-1"], &[], &[])).await, ["1", "2", "3", "4", "5"]);
}

#[tokio::test(start_paused = true)]
async fn exclusions_take_away_accounts_units_and_what_is_below() {
    assert_eq!(accounts_of(whole(&[], &[], &["ou-1-a"])).await, ["1", "5"]);
    assert_eq!(accounts_of(whole(&["ou-1-a"], &["000000000002"], &["ou-1-b"])).await, ["3"]);
    // An excluded account that is not there is no error: it may have been closed since.
    assert_eq!(accounts_of(whole(&["ou-1-c"], &["000000000009"], &[])).await, ["5"]);
}

async fn error_of(wire: &Wire, accounts: Accounts, regions: &[&str]) -> (AwsErrorKind, String) {
    let error = resolve_on(wire, &ask(accounts, regions)).await.unwrap_err();
    (error.kind(), error.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_does_not_exist_and_a_scope_without_accounts_are_errors_of_the_caller() {
    let wire = Wire::new(organization);
    let (kind, message) = error_of(&wire, whole(&["ou-1-zz"], &[], &[]), &[]).await;
    assert_eq!(kind, AwsErrorKind::SetUp);
    assert!(message.contains("`ou-1-zz`") && message.contains("r-... or ou-..."), "{message}");
    assert!(!message.contains("ab12"), "an id of nobody's: {message}");
    let (kind, message) = error_of(&wire, whole(&["ou-1-c"], &[], &["ou-1-c"]), &[]).await;
    assert_eq!(kind, AwsErrorKind::SetUp);
    assert_eq!(message, "no account is left to audit of the 1 in those units: look at the exclusions");
    let (_, message) = error_of(&wire, whole(&[], &[], &["r-1"]), &[]).await;
    assert!(message.contains("of the 5 that the organization lists"), "{message}");
    let (kind, message) = error_of(&wire, Accounts::Listed(Vec::new()), &[]).await;
    assert_eq!((kind, message.as_str()), (AwsErrorKind::SetUp, "no account was asked for: name at least one"));
}

#[tokio::test(start_paused = true)]
async fn who_may_not_list_the_organization_is_told_where_to_run() {
    for (operation, code, kind, says) in [
        ("ListAccounts", "AccessDeniedException", AwsErrorKind::Unavailable, "delegated administrator"),
        ("DescribeOrganization", "AWSOrganizationsNotInUseException", AwsErrorKind::SetUp, "--account"),
        ("ListAccounts", "ServiceException", AwsErrorKind::Unavailable, "organizations:ListAccounts"),
    ] {
        let wire =
            Wire::new(
                move |request: &Request| {
                    if request.operation == operation { json_error(400, code) } else { organization(request) }
                },
            );
        let (found, message) = error_of(&wire, whole(&[], &[], &[]), &[]).await;
        assert_eq!(found, kind, "{message}");
        assert!(message.contains(says), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_organization_whose_id_may_not_be_read_is_audited_without_it() {
    let wire = Wire::new(|request: &Request| match request.operation.as_str() {
        "DescribeOrganization" => json_error(400, "AccessDeniedException"),
        _ => organization(request),
    });
    let scope = resolve_on(&wire, &ask(whole(&[], &[], &[]), &[])).await.unwrap();
    assert_eq!((scope.organization_id, scope.accounts.len()), (None, 5));
}

#[tokio::test(start_paused = true)]
async fn the_state_of_an_account_is_its_status_where_there_is_no_state() {
    let wire = Wire::new(|request: &Request| match request.operation.as_str() {
        "ListAccounts" => ok(r#"{"Accounts":[{"Id":"000000000006","Status":"PENDING_CLOSURE"}]}"#),
        _ => organization(request),
    });
    let scope = resolve_on(&wire, &ask(whole(&[], &[], &[]), &[])).await.unwrap();
    assert_eq!(scope.accounts[0].entry, Entry::Inactive("PENDING_CLOSURE".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn regions_are_refused_with_the_nearest_name_or_with_their_partition() {
    let wire = Wire::new(organization);
    let (kind, message) = error_of(&wire, Accounts::Own, &["eu-wset-1"]).await;
    assert_eq!(kind, AwsErrorKind::SetUp);
    assert!(message.contains("`eu-wset-1`: did you mean `eu-west-1`?"), "{message}");
    let (kind, message) = error_of(&wire, Accounts::Own, &["cn-north-1"]).await;
    assert_eq!(kind, AwsErrorKind::SetUp);
    assert!(message.contains("aws-cn"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_newer_than_this_version_is_taken_if_the_account_lists_it() {
    let scope = resolve_on(&Wire::new(organization), &ask(Accounts::Own, &["xx-new-1"])).await.unwrap();
    assert_eq!(scope.regions.len(), 1);
}
