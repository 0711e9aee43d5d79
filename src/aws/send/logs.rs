//! CloudWatch Logs: groups, streams, events.

use aws_sdk_cloudwatchlogs::operation::create_log_group::CreateLogGroupError;
use aws_sdk_cloudwatchlogs::operation::create_log_stream::CreateLogStreamError;
use aws_sdk_cloudwatchlogs::types::{InputLogEvent, RejectedLogEventsInfo};

use crate::aws::classify::{Place, failure};
use crate::aws::session::Client;
use crate::failure::{Failure, FailureClass};

use super::{Outlet, client};

/// CloudWatch Logs of one region.
#[derive(Debug)]
pub(crate) struct Logs(Client<aws_sdk_cloudwatchlogs::Client>);

/// Which events of a request were taken: those from `from` to before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    from: usize,
    to: usize,
}

impl Taken {
    /// Whether the event at that place of the request was taken.
    pub(crate) fn contains(self, place: usize) -> bool {
        (self.from..self.to).contains(&place)
    }

    /// What was taken of so many events, by what was rejected: the first ones as too old or expired, the last ones as too
    /// new. Where a field is there, at least one event was rejected for it.
    fn of(number: usize, rejected: Option<&RejectedLogEventsInfo>) -> Self {
        let Some(rejected) = rejected else { return Self { from: 0, to: number } };
        let count = |index: Option<i32>| index.map(|index| usize::try_from(index).unwrap_or_default());
        let old = [rejected.too_old_log_event_end_index(), rejected.expired_log_event_end_index()];
        let from = old.into_iter().filter_map(count).map(|end| end.max(1)).max().unwrap_or_default();
        let to = count(rejected.too_new_log_event_start_index()).unwrap_or(number);
        Self { from, to }
    }
}

impl Logs {
    /// Those of the outlet's region.
    pub(crate) fn new(outlet: &Outlet) -> Self {
        Self(client!(outlet, aws_sdk_cloudwatchlogs))
    }

    fn place(&self) -> Place<'_> {
        Place { region: None, endpoint: self.0.watch.endpoint() }
    }

    /// Makes a group; one that is there already is no failure.
    pub(crate) async fn create_group(&self, group: &str, kms_key: Option<&str>) -> Result<(), Failure> {
        let call = self.0.sdk.create_log_group().log_group_name(group);
        match call.set_kms_key_id(kms_key.map(str::to_owned)).send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(CreateLogGroupError::is_resource_already_exists_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(failure(&error, self.place())),
        }
    }

    /// Sets for how many days the events of a group are kept.
    pub(crate) async fn retain(&self, group: &str, days: u16) -> Result<(), Failure> {
        let call = self.0.sdk.put_retention_policy().log_group_name(group).retention_in_days(days.into());
        call.send().await.map(|_| ()).map_err(|error| failure(&error, self.place()))
    }

    /// Makes a stream; one that is there already is no failure.
    pub(crate) async fn create_stream(&self, group: &str, stream: &str) -> Result<(), Failure> {
        match self.0.sdk.create_log_stream().log_group_name(group).log_stream_name(stream).send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(CreateLogStreamError::is_resource_already_exists_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(failure(&error, self.place())),
        }
    }

    /// Puts events, each with its time in milliseconds; in order, and within the limits of one request.
    pub(crate) async fn put(&self, group: &str, stream: &str, events: &[(i64, &str)]) -> Result<Taken, Failure> {
        let each = events.iter().map(|(at, message)| InputLogEvent::builder().timestamp(*at).message(*message).build());
        let each: Vec<InputLogEvent> = each.collect::<Result<_, _>>().map_err(|error| Failure {
            class: FailureClass::Other,
            code: "NotSent".to_owned(),
            message: error.to_string(),
        })?;
        let call = self.0.sdk.put_log_events().log_group_name(group).log_stream_name(stream);
        let answer = call.set_log_events(Some(each)).send().await;
        let answer = answer.map_err(|error| failure(&error, self.place()))?;
        Ok(Taken::of(events.len(), answer.rejected_log_events_info()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rejected_is_not_taken() {
        let of = |old: Option<i32>, expired: Option<i32>, new: Option<i32>| {
            let rejected = RejectedLogEventsInfo::builder()
                .set_too_old_log_event_end_index(old)
                .set_expired_log_event_end_index(expired)
                .set_too_new_log_event_start_index(new)
                .build();
            let taken = Taken::of(10, Some(&rejected));
            (0..10).filter(|place| taken.contains(*place)).count()
        };
        assert_eq!(of(None, None, None), 10);
        assert_eq!(of(Some(4), Some(2), None), 6);
        assert_eq!(of(None, Some(0), Some(9)), 8);
        assert_eq!(of(None, None, Some(0)), 0);
        assert_eq!(of(Some(10), None, None), 0);
        assert!((0..10).all(|place| Taken::of(10, None).contains(place)));
    }
}
