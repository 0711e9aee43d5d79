//! A sink against services in memory, for tests: a report, what it is sent with, and what came over the wire.

use std::time::Duration;

use serde_json::Value;

use crate::aws::wire::{Answer, Request, Wire, default_answer};
use crate::collect::member::MemberRole;
use crate::report::model::{Delivery, Report, ReportedFinding};
use crate::report::sample;

use super::{Run, Sink, deliver};

/// A report with so many findings, each of an id of its own.
pub(super) fn report_of(findings: usize) -> Report {
    let mut report = sample::report();
    let one = report.findings[0].clone();
    report.findings = (0..findings).map(|n| ReportedFinding { id: format!("NR101-{n:016x}"), ..one.clone() }).collect();
    report
}

/// Services of which `operation` is answered by a function of the number of the call and of its body.
pub(super) fn wire(operation: &'static str, answer: impl Fn(usize, &Value) -> Answer + Send + Sync + 'static) -> Wire {
    let calls = std::sync::atomic::AtomicUsize::new(0);
    Wire::new(move |request: &Request| {
        if request.operation != operation {
            return default_answer();
        }
        answer(calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst), &body(request))
    })
}

/// The body of a request, as JSON.
pub(super) fn body(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

/// Sends a report to one sink; ten minutes are the limit.
pub(super) async fn send(wire: &Wire, report: &mut Report, sink: Sink) -> Delivery {
    let sdk = wire.sdk();
    let member = MemberRole::default();
    let run = Run { sdk: &sdk, member: &member, inventory: None, within: Duration::from_mins(10) };
    deliver(report, &[sink], run, std::pin::pin!(std::future::pending())).await;
    report.deliveries.pop().unwrap()
}
