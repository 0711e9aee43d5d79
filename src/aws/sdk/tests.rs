//! Who is asking, and what is said when nobody can be.

use std::error::Error as _;

use super::super::AwsErrorKind;
use super::super::wire::{Answer, CALLER, Request, Wire, default_answer, ok, xml_error};
use super::builder::SdkBuilder;
use super::*;

async fn identify(answer: Answer) -> Result<Caller, AwsError> {
    let wire = Wire::new(move |_: &Request| answer.clone());
    wire.sdk().identify(Partition::Aws).await
}

#[tokio::test(start_paused = true)]
async fn the_caller_is_known_by_account_and_partition() {
    let caller = identify(default_answer()).await.unwrap();
    assert_eq!((caller.account.as_str(), caller.partition), (CALLER, Partition::Aws));
}

#[tokio::test(start_paused = true)]
async fn sts_is_asked_in_the_region_of_the_environment_else_at_the_partitions_home() {
    let wire = Wire::new(|_: &Request| default_answer());
    wire.sdk().identify(Partition::AwsUsGov).await.unwrap();
    wire.builder().region("eu-west-1").build().unwrap().identify(Partition::AwsUsGov).await.unwrap();
    let hosts: Vec<String> = wire.log().into_iter().map(|request| request.host).collect();
    assert_eq!(hosts, ["sts.us-gov-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com"]);
}

#[tokio::test(start_paused = true)]
async fn each_way_of_failing_says_what_to_do_next() {
    for (answer, kind, says) in [
        (xml_error(403, "ExpiredToken"), AwsErrorKind::SetUp, "have expired: log in anew"),
        (xml_error(403, "InvalidClientTokenId"), AwsErrorKind::SetUp, "check the access key"),
        (xml_error(403, "SignatureDoesNotMatch"), AwsErrorKind::SetUp, "check the access key"),
        (xml_error(403, "InvalidClientTokenId"), AwsErrorKind::SetUp, "asked in us-east-1, partition aws:"),
        (xml_error(403, "InvalidClientTokenId"), AwsErrorKind::SetUp, "another partition"),
        (Answer::NoSuchHost, AwsErrorKind::Unavailable, "(no such host)"),
        (Answer::CutOff, AwsErrorKind::Unavailable, "amazonaws.com (the connection was closed)"),
        (Answer::Never, AwsErrorKind::Unavailable, "(time-out: no answer)"),
        (Answer::Refused, AwsErrorKind::Unavailable, "https://sts.us-east-1.amazonaws.com"),
        (Answer::Refused, AwsErrorKind::Unavailable, "(connection refused)"),
        (Answer::Refused, AwsErrorKind::Unavailable, "AWS_ENDPOINT_URL"),
        (Answer::NoSuchHost, AwsErrorKind::Unavailable, "the proxy"),
        (xml_error(403, "AccessDenied"), AwsErrorKind::Unavailable, "sts:GetCallerIdentity failed"),
        (ok("<html/>"), AwsErrorKind::Unavailable, "sts:GetCallerIdentity"),
    ] {
        let error = identify(answer.clone()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answer:?}: {error}");
        assert!(error.to_string().contains(says), "{answer:?}: {error}");
        assert!(!error.to_string().contains('\n'));
        assert!(!error.to_string().contains("dispatch") && !error.to_string().contains("io error"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_long_for_an_endpoint_that_is_not_there() {
    let before = tokio::time::Instant::now();
    identify(Answer::Refused).await.unwrap_err();
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
}

#[test]
fn without_credentials_there_is_no_sdk_and_the_error_has_no_tail() {
    let error = SdkBuilder::default().build().unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::SetUp);
    assert!(error.to_string().contains("AWS_PROFILE") && error.source().is_none());
}

#[tokio::test]
async fn credentials_that_do_not_load_are_told_by_their_cause() {
    let stale = CredentialsError::provider_error("the SSO session has expired");
    let error = without_credentials(&stale).await;
    assert!(error.to_string().contains("the SSO session has expired") && error.to_string().contains("aws sso login"));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_no_url_is_the_callers_mistake() {
    let wire = Wire::new(|_: &Request| default_answer());
    let sdk = wire.builder().endpoint("not-a-url").build().unwrap();
    let error = sdk.identify(Partition::Aws).await.unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::SetUp);
    let message = error.to_string();
    assert!(message.contains("not-a-url") && message.contains("AWS_ENDPOINT_URL"), "{message}");
    assert!(!message.contains("dispatch") && !message.contains("headers") && wire.log().is_empty(), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_none_is_refused_and_an_empty_one_is_not_set() {
    let wire = Wire::new(|_: &Request| default_answer());
    let error = wire.builder().region("bad region").build().unwrap_err();
    assert_eq!(error.kind(), AwsErrorKind::SetUp);
    assert!(error.to_string().contains("`bad region`"), "{error}");
    let caller = wire.builder().region("").build().unwrap().identify(Partition::Aws).await.unwrap();
    assert_eq!(caller.sts_region, "us-east-1");
}

#[test]
fn the_name_of_a_profile_that_is_not_defined_is_found() {
    let message =
        "the credential provider was not enabled: profile `prod` was not defined: could not find source profile";
    assert_eq!(undefined_profile(message).as_deref(), Some("prod"));
    assert_eq!(undefined_profile("nothing"), None);
}
