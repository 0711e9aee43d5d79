//! AWS in memory, for tests: answers in the services' wire formats, on tokio's paused clock.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::retry::ErrorKind;
use percent_encoding::percent_decode_str;
use tokio::time::Instant;

use super::Sdk;
use super::clients::held;
use super::sdk::builder::SdkBuilder;

/// The caller's account in all tests.
pub(crate) const CALLER: &str = "000000000001";

/// What came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) service: String,
    pub(crate) region: String,
    /// The account whose credentials signed it.
    pub(crate) account: String,
    pub(crate) access_key: String,
    pub(crate) host: String,
    /// `AssumeRole`; for REST `GET /clusters`.
    pub(crate) operation: String,
    /// Query and body, URL-decoded.
    pub(crate) text: String,
    /// The body as it came; empty where it is not at hand whole.
    pub(crate) body: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// When, since the start.
    pub(crate) at: Duration,
}

/// What goes back.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Text(u16, String),
    /// With these headers.
    Headed(u16, Vec<(&'static str, String)>, String),
    Refused,
    NoSuchHost,
    CutOff,
    Never,
}

/// An answer that is good.
pub(crate) fn ok(text: impl Into<String>) -> Answer {
    Answer::Text(200, text.into())
}

/// An error as JSON services write it.
pub(crate) fn json_error(status: u16, code: &str) -> Answer {
    Answer::Text(status, format!(r#"{{"__type":"{code}","message":"the message of {code}"}}"#))
}

/// An error as IAM and STS write it.
pub(crate) fn xml_error(status: u16, code: &str) -> Answer {
    let error =
        format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>the message of {code}</Message></Error>");
    Answer::Text(status, format!("<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"))
}

/// An error as EC2 writes it.
pub(crate) fn ec2_error(status: u16, code: &str) -> Answer {
    let error = format!("<Error><Code>{code}</Code><Message>the message of {code}</Message></Error>");
    Answer::Text(status, format!("<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>"))
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

struct Inner {
    handler: Box<Handler>,
    latency: Duration,
    clock: VirtualClock,
    in_flight: AtomicUsize,
    most: AtomicUsize,
    log: Mutex<Vec<Request>>,
}

/// The whole of AWS.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Inner>);

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// STS answers by itself; all else does `handler`. Every answer takes 30 ms.
    pub(crate) fn new(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner {
            handler: Box::new(handler),
            latency: Duration::from_millis(30),
            clock: VirtualClock::new(),
            in_flight: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            log: Mutex::default(),
        }))
    }

    pub(crate) fn builder(&self) -> SdkBuilder {
        SdkBuilder::default()
            .http_client(self.clone())
            .sleep(TokioSleep::new())
            .clock(self.0.clock.clone())
            .access_key(&format!("AKIA{CALLER}"), "secret")
    }

    pub(crate) fn sdk(&self) -> Sdk {
        self.builder().build().unwrap()
    }

    /// Everything that came so far.
    pub(crate) fn log(&self) -> Vec<Request> {
        held(&self.0.log).clone()
    }

    /// What came so far for one operation.
    pub(crate) fn log_of(&self, operation: &str) -> Vec<Request> {
        self.log().into_iter().filter(|request| request.operation == operation).collect()
    }

    /// The most requests that were in flight at once.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }

    fn answer(&self, request: &Request) -> Answer {
        let answer = (self.0.handler)(request);
        let is_default = matches!(&answer, Answer::Text(0, _));
        if is_default { self.of_sts(request) } else { answer }
    }

    /// STS as it is when nothing is wrong: any role may be assumed, for an hour.
    fn of_sts(&self, request: &Request) -> Answer {
        if request.operation == "GetCallerIdentity" {
            let arn = format!("arn:aws:iam::{CALLER}:user/auditor");
            return ok(format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>U</UserId><Account>{CALLER}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            ));
        }
        assert_eq!(request.operation, "AssumeRole", "nobody answers {request:?}");
        let account = request.text.split("arn:aws:iam::").nth(1).and_then(|rest| rest.get(..12)).unwrap();
        let end = self.0.clock.now() + Duration::from_hours(1);
        let end = DateTime::from(end).fmt(Format::DateTime).unwrap();
        let nth = self.log_of("AssumeRole").len();
        ok(format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{account}x{nth}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{end}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ))
    }
}

/// Leave it to STS.
pub(crate) fn default_answer() -> Answer {
    Answer::Text(0, String::new())
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wire = self.clone();
        HttpConnectorFuture::new(async move {
            let request = parse(&request, wire.0.clock.start.elapsed());
            held(&wire.0.log).push(request.clone());
            let now = wire.0.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
            wire.0.most.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(wire.0.latency).await;
            wire.0.in_flight.fetch_sub(1, Ordering::SeqCst);
            match wire.answer(&request) {
                Answer::Text(status, text) => {
                    Ok(HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(text)))
                }
                Answer::Headed(status, headers, text) => {
                    let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(text));
                    for (name, value) in headers {
                        response.headers_mut().insert(name, value);
                    }
                    Ok(response)
                }
                Answer::Refused => {
                    Err(ConnectorError::io("tcp connect error: Connection refused (os error 111)".into()))
                }
                Answer::NoSuchHost => Err(ConnectorError::io("dns error: failed to lookup address information".into())),
                Answer::CutOff => {
                    let cause = "connection closed before message completed".into();
                    Err(ConnectorError::other(cause, Some(ErrorKind::TransientError)))
                }
                Answer::Never => std::future::pending().await,
            }
        })
    }
}

fn parse(request: &HttpRequest, at: Duration) -> Request {
    let header = |name| request.headers().get(name).unwrap_or_default().to_owned();
    let authorization = header("authorization");
    let scope: Vec<&str> = authorization
        .split("Credential=")
        .nth(1)
        .and_then(|rest| rest.split(',').next())
        .map(|scope| scope.split('/').collect())
        .unwrap_or_default();
    let access_key = scope[0].to_owned();
    let url = request.uri();
    let rest = url.split("://").nth(1).unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let body = String::from_utf8(request.body().bytes().unwrap_or_default().to_vec()).unwrap();
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let target = header("x-amz-target").split('.').nth(1).map(str::to_owned);
    let operation = action.map(str::to_owned).or(target).unwrap_or_else(|| format!("{} {path}", request.method()));
    let text = format!("{query}&{body}").replace('+', " ");
    Request {
        account: access_key.get(4..16).unwrap().to_owned(),
        access_key,
        region: scope[2].to_owned(),
        service: scope[3].to_owned(),
        host: host.to_owned(),
        operation: percent_decode_str(&operation).decode_utf8_lossy().into_owned(),
        text: percent_decode_str(&text).decode_utf8_lossy().into_owned(),
        body,
        headers: request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        at,
    }
}

/// A clock that goes as tokio's does.
#[derive(Debug, Clone)]
struct VirtualClock {
    start: Instant,
}

impl VirtualClock {
    fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl TimeSource for VirtualClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000) + self.start.elapsed()
    }
}
