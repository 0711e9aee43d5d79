//! Answers that are not what they should be: what a fault makes of a request over the wire, and of a call beneath it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame};
use noderole::collect::call::{Call, Reply};
use noderole::failure::{Failure, FailureClass};
use tokio::time::Sleep;

use super::fault::{DENIED, Fault, NOT_ENABLED, SLOW_DOWN};
use super::world::AFTER_NOTHING;
use super::write::{Text, error};

/// What is sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// An answer.
    Whole(Text),
    /// An answer in so many parts, with a pause before each.
    Parts(Text, usize, Duration),
    /// The connection is reset.
    Reset,
    /// Nothing.
    Nothing,
}

/// What is sent where a fault meets a request; none where the fault is in what is answered.
pub(crate) fn sent(fault: Fault, service: &str, answer: impl FnOnce() -> Text) -> Sent {
    let words = |status, code: &str| Sent::Whole(error(service, status, code, &format!("the message of {code}")));
    match fault {
        Fault::Throttled(spelling) => {
            let (status, code) = SLOW_DOWN[spelling];
            if code.is_empty() || code.starts_with('<') {
                return Sent::Whole(Text { status, body: code.to_owned() });
            }
            words(status, code)
        }
        Fault::Server { status, of_proxy: true } => {
            Sent::Whole(Text { status, body: format!("<html><h1>{status}</h1></html>") })
        }
        Fault::Server { status: 503, of_proxy: false } => words(503, "ServiceUnavailable"),
        Fault::Server { status, of_proxy: false } => words(status, "InternalFailure"),
        Fault::Reset => Sent::Reset,
        Fault::Hang => Sent::Nothing,
        Fault::Drips => Sent::Parts(answer(), 40, Duration::from_secs(6)),
        Fault::Halting => Sent::Parts(answer(), 2, Duration::from_millis(400)),
        Fault::Truncated => {
            let Text { status, body } = answer();
            let middle = (body.len() / 2..body.len()).find(|at| body.is_char_boundary(*at)).unwrap_or_default();
            Sent::Whole(Text { status, body: body[..middle].to_owned() })
        }
        Fault::Garbled => {
            Sent::Whole(Text { status: 200, body: "<html>Sign in to the hotel's network</html>".to_owned() })
        }
        Fault::Denied(word) => words(403, DENIED[word]),
        Fault::DeniedByControl => {
            let message = "not authorized to perform this action with an explicit deny in a service control policy";
            Sent::Whole(error(service, 403, "AccessDeniedException", message))
        }
        Fault::Skewed => {
            words(403, if service == "eks" { "InvalidSignatureException" } else { "RequestTimeTooSkewed" })
        }
        Fault::NotEnabled(word) => words(403, NOT_ENABLED[word]),
        Fault::Gone => words(404, if service == "iam" { "NoSuchEntity" } else { "ResourceNotFoundException" }),
        Fault::TokenOfPage => {
            words(400, if service == "iam" { "ValidationError" } else { "InvalidParameterException" })
        }
        Fault::Expired => words(403, "ExpiredToken"),
        Fault::EmptyPage | Fault::Twice => Sent::Whole(answer()),
    }
}

/// The failure that a fault is in the end beneath the SDK, which has tried again; none where the fault is in what is answered,
/// or one that the SDK gets over.
pub(crate) fn failure(fault: Fault) -> Option<Failure> {
    let (class, code) = match fault {
        Fault::Throttled(spelling) => (FailureClass::Throttled, SLOW_DOWN[spelling].1),
        Fault::Server { .. } => (FailureClass::Transient, "InternalFailure"),
        Fault::Reset => (FailureClass::Transient, "ConnectionFailed"),
        Fault::Hang | Fault::Drips => (FailureClass::Transient, "Timeout"),
        Fault::Truncated | Fault::Garbled => (FailureClass::Malformed, "HTTP 200"),
        Fault::Denied(word) => (FailureClass::Denied, DENIED[word]),
        Fault::DeniedByControl => (FailureClass::Denied, "AccessDeniedException"),
        Fault::Skewed => (FailureClass::Other, "RequestTimeTooSkewed"),
        Fault::NotEnabled(word) => (FailureClass::NotEnabled, NOT_ENABLED[word]),
        Fault::Gone => (FailureClass::Gone, "ResourceNotFoundException"),
        Fault::TokenOfPage => (FailureClass::Other, "InvalidParameterException"),
        Fault::Expired => (FailureClass::Expired, "ExpiredToken"),
        Fault::Halting | Fault::EmptyPage | Fault::Twice => return None,
    };
    Some(Failure { class, code: code.to_owned(), message: format!("the message of {code}") })
}

