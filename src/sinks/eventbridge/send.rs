//! Events to the bus: some batches side by side, each in rounds until all of it is taken or nothing helps.

use futures::future::join_all;

use crate::aws::Sdk;
use crate::aws::send::Bus;
use crate::failure::{Failure, FailureClass};
use crate::report::Report;
use crate::sinks::SinkKind;
use crate::sinks::batches::{BatchLimit, Batches, Piece};
use crate::sinks::receipt::Receipt;
use crate::sinks::rounds::{Takes, in_rounds};
use crate::sinks::settings::EventBridge;

use super::events::{Event, count, has_run, of_findings, of_remediations, of_run};

/// Events in a request at most.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
pub(in crate::sinks) const MAX_ENTRIES: usize = 10;

/// Requests in flight at most: far beneath the quota of the smallest region (hundreds a second).
const MAX_IN_FLIGHT: usize = 8;

impl Takes<Event> for Bus {
    async fn take(&self, batch: &[Event]) -> Result<Vec<Option<Failure>>, Failure> {
        self.put(batch).await
    }
}

/// Sends the events of a run; that of the run last, when the others have gone.
pub(in crate::sinks) async fn send(report: &Report, settings: &EventBridge, sdk: &Sdk, receipt: &Receipt) {
    receipt.offer(count(report));
    let bytes = usize::from(settings.max_request_kb) * 1024;
    let outlet = sdk.outlet(SinkKind::Eventbridge, settings.region().as_ref(), report.partition);
    let bus = Bus::new(&outlet, &settings.event_bus);
    let told = |event: Result<Event, serde_json::Error>| {
        event.map_err(|error| receipt.failed("an event", &not_sent("NotSent", error.to_string()))).ok()
    };
    let events = of_findings(report, bytes).chain(of_remediations(report, bytes)).filter_map(told);
    let mut pieces =
        Batches::new(events, BatchLimit { items: MAX_ENTRIES, bytes }, Event::size).filter_map(|piece| match piece {
            Piece::Batch(batch) => Some(batch),
            Piece::Oversize(event) => {
                let message = format!("the event has {} bytes, a request takes {bytes}", event.size());
                receipt.failed(&event.subject, &not_sent("TooLarge", message));
                None
            }
        });
    // Ends with the pieces.
    loop {
        let wave: Vec<Vec<Event>> = pieces.by_ref().take(MAX_IN_FLIGHT).collect();
        if wave.is_empty() {
            break;
        }
        if let Some((number, failure)) = put(&bus, wave, report, receipt).await {
            receipt.failed(format!("{number} events, and all after them"), &failure);
            return;
        }
    }
    if has_run(report)
        && let Some(run) = told(of_run(report))
        && let Some((_, failure)) = put(&bus, vec![vec![run]], report, receipt).await
    {
        receipt.failed("the event of the run", &failure);
    }
}

/// Puts batches side by side. Where the bus takes nothing at all: how many events that cost here, and why.
async fn put(bus: &Bus, wave: Vec<Vec<Event>>, report: &Report, receipt: &Receipt) -> Option<(usize, Failure)> {
    let sending = wave.into_iter().map(|batch| in_rounds(bus, batch, &report.run_id, receipt));
    let mut refused: Option<(usize, Failure)> = None;
    for remainder in join_all(sending).await {
        if let Some(failure) = remainder.refused {
            let before = refused.map_or(0, |(number, _)| number);
            refused = Some((before + remainder.things.len(), failure));
            continue;
        }
        for (event, failure) in &remainder.things {
            receipt.failed(&event.subject, failure);
        }
    }
    refused
}

fn not_sent(code: &str, message: String) -> Failure {
    Failure { class: FailureClass::Other, code: code.to_owned(), message }
}

#[cfg(test)]
mod tests;
