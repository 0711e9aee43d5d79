//! EventBridge: events onto a bus.

use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_smithy_types::DateTime;

use crate::aws::classify::{Place, failure, of_entry};
use crate::aws::session::Client;
use crate::failure::Failure;
use crate::sinks::eventbridge::events::{Event, SOURCE};

use super::{Outlet, client};

/// A bus.
#[derive(Debug)]
pub(crate) struct Bus {
    client: Client<aws_sdk_eventbridge::Client>,
    name: String,
}

impl Bus {
    /// The bus of that name or ARN, at the outlet.
    pub(crate) fn new(outlet: &Outlet, name: &str) -> Self {
        Self { client: client!(outlet, aws_sdk_eventbridge), name: name.to_owned() }
    }

    /// Puts events, within the limits of one request; of each in order, why it was not taken.
    pub(crate) async fn put(&self, events: &[Event]) -> Result<Vec<Option<Failure>>, Failure> {
        let entries = events.iter().map(|event| {
            PutEventsRequestEntry::builder()
                .event_bus_name(&self.name)
                .source(SOURCE)
                .detail_type(event.detail_type)
                .detail(&event.detail)
                .set_resources(Some(event.resources.clone()))
                .time(DateTime::from_secs(event.time.as_second()))
                .build()
        });
        let call = self.client.sdk.put_events().set_entries(Some(entries.collect()));
        let place = Place { region: None, endpoint: self.client.watch.endpoint() };
        let answer = call.send().await.map_err(|error| failure(&error, place))?;
        let told = answer.entries();
        Ok((0..events.len()).map(|at| refused(told.get(at))).collect())
    }
}

/// Why an event was not taken. One that was has an id.
fn refused(entry: Option<&PutEventsResultEntry>) -> Option<Failure> {
    let Some(entry) = entry else {
        return Some(of_entry("IncompleteAnswer", Some("the answer does not say what became of the event")));
    };
    match (entry.error_code(), entry.event_id()) {
        (Some(code), _) => Some(of_entry(code, entry.error_message())),
        (None, Some(_)) => None,
        (None, None) => {
            Some(of_entry("IncompleteAnswer", Some("the answer gives the event neither an id nor an error")))
        }
    }
}
