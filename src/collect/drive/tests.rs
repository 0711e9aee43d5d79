//! A whole run over the wire: an organization, a region that is throttled, an account that is denied, a deadline.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::aws::AwsErrorKind;
use crate::aws::wire::{Answer, Request, Wire, default_answer, json_error, ok, xml_error};
use crate::collect::ask::Accounts;
use crate::collect::member::MemberRole;
use crate::failure::FailureClass;
use crate::inventory::Access;

const ACCOUNTS: u32 = 40;

/// Forty accounts, two regions, one cluster with one node group in the first region of each.
fn world(request: &Request) -> Answer {
    match (request.service.as_str(), request.operation.as_str()) {
        ("organizations", "DescribeOrganization") => ok(r#"{"Organization":{"Id":"o-1"}}"#),
        ("organizations", "ListAccounts") => {
            let accounts = (1..=ACCOUNTS).map(|n| json!({"Id": format!("{n:012}"), "State": "ACTIVE"}));
            ok(json!({"Accounts": accounts.collect::<Vec<_>>()}).to_string())
        }
        ("account", _) => {
            ok(json!({"Regions": [{"RegionName": "eu-west-1"}, {"RegionName": "eu-west-2"}]}).to_string())
        }
        ("eks", operation) => eks(request, operation),
        ("iam", "GetRole") => {
            let arn = format!("arn:aws:iam::{}:role/nodes", request.account);
            ok(format!(
                "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>nodes</RoleName><RoleId>A</RoleId>\
                 <Arn>{arn}</Arn><CreateDate>2024-01-02T03:04:05Z</CreateDate>\
                 <AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"
            ))
        }
        ("iam", operation) => ok(format!(
            "<{operation}Response><{operation}Result><IsTruncated>false</IsTruncated></{operation}Result></{operation}Response>"
        )),
        ("ec2" | "autoscaling", operation) => {
            ok(format!("<{operation}Response><{operation}Result></{operation}Result></{operation}Response>"))
        }
        _ => default_answer(),
    }
}

fn eks(request: &Request, operation: &str) -> Answer {
    let role = format!("arn:aws:iam::{}:role/nodes", request.account);
    let answer = match operation {
        "GET /clusters" if request.region == "eu-west-1" => json!({"clusters": ["prod"]}),
        "GET /clusters" => json!({"clusters": []}),
        "GET /clusters/prod" => json!({"cluster": {"name": "prod", "arn": "arn:c", "roleArn": role, "status": "ACTIVE",
            "accessConfig": {"authenticationMode": "API"}}}),
        "GET /clusters/prod/node-groups" => json!({"nodegroups": ["ng"]}),
        "GET /clusters/prod/node-groups/ng" => json!({"nodegroup": {"nodegroupArn": "arn:ng", "nodeRole": role,
            "status": "ACTIVE", "amiType": "AL2023_x86_64_STANDARD"}}),
        "GET /clusters/prod/access-entries" => json!({"accessEntries": [role]}),
        entry if entry.starts_with("GET /clusters/prod/access-entries/") => {
            json!({"accessEntry": {"principalArn": role, "type": "EC2_LINUX"}})
        }
        "GET /clusters/prod/fargate-profiles" => json!({"fargateProfileNames": []}),
        "GET /clusters/prod/pod-identity-associations" => json!({"associations": []}),
        _ => return json_error(404, "ResourceNotFoundException"),
    };
    ok(answer.to_string())
}

fn ask() -> Ask {
    Ask {
        accounts: Accounts::Organization { units: vec![], exclude_accounts: vec![], exclude_units: vec![] },
        member: MemberRole::default(),
        regions: vec![],
        target: None,
        service_control_policies: false,
        compute_everywhere: false,
        max_in_flight: 16,
        deadline: None,
    }
}

async fn collected(wire: &Wire, ask: &Ask) -> Inventory {
    collect(ask, &wire.sdk(), "run", Control { progress: &mut |_| (), interrupt: pin!(pending()) }).await.unwrap()
}

/// How many node groups were read.
fn node_groups(inventory: &Inventory) -> usize {
    let clusters = inventory.accounts.iter().flat_map(crate::inventory::Account::clusters);
    clusters
        .filter_map(|(_, cluster)| cluster.node_groups.value())
        .flatten()
        .filter(|(_, g)| g.value().is_some())
        .count()
}

#[tokio::test(start_paused = true)]
async fn an_organization_is_read_whole_within_the_limit_and_each_role_is_assumed_once() {
    let wire = Wire::new(world);
    let mut told = Vec::new();
    let inventory = collect(
        &ask(),
        &wire.sdk(),
        "run",
        Control { progress: &mut |progress| told.push(progress), interrupt: pin!(pending()) },
    )
    .await
    .unwrap();
    assert_eq!((inventory.accounts.len(), node_groups(&inventory)), (40, 40));
    assert_eq!(inventory.organization_id.as_deref(), Some("o-1"));
    assert_eq!(wire.log_of("AssumeRole").len(), 39);
    assert!(inventory.accounts.iter().all(|account| account.gaps.is_empty() && account.role("nodes").is_some()));
    assert_eq!(wire.most_in_flight(), 16);
    assert_eq!(inventory.throttled, 0);
    assert_eq!(told.last().map(|last| (last.accounts_done, last.pending)), Some((40, 0)));
    assert!(inventory.finished_at > inventory.started_at);
    // What the inventory says was called is what went over the wire.
    let counted: u64 = inventory.api_calls.values().sum();
    assert_eq!(counted, wire.log().len() as u64);
    assert_eq!(inventory.api_calls["organizations:ListAccounts"], wire.log_of("ListAccounts").len() as u64);
}

#[tokio::test(start_paused = true)]
async fn accounts_are_given_away_as_soon_as_they_are_whole_and_make_up_the_inventory() {
    let straight = collected(&Wire::new(world), &ask()).await;
    let wire = Wire::new(world);
    let (mut parts, mut calls) = (Vec::new(), Vec::new());
    let mut each = |one: Inventory| {
        calls.push(wire.log().len());
        parts.push(one);
    };
    let control = Control { progress: &mut |_| (), interrupt: pin!(pending()) };
    let run = stream(&ask(), &wire.sdk(), "run", control, &mut each).await.unwrap();
    assert_eq!((parts.len(), run.accounts.len(), run.policies.len()), (40, 0, 0));
    assert!(calls[0] < wire.log().len() * 3 / 4, "the first came after {} of {} calls", calls[0], wire.log().len());
    parts.sort_by(|a, b| a.accounts[0].id.cmp(&b.accounts[0].id));
    let accounts: Vec<_> = parts.iter().flat_map(|one| one.accounts.clone()).collect();
    assert_eq!(accounts, straight.accounts);
    assert_eq!(run.api_calls, straight.api_calls);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_denied_and_one_that_is_throttled_for_ever_cost_only_themselves() {
    let wire = Wire::new(|request: &Request| {
        if request.operation == "AssumeRole" && request.text.contains("000000000007") {
            xml_error(403, "AccessDenied")
        } else if request.service == "eks" && request.account == "000000000009" && request.region == "eu-west-1" {
            json_error(429, "TooManyRequestsException")
        } else {
            world(request)
        }
    });
    let inventory = collected(&wire, &ask()).await;
    assert_eq!(node_groups(&inventory), 38);
    let by_id = |id: &str| inventory.accounts.iter().find(|account| account.id.as_str() == id).unwrap();
    let Access::Refused(gap) = &by_id("000000000007").access else { panic!("it was entered") };
    assert_eq!((gap.class, gap.error.as_str()), (FailureClass::Denied, "AccessDenied"));
    let slow = &by_id("000000000009").regions[0];
    assert_eq!(slow.clusters.gap().map(|gap| gap.class), Some(FailureClass::Throttled));
    assert!(by_id("000000000009").regions[1].clusters.value().is_some());
    let of_the_list = |times: u64| BTreeMap::from([("eks:ListClusters".to_owned(), times)]);
    let throttled = inventory.throttled;
    assert!(throttled > 1 && inventory.throttles == of_the_list(throttled), "{:?}", inventory.throttles);
    assert_eq!(inventory.retries, of_the_list(throttled - 1), "every attempt but the first is one more");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_not_enabled_is_told_from_one_that_is() {
    let wire = Wire::new(|request: &Request| {
        if request.region == "il-central-1" { json_error(403, "UnrecognizedClientException") } else { world(request) }
    });
    let regions = ["eu-west-1", "il-central-1"].map(|name| name.parse().unwrap()).into();
    let inventory = collected(&wire, &Ask { regions, ..ask() }).await;
    assert_eq!(node_groups(&inventory), 40);
    let gaps = inventory.accounts.iter().map(|account| account.regions[1].clusters.gap().unwrap().class);
    assert_eq!(gaps.collect::<BTreeSet<_>>(), BTreeSet::from([FailureClass::NotEnabled]));
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_the_run_ends_with_what_it_has_and_names_the_rest() {
    let wire = Wire::new(world);
    let deadline = Duration::from_millis(500);
    let before = Instant::now();
    let inventory = collected(&wire, &Ask { deadline: Some(deadline), ..ask() }).await;
    assert!(before.elapsed() < deadline + Duration::from_millis(50), "{:?}", before.elapsed());
    assert!(wire.log().iter().all(|request| request.at <= deadline));
    assert_eq!(inventory.accounts.len(), 40);
    assert!(node_groups(&inventory) < 40);
    let unreached = inventory.accounts.iter().filter(|account| match &account.access {
        Access::Refused(gap) => gap.class == FailureClass::NotReached,
        Access::Entered | Access::Inactive(_) => account
            .gaps
            .iter()
            .chain(account.regions.iter().flat_map(|region| &region.gaps))
            .any(|gap| gap.class == FailureClass::NotReached),
    });
    assert!(unreached.count() > 0);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_the_run_as_a_deadline_does() {
    let wire = Wire::new(world);
    let interrupt = pin!(tokio::time::sleep(Duration::from_millis(800)));
    let inventory = collect(&ask(), &wire.sdk(), "run", Control { progress: &mut |_| (), interrupt }).await.unwrap();
    assert!(wire.log().iter().all(|request| request.at <= Duration::from_millis(800)));
    assert_eq!(inventory.accounts.len(), 40);
    assert!((1..40).contains(&node_groups(&inventory)), "{}", node_groups(&inventory));
    let early = Control { progress: &mut |_| (), interrupt: pin!(std::future::ready(())) };
    let error = collect(&ask(), &wire.sdk(), "run", early).await.unwrap_err();
    assert!(matches!(error, AwsError::Interrupted), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_before_the_accounts_are_known_is_an_error() {
    let wire = Wire::new(
        |request: &Request| {
            if request.service == "organizations" { Answer::Never } else { default_answer() }
        },
    );
    let ask = Ask { deadline: Some(Duration::from_secs(2)), ..ask() };
    let error = collect(&ask, &wire.sdk(), "run", Control { progress: &mut |_| (), interrupt: pin!(pending()) })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::Unavailable);
    assert!(matches!(error, AwsError::TimeUp));
}

#[test]
fn a_run_may_live_on_a_runtime_of_many_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let inventory = runtime.block_on(async {
        let sdk = Arc::new(Wire::new(world).sdk());
        tokio::spawn(async move {
            collect(&ask(), &sdk, "run", Control { progress: &mut |_| (), interrupt: pin!(pending()) }).await
        })
        .await
        .unwrap()
        .unwrap()
    });
    assert_eq!(node_groups(&inventory), 40);
}
