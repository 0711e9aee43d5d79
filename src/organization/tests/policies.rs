//! Service control policies: each target and each policy asked once, and what is not known never held against anybody.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::failure::FailureClass;
use crate::known::Gap;

/// The policies of a target: all have p-all, some one of their own.
fn policies_of(target: &str) -> Vec<&str> {
    match target {
        "r-1" => vec!["p-all", "p-root"],
        "ou-1-a" => vec!["p-all", "p-a"],
        "000000000004" => vec!["p-all", "p-4"],
        _ => vec!["p-all"],
    }
}

/// The organization with policies: account 1 is the management account.
fn governed(request: &Request) -> Answer {
    let asked: Value = serde_json::from_str(request.text.trim_start_matches('&')).unwrap_or_default();
    let text = |key: &str| asked[key].as_str().unwrap_or_default().to_owned();
    match request.operation.as_str() {
        "DescribeOrganization" => {
            ok(json!({"Organization": {"Id": "o-1", "MasterAccountId": CALLER, "FeatureSet": "ALL"}}).to_string())
        }
        "ListRoots" => {
            let enabled = json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]);
            ok(json!({"Roots": [{"Id": "r-1", "PolicyTypes": enabled}]}).to_string())
        }
        "ListPoliciesForTarget" => {
            assert_eq!(asked["Filter"], "SERVICE_CONTROL_POLICY");
            let policies: Vec<Value> = policies_of(&text("TargetId")).iter().map(|id| json!({ "Id": id })).collect();
            // In two pages, where there are two.
            match (policies.as_slice(), asked["NextToken"].as_str()) {
                ([first, _], None) => ok(json!({"Policies": [first], "NextToken": "2"}).to_string()),
                ([_, second], Some(_)) => ok(json!({"Policies": [second]}).to_string()),
                _ => ok(json!({ "Policies": policies }).to_string()),
            }
        }
        "DescribePolicy" => {
            let id = text("PolicyId");
            let content = format!(r#"{{"of":"{id}"}}"#);
            ok(json!({"Policy": {"PolicySummary": {"Id": id, "Name": format!("name of {id}")}, "Content": content}})
                .to_string())
        }
        "ListParents" => {
            let parent = match text("ChildId").as_str() {
                "000000000004" => "ou-1-b",
                "ou-1-b" => "ou-1-a",
                _ => "r-1",
            };
            ok(json!({"Parents": [{"Id": parent, "Type": "ROOT"}]}).to_string())
        }
        _ => organization(request),
    }
}

fn asked_for(accounts: Accounts) -> Ask {
    Ask { service_control_policies: true, ..ask(accounts, &[]) }
}

async fn bound(wire: &Wire, accounts: Accounts) -> Scope {
    resolve_on(wire, &asked_for(accounts)).await.unwrap()
}

/// The names of an account's policies, level by level.
fn names(scope: &Scope, at: usize) -> Vec<Vec<String>> {
    let (levels, gap) = scope.accounts[at].service_control.facts();
    assert_eq!(gap, None);
    let name = |policy: crate::inventory::InlinePolicy| policy.name.trim_start_matches("name of ").to_owned();
    levels.unwrap().into_iter().map(|level| level.into_iter().map(name).collect()).collect()
}

