//! One account that an event names: only if the organization has it, and nothing leaves it out.

use super::*;

/// The organization of this module, which also describes one account; `with_paths` tells where it stands.
fn describing(request: &Request, with_paths: bool) -> Answer {
    let asked: Value = serde_json::from_str(request.text.trim_start_matches('&')).unwrap_or_default();
    let parents = HashMap::from([
        ("000000000001", "r-1"),
        ("000000000002", "ou-1-a"),
        ("000000000004", "ou-1-b"),
        ("000000000005", "ou-1-c"),
        ("ou-1-a", "r-1"),
        ("ou-1-b", "ou-1-a"),
        ("ou-1-c", "r-1"),
    ]);
    match request.operation.as_str() {
        "DescribeAccount" => {
            let id = asked["AccountId"].as_str().unwrap();
            let Some(parent) = parents.get(id) else { return json_error(400, "AccountNotFoundException") };
            let above = if *parent == "ou-1-b" { "r-1/ou-1-a/ou-1-b".to_owned() } else { format!("r-1/{parent}") };
            let paths = with_paths.then(|| json!([format!("o-1/{above}/{id}/")]));
            ok(json!({"Account": {"Id": id, "Name": "one", "State": "ACTIVE", "Paths": paths}}).to_string())
        }
        "ListParents" => {
            let parent = parents[asked["ChildId"].as_str().unwrap()];
            ok(json!({"Parents": [{"Id": parent}]}).to_string())
        }
        _ => organization(request),
    }
}

fn member(account: &str, units: &[&str], exclude_accounts: &[&str], exclude_units: &[&str]) -> Accounts {
    let Accounts::Organization { units, exclude_accounts, exclude_units } =
        whole(units, exclude_accounts, exclude_units)
    else {
        panic!("an organization")
    };
    Accounts::Member { account: account.parse().unwrap(), units, exclude_accounts, exclude_units }
}

#[tokio::test(start_paused = true)]
async fn an_account_of_the_organization_is_found_by_one_call() {
    let wire = Wire::new(|request: &Request| describing(request, true));
    let scope = resolve_on(&wire, &ask(member("000000000004", &[], &[], &[]), &[])).await.unwrap();
    let [only] = scope.accounts.as_slice() else { panic!("one account: {:?}", scope.accounts) };
    assert_eq!((only.id.as_str(), &only.entry), ("000000000004", &Entry::Assume));
    assert_eq!(only.organization_path.as_deref(), Some("o-1/r-1/ou-1-a/ou-1-b"));
    assert!(!wire.log().iter().any(|request| request.operation.starts_with("ListAccounts")), "nobody is listed");
}

#[tokio::test(start_paused = true)]
async fn units_count_wherever_it_stands_below_them() {
    for with_paths in [true, false] {
        let resolved = async |accounts| {
            let wire = Wire::new(move |request: &Request| describing(request, with_paths));
            resolve_on(&wire, &ask(accounts, &[])).await
        };
        assert!(resolved(member("000000000004", &["ou-1-a"], &[], &[])).await.is_ok());
        assert!(resolved(member("000000000004", &["r-1"], &[], &["ou-1-c"])).await.is_ok());
        for left_out in [
            member("000000000004", &["ou-1-c"], &[], &[]),
            member("000000000004", &[], &[], &["ou-1-a"]),
            member("000000000004", &["ou-1-b"], &[], &["ou-1-a"]),
            member("000000000004", &[], &["000000000004"], &[]),
        ] {
            let error = resolved(left_out.clone()).await.unwrap_err();
            assert!(matches!(&error, AwsError::NotAMember(id) if id == "000000000004"), "{left_out:?}: {error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_the_organization_does_not_have_is_refused_and_never_entered() {
    let wire = Wire::new(|request: &Request| describing(request, true));
    let error = resolve_on(&wire, &ask(member("999988887777", &[], &[], &[]), &[])).await.unwrap_err();
    assert!(matches!(error, AwsError::NotAMember(_)), "{error}");
    assert!(error.to_string().contains("account 999988887777 is not audited"), "{error}");
    assert!(!wire.log().iter().any(|request| request.operation == "AssumeRole"));
}
