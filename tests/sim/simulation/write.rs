//! Replies and failures in the wire formats of the services.

mod eks;
mod iam;
mod machines;

use noderole::collect::call::{Call, Question, Reply};
use noderole::failure::Failure;
use serde_json::{Value, json};

/// What goes back over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// A good answer.
pub(crate) fn good(body: String) -> Text {
    of_status(200, body)
}

/// An answer of that status.
pub(crate) fn of_status(status: u16, body: String) -> Text {
    Text { status, headers: Vec::new(), body }
}

/// A reply as the service writes it.
pub(crate) fn reply(call: &Call, reply: Reply) -> String {
    match &call.question {
        Question::AssumeRole => String::new(),
        Question::ListRegions => {
            let Reply::Names { names, next } = reply else { panic!("{reply:?} is no list of regions") };
            let regions: Vec<Value> =
                names.iter().map(|name| json!({"RegionName": name, "RegionOptStatus": "ENABLED"})).collect();
            json!({"Regions": regions, "NextToken": next}).to_string()
        }
        question if question.is_about_machines() => machines::write(question, reply),
        question if question.api().starts_with("iam:") => iam::write(question, reply),
        question => eks::write(question, reply).to_string(),
    }
}

/// A failure as the service writes it.
pub(crate) fn failure(service: &str, failure: &Failure) -> Text {
    let Failure { code, message, .. } = failure;
    // What came from no AWS service comes from none here.
    if let Some(status) = code.strip_prefix("HTTP ").and_then(|status| status.parse().ok()) {
        return of_status(status, "<!doctype html><title>Not what you look for</title>".to_owned());
    }
    error(service, status_of(code), code, message)
}

/// An error of a service.
pub(crate) fn error(service: &str, status: u16, code: &str, message: &str) -> Text {
    let (code, message) = (escaped(code), escaped(message));
    let body = match service {
        "iam" | "sts" | "autoscaling" | "sns" => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>r</RequestId></ErrorResponse>"
        ),
        "ec2" => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Errors><Error><Code>{code}</Code>\
             <Message>{message}</Message></Error></Errors><RequestID>r</RequestID></Response>"
        ),
        "s3" => format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
        _json => json!({"__type": code, "message": message}).to_string(),
    };
    of_status(status, body)
}

/// The status that goes with a code.
fn status_of(code: &str) -> u16 {
    let has = |signs: &[&str]| signs.iter().any(|sign| code.contains(sign));
    if has(&["Denied", "Unauthorized", "OptIn", "UnrecognizedClient", "InvalidClientTokenId", "Expired"]) {
        403
    } else if has(&["NotFound", "NoSuch"]) {
        404
    } else if has(&["Unavailable"]) {
        503
    } else if has(&["Internal", "ServerException"]) {
        500
    } else {
        400
    }
}

/// Text within XML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An element, left out where there is nothing to say.
fn element(name: &str, text: Option<&str>) -> String {
    text.map(|text| format!("<{name}>{}</{name}>", escaped(text))).unwrap_or_default()
}

/// A time as XML services write it.
fn time(time: Option<jiff::Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

/// A list of elements, each in `tag`.
fn list<T>(name: &str, tag: &str, items: impl IntoIterator<Item = T>, write: impl Fn(T) -> String) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("<{tag}>{}</{tag}>", write(item))).collect();
    let items = items.concat();
    format!("<{name}>{items}</{name}>")
}

/// An answer of the services that speak queries.
pub(crate) fn wrapped(operation: &str, result: &str) -> String {
    format!(
        "<{operation}Response><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>"
    )
}
