//! Each question over the wire: what is asked, page by page, and what is made of the answer.

use std::collections::BTreeMap;

use tokio::sync::mpsc::unbounded_channel;

use super::super::Sessions;
use super::super::wire::{Answer, CALLER, Request, Wire, default_answer, ec2_error, json_error, ok, xml_error};
use crate::collect::call::{AssociationSummary, Call, Question, Reply};
use crate::collect::member::MemberRole;
use crate::failure::{Failure, FailureClass};
use crate::inventory::{AuthenticationMode, InlinePolicy, IpFamily, PolicyVersion};
use crate::known::Known;

mod autoscaling;
mod ec2;
mod eks;
mod iam;
mod state;

/// Asks one question in the caller's own account, the answer being the same whatever is asked.
async fn ask(question: Question, page: Option<&str>, answer: Answer) -> (Result<Reply, Failure>, Request) {
    ask_in("eu-west-1", question, page, answer).await
}

async fn ask_in(
    region: &str,
    question: Question,
    page: Option<&str>,
    answer: Answer,
) -> (Result<Reply, Failure>, Request) {
    let wire = Wire::new(move |r: &Request| if r.service == "sts" { default_answer() } else { answer.clone() });
    let sdk = wire.sdk();
    let caller = sdk.identify(crate::ids::Partition::Aws).await.unwrap();
    let (throttles, _slowed) = unbounded_channel();
    let sessions = Sessions::new(&sdk, caller, MemberRole::default(), "r", throttles);
    let call =
        Call { account: CALLER.parse().unwrap(), region: region.parse().ok(), question, page: page.map(str::to_owned) };
    let reply = sessions.perform(&call).await;
    (reply, wire.log().pop().unwrap())
}

fn names(names: &[&str], next: Option<&str>) -> Reply {
    Reply::Names { names: names.iter().map(|name| (*name).to_owned()).collect(), next: next.map(str::to_owned) }
}

#[tokio::test(start_paused = true)]
async fn enabled_regions_are_asked_for_by_status() {
    let body = r#"{"Regions":[{"RegionName":"eu-west-1","RegionOptStatus":"ENABLED_BY_DEFAULT"},
        {"RegionName":"ap-east-1","RegionOptStatus":"ENABLED"}],"NextToken":"t2"}"#;
    let (reply, request) = ask(Question::ListRegions, Some("t1"), ok(body)).await;
    assert_eq!(reply, Ok(names(&["eu-west-1", "ap-east-1"], Some("t2"))));
    assert_eq!((request.service.as_str(), request.region.as_str()), ("account", "us-east-1"));
    for part in [r#""RegionOptStatusContains":["ENABLED","ENABLED_BY_DEFAULT"]"#, r#""NextToken":"t1""#] {
        assert!(request.text.contains(part), "{part} is not in {}", request.text);
    }
}

#[tokio::test(start_paused = true)]
async fn failures_carry_class_code_and_message() {
    let (denied, _) = ask(Question::ListClusters, None, json_error(403, "AccessDeniedException")).await;
    let expected = Failure {
        class: FailureClass::Denied,
        code: "AccessDeniedException".to_owned(),
        message: "the message of AccessDeniedException".to_owned(),
    };
    assert_eq!(denied, Err(expected));
    for (answer, region, class, code) in [
        (json_error(404, "ResourceNotFoundException"), "eu-west-1", FailureClass::Gone, "ResourceNotFoundException"),
        (
            json_error(403, "UnrecognizedClientException"),
            "ap-east-1",
            FailureClass::NotEnabled,
            "UnrecognizedClientException",
        ),
        (
            Answer::Text(404, "<!doctype html><h1>Not Found</h1>".to_owned()),
            "eu-west-1",
            FailureClass::Malformed,
            "HTTP 404",
        ),
        (Answer::Text(200, "<html>log in</html>".to_owned()), "eu-west-1", FailureClass::Malformed, "HTTP 200"),
        (Answer::Text(502, "<html>bad gateway</html>".to_owned()), "eu-west-1", FailureClass::Transient, "HTTP 502"),
        (Answer::Refused, "eu-west-1", FailureClass::Transient, "ConnectionFailed"),
        (Answer::NoSuchHost, "eu-west-1", FailureClass::Transient, "ConnectionFailed"),
        (Answer::NoSuchHost, "ap-nowhere-9", FailureClass::NotEnabled, "ConnectionFailed"),
    ] {
        let (reply, _) = ask_in(region, Question::ListClusters, None, answer.clone()).await;
        let failure = reply.unwrap_err();
        assert_eq!((failure.class, failure.code.as_str()), (class, code), "{answer:?}: {}", failure.message);
        assert!(!failure.message.contains('\n'));
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_fails_is_named_with_endpoint_and_reason() {
    let (reply, request) = ask(Question::ListClusters, None, Answer::Refused).await;
    let message = reply.unwrap_err().message;
    assert!(message.contains(&format!("https://{}", request.host)), "{message}");
    assert!(message.ends_with(": connection refused"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn iam_errors_are_read_as_xml() {
    let question = Question::GetRole { role: "x".to_owned() };
    let (reply, _) = ask(question, None, xml_error(404, "NoSuchEntity")).await;
    let failure = reply.unwrap_err();
    assert_eq!((failure.class, failure.message.as_str()), (FailureClass::Gone, "the message of NoSuchEntity"));
}
