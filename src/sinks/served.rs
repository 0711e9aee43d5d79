//! CloudWatch Logs and S3 in memory, for tests: they keep what they take, and a test says which requests go wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::aws::wire::{Answer, Request, Wire, json_error, ok};
use crate::collect::member::MemberRole;
use crate::report::{Report, sample};

/// An object that is kept.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) body: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) tag: String,
}

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) has_group: bool,
    /// Streams with their messages, in the order in which they came.
    pub(super) streams: BTreeMap<String, Vec<String>>,
    pub(super) objects: BTreeMap<String, Stored>,
    /// Requests so far, by operation.
    asked: BTreeMap<String, usize>,
}

/// The services.
#[derive(Debug, Clone, Default)]
pub(super) struct Served(Arc<Mutex<Kept>>);

impl Served {
    /// The wire to them. `fault` sees each request with how many of its operation came before, and may answer in their place.
    pub(super) fn wire(&self, fault: impl Fn(&Request, usize) -> Option<Answer> + Send + Sync + 'static) -> Wire {
        let served = self.clone();
        Wire::new(move |request| {
            let nth = {
                let mut kept = served.0.lock().unwrap();
                let asked = kept.asked.entry(request.operation.clone()).or_default();
                *asked += 1;
                *asked - 1
            };
            fault(request, nth).unwrap_or_else(|| served.answer(request))
        })
    }

    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Kept) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    /// All messages, whatever their stream.
    pub(super) fn messages(&self) -> Vec<String> {
        self.with(|kept| kept.streams.values().flatten().cloned().collect())
    }

    /// The object at a key as JSON.
    pub(super) fn object(&self, key: &str) -> Value {
        self.with(|kept| serde_json::from_str(&kept.objects[key].body).unwrap())
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut kept = self.0.lock().unwrap();
        match request.operation.as_str() {
            "CreateLogGroup" => {
                kept.has_group = true;
                ok("{}")
            }
            "PutRetentionPolicy" => ok("{}"),
            "CreateLogStream" if !kept.has_group => json_error(400, "ResourceNotFoundException"),
            "CreateLogStream" => {
                let stream = text_of(request, "logStreamName");
                if kept.streams.contains_key(&stream) {
                    return json_error(400, "ResourceAlreadyExistsException");
                }
                kept.streams.insert(stream, Vec::new());
                ok("{}")
            }
            "PutLogEvents" => kept.put_events(request, |_| true),
            _ => kept.object(request),
        }
    }

    /// Takes the events of a request whose place `takes` says so, and tells which not, as CloudWatch Logs does: those before
    /// `old` and from `new` on.
    pub(super) fn take_between(&self, request: &Request, old: usize, new: usize) -> Answer {
        let answer = self.with(|kept| kept.put_events(request, |place| (old..new).contains(&place)));
        let Answer::Text(200, _) = answer else { return answer };
        let mut rejected = json!({"tooNewLogEventStartIndex": new});
        if old > 0 {
            rejected["tooOldLogEventEndIndex"] = json!(old);
        }
        ok(json!({"nextSequenceToken": "t", "rejectedLogEventsInfo": rejected}).to_string())
    }
}

impl Kept {
    fn put_events(&mut self, request: &Request, accepts: impl Fn(usize) -> bool) -> Answer {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let events = body["logEvents"].as_array().unwrap();
        let bytes: usize = events.iter().map(|event| event["message"].as_str().unwrap().len() + 26).sum();
        let times: Vec<i64> = events.iter().map(|event| event["timestamp"].as_i64().unwrap()).collect();
        assert!(bytes <= 1_048_576 && (1..=10_000).contains(&events.len()), "{bytes} bytes, {} events", events.len());
        assert!(times.is_sorted() && times.last().unwrap() - times[0] <= 86_400_000);
        let Some(stream) = self.streams.get_mut(body["logStreamName"].as_str().unwrap()) else {
            return json_error(400, "ResourceNotFoundException");
        };
        let taken = events.iter().enumerate().filter(|(place, _)| accepts(*place));
        stream.extend(taken.map(|(_, event)| event["message"].as_str().unwrap().to_owned()));
        ok(r#"{"nextSequenceToken": "t"}"#)
    }

    fn object(&mut self, request: &Request) -> Answer {
        let (method, key) = request.operation.split_once(" /").unwrap();
        let there = self.objects.get(key);
        match method {
            "HEAD" => match there {
                None => Answer::Text(404, String::new()),
                Some(stored) => {
                    let mut headers = vec![("etag", stored.tag.clone())];
                    if let Some(of) = stored.headers.get("x-amz-meta-noderole-of") {
                        headers.push(("x-amz-meta-noderole-of", of.clone()));
                    }
                    Answer::Headed(200, headers, String::new())
                }
            },
            "PUT" => {
                let tag = there.map(|stored| stored.tag.clone());
                let is_absent = request.headers.get("if-none-match").is_none_or(|_| tag.is_none());
                let is_unchanged = request.headers.get("if-match").is_none_or(|wanted| tag.as_ref() == Some(wanted));
                if !is_absent || !is_unchanged {
                    return s3_error(412, "PreconditionFailed");
                }
                self.put(key, &request.body, request.headers.clone());
                let tag = self.objects[key].tag.clone();
                Answer::Headed(200, vec![("etag", tag)], String::new())
            }
            _ => panic!("nobody answers {request:?}"),
        }
    }

    /// Keeps an object, with a tag that no other has.
    pub(super) fn put(&mut self, key: &str, body: &str, headers: BTreeMap<String, String>) {
        let tag = format!("\"{}-{}\"", self.objects.len(), self.asked.values().sum::<usize>());
        self.objects.insert(key.to_owned(), Stored { body: body.to_owned(), headers, tag });
    }
}

/// A member of a request's body.
pub(super) fn text_of(request: &Request, member: &str) -> String {
    let body: Value = serde_json::from_str(&request.body).unwrap();
    body[member].as_str().unwrap().to_owned()
}

/// An error as S3 writes it.
pub(super) fn s3_error(status: u16, code: &str) -> Answer {
    Answer::Text(status, format!("<Error><Code>{code}</Code><Message>the message of {code}</Message></Error>"))
}

/// The sample's report with its findings so many times over, each time under ids of their own.
pub(super) fn report(times: usize) -> Report {
    let mut report = sample::report();
    let of_one = std::mem::take(&mut report.findings);
    for number in 0..times {
        report.findings.extend(of_one.iter().cloned().map(|mut finding| {
            finding.id = format!("{}-{number}", finding.id);
            finding
        }));
    }
    report
}

/// The member role of tests.
pub(super) fn member() -> MemberRole {
    MemberRole::default()
}
