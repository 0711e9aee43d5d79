//! What is sent where a fault meets a request over the wire.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::Sleep;

use super::fault::{DENIED, Fault, NOT_ENABLED, SLOW_DOWN};
use super::write::{Text, error, good, of_status};

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

impl Sent {
    /// What is left of it in an answer to HEAD, which has no body: no code, and nothing of a proxy's page. Only S3 is asked so,
    /// and asks to slow down by 503 where other services do by 400 or 509 and a code.
    pub(crate) fn without_body(self) -> Self {
        let text = match self {
            Self::Whole(text) | Self::Parts(text, ..) => text,
            Self::Reset | Self::Nothing => return self,
        };
        let status = if [400, 509].contains(&text.status) { 503 } else { text.status };
        Self::Whole(Text { status, body: String::new(), ..text })
    }
}

/// What is sent where a fault meets a request; none where the fault is in what is answered.
pub(crate) fn sent(fault: Fault, service: &str, answer: impl FnOnce() -> Text) -> Sent {
    let words = |status, code: &str| Sent::Whole(error(service, status, code, &format!("the message of {code}")));
    match fault {
        Fault::Throttled(spelling) => {
            let (status, code) = SLOW_DOWN[spelling];
            if code.is_empty() || code.starts_with('<') {
                return Sent::Whole(of_status(status, code.to_owned()));
            }
            words(status, code)
        }
        Fault::Server { status, of_proxy: true } => {
            Sent::Whole(of_status(status, format!("<html><h1>{status}</h1></html>")))
        }
        Fault::Server { status: 503, of_proxy: false } => words(503, "ServiceUnavailable"),
        Fault::Server { status, of_proxy: false } => words(status, "InternalFailure"),
        Fault::Reset => Sent::Reset,
        Fault::Hang => Sent::Nothing,
        Fault::Drips => Sent::Parts(answer(), 40, Duration::from_secs(6)),
        Fault::Halting => Sent::Parts(answer(), 2, Duration::from_millis(400)),
        Fault::Truncated => {
            let Text { status, headers, body } = answer();
            let middle = (body.len() / 2..body.len()).find(|at| body.is_char_boundary(*at)).unwrap_or_default();
            Sent::Whole(Text { status, headers, body: body.get(..middle).unwrap_or_default().to_owned() })
        }
        Fault::Garbled => Sent::Whole(good("<html>Sign in to the hotel's network</html>".to_owned())),
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

/// A body that comes in parts.
struct Parts {
    left: VecDeque<Bytes>,
    pause: Duration,
    wait: Pin<Box<Sleep>>,
}

/// The body in so many parts.
pub(crate) fn in_parts(text: &str, parts: usize, pause: Duration) -> SdkBody {
    let size = text.len().div_ceil(parts).max(1);
    let left = text.as_bytes().chunks(size).map(Bytes::copy_from_slice).collect();
    SdkBody::from_body_1_x(Parts { left, pause, wait: Box::pin(tokio::time::sleep(pause)) })
}

impl Body for Parts {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        if self.wait.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        let pause = self.pause;
        self.wait = Box::pin(tokio::time::sleep(pause));
        Poll::Ready(self.left.pop_front().map(|part| Ok(Frame::data(part))))
    }
}
