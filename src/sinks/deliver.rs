//! Sending: the sinks side by side, each for itself, and S3 last, for its report tells what became of the others.

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::{Pin, pin};
use std::time::Duration;

use futures::future::{Either, join_all, select};

use crate::aws::{AwsError, Sdk};
use crate::collect::member::MemberRole;
use crate::failure::{Failure, FailureClass};
use crate::report::model::{Delivery, Report};

use super::cloudwatch::{self, Log, Pending};
use super::receipt::Receipt;
use super::{Sink, eventbridge, s3, security_hub, sns};

/// Of the time for all, the part that is S3's alone where it is used, if the others need all of theirs.
const PART_OF_S3: u32 = 3;

/// What a run has for its sinks beside the report.
#[derive(Debug)]
pub struct Run<'a> {
    /// The caller.
    pub sdk: &'a Sdk,
    /// The member role: for what must be sent from within other accounts.
    pub member: &'a MemberRole,
    /// The file with the inventory, or why there is none; none where no sink wants it.
    pub inventory: Option<Result<&'a Path, Failure>>,
    /// The longest that all of it may take.
    pub within: Duration,
}

/// What no sink holds that should.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Lines of [`Log`] that the log group did not take, by number; empty where that sink is not used.
    pub log_lines: BTreeSet<usize>,
}

/// Why sending ended before its time.
#[derive(Debug, Clone, Copy)]
enum Ended {
    Time,
    Interrupted,
}

/// Sends the report to the sinks, and notes in it what became of each. When `interrupt` is ready, the rest is not sent.
pub async fn deliver(
    report: &mut Report,
    sinks: &[Sink],
    run: Run<'_>,
    interrupt: Pin<&mut (dyn Future<Output = ()> + Send)>,
) -> Left {
    let (last, first): (Vec<&Sink>, Vec<&Sink>) = sinks.iter().partition(|sink| matches!(sink, Sink::S3(_)));
    let mut interrupt = interrupt;
    let pending = Pending::default();
    let of_first = if last.is_empty() { run.within } else { run.within.saturating_sub(run.within / PART_OF_S3) };
    let receipts: Vec<Receipt> = first.iter().map(|sink| Receipt::new(sink)).collect();
    let began = tokio::time::Instant::now();
    let told: &Report = report;
    let place = sinks.iter().find_map(|sink| match sink {
        Sink::S3(settings) => Some(s3::place(report, settings)),
        Sink::Cloudwatch(_) | Sink::Eventbridge(_) | Sink::SecurityHub(_) | Sink::Sns(_) => None,
    });
    let sending = first
        .iter()
        .zip(&receipts)
        .map(|(sink, receipt)| Box::pin(send(sink, told, place.as_deref(), &run, receipt, &pending)));
    let ended = bounded(join_all(sending), of_first, interrupt.as_mut()).await;
    report.deliveries.extend(receipts.into_iter().map(|receipt| closed(receipt, ended)));
    for sink in last {
        let receipt = Receipt::new(sink);
        let left = run.within.saturating_sub(began.elapsed());
        let told: &Report = report;
        let ended = match ended {
            Some(Ended::Interrupted) => ended,
            Some(Ended::Time) | None => {
                bounded(Box::pin(send(sink, told, None, &run, &receipt, &pending)), left, interrupt.as_mut()).await
            }
        };
        report.deliveries.push(closed(receipt, ended));
    }
    Left { log_lines: pending.left() }
}

/// Notes in the report that nothing could be sent to any of the sinks, for want of the caller's configuration.
pub fn refuse(report: &mut Report, sinks: &[Sink], error: &AwsError) {
    let failure = Failure { class: FailureClass::Other, code: "NotSent".to_owned(), message: error.to_string() };
    for sink in sinks {
        let receipt = Receipt::new(sink);
        receipt.offer(1);
        receipt.failed("everything", &failure);
        report.deliveries.push(receipt.into_delivery(None));
    }
}

/// Lets the future run for so long; tells why it did not come to its end.
async fn bounded<T>(
    future: impl Future<Output = T>,
    limit: Duration,
    interrupt: Pin<&mut (dyn Future<Output = ()> + Send)>,
) -> Option<Ended> {
    match select(pin!(tokio::time::timeout(limit, future)), interrupt).await {
        Either::Left((Ok(_), _)) => None,
        Either::Left((Err(_), _)) => Some(Ended::Time),
        Either::Right(_) => Some(Ended::Interrupted),
    }
}

/// The delivery, with the reason for what was left when it was ended.
fn closed(receipt: Receipt, ended: Option<Ended>) -> Delivery {
    let cut_off = ended.map(|ended| {
        let (code, message) = match ended {
            Ended::Time => ("TimeUp", "the time for sending was over"),
            Ended::Interrupted => ("Interrupted", "the run was interrupted"),
        };
        Failure { class: FailureClass::NotReached, code: code.to_owned(), message: message.to_owned() }
    });
    receipt.into_delivery(cut_off.as_ref())
}

/// Sends to one sink; `place` is where the whole report will be, if it will be anywhere.
async fn send(sink: &Sink, report: &Report, place: Option<&str>, run: &Run<'_>, receipt: &Receipt, pending: &Pending) {
    match sink {
        Sink::Cloudwatch(settings) => {
            let log = if settings.metrics { Log::new(report, run.sdk.now()) } else { Log::without_metrics(report) };
            cloudwatch::send(&log, report, settings, run.sdk, receipt, pending).await;
        }
        Sink::Eventbridge(settings) => eventbridge::send(report, settings, run.sdk, receipt).await,
        Sink::Sns(settings) => sns::send(report, settings, place, run.sdk, receipt).await,
        Sink::SecurityHub(settings) => security_hub::send(report, settings, run, receipt).await,
        Sink::S3(settings) => s3::send(report, settings, run, receipt).await,
    }
    receipt.end();
}

#[cfg(test)]
mod tests;
