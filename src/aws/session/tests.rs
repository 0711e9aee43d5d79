//! Sessions over the wire: one AssumeRole for all, renewal, retries that are each account's own, global endpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::super::wire::{Answer, CALLER, Request, Wire, default_answer, json_error, ok, xml_error};
use super::*;

const MEMBER: &str = "000000000002";
const OTHER: &str = "000000000003";

fn call(account: &str, question: Question) -> Call {
    let region = "eu-west-1".parse().ok().filter(|_| question != Question::AssumeRole);
    Call { account: account.parse().unwrap(), region, question, page: None }
}

fn list(account: &str) -> Call {
    call(account, Question::ListClusters)
}

async fn sessions(wire: &Wire, external_id: Option<&str>) -> (Sessions, UnboundedReceiver<Lane>) {
    let sdk = wire.sdk();
    let caller = sdk.identify(crate::ids::Partition::Aws).await.unwrap();
    let external_id = external_id.map(|id| id.parse().unwrap());
    let role = MemberRole { name: "audit/NodeRoleAudit".parse().unwrap(), external_id };
    let (throttles, slowed) = unbounded_channel();
    (Sessions::new(&sdk, caller, role, "2026-11-24T07:00:00Z/1", throttles), slowed)
}

fn no_clusters(request: &Request) -> Answer {
    if request.service == "sts" { default_answer() } else { ok(r#"{"clusters":[]}"#) }
}

#[tokio::test(start_paused = true)]
async fn fifty_calls_at_once_assume_the_role_once() {
    let wire = Wire::new(no_clusters);
    let (sessions, _slowed) = sessions(&wire, None).await;
    let call = list(MEMBER);
    for answer in join_all((0..50).map(|_| sessions.perform(&call))).await {
        answer.unwrap();
    }
    assert_eq!(wire.log_of("AssumeRole").len(), 1);
    assert_eq!(wire.log_of("GET /clusters").len(), 50);
    assert!(wire.log_of("GET /clusters").iter().all(|request| request.account == MEMBER));
}

#[tokio::test(start_paused = true)]
async fn the_role_is_assumed_with_path_external_id_and_session_name() {
    let wire = Wire::new(no_clusters);
    let (sessions, _slowed) = sessions(&wire, Some("from:us")).await;
    assert_eq!(sessions.perform(&call(MEMBER, Question::AssumeRole)).await, Ok(Reply::Done));
    let request = &wire.log_of("AssumeRole")[0];
    for part in [
        "RoleArn=arn:aws:iam::000000000002:role/audit/NodeRoleAudit",
        "ExternalId=from:us",
        "RoleSessionName=noderole-2026-11-24T07-00-00Z-1",
        "DurationSeconds=3600",
    ] {
        assert!(request.text.contains(part), "{part} is not in {}", request.text);
    }
    assert_eq!(request.account, CALLER);
}

#[test]
fn session_names_are_cut_and_hold_only_what_sts_takes() {
    let name = session_name(&"é/".repeat(100));
    assert_eq!(name.len(), 64);
    assert!(name.starts_with("noderole---"), "{name}");
    assert_eq!(session_name(""), "noderole-");
}

#[tokio::test(start_paused = true)]
async fn the_callers_own_account_needs_no_role() {
    let wire = Wire::new(no_clusters);
    let (sessions, _slowed) = sessions(&wire, None).await;
    sessions.perform(&list(CALLER)).await.unwrap();
    assert_eq!(wire.log_of("AssumeRole").len(), 0);
    assert_eq!(wire.log_of("GET /clusters")[0].account, CALLER);
}

#[tokio::test(start_paused = true)]
async fn credentials_are_renewed_before_they_run_out() {
    let wire = Wire::new(no_clusters);
    let (sessions, _slowed) = sessions(&wire, None).await;
    for minutes in [0, 30, 54, 56, 100, 116] {
        let now = wire.log().last().map(|last| last.at).unwrap_or_default();
        tokio::time::advance(Duration::from_mins(minutes).saturating_sub(now)).await;
        sessions.perform(&list(MEMBER)).await.unwrap();
    }
    // At 0, in the last five minutes of the hour, and of the next.
    assert_eq!(wire.log_of("AssumeRole").len(), 3);
    let keys: Vec<String> = wire.log_of("GET /clusters").into_iter().map(|request| request.access_key).collect();
    assert_eq!(keys[0], keys[2]);
    assert_ne!(keys[2], keys[3]);
    assert_ne!(keys[3], keys[5]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_aws_calls_expired_is_renewed_once_for_all_who_used_it() {
    let wire = Wire::new(|request: &Request| {
        if request.access_key.ends_with("x1") { json_error(403, "ExpiredTokenException") } else { no_clusters(request) }
    });
    let (sessions, _slowed) = sessions(&wire, None).await;
    let call = list(MEMBER);
    for answer in join_all((0..20).map(|_| sessions.perform(&call))).await {
        answer.unwrap();
    }
    assert_eq!(wire.log_of("AssumeRole").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_stays_expired_is_a_failure_after_one_renewal() {
    let wire =
        Wire::new(
            |request: &Request| {
                if request.service == "eks" { json_error(403, "ExpiredTokenException") } else { default_answer() }
            },
        );
    let (sessions, _slowed) = sessions(&wire, None).await;
    assert_eq!(sessions.perform(&list(MEMBER)).await.unwrap_err().class, FailureClass::Expired);
    assert_eq!(wire.log_of("GET /clusters").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_role_that_may_not_be_assumed_is_denied_and_asked_for_once() {
    let wire =
        Wire::new(
            |request: &Request| {
                if request.operation == "AssumeRole" { xml_error(403, "AccessDenied") } else { default_answer() }
            },
        );
    let (sessions, _slowed) = sessions(&wire, None).await;
    let failure = sessions.perform(&call(MEMBER, Question::AssumeRole)).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Denied, "AccessDenied"));
    // A call that needs the credentials fails with the same reason, not with one of the SDK's making.
    let behind = sessions.perform(&list(MEMBER)).await.unwrap_err();
    assert_eq!(behind, failure);
    assert_eq!(wire.log_of("AssumeRole").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn servers_that_fail_for_one_account_leave_the_retries_of_the_others_alone() {
    let healthy = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&healthy);
    let wire = Wire::new(move |request: &Request| match (request.service.as_str(), request.account.as_str()) {
        ("eks", MEMBER) => json_error(500, "ServerException"),
        // One failure, then good: only a retry gets there.
        ("eks", OTHER) if !seen.swap(true, Ordering::SeqCst) => json_error(500, "ServerException"),
        _ => no_clusters(request),
    });
    let (sessions, _slowed) = sessions(&wire, None).await;
    let call = list(MEMBER);
    let sick = join_all((0..200).map(|_| sessions.perform(&call))).await;
    assert!(sick.iter().all(|answer| answer.as_ref().is_err_and(|f| f.class == FailureClass::Transient)));
    sessions.perform(&list(OTHER)).await.unwrap();
    let attempts = wire.log_of("GET /clusters").len() as u64;
    assert!(attempts > 202, "nothing was retried: {attempts} attempts");
    // Every attempt after the first is counted, under the name of its operation.
    assert_eq!(sessions.traffic().retries, [("eks:ListClusters".to_owned(), attempts - 201)].into());
    assert!(sessions.traffic().throttles.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_is_told_and_counted_and_left_to_whoever_paces_its_lane() {
    for (status, code) in [(400, "ThrottlingException"), (400, "TooManyRequests"), (429, "Whatever")] {
        let wire = Wire::new(move |request: &Request| match request.service.as_str() {
            "eks" => json_error(status, code),
            _ => no_clusters(request),
        });
        let (sessions, mut slowed) = sessions(&wire, None).await;
        let failure = sessions.perform(&list(MEMBER)).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::Throttled);
        assert_eq!(wire.log_of("GET /clusters").len(), 1, "{code} was tried again");
        assert_eq!(std::iter::from_fn(|| slowed.try_recv().ok()).count(), 1);
        assert_eq!(sessions.traffic().throttles, [("eks:ListClusters".to_owned(), 1)].into());
        assert!(sessions.traffic().retries.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_could_not_be_assumed_for_throttling_is_asked_for_again_at_once() {
    let wire = Wire::new(|request: &Request| match request.operation.as_str() {
        "AssumeRole" => xml_error(400, "Throttling"),
        _ => no_clusters(request),
    });
    let (sessions, _slowed) = sessions(&wire, None).await;
    for tries in 1..=3 {
        let failure = sessions.perform(&list(MEMBER)).await.unwrap_err();
        assert_eq!((failure.class, wire.log_of("AssumeRole").len()), (FailureClass::Throttled, tries));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_of_an_account_is_let_go_when_all_of_it_is_read() {
    let wire = Wire::new(no_clusters);
    let (sessions, _slowed) = sessions(&wire, None).await;
    for account in [MEMBER, OTHER] {
        sessions.perform(&list(account)).await.unwrap();
    }
    sessions.forget(&MEMBER.parse().unwrap());
    sessions.forget(&CALLER.parse().unwrap());
    for account in [MEMBER, OTHER] {
        sessions.perform(&list(account)).await.unwrap();
    }
    assert_eq!(wire.log_of("AssumeRole").len(), 3, "the credentials of the one account alone were fetched anew");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_never_answers_ends() {
    let wire = Wire::new(|request: &Request| if request.service == "eks" { Answer::Never } else { default_answer() });
    let (sessions, _slowed) = sessions(&wire, None).await;
    let before = Instant::now();
    let failure = sessions.perform(&list(MEMBER)).await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_str()), (FailureClass::Transient, "Timeout"));
    assert!(failure.message.contains("https://eks.eu-west-1.amazonaws.com"), "{}", failure.message);
    assert!(before.elapsed() <= Duration::from_mins(4), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn each_partition_has_its_global_endpoints_roles_and_regions() {
    for (partition, region, iam) in [
        ("aws", "us-east-1", "iam.amazonaws.com"),
        ("aws-cn", "cn-north-1", "iam.cn-north-1.amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "iam.us-gov.amazonaws.com"),
    ] {
        let wire = Wire::new(move |request: &Request| match request.operation.as_str() {
            "GetCallerIdentity" => ok(format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:{partition}:iam::{CALLER}:user/a</Arn><Account>{CALLER}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            )),
            "AssumeRole" => xml_error(403, "AccessDenied"),
            _ => xml_error(404, "NoSuchEntity"),
        });
        let sdk = wire.builder().region(region).build().unwrap();
        let caller = sdk.identify(crate::ids::Partition::Aws).await.unwrap();
        assert_eq!(caller.partition.as_str(), partition);
        let role = MemberRole::default();
        let (throttles, _slowed) = unbounded_channel();
        let sessions = Sessions::new(&sdk, caller, role, "r", throttles);
        let refused = sessions.perform(&call(MEMBER, Question::AssumeRole)).await;
        assert_eq!(refused.unwrap_err().class, FailureClass::Denied);
        assert!(
            wire.log_of("AssumeRole")[0].text.contains(&format!("arn:{partition}:iam::{MEMBER}:role/NodeRoleAudit"))
        );
        let gone = sessions.perform(&call(CALLER, Question::GetRole { role: "x".to_owned() })).await.unwrap_err();
        assert_eq!(gone.class, FailureClass::Gone);
        let request = &wire.log_of("GetRole")[0];
        assert_eq!((request.host.as_str(), request.region.as_str()), (iam, region));
    }
}
