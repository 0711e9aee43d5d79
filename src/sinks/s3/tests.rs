//! The bucket against a server in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::aws::wire::{Answer, Wire};
use crate::report::model::Delivery;
use crate::sinks::Sink;
use crate::sinks::served::{Served, member, report, s3_error};

const LATEST: &str = "noderole/latest/report.json";
const OF_RUN: &str = "noderole/runs/20261101T090807Z-0a0b0c/report.json";

fn settings() -> S3 {
    S3 { prefix: "noderole/".to_owned(), ..S3::of("reports".to_owned()) }
}

async fn sent(report: &Report, settings: &S3, wire: &Wire, inventory: Option<Result<&Path, Failure>>) -> Delivery {
    let receipt = Receipt::new(&Sink::S3(settings.clone()));
    let sdk = wire.sdk();
    let run = Run { sdk: &sdk, member: &member(), inventory, within: Duration::from_mins(1) };
    send(report, settings, &run, &receipt).await;
    receipt.into_delivery(None)
}

/// `latest/report.json` of another run, of that time.
fn kept_of(served: &Served, of: &str) {
    let headers = BTreeMap::from([("x-amz-meta-noderole-of".to_owned(), of.to_owned())]);
    served.with(|kept| kept.put(LATEST, "{\"run_id\": \"another\"}", headers));
}

#[tokio::test(start_paused = true)]
async fn a_run_is_kept_under_its_id_and_as_the_latest() {
    let served = Served::default();
    let wire = served.wire(|_, _| None);
    let report = report(3);
    let delivery = sent(&report, &settings(), &wire, None).await;
    assert!(delivery.is_whole() && delivery.failures.is_empty(), "{delivery:?}");
    for key in [OF_RUN, LATEST] {
        let kept: Report = serde_json::from_value(served.object(key)).unwrap();
        assert_eq!(kept, report);
    }
    let headers = served.with(|kept| kept.objects[OF_RUN].headers.clone());
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers.contains_key("x-amz-checksum-sha256"));
    assert!(!headers.contains_key("x-amz-server-side-encryption"), "as the bucket says");
    assert!(wire.log().iter().all(|request| request.host.starts_with("reports.s3.")));
}

