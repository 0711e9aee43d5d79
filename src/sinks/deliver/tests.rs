//! Sinks side by side: what becomes of one is no matter to the others, and the report in S3 tells it.

use std::future::pending as never;
use std::time::Duration;

use super::*;
use crate::aws::wire::{Answer, Request, json_error};
use crate::sinks::served::{Served, member, report, s3_error};
use crate::sinks::settings::{CloudWatch, S3};

const LATEST: &str = "latest/report.json";

fn sinks() -> [Sink; 2] {
    [Sink::Cloudwatch(CloudWatch::default()), Sink::S3(S3::of("reports".to_owned()))]
}

async fn told(
    served: &Served,
    fault: impl Fn(&Request, usize) -> Option<Answer> + Send + Sync + 'static,
    interrupt: impl Future<Output = ()> + Send,
) -> (Report, Left) {
    let sdk = served.wire(fault).sdk();
    let mut report = report(2);
    let run = Run { sdk: &sdk, member: &member(), inventory: None, within: Duration::from_mins(3) };
    let left = deliver(&mut report, &sinks(), run, pin!(interrupt)).await;
    (report, left)
}

#[tokio::test(start_paused = true)]
async fn the_report_in_the_bucket_tells_what_the_other_sinks_took() {
    let served = Served::default();
    let (report, left) = told(&served, |_, _| None, never()).await;
    assert_eq!(left, Left::default());
    let [logs, objects] = report.deliveries.as_slice() else { panic!("two: {:?}", report.deliveries) };
    assert!(logs.is_whole() && objects.is_whole());
    let kept: Report = serde_json::from_value(served.object(LATEST)).unwrap();
    assert_eq!(kept.deliveries, std::slice::from_ref(logs));
    assert_eq!(kept.findings, report.findings);
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_down_stops_no_other_and_hides_no_finding() {
    for fault in [json_error(400, "AccessDeniedException"), Answer::Refused, Answer::Never] {
        let served = Served::default();
        let is_logs = |request: &Request| request.service == "logs";
        let (report, left) = told(&served, move |request, _| is_logs(request).then(|| fault.clone()), never()).await;
        let [logs, objects] = report.deliveries.as_slice() else { panic!("two: {:?}", report.deliveries) };
        assert!(!logs.is_whole() && !logs.failures.is_empty(), "{logs:?}");
        assert!(objects.is_whole(), "{objects:?}");
        assert_eq!(left.log_lines.len(), logs.offered);
        let kept: Report = serde_json::from_value(served.object(LATEST)).unwrap();
        assert_eq!((kept.findings, &kept.deliveries[0]), (report.findings.clone(), logs));
    }
    let served = Served::default();
    let is_objects = |request: &Request| request.service == "s3";
    let (report, _) =
        told(&served, move |request, _| is_objects(request).then(|| s3_error(403, "AccessDenied")), never()).await;
    assert!(report.deliveries[0].is_whole() && !report.deliveries[1].is_whole(), "{:?}", report.deliveries);
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_hangs_is_ended_in_time_and_leaves_s3_its_own() {
    let served = Served::default();
    let hangs =
        |request: &Request, nth: usize| (request.operation == "PutLogEvents" && nth > 0).then_some(Answer::Never);
    let began = tokio::time::Instant::now();
    let sdk = served.wire(hangs).sdk();
    let mut report = report(400);
    let run = Run { sdk: &sdk, member: &member(), inventory: None, within: Duration::from_mins(3) };
    let left = deliver(&mut report, &sinks(), run, pin!(never())).await;
    assert!(began.elapsed() <= Duration::from_mins(3));
    let logs = &report.deliveries[0];
    assert_eq!(logs.failures.last().unwrap().error, "TimeUp", "{logs:?}");
    assert!(logs.delivered > 0, "what arrived before counts");
    assert_eq!(left.log_lines.len(), logs.offered - logs.delivered);
    assert!(report.deliveries[1].is_whole());
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_the_sending_and_what_was_not_sent_is_told() {
    let served = Served::default();
    let (report, left) = told(&served, |_, _| Some(Answer::Never), tokio::time::sleep(Duration::from_secs(1))).await;
    assert_eq!(report.deliveries.len(), 2);
    for delivery in &report.deliveries {
        assert!(!delivery.is_whole() && delivery.failures[0].error == "Interrupted", "{delivery:?}");
    }
    assert!(!left.log_lines.is_empty());
}

#[test]
fn without_a_caller_every_sink_is_told_as_refused() {
    let mut report = report(1);
    refuse(&mut report, &sinks(), &AwsError::NoCredentials);
    assert_eq!(report.deliveries.len(), 2);
    assert!(report.deliveries.iter().all(|delivery| !delivery.is_whole() && delivery.failures.len() == 1));
}