/// The question as it is answered: of a page that begins with the last thing of the page before it.
pub(crate) fn overlapping(call: &Call) -> Call {
    let start = call.page.as_ref().map(|token| token.trim_start_matches(AFTER_NOTHING).parse::<usize>().unwrap());
    let page = start.map(|start| start.saturating_sub(1).to_string());
    Call { page, ..call.clone() }
}

/// The reply with its first thing once more at its end.
pub(crate) fn with_twins(mut reply: Reply) -> Reply {
    fn twin<T: Clone>(list: &mut Vec<T>) {
        list.extend(list.first().cloned());
    }
    match &mut reply {
        Reply::Names { names, .. } => twin(names),
        Reply::Associations { associations, .. } => twin(associations),
        Reply::Authorization { roles, .. } => twin(roles),
        Reply::AttachedPolicies { policies, .. } => twin(policies),
        Reply::InstanceProfiles { profiles, .. } => twin(profiles),
        Reply::Instances { instances, .. } => twin(instances),
        Reply::AutoScalingGroups { groups, .. } => twin(groups),
        _not_a_list => {}
    }
    reply
}

/// The page with nothing on it before the one that is asked for; none where that comes after such a page, or is no list.
pub(crate) fn nothing_before(call: &Call, mut reply: Reply) -> Reply {
    if call.page.as_deref().is_some_and(|token| token.starts_with(AFTER_NOTHING)) {
        return reply;
    }
    let token = format!("{AFTER_NOTHING}{}", call.page.as_deref().unwrap_or("0"));
    match &mut reply {
        Reply::Names { names: list, next } => {
            list.clear();
            *next = Some(token);
        }
        Reply::Associations { associations, next } => {
            associations.clear();
            *next = Some(token);
        }
        Reply::Authorization { roles, policies, next } => {
            roles.clear();
            policies.clear();
            *next = Some(token);
        }
        Reply::AttachedPolicies { policies, next } => {
            policies.clear();
            *next = Some(token);
        }
        Reply::InstanceProfiles { profiles, next } => {
            profiles.clear();
            *next = Some(token);
        }
        Reply::Instances { instances, next } => {
            instances.clear();
            *next = Some(token);
        }
        Reply::AutoScalingGroups { groups, next } => {
            groups.clear();
            *next = Some(token);
        }
        _not_a_list => {}
    }
    reply
}

/// A body that comes in parts.
struct Parts {
    parts: VecDeque<Bytes>,
    pause: Duration,
    wait: Pin<Box<Sleep>>,
}

/// The body in so many parts.
pub(crate) fn in_parts(text: &str, parts: usize, pause: Duration) -> SdkBody {
    let size = text.len().div_ceil(parts).max(1);
    let parts = text.as_bytes().chunks(size).map(Bytes::copy_from_slice).collect();
    SdkBody::from_body_1_x(Parts { parts, pause, wait: Box::pin(tokio::time::sleep(pause)) })
}

impl Body for Parts {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.parts.is_empty() {
            return Poll::Ready(None);
        }
        if self.wait.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        let pause = self.pause;
        self.wait = Box::pin(tokio::time::sleep(pause));
        Poll::Ready(self.parts.pop_front().map(|part| Ok(Frame::data(part))))
    }
}
