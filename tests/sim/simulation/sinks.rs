//! The services that sinks send to, in memory: they keep what they take, and may refuse a part of what a request holds.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::{Value, json};

use super::random::mixed;
use super::request::{Request, lasting};
use super::write::{Text, error, good, wrapped};

/// As they sign themselves.
pub(crate) const SERVICES: [&str; 5] = ["logs", "s3", "events", "sns", "securityhub"];

/// The metadata by which noderole says of when an object is.
const OF: &str = "x-amz-meta-noderole-of";

/// An object of S3.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    pub(crate) body: String,
    tag: String,
    of: String,
}

/// What was taken.
#[derive(Debug, Default)]
pub(crate) struct Sinks {
    /// Of a hundred things in a request, how many are refused for the moment.
    pub(crate) refuses: u64,
    groups: BTreeSet<String>,
    streams: BTreeSet<String>,
    /// Messages of all streams, in order.
    pub(crate) lines: Vec<String>,
    pub(crate) objects: BTreeMap<String, Stored>,
    /// Details of events.
    pub(crate) events: Vec<String>,
    /// Messages of topics.
    pub(crate) messages: Vec<String>,
    /// Findings by account, region and id.
    pub(crate) findings: BTreeMap<(String, String, String), Value>,
    requests: u64,
}

impl Sinks {
    /// Takes in a request, and answers it as its service does.
    pub(crate) fn answer(&mut self, request: &Request, http: &HttpRequest) -> Text {
        self.requests += 1;
        match request.service.as_str() {
            "logs" => self.of_logs(request),
            "s3" => self.of_s3(request, http),
            "events" => self.of_events(request),
            "sns" => {
                assert_eq!(request.operation, "Publish");
                self.messages.push(request.parameter("Message").unwrap().to_owned());
                good(wrapped("Publish", &format!("<MessageId>m-{}</MessageId>", self.messages.len())))
            }
            "securityhub" => self.of_security_hub(request),
            other => panic!("no sink: {other}"),
        }
    }

    /// Whether a thing is refused this time.
    fn is_refused(&self, thing: &impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        (thing, self.requests).hash(&mut hasher);
        mixed(hasher.finish()) % 100 < self.refuses
    }

    fn of_logs(&mut self, request: &Request) -> Text {
        let named = |name: &str| request.json[name].as_str().unwrap_or_default().to_owned();
        let (group, stream) = (named("logGroupName"), format!("{}/{}", named("logGroupName"), named("logStreamName")));
        match request.operation.as_str() {
            "CreateLogGroup" if !self.groups.insert(group.clone()) => {
                error("logs", 400, "ResourceAlreadyExistsException", "the group exists")
            }
            "CreateLogStream" if !self.groups.contains(&group) => {
                error("logs", 400, "ResourceNotFoundException", "there is no such group")
            }
            "CreateLogStream" if !self.streams.insert(stream) => {
                error("logs", 400, "ResourceAlreadyExistsException", "the stream exists")
            }
            "CreateLogGroup" | "PutRetentionPolicy" | "CreateLogStream" => good("{}".to_owned()),
            "PutLogEvents" if !self.streams.contains(&format!("{group}/{}", named("logStreamName"))) => {
                error("logs", 400, "ResourceNotFoundException", "there is no such stream")
            }
            "PutLogEvents" => {
                let events = request.json["logEvents"].as_array().unwrap();
                let text = |event: &Value| event["message"].as_str().unwrap().to_owned();
                // CloudWatch refuses from one on, as too new
                let refused = events.iter().position(|event| self.is_refused(&text(event)));
                self.lines.extend(events[..refused.unwrap_or(events.len())].iter().map(text));
                let rejected = refused.map(|at| json!({"tooNewLogEventStartIndex": at}));
                good(json!({"nextSequenceToken": "t", "rejectedLogEventsInfo": rejected}).to_string())
            }
            other => panic!("nobody answers logs:{other}"),
        }
    }

    fn of_s3(&mut self, request: &Request, http: &HttpRequest) -> Text {
        let (method, key) = request.operation.split_once(" /").unwrap();
        let header = |name| http.headers().get(name).map(str::to_owned);
        let there = self.objects.get(key);
        match (method, there) {
            ("HEAD", None) => Text { status: 404, ..good(String::new()) },
            ("HEAD", Some(stored)) => {
                let headers = vec![("etag", stored.tag.clone()), (OF, stored.of.clone())];
                Text { headers, ..good(String::new()) }
            }
            ("GET", None) => error("s3", 404, "NoSuchKey", "there is no such object"),
            ("GET", Some(stored)) => Text { headers: vec![("etag", stored.tag.clone())], ..good(stored.body.clone()) },
            ("PUT", _) => {
                let is_absent = header("if-none-match").is_none() || there.is_none();
                let tag = there.map(|stored| stored.tag.as_str());
                let is_unchanged = header("if-match").is_none_or(|wanted| tag == Some(wanted.as_str()));
                if !is_absent || !is_unchanged {
                    return error("s3", 412, "PreconditionFailed", "another was faster");
                }
                let body = String::from_utf8(http.body().bytes().unwrap().to_vec()).unwrap();
                let tag = format!("\"{}\"", self.requests);
                let stored = Stored { body, tag: tag.clone(), of: header(OF).unwrap_or_default() };
                self.objects.insert(key.to_owned(), stored);
                Text { headers: vec![("etag", tag)], ..good(String::new()) }
            }
            (other, _) => panic!("nobody answers s3:{other}"),
        }
    }

    fn of_events(&mut self, request: &Request) -> Text {
        assert_eq!(request.operation, "PutEvents");
        let mut told = Vec::new();
        for entry in request.json["Entries"].as_array().unwrap() {
            let detail = entry["Detail"].as_str().unwrap().to_owned();
            if self.is_refused(&detail) {
                told.push(json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "not now"}));
            } else {
                self.events.push(detail);
                told.push(json!({"EventId": format!("e-{}", self.events.len())}));
            }
        }
        let failed = told.iter().filter(|entry| entry["EventId"].is_null()).count();
        good(json!({"FailedEntryCount": failed, "Entries": told}).to_string())
    }

    fn of_security_hub(&mut self, request: &Request) -> Text {
        assert_eq!(request.operation, "POST /findings/import");
        let findings = request.json["Findings"].as_array().unwrap();
        let mut failed = Vec::new();
        for finding in findings {
            let id = finding["Id"].as_str().unwrap().to_owned();
            if self.is_refused(&id) {
                failed.push(json!({"Id": id, "ErrorCode": "InternalException", "ErrorMessage": "not now"}));
            } else {
                self.findings.insert((request.account.clone(), request.region.clone(), id), lasting(finding));
            }
        }
        let taken = findings.len() - failed.len();
        good(json!({"FailedCount": failed.len(), "SuccessCount": taken, "FailedFindings": failed}).to_string())
    }
}
