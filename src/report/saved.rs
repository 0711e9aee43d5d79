//! Reading a report that was saved as JSON: its version before anything else.

use std::io::Read;

use serde::Deserialize;
use thiserror::Error;

use super::model::{Report, SCHEMA};
use crate::echo::{echo, message};

/// What the name of every version of the report begins with.
const ANY_VERSION: &str = "noderole.report/";

/// Why a document is no report, and what to do.
#[derive(Debug, Error)]
pub enum SavedError {
    /// More than what is read.
    #[error("the report is larger than the {limit} bytes that are read: save one of fewer accounts")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// Bytes that are no text.
    #[error("the report is not UTF-8 from byte {at} on: save it anew with `noderole audit --format json`")]
    NotUtf8 {
        /// How many bytes are text.
        at: usize,
    },
    /// The bytes could not be read.
    #[error("the report could not be read")]
    Io(#[from] std::io::Error),
    /// Not JSON, cut off, or more than one document.
    #[error("the report is not {} (line {line}, column {column}): save one with `noderole audit --format json`", if source.is_eof() { "complete JSON" } else { "one JSON document" })]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The parser's error.
        source: serde_json::Error,
    },
    /// An inventory.
    #[error("this is an inventory, not a report: audit it with `noderole audit --inventory FILE --format json`")]
    Inventory,
    /// A report of another version of the form.
    #[error("the report has the form `{0}`, this version of noderole reads `{SCHEMA}`: read it with a newer noderole")]
    OtherVersion(String),
    /// Something else.
    #[error(
        "this is no report, it {}: save one with `noderole audit --format json`",
        .0.as_ref().map_or_else(|| "names no schema".to_owned(), |found| format!("has the schema `{found}`"))
    )]
    NoReport(Option<String>),
    /// JSON, but not of this form.
    #[error("the report does not have the form of `{SCHEMA}`, at `{path}`: {message}; save it anew")]
    Form {
        /// Where, as a path into the document.
        path: String,
        /// What was wrong there.
        message: String,
    },
}

/// The largest report that is read, in bytes: a hundred times that of a large organization.
pub const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Reads a report of at most [`MAX_BYTES`]. Members that this version does not know are left out.
///
/// # Errors
/// [`SavedError`]; each says what to do.
pub fn load(source: impl Read) -> Result<Report, SavedError> {
    load_within(MAX_BYTES, source)
}

fn load_within(limit: u64, source: impl Read) -> Result<Report, SavedError> {
    let mut bytes = Vec::new();
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(SavedError::TooLarge { limit });
    }
    let text =
        String::from_utf8(bytes).map_err(|error| SavedError::NotUtf8 { at: error.utf8_error().valid_up_to() })?;
    of_text(&text)
}

/// Reads a report from its text.
///
/// # Errors
/// As [`load`], but those of reading and of the limit.
pub fn of_text(text: &str) -> Result<Report, SavedError> {
    #[derive(Deserialize)]
    struct Head {
        schema: Option<String>,
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // The version first: a document of another version need not have any of our members.
    let head: Head = serde_json::from_str(text).map_err(|source| match source.classify() {
        serde_json::error::Category::Data => SavedError::NoReport(None),
        serde_json::error::Category::Io | serde_json::error::Category::Syntax | serde_json::error::Category::Eof => {
            SavedError::Json { line: source.line(), column: source.column(), source }
        }
    })?;
    match head.schema.as_deref() {
        Some(SCHEMA) => {}
        Some(crate::inventory::SCHEMA) => return Err(SavedError::Inventory),
        Some(other) if other.starts_with(ANY_VERSION) => {
            return Err(SavedError::OtherVersion(echo(other).into_owned()));
        }
        Some(other) => return Err(SavedError::NoReport(Some(echo(other).into_owned()))),
        None => return Err(SavedError::NoReport(None)),
    }
    let mut parser = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut parser).map_err(|error| SavedError::Form {
        path: message(&error.path().to_string()),
        message: message(&error.inner().to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{json, sample};

    fn written() -> String {
        let mut text = Vec::new();
        json::write(&sample::report(), &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_report_reads_back_as_it_was_be_there_a_mark_before_it_and_members_of_later_versions() {
        assert_eq!(load(written().as_bytes()).unwrap(), sample::report());
        let later = written().replacen('{', "\u{feff}{\"a_member_of_tomorrow\": [1],", 1);
        assert_eq!(load(later.as_bytes()).unwrap(), sample::report());
    }

    #[test]
    fn each_document_that_is_no_report_is_one_error_that_says_what_to_do() {
        let report = written();
        for (text, says) in [
            (report.chars().take(report.len() / 2).collect(), "not complete JSON"),
            ("{\"id\": 1}\n{\"id\": 2}\n".to_owned(), "not one JSON document (line 2, column 1): save one"),
            (String::new(), "not complete JSON"),
            ("[]".to_owned(), "names no schema: save one"),
            ("{\"version\": \"2.1.0\"}".to_owned(), "names no schema: save one"),
            ("{\"schema\": 7}".to_owned(), "names no schema"),
            ("{\"schema\": \"else/1\"}".to_owned(), "has the schema `else/1`"),
            ("{\"schema\": \"noderole.inventory/1\"}".to_owned(), "audit it with `noderole audit --inventory"),
            (report.replace("report/1", "report/2"), "`noderole.report/2`, this version of noderole reads"),
            (
                report.replace("\"status\": \"advice\"", "\"status\": \"bad\""),
                "at `findings[4].status`: unknown variant `bad`",
            ),
        ] {
            let error = of_text(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(matches!(load(&b"{\"a\": \"\xff"[..]), Err(SavedError::NotUtf8 { at: 7 })));
        assert!(matches!(load_within(10, report.as_bytes()), Err(SavedError::TooLarge { limit: 10 })));
    }

    #[test]
    fn a_refusal_repeats_little_of_a_hostile_report_and_nesting_is_no_end() {
        let long = r"x\u001b[31m\u202e".repeat(50_000);
        let head = r#"{"schema": "noderole.report/1""#;
        for text in [
            format!(r#"{{"schema": "{long}"}}"#),
            format!(r#"{{"schema": "noderole.report/{long}"}}"#),
            format!(r#"{head}, "run_id": ["{long}"]}}"#),
            format!(r#"{head}, "account_names": {{"{long}": 1}}}}"#),
            format!(r#"{head}, "findings": {}1"#, "[".repeat(100_000)),
            format!(r#"{head}, "members_of_tomorrow": {}1"#, "[".repeat(100_000)),
        ] {
            let error = of_text(&text).unwrap_err().to_string();
            assert!(
                error.len() < 1200 && !error.chars().any(crate::echo::deceives),
                "{} bytes: {error:.300}",
                error.len()
            );
        }
    }
}
