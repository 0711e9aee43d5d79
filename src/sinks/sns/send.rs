//! The digest to the topic.

use crate::aws::Sdk;
use crate::aws::send::Topic;
use crate::failure::Failure;
use crate::report::Report;
use crate::sinks::receipt::Receipt;
use crate::sinks::rounds::{Takes, in_rounds};
use crate::sinks::settings::Sns;
use crate::sinks::{SinkKind, plain_id};

use super::digest::{Digest, digest, has_news};

impl Takes<(Digest, String)> for Topic {
    async fn take(&self, batch: &[(Digest, String)]) -> Result<Vec<Option<Failure>>, Failure> {
        for (digest, id) in batch {
            self.publish(digest, id).await?;
        }
        Ok(batch.iter().map(|_| None).collect())
    }
}

/// Sends the digest of a run, where it has news or all are wanted; `place` is where the whole report is, if it is anywhere.
pub(in crate::sinks) async fn send(report: &Report, settings: &Sns, place: Option<&str>, sdk: &Sdk, receipt: &Receipt) {
    if settings.only_changes && !has_news(report) {
        return;
    }
    receipt.offer(1);
    let topic = Topic::new(&sdk.outlet(SinkKind::Sns, settings.region().as_ref(), report.partition), &settings.topic);
    let message = (digest(report, place), plain_id(&report.run_id));
    for (_, failure) in in_rounds(&topic, vec![message], &report.run_id, receipt).await.things {
        receipt.failed("the message of the run", &failure);
    }
}

#[cfg(test)]
mod tests;