#[tokio::test(start_paused = true)]
async fn key_and_owner_go_with_every_object() {
    let served = Served::default();
    let wire = served.wire(|_, _| None);
    let settings = S3 {
        kms_key: Some("alias/noderole".to_owned()),
        expected_bucket_owner: Some("111122223333".parse().unwrap()),
        ..settings()
    };
    assert!(sent(&report(1), &settings, &wire, None).await.is_whole());
    for request in wire.log() {
        assert_eq!(request.headers["x-amz-expected-bucket-owner"], "111122223333", "{}", request.operation);
        if request.operation.starts_with("PUT") {
            assert_eq!(request.headers["x-amz-server-side-encryption"], "aws:kms");
            assert_eq!(request.headers["x-amz-server-side-encryption-aws-kms-key-id"], "alias/noderole");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_latest_never_goes_back_to_an_older_run() {
    for (of, is_replaced) in
        [("2026-11-01T09:08:12Z", false), ("2026-11-01T09:08:11Z", true), ("2026-10-01T00:00:00Z", true), ("?", true)]
    {
        let served = Served::default();
        kept_of(&served, of);
        let delivery = sent(&report(1), &settings(), &served.wire(|_, _| None), None).await;
        assert!(delivery.is_whole(), "{delivery:?}");
        assert_eq!(served.object(LATEST)["run_id"] != "another", is_replaced, "{of}");
        assert!(served.with(|kept| kept.objects.contains_key(OF_RUN)));
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_runs_that_race_the_newer_stays() {
    for (of, is_replaced) in [("2026-11-01T09:08:12Z", false), ("2026-11-01T09:08:10Z", true)] {
        let served = Served::default();
        let other = served.clone();
        let put = format!("PUT /{LATEST}");
        let wire = served.wire(move |request, nth| {
            // The other run puts its report after this one has looked.
            if request.operation == put && nth == 0 {
                kept_of(&other, of);
            }
            None
        });
        let delivery = sent(&report(1), &settings(), &wire, None).await;
        assert!(delivery.is_whole(), "{delivery:?}");
        assert_eq!(served.object(LATEST)["run_id"] != "another", is_replaced, "{of}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_race_that_never_ends_is_given_up_and_told() {
    let served = Served::default();
    let put = format!("PUT /{LATEST}");
    let wire =
        served.wire(move |request, _| (request.operation == put).then(|| s3_error(409, "ConditionalRequestConflict")));
    let delivery = sent(&report(1), &settings(), &wire, None).await;
    assert_eq!((delivery.offered, delivery.delivered), (2, 1));
    assert_eq!(delivery.failures[0].error, "ConditionalRequestConflict");
}

#[tokio::test(start_paused = true)]
async fn who_may_not_list_the_bucket_still_puts_the_first_latest() {
    let served = Served::default();
    let denied = |request: &crate::aws::wire::Request, _| {
        request.operation.starts_with("HEAD").then(|| Answer::Text(403, String::new()))
    };
    let delivery = sent(&report(1), &settings(), &served.wire(denied), None).await;
    assert!(delivery.is_whole(), "{delivery:?}");
    // What is there and may not be looked at is not replaced.
    let delivery = sent(&report(1), &settings(), &served.wire(denied), None).await;
    assert_eq!(delivery.failures[0].error, "PreconditionFailed");
}

#[tokio::test(start_paused = true)]
async fn the_report_is_there_whatever_becomes_of_the_inventory() {
    let keeping = S3 { inventory: true, ..settings() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inventory.json");
    std::fs::write(&path, "{}").unwrap();
    let absent = folder.path().join("nothing");
    let failure = Failure { class: FailureClass::Other, code: "NotSent".into(), message: "the disk is full".into() };
    for (inventory, is_kept) in [
        (Some(Ok(path.as_path())), true),
        (Some(Ok(absent.as_path())), false),
        (Some(Err(failure)), false),
        (None, false),
    ] {
        let served = Served::default();
        let delivery = sent(&report(1), &keeping, &served.wire(|_, _| None), inventory).await;
        assert_eq!((delivery.offered, delivery.delivered), (3, 2 + usize::from(is_kept)), "{delivery:?}");
        assert_eq!(served.object(LATEST)["run_id"], "20261101T090807Z-0a0b0c");
        assert!(served.with(|kept| kept.objects.contains_key(OF_RUN)));
        assert_eq!(delivery.is_whole(), delivery.failures.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn objects_arrive_where_s3_fails_for_a_while() {
    for fault in [s3_error(503, "SlowDown"), s3_error(500, "InternalError"), Answer::CutOff] {
        let served = Served::default();
        let wire = served.wire(move |_, nth| (nth < 3).then(|| fault.clone()));
        let delivery = sent(&report(1), &settings(), &wire, None).await;
        assert!(delivery.is_whole(), "{delivery:?}");
        assert_eq!(served.object(LATEST)["run_id"], "20261101T090807Z-0a0b0c");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_an_etag_is_none_of_s3s_and_nothing_counts_as_delivered() {
    let served = Served::default();
    // A network that wants a login answers everything with its page, and status 200.
    let page = |request: &crate::aws::wire::Request, _| {
        request.operation.starts_with("PUT").then(|| Answer::Text(200, "<html>Sign in</html>".to_owned()))
    };
    let delivery = sent(&report(1), &settings(), &served.wire(page), None).await;
    assert_eq!((delivery.offered, delivery.delivered), (2, 0));
    let told: Vec<_> = delivery.failures.iter().map(|one| (one.what.as_str(), one.error.as_str())).collect();
    assert_eq!(told, [(OF_RUN, "IncompleteAnswer"), (LATEST, "IncompleteAnswer")]);
    served.with(|kept| assert!(kept.objects.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_run_id_of_a_saved_inventory_leads_to_no_other_folder() {
    let served = Served::default();
    let mut report = report(1);
    report.run_id = "../../latest/x?y".to_owned();
    sent(&report, &settings(), &served.wire(|_, _| None), None).await;
    served.with(|kept| assert!(kept.objects.contains_key("noderole/runs/..-..-latest-x-y/report.json")));
}
