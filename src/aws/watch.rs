//! What happens on the wire beneath the SDK's retries: throttled attempts are told as they come, and the endpoint is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use super::classify::is_throttle;
use super::clients::held;
use super::limits::Lane;

/// What the wire saw beside first attempts and good answers, by operation (`eks:DescribeNodegroup`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    /// Attempts after the first of a call.
    pub(crate) retries: BTreeMap<String, u64>,
    /// Answers that asked to slow down.
    pub(crate) throttles: BTreeMap<String, u64>,
}

/// Who hears of throttled attempts, and where all are counted: one for all clients of a run.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    throttles: UnboundedSender<Lane>,
    traffic: Arc<Mutex<Traffic>>,
}

impl Listener {
    /// Tells of throttled attempts to `throttles`.
    pub(super) fn new(throttles: UnboundedSender<Lane>) -> Self {
        Self { throttles, traffic: Arc::default() }
    }

    /// Counts a call that is made again.
    pub(super) fn count_again(&self, api: &str) {
        *held(&self.traffic).retries.entry(api.to_owned()).or_default() += 1;
    }

    /// What was counted so far.
    pub(super) fn traffic(&self) -> Traffic {
        held(&self.traffic).clone()
    }
}

/// Watches the attempts of one client.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    listener: Option<(Lane, Listener)>,
    endpoint: Arc<OnceLock<String>>,
}

impl Watch {
    /// Tells of each throttled attempt, under the name of the lane.
    pub(super) fn new(lane: Lane, listener: Listener) -> Self {
        Self { listener: Some((lane, listener)), endpoint: Arc::default() }
    }

    /// Tells nobody; only the endpoint is kept.
    pub(super) fn of_the_endpoint() -> Self {
        Self { listener: None, endpoint: Arc::default() }
    }

    /// Counts a call that is made again.
    pub(super) fn count_again(&self, api: &str) {
        if let Some((_, listener)) = &self.listener {
            listener.count_again(api);
        }
    }

    /// Scheme and host that the client talks to; none before its first attempt.
    pub(super) fn endpoint(&self) -> Option<&str> {
        self.endpoint.get().map(String::as_str)
    }
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "noderole::Watch"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.endpoint.get_or_init(|| origin(context.request().uri()).to_owned());
        let is_retry = bag.load::<RequestAttempts>().is_some_and(|attempts| attempts.attempts() > 1);
        if let Some((lane, listener)) = self.listener.as_ref().filter(|_| is_retry) {
            *held(&listener.traffic).retries.entry(api(lane, bag)).or_default() += 1;
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some((lane, listener)) = &self.listener
            && context.response().is_some_and(asks_to_slow_down)
        {
            *held(&listener.traffic).throttles.entry(api(lane, bag)).or_default() += 1;
            // Nobody listens any more once the run is over.
            drop(listener.throttles.send(lane.clone()));
        }
        Ok(())
    }
}

/// The operation as IAM spells it.
fn api(lane: &Lane, bag: &ConfigBag) -> String {
    let operation = bag.load::<Metadata>().map_or("*", Metadata::name);
    format!("{}:{operation}", lane.service.prefix())
}

/// Keeps the SDK from trying throttled calls again by itself: whoever paces the lane does that, in the call's turn. (What
/// fails otherwise, of connections and of servers, the SDK does try again.)
#[derive(Debug)]
pub(super) struct ThrottledIsForThePacer;

impl ClassifyRetry for ThrottledIsForThePacer {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        if context.response().is_some_and(asks_to_slow_down) {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "noderole::ThrottledIsForThePacer"
    }
}

/// Scheme and host of a URL.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host..).and_then(|rest| rest.find(['/', '?'])).map_or(url.len(), |at| host + at);
    url.get(..end).unwrap_or(url)
}

/// Whether an answer asks to slow down.
fn asks_to_slow_down(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    status >= 400 && is_throttle(error_code(response).as_deref().unwrap_or_default(), status)
}

/// The error code of an answer, whatever its protocol (JSON by header or body, XML): interceptors see bytes, for each
/// operation has an error type of its own.
fn error_code(response: &HttpResponse) -> Option<String> {
    let bare = |code: &str| code.split(':').next().and_then(|c| c.rsplit('#').next()).unwrap_or_default().to_owned();
    if let Some(code) = response.headers().get("x-amzn-errortype") {
        return Some(bare(code));
    }
    let body = std::str::from_utf8(response.body().bytes()?).ok()?;
    if let Some((_, rest)) = body.split_once("<Code>") {
        return rest.split_once("</Code>").map(|(code, _)| code.trim().to_owned());
    }
    let value: Value = serde_json::from_str(body).ok()?;
    ["__type", "code", "Code"].into_iter().find_map(|key| value.get(key)?.as_str().map(bare))
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn answer(status: u16, body: &'static str) -> HttpResponse {
        HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
    }

    #[test]
    fn throttling_is_seen_in_every_protocol() {
        for (status, body) in [
            (400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"),
            (400, r#"{"__type":"com.amazonaws.organizations#TooManyRequestsException"}"#),
            (429, ""),
            (429, "<html>slow down</html>"),
            (400, r#"{"code":"TooManyRequests"}"#),
            (503, "<Error><Code>SlowDown</Code></Error>"),
        ] {
            assert!(asks_to_slow_down(&answer(status, body)), "{status} {body}");
        }
        let mut by_header = answer(400, "{}");
        by_header.headers_mut().insert("x-amzn-errortype", "ThrottlingException:http://internal.amazon.com/coral/");
        assert!(asks_to_slow_down(&by_header));
    }

    #[test]
    fn other_errors_and_good_answers_are_not_throttling() {
        for (status, body) in
            [(403, r#"{"__type":"AccessDeniedException"}"#), (200, r#"{"code":"Throttling"}"#), (500, ""), (503, "")]
        {
            assert!(!asks_to_slow_down(&answer(status, body)), "{status} {body}");
        }
    }

    #[test]
    fn an_origin_is_scheme_and_host() {
        assert_eq!(origin("https://sts.eu-west-1.amazonaws.com/?x=1"), "https://sts.eu-west-1.amazonaws.com");
        assert_eq!(origin("http://127.0.0.1:5000"), "http://127.0.0.1:5000");
    }
}
