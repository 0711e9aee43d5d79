//! The log group against a server in memory: every line arrives, whatever goes wrong for a while.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde_json::Value;

use super::*;
use crate::aws::wire::{Answer, Request, Wire, json_error};
use crate::report::model::Delivery;
use crate::sinks::Sink;
use crate::sinks::served::{Served, report, text_of};

async fn sent(report: &Report, settings: &CloudWatch, wire: &Wire) -> (Delivery, BTreeSet<usize>) {
    let receipt = Receipt::new(&Sink::Cloudwatch(settings.clone()));
    let pending = Pending::default();
    let log = Log::new(report, Timestamp::UNIX_EPOCH);
    send(&log, report, settings, &wire.sdk(), &receipt, &pending).await;
    receipt.end();
    (receipt.into_delivery(None), pending.left())
}

/// All lines of a report.
fn lines(report: &Report) -> Vec<String> {
    let log = Log::new(report, Timestamp::UNIX_EPOCH);
    (0..log.len()).map(|number| log.line(number).unwrap().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_line_arrives_in_order_in_a_group_that_is_made_where_it_is_missing() {
    let served = Served::default();
    let wire = served.wire(|_, _| None);
    let report = report(400);
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    let settings = CloudWatch { retention_days: 30, kms_key: Some(key.to_owned()), ..CloudWatch::default() };
    let (delivery, left) = sent(&report, &settings, &wire).await;
    assert_eq!(served.messages(), lines(&report));
    assert_eq!((delivery.offered, delivery.delivered), (lines(&report).len(), lines(&report).len()));
    assert!(left.is_empty() && delivery.failures.is_empty());
    assert!(wire.log_of("PutLogEvents").len() > 1, "there is more than one batch");
    let [made] = wire.log_of("CreateLogGroup").try_into().unwrap();
    assert_eq!((text_of(&made, "logGroupName"), text_of(&made, "kmsKeyId")), ("/noderole/findings".into(), key.into()));
    let [kept] = wire.log_of("PutRetentionPolicy").try_into().unwrap();
    let kept: Value = serde_json::from_str(&kept.body).unwrap();
    assert_eq!(kept["retentionInDays"], 30);
    assert!(served.with(|kept| kept.streams.contains_key(&report.run_id)));
    // A second run finds the group, and leaves its retention alone.
    sent(&report, &settings, &wire).await;
    assert_eq!((wire.log_of("CreateLogGroup").len(), wire.log_of("PutRetentionPolicy").len()), (1, 1));
    assert_eq!(served.messages().len(), 2 * lines(&report).len());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_where_requests_fail_for_a_while() {
    for fault in [
        json_error(400, "ThrottlingException"),
        json_error(500, "InternalFailure"),
        json_error(503, "ServiceUnavailableException"),
        Answer::CutOff,
    ] {
        let served = Served::default();
        // More of them than the SDK's own attempts.
        let wire =
            served.wire(move |request, nth| (request.operation == "PutLogEvents" && nth < 10).then(|| fault.clone()));
        let report = report(5);
        let (delivery, left) = sent(&report, &CloudWatch::default(), &wire).await;
        assert!(delivery.is_whole() && left.is_empty() && delivery.failures.is_empty(), "{delivery:?}");
        assert_eq!(served.messages(), lines(&report));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_rejected_of_a_batch_is_sent_again_and_nothing_else() {
    let served = Served::default();
    let taking = served.clone();
    let wire = served.wire(move |request, nth| match (request.operation.as_str(), nth) {
        ("PutLogEvents", 0) => Some(taking.take_between(request, 2, 5)),
        ("PutLogEvents", 1) => Some(taking.take_between(request, 0, 1)),
        _ => None,
    });
    let report = report(2);
    let (delivery, left) = sent(&report, &CloudWatch::default(), &wire).await;
    assert!(delivery.is_whole() && left.is_empty(), "{delivery:?}");
    let (mut arrived, mut expected) = (served.messages(), lines(&report));
    arrived.sort();
    expected.sort();
    assert_eq!(arrived, expected, "each once");
}

#[tokio::test(start_paused = true)]
async fn what_is_rejected_to_the_end_is_told_and_left() {
    let served = Served::default();
    let taking = served.clone();
    let wire = served.wire(move |request, _| {
        (request.operation == "PutLogEvents").then(|| taking.take_between(request, 1, 1_000_000))
    });
    let report = report(1);
    let (delivery, left) = sent(&report, &CloudWatch::default(), &wire).await;
    assert_eq!((delivery.delivered, left.len()), (delivery.offered - 1, 1), "the first is rejected each time");
    assert_eq!(wire.log_of("PutLogEvents").len(), MAX_ROUNDS as usize);
    assert_eq!(delivery.failures[0].error, "RejectedLogEvents");
    let left: Vec<String> = left.into_iter().map(|number| lines(&report)[number].clone()).collect();
    let arrived = served.messages();
    assert!(left.iter().all(|line| !arrived.contains(line)) && left.len() + arrived.len() == delivery.offered);
}

#[tokio::test(start_paused = true)]
async fn a_denial_ends_the_sending_at_once_and_every_line_is_left() {
    for operation in ["PutLogEvents", "CreateLogStream"] {
        let served = Served::default();
        let wire = served
            .wire(move |request, _| (request.operation == operation).then(|| json_error(400, "AccessDeniedException")));
        let report = report(400);
        let (delivery, left) = sent(&report, &CloudWatch::default(), &wire).await;
        assert_eq!((delivery.delivered, left.len()), (0, delivery.offered));
        assert_eq!((delivery.failures[0].class, delivery.failures.len()), (FailureClass::Denied, 1));
        assert_eq!(wire.log_of(operation).len(), 1, "the other batches would be refused as well");
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_deleted_meanwhile_is_made_anew() {
    let served = Served::default();
    let deleted = served.clone();
    let wire = served.wire(move |request, nth| {
        if request.operation == "PutLogEvents" && nth == 1 {
            deleted.with(|kept| {
                kept.streams.clear();
                kept.has_group = false;
            });
        }
        None
    });
    let report = report(400);
    let (delivery, _) = sent(&report, &CloudWatch::default(), &wire).await;
    assert!(delivery.is_whole(), "{delivery:?}");
    assert_eq!(wire.log_of("CreateLogGroup").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_retention_that_may_not_be_set_is_told_and_loses_no_line() {
    let served = Served::default();
    let wire = served.wire(|request, _| {
        (request.operation == "PutRetentionPolicy").then(|| json_error(400, "AccessDeniedException"))
    });
    let report = report(1);
    let (delivery, _) = sent(&report, &CloudWatch::default(), &wire).await;
    assert!(delivery.is_whole());
    assert!(delivery.failures[0].what.contains("retention"), "{delivery:?}");
    assert_eq!(served.messages(), lines(&report));
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_a_line_has_arrived_or_is_left() {
    for seed in 0..12_u64 {
        let served = Served::default();
        let taking = served.clone();
        let wire = served.wire(move |request: &Request, nth| {
            if request.operation != "PutLogEvents" {
                return None;
            }
            let mut hasher = DefaultHasher::new();
            (seed, nth).hash(&mut hasher);
            match hasher.finish() % 6 {
                0 => Some(json_error(400, "ThrottlingException")),
                1 => Some(json_error(500, "InternalFailure")),
                2 => Some(Answer::CutOff),
                3 => Some(taking.take_between(request, 1, 3)),
                4 if seed % 4 == 0 => Some(json_error(400, "InvalidParameterException")),
                _ => None,
            }
        });
        let report = report(300);
        let (delivery, left) = sent(&report, &CloudWatch::default(), &wire).await;
        let all = lines(&report);
        let mut arrived = served.messages();
        assert_eq!((arrived.len(), left.len()), (delivery.delivered, delivery.offered - delivery.delivered), "{seed}");
        arrived.extend(left.into_iter().map(|number| all[number].clone()));
        arrived.sort();
        let mut expected = all;
        expected.sort();
        assert_eq!(arrived, expected, "{seed}");
        assert_eq!(delivery.is_whole(), delivery.failures.is_empty(), "{seed}: what is left is told");
    }
}