fn gap(scope: &Scope, at: usize) -> Gap {
    let (levels, gap) = scope.accounts[at].service_control.facts();
    assert_eq!(levels, None);
    gap.unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_account_has_its_levels_from_the_root_down_and_each_target_and_policy_is_asked_once() {
    let wire = Wire::new(governed);
    let scope = bound(&wire, whole(&[], &[], &[])).await;
    assert_eq!(names(&scope, 0), Vec::<Vec<String>>::new(), "nothing binds the management account");
    assert_eq!(names(&scope, 1), [vec!["p-all", "p-root"], vec!["p-all", "p-a"], vec!["p-all"]]);
    assert_eq!(names(&scope, 3), [vec!["p-all", "p-root"], vec!["p-all", "p-a"], vec!["p-all"], vec!["p-all", "p-4"]]);
    assert_eq!(scope.accounts[2].service_control, ServiceControl::LeftOut, "a suspended account is not entered");
    // Targets: the root, a, b, c, accounts 2, 4, 5; three of them in two pages.
    assert_eq!(wire.log_of("ListPoliciesForTarget").len(), 7 + 3);
    assert_eq!(wire.log_of("DescribePolicy").len(), 4);
    assert_eq!(wire.log_of("ListParents").len(), 0);
    assert!(wire.most_in_flight() > 1);
}

#[tokio::test(start_paused = true)]
async fn without_paths_the_way_is_found_from_parent_to_parent() {
    let wire = Wire::new(|request: &Request| match request.operation.as_str() {
        "ListAccounts" => {
            let ids = ["000000000004", "000000000005"].map(|id| json!({"Id": id, "Status": "ACTIVE"}));
            ok(json!({ "Accounts": ids }).to_string())
        }
        _ => governed(request),
    });
    let scope = bound(&wire, whole(&[], &[], &[])).await;
    assert_eq!(names(&scope, 0), [vec!["p-all", "p-root"], vec!["p-all", "p-a"], vec!["p-all"], vec!["p-all", "p-4"]]);
    assert_eq!(scope.accounts[0].organization_path.as_deref(), Some("o-1/r-1/ou-1-a/ou-1-b"));
    // Accounts 4 and 5, units b and a: each once.
    assert_eq!(wire.log_of("ListParents").len(), 4);
}

#[tokio::test(start_paused = true)]
async fn who_may_not_read_policies_is_told_which_permission_is_missing_and_asks_no_further() {
    for (operation, api) in
        [("ListRoots", "organizations:ListRoots"), ("ListPoliciesForTarget", "organizations:ListPoliciesForTarget")]
    {
        let wire = Wire::new(move |request: &Request| {
            if request.operation == operation { json_error(400, "AccessDeniedException") } else { governed(request) }
        });
        let scope = bound(&wire, whole(&[], &[], &[])).await;
        assert_eq!(names(&scope, 0), Vec::<Vec<String>>::new());
        assert_eq!((gap(&scope, 1).api.as_str(), gap(&scope, 1).class), (api, FailureClass::Denied));
        assert_eq!(gap(&scope, 1), gap(&scope, 4));
        assert_eq!(wire.log_of(operation).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_cannot_be_read_costs_only_the_accounts_that_it_binds() {
    let wire = Wire::new(|request: &Request| {
        if request.operation == "DescribePolicy" && request.text.contains("p-a\"") {
            json_error(400, "AccessDeniedException")
        } else {
            governed(request)
        }
    });
    let scope = bound(&wire, whole(&[], &[], &[])).await;
    for at in [1, 3] {
        assert_eq!(
            (gap(&scope, at).api.as_str(), gap(&scope, at).resource.as_str()),
            ("organizations:DescribePolicy", "p-a")
        );
    }
    assert_eq!(names(&scope, 4).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_question_is_asked_again_and_no_policy_is_lost() {
    let count = AtomicUsize::new(0);
    let wire = Wire::new(move |request: &Request| {
        let of_policies = matches!(request.operation.as_str(), "ListPoliciesForTarget" | "DescribePolicy");
        if of_policies && count.fetch_add(1, Ordering::SeqCst) % 3 != 2 {
            json_error(400, "TooManyRequestsException")
        } else {
            governed(request)
        }
    });
    let scope = bound(&wire, whole(&[], &[], &[])).await;
    let straight = bound(&Wire::new(governed), whole(&[], &[], &[])).await;
    assert_eq!(scope, straight);
}

#[tokio::test(start_paused = true)]
async fn where_policies_are_not_enabled_nothing_binds() {
    for (operation, answer) in [
        ("ListRoots", json!({"Roots": [{"Id": "r-1", "PolicyTypes": []}]})),
        ("DescribeOrganization", json!({"Organization": {"Id": "o-1", "FeatureSet": "CONSOLIDATED_BILLING"}})),
    ] {
        let wire = Wire::new(
            move |request: &Request| {
                if request.operation == operation { ok(answer.to_string()) } else { governed(request) }
            },
        );
        let scope = bound(&wire, whole(&[], &[], &[])).await;
        assert_eq!(names(&scope, 4), Vec::<Vec<String>>::new());
        assert_eq!(wire.log_of("ListPoliciesForTarget").len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_which_organizations_does_not_allow_is_not_taken_for_a_denial_of_everything() {
    let wire = Wire::new(|request: &Request| {
        let of_unit = request.operation == "ListPoliciesForTarget" && request.text.contains("ou-1-c");
        if of_unit { ok(r#"{"Policies":[]}"#) } else { governed(request) }
    });
    let scope = bound(&wire, whole(&[], &[], &[])).await;
    assert_eq!((gap(&scope, 4).class, gap(&scope, 4).resource.as_str()), (FailureClass::Malformed, "ou-1-c"));
    assert_eq!(names(&scope, 1).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_single_account_is_tried_once_and_what_is_denied_is_no_error() {
    let wire = Wire::new(governed);
    let scope = bound(&wire, Accounts::Listed(vec!["000000000004".parse().unwrap()])).await;
    assert_eq!(names(&scope, 0).len(), 4);
    assert_eq!(scope.organization_id, None);

    let denied = Wire::new(|request: &Request| match request.operation.as_str() {
        "DescribeOrganization" => json_error(400, "AccessDeniedException"),
        _ => governed(request),
    });
    let scope = bound(&denied, Accounts::Own).await;
    assert_eq!(gap(&scope, 0).api, "organizations:DescribeOrganization");
    assert_eq!(denied.log().len(), 2);

    let silent = Wire::new(|request: &Request| match request.operation.as_str() {
        "DescribeOrganization" => Answer::Never,
        _ => governed(request),
    });
    assert_eq!(gap(&bound(&silent, Accounts::Own).await, 0).error, "Timeout");

    let alone = Wire::new(|request: &Request| match request.operation.as_str() {
        "DescribeOrganization" => json_error(400, "AWSOrganizationsNotInUseException"),
        _ => governed(request),
    });
    assert_eq!(names(&bound(&alone, Accounts::Own).await, 0), Vec::<Vec<String>>::new());
    let other = bound(&alone, Accounts::Listed(vec!["000000000004".parse().unwrap()])).await;
    assert_eq!(gap(&other, 0).error, "AWSOrganizationsNotInUseException");
}

#[tokio::test(start_paused = true)]
async fn a_targeted_audit_of_roles_asks_for_their_accounts_alone() {
    let wire = Wire::new(governed);
    let role = "arn:aws:iam::000000000005:role/nodes".to_owned();
    let target = crate::inventory::Target { clusters: Vec::new(), roles: vec![role] };
    let asked = Ask { target: Some(target), ..asked_for(whole(&[], &[], &[])) };
    let scope = resolve_on(&wire, &asked).await.unwrap();
    assert_eq!(names(&scope, 4).len(), 3);
    assert_eq!(scope.accounts[1].service_control, ServiceControl::LeftOut);
    assert_eq!(wire.log_of("ListPoliciesForTarget").len(), 3 + 1);
}
