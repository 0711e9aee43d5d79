//! A large organization, and one that changes while it is listed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;

/// 20 accounts a page, as Organizations gives at most; every seventh page is empty and has a token all the same.
fn page(accounts: &[Value], token: Option<&str>) -> Answer {
    let at: usize = token.map_or(0, |token| token.parse().unwrap());
    if token.is_none_or(|token| !token.starts_with('0')) && at > 0 && at.is_multiple_of(140) {
        return ok(json!({"Accounts": [], "NextToken": format!("0{at}")}).to_string());
    }
    let next = (at + 20 < accounts.len()).then(|| (at + 20).to_string());
    let listed: Vec<&Value> = accounts.iter().skip(at).take(20).collect();
    ok(json!({"Accounts": listed, "NextToken": next}).to_string())
}

fn asked(request: &Request) -> Value {
    serde_json::from_str(request.text.trim_start_matches('&')).unwrap_or_default()
}

fn account(n: usize) -> Value {
    json!({"Id": format!("{n:012}"), "State": "ACTIVE", "Paths": [format!("o-1/r-1/{n:012}/")]})
}

#[tokio::test(start_paused = true)]
async fn more_than_a_thousand_accounts_are_listed_to_the_end_each_once() {
    let accounts: Vec<Value> = (1..=1_234).map(account).collect();
    let wire = Wire::new(move |request: &Request| match request.operation.as_str() {
        "ListAccounts" => page(&accounts, asked(request)["NextToken"].as_str()),
        _ => organization(request),
    });
    let scope = resolve_on(&wire, &ask(whole(&[], &[], &[]), &[])).await.unwrap();
    assert_eq!(scope.accounts.len(), 1_234);
    assert!(scope.accounts.is_sorted_by(|a, b| a.id < b.id));
    // 62 pages, and 8 that are empty.
    assert_eq!(wire.log_of("ListAccounts").len(), 70);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_moved_while_units_are_listed_is_there_once_as_it_was_listed_last() {
    // Account 7 is in c until c has been listed, then in b, which was listed before that.
    let lists_of_c = Arc::new(AtomicUsize::new(0));
    let wire = Wire::new(move |request: &Request| {
        let parent = asked(request)["ParentId"].as_str().unwrap_or_default().to_owned();
        let moved = |state: &str, unit: &str| {
            ok(json!({"Accounts": [{"Id": "000000000007", "State": state, "Paths": [format!("o-1/r-1/{unit}/000000000007/")]}]})
                .to_string())
        };
        match (request.operation.as_str(), parent.as_str()) {
            ("ListAccountsForParent", "ou-1-c") => match lists_of_c.fetch_add(1, Ordering::SeqCst) {
                0 => ok(r#"{"Accounts":[]}"#),
                _ => moved("ACTIVE", "ou-1-c"),
            },
            ("ListAccountsForParent", "ou-1-b") if lists_of_c.load(Ordering::SeqCst) > 1 => ok(r#"{"Accounts":[]}"#),
            _ => organization(request),
        }
    });
    let scope = resolve_on(&wire, &ask(whole(&["ou-1-b", "ou-1-c"], &[], &[]), &[])).await.unwrap();
    let ids: Vec<&str> = scope.accounts.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(ids, ["000000000004", "000000000007"]);
    assert_eq!(scope.accounts[1].organization_path.as_deref(), Some("o-1/r-1/ou-1-c"));
}

#[tokio::test(start_paused = true)]
async fn an_account_under_an_included_and_an_excluded_unit_is_excluded() {
    assert_eq!(accounts_of(whole(&["ou-1-a", "ou-1-b"], &[], &["ou-1-b"])).await, ["2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_throttled_goes_on_in_its_turn() {
    let count = Arc::new(AtomicUsize::new(0));
    let wire = Wire::new(move |request: &Request| match request.operation.as_str() {
        "ListAccounts" if count.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) => {
            json_error(400, "TooManyRequestsException")
        }
        _ => organization(request),
    });
    let sdk = wire.sdk();
    let caller = sdk.identify(Partition::Aws).await.unwrap();
    let (throttles, _slowed) = unbounded_channel();
    let sessions = Sessions::new(&sdk, caller, MemberRole::default(), "r", throttles);
    let scope = resolve(&ask(whole(&[], &[], &[]), &[]), &sessions).await.unwrap();
    assert_eq!((scope.accounts.len(), wire.log_of("ListAccounts").len()), (5, 6));
    let traffic = sessions.traffic();
    assert_eq!(traffic.retries, [("organizations:ListAccounts".to_owned(), 3)].into());
    assert_eq!(traffic.throttles, traffic.retries);
    assert_eq!(sessions.counted()["organizations:ListAccounts"], 3);
    let at: Vec<Duration> = wire.log_of("ListAccounts").iter().map(|request| request.at).collect();
    assert!(at[1].saturating_sub(at[0]) >= Duration::from_millis(90), "no pause: {at:?}");
}

#[tokio::test(start_paused = true)]
async fn an_organization_that_only_throttles_is_given_up() {
    let wire = Wire::new(|request: &Request| match request.operation.as_str() {
        "ListAccounts" => json_error(400, "TooManyRequestsException"),
        _ => organization(request),
    });
    let (kind, message) = error_of(&wire, whole(&[], &[], &[]), &[]).await;
    assert_eq!(kind, AwsErrorKind::Unavailable);
    assert!(message.contains("organizations:ListAccounts"), "{message}");
    assert!(wire.log_of("ListAccounts").len() < 30);
}
