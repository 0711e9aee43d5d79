//! Lines to a log group: made if it is missing, then batch by batch, each until all of it is taken or nothing helps.

use crate::aws::Sdk;
use crate::aws::send::{Logs, Taken};
use crate::failure::{Failure, FailureClass};
use crate::report::model::Report;
use crate::sinks::receipt::Receipt;
use crate::sinks::retry::{MAX_ROUNDS, may_pass, pause, unhurried};
use crate::sinks::settings::CloudWatch;
use crate::sinks::{SinkKind, plain_id};

use super::batch::{Batches, Piece};
use super::{Log, Pending};

/// How often a stream is made at most in a group that is said to be missing: a group that was just made may take a moment.
const MAX_OPENINGS: u32 = 4;

/// Where lines go.
struct Stream<'a> {
    logs: Logs,
    settings: &'a CloudWatch,
    name: String,
}

/// Sends the lines of a run; `pending` holds what is not taken.
pub(in crate::sinks) async fn send(
    log: &Log<'_>,
    report: &Report,
    settings: &CloudWatch,
    sdk: &Sdk,
    receipt: &Receipt,
    pending: &Pending,
) {
    receipt.offer(log.len());
    pending.add(0..log.len());
    let logs = Logs::new(&sdk.outlet(SinkKind::Cloudwatch, settings.region.as_ref(), report.partition));
    let stream = Stream { logs, settings, name: plain_id(&report.run_id) };
    if let Err(failure) = stream.open(receipt).await {
        receipt.failed(format!("the log group {}", settings.log_group), &failure);
        return;
    }
    let lines = (0..log.len()).filter_map(|number| Some((number, log.line(number).ok().flatten()?)));
    for piece in Batches::of(lines) {
        let batch = match piece {
            Piece::Batch(batch) => batch.lines,
            Piece::TooLong(number) => {
                receipt.failed(format!("line {number}"), &too_long());
                continue;
            }
        };
        if let Err(failure) = stream.put(sdk, batch, receipt, pending).await
            && !may_pass(failure.class)
        {
            // The next would be refused as well.
            return;
        }
    }
}

impl Stream<'_> {
    /// Makes the stream, and the group where there is none.
    async fn open(&self, receipt: &Receipt) -> Result<(), Failure> {
        let group = &self.settings.log_group;
        let create = async || unhurried(&self.name, async || self.logs.create_stream(group, &self.name).await).await;
        let mut opened = create().await;
        if opened.as_ref().is_err_and(|failure| failure.class == FailureClass::Gone) {
            let key = self.settings.kms_key.as_deref();
            unhurried(&self.name, async || self.logs.create_group(group, key).await).await?;
            // Lines are worth more than their retention: the failure is told, and they go on.
            let days = self.settings.retention_days;
            if let Err(failure) = unhurried(&self.name, async || self.logs.retain(group, days).await).await {
                receipt.failed(format!("the retention of the log group {group}"), &failure);
            }
            for round in 0..MAX_OPENINGS {
                opened = create().await;
                if !opened.as_ref().is_err_and(|failure| failure.class == FailureClass::Gone) {
                    break;
                }
                tokio::time::sleep(pause(&self.name, round)).await;
            }
        }
        opened
    }

    /// Sends a batch; what was rejected or refused for the moment, again.
    async fn put(
        &self,
        sdk: &Sdk,
        mut lines: Vec<(usize, String)>,
        receipt: &Receipt,
        pending: &Pending,
    ) -> Result<(), Failure> {
        let mut failure = None;
        for round in 0..MAX_ROUNDS {
            if round > 0 {
                tokio::time::sleep(pause(&self.name, round - 1)).await;
            }
            // The time of each attempt: a clock that was set right meanwhile makes good what was rejected for its time.
            let at = sdk.now().as_millisecond();
            let events: Vec<(i64, &str)> = lines.iter().map(|(_, line)| (at, line.as_str())).collect();
            match self.logs.put(&self.settings.log_group, &self.name, &events).await {
                Ok(taken) => {
                    let (took, left) = parted(lines, taken);
                    receipt.delivered(took.len());
                    pending.took(&took);
                    if left.is_empty() {
                        return Ok(());
                    }
                    lines = left;
                    failure = Some(rejected());
                }
                Err(refused) if may_pass(refused.class) => failure = Some(refused),
                // The group or the stream was deleted meanwhile.
                Err(refused) if refused.class == FailureClass::Gone => match self.open(receipt).await {
                    Ok(()) => failure = Some(refused),
                    Err(refused) => {
                        failure = Some(refused);
                        break;
                    }
                },
                Err(refused) => {
                    failure = Some(refused);
                    break;
                }
            }
        }
        let failure = failure.unwrap_or_else(rejected);
        receipt.failed(format!("a batch of {} lines", lines.len()), &failure);
        Err(failure)
    }
}

/// The lines that were taken, by number, and the others.
fn parted(lines: Vec<(usize, String)>, taken: Taken) -> (Vec<usize>, Vec<(usize, String)>) {
    let mut took = Vec::new();
    let mut left = Vec::new();
    for (place, (number, line)) in lines.into_iter().enumerate() {
        if taken.contains(place) { took.push(number) } else { left.push((number, line)) }
    }
    (took, left)
}

fn rejected() -> Failure {
    Failure {
        class: FailureClass::Transient,
        code: "RejectedLogEvents".to_owned(),
        message: "CloudWatch Logs rejected events for their time: check the clock, and the retention of the log group"
            .to_owned(),
    }
}

fn too_long() -> Failure {
    Failure {
        class: FailureClass::Other,
        code: "TooLong".to_owned(),
        message: "the line is longer than CloudWatch Logs takes".to_owned(),
    }
}

#[cfg(test)]
mod tests;
