//! A text that is kept in a file, in S3 or in SSM: the configuration, a report. Read whole, with the caller's own credentials.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use aws_sdk_s3::config::Region as SdkRegion;
use thiserror::Error;

use crate::config::{Location, MAX_BYTES};
use crate::failure::{Failure, FailureClass};
use crate::ids::Partition;
use crate::report::saved;

use super::classify::{Place, chain, failure};
use super::error::AwsError;
use super::sdk::Sdk;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredKind {
    /// A configuration.
    Configuration,
    /// A report.
    Report,
}

impl StoredKind {
    /// The longest that is read, in bytes.
    fn max_bytes(self) -> usize {
        match self {
            Self::Configuration => MAX_BYTES,
            Self::Report => usize::try_from(saved::MAX_BYTES).unwrap_or(usize::MAX),
        }
    }
}

impl fmt::Display for StoredKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configuration => "configuration",
            Self::Report => "report",
        })
    }
}

/// Why a text could not be read.
#[derive(Debug, Error)]
pub enum StoredError {
    /// The file could not be read.
    #[error("`{path}` could not be read: check the path and its permissions")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Nobody can be asked without credentials.
    #[error(transparent)]
    Credentials(#[from] AwsError),
    /// Nothing is there.
    #[error("there is no {what} {place}: check its name, and the region of the caller (AWS_REGION)")]
    Missing {
        /// `object`, `bucket` or `parameter`.
        what: &'static str,
        /// Where it was looked for.
        place: Location,
    },
    /// The caller may not read it.
    #[error("{place} was denied: the caller needs {needs}")]
    Denied {
        /// What was asked for.
        place: Location,
        /// The permission, and what else a denial may mean.
        needs: &'static str,
        /// The answer.
        source: Failure,
    },
    /// It is longer than what is read may be.
    #[error("{place} is longer than {} MB, which no {kind} needs: is it the right one?", kind.max_bytes() >> 20)]
    TooLarge {
        /// What is too long.
        place: Location,
        /// What was to be read.
        kind: StoredKind,
    },
    /// It is no text.
    #[error("{0} is not UTF-8: save it as UTF-8 text")]
    NotUtf8(Location),
    /// The call failed for another reason.
    #[error("{place} could not be read: {api} failed")]
    Failed {
        /// What was asked for.
        place: Location,
        /// The operation.
        api: &'static str,
        /// The answer.
        source: Failure,
    },
}

/// Reads a file.
///
/// # Errors
/// [`StoredError::File`], [`StoredError::TooLarge`], [`StoredError::NotUtf8`].
pub fn read_file(path: &Path, kind: StoredKind) -> Result<String, StoredError> {
    let mut bytes = Vec::new();
    let limit = kind.max_bytes() as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|source| StoredError::File { path: path.display().to_string(), source })?;
    text(bytes, &Location::File(path.to_owned()), kind)
}

/// The bytes as text.
fn text(bytes: Vec<u8>, place: &Location, kind: StoredKind) -> Result<String, StoredError> {
    if bytes.len() > kind.max_bytes() {
        return Err(StoredError::TooLarge { place: place.clone(), kind });
    }
    let mut text = String::from_utf8(bytes).map_err(|_error| StoredError::NotUtf8(place.clone()))?;
    // Editors on Windows begin UTF-8 with a mark.
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}

impl Sdk {
    /// Reads what is kept at that place.
    ///
    /// # Errors
    /// [`StoredError`]; its message says what to do next.
    pub async fn read_stored(&self, place: &Location, kind: StoredKind) -> Result<String, StoredError> {
        if !matches!(place, Location::File(_)) {
            Box::pin(self.need_credentials()).await?;
        }
        match place {
            Location::File(path) => read_file(path, kind),
            Location::S3 { bucket, key } => Box::pin(self.read_object(bucket, key, place, kind)).await,
            Location::Ssm(name) => Box::pin(self.read_parameter(name, place, kind)).await,
        }
    }

    async fn read_object(
        &self,
        bucket: &str,
        key: &str,
        place: &Location,
        kind: StoredKind,
    ) -> Result<String, StoredError> {
        let config = aws_sdk_s3::config::Builder::from(&self.config).region(self.region_of(None)).build();
        let answer = aws_sdk_s3::Client::from_conf(config).get_object().bucket(bucket).key(key).send().await;
        let object = answer.map_err(|error| refused(failure(&error, NOWHERE), place))?;
        let too_large = |length: i64| usize::try_from(length).is_ok_and(|length| length > kind.max_bytes());
        if object.content_length().is_some_and(too_large) {
            return Err(StoredError::TooLarge { place: place.clone(), kind });
        }
        let mut bytes = Vec::new();
        let mut body = object.body;
        // Ends at the limit: the length may be missing, or wrong.
        while bytes.len() <= kind.max_bytes() {
            let part = body.try_next().await.map_err(|error| StoredError::Failed {
                place: place.clone(),
                api: "s3:GetObject",
                source: Failure { class: FailureClass::Transient, code: "CutOff".to_owned(), message: chain(&error) },
            })?;
            match part {
                Some(part) => bytes.extend_from_slice(&part),
                None => break,
            }
        }
        text(bytes, place, kind)
    }

    async fn read_parameter(&self, name: &str, place: &Location, kind: StoredKind) -> Result<String, StoredError> {
        // The ARN of a parameter names its region.
        let region = name.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(2)).filter(|part| !part.is_empty());
        let config = aws_sdk_ssm::config::Builder::from(&self.config).region(self.region_of(region)).build();
        let client = aws_sdk_ssm::Client::from_conf(config);
        let answer = client.get_parameter().name(name).with_decryption(true).send().await;
        let parameter = answer.map_err(|error| refused(failure(&error, NOWHERE), place))?.parameter;
        let value = parameter.and_then(|parameter| parameter.value).unwrap_or_default();
        text(value.into_bytes(), place, kind)
    }

    fn region_of(&self, named: Option<&str>) -> SdkRegion {
        let own = || self.config.region().map(ToString::to_string);
        let region = named.map(str::to_owned).or_else(own);
        SdkRegion::new(region.unwrap_or_else(|| Partition::Aws.home_region().to_owned()))
    }
}

/// Neither region nor endpoint is at hand where these errors are classed.
const NOWHERE: Place<'_> = Place { region: None, endpoint: None };

/// Why the place could not be read.
fn refused(failure: Failure, place: &Location) -> StoredError {
    let (what, api, needs) = match place {
        Location::S3 { .. } => (
            "object",
            "s3:GetObject",
            "s3:GetObject on it (and s3:ListBucket on the bucket, without which S3 denies what is not there)",
        ),
        Location::Ssm(_) => (
            "parameter",
            "ssm:GetParameter",
            "ssm:GetParameter on it (and kms:Decrypt on its key where it is a SecureString)",
        ),
        Location::File(_) => ("file", "open", "read permission"),
    };
    let place = place.clone();
    match (failure.class, failure.code.as_str()) {
        (_, "NoSuchBucket") => StoredError::Missing { what: "bucket of", place },
        (_, "NoSuchKey" | "NotFound" | "ParameterNotFound" | "ParameterVersionNotFound") => {
            StoredError::Missing { what, place }
        }
        (FailureClass::Denied, _) => StoredError::Denied { place, needs, source: failure },
        _ => StoredError::Failed { place, api, source: failure },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::wire::{Answer, Request, Wire, json_error, ok};

    async fn read(place: &str, answer: Answer) -> Result<String, StoredError> {
        let wire = Wire::new(move |_: &Request| answer.clone());
        wire.sdk().read_stored(&place.parse().unwrap(), StoredKind::Configuration).await
    }

    /// An error as S3 writes it: nothing around it.
    fn s3_error(status: u16, code: &str) -> Answer {
        Answer::Text(status, format!("<Error><Code>{code}</Code><Message>the message of {code}</Message></Error>"))
    }

    const OBJECT: &str = "s3://config/noderole.toml";
    const PARAMETER: &str = "ssm:/noderole/config";

    #[tokio::test(start_paused = true)]
    async fn a_text_is_read_from_an_object_and_from_a_parameter() {
        assert_eq!(read(OBJECT, ok("[rules]")).await.unwrap(), "[rules]");
        assert_eq!(read(OBJECT, ok("\u{feff}[rules]")).await.unwrap(), "[rules]");
        let parameter = ok(r#"{"Parameter": {"Name": "/noderole/config", "Value": "[rules]"}}"#);
        assert_eq!(read(PARAMETER, parameter).await.unwrap(), "[rules]");
    }

    #[tokio::test(start_paused = true)]
    async fn a_report_may_be_longer_than_a_configuration() {
        let wire = Wire::new(|_: &Request| ok("#".repeat(MAX_BYTES + 1)));
        let read = wire.sdk().read_stored(&OBJECT.parse().unwrap(), StoredKind::Report).await.unwrap();
        assert_eq!(read.len(), MAX_BYTES + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_parameter_by_its_arn_is_asked_for_in_its_region() {
        let wire = Wire::new(|_: &Request| ok(r#"{"Parameter": {"Value": ""}}"#));
        let arn = "ssm:arn:aws:ssm:eu-central-1:111122223333:parameter/noderole";
        wire.builder()
            .region("eu-west-1")
            .build()
            .unwrap()
            .read_stored(&arn.parse().unwrap(), StoredKind::Configuration)
            .await
            .unwrap();
        assert_eq!(wire.log()[0].host, "ssm.eu-central-1.amazonaws.com");
    }

    #[tokio::test(start_paused = true)]
    async fn each_way_of_failing_is_one_error_that_says_what_to_do() {
        let long = ok("#".repeat(MAX_BYTES + 1));
        for (place, answer, says) in [
            (OBJECT, s3_error(404, "NoSuchKey"), "there is no object s3://config/noderole.toml"),
            (OBJECT, s3_error(404, "NoSuchBucket"), "there is no bucket of s3://config/noderole.toml"),
            (OBJECT, s3_error(403, "AccessDenied"), "needs s3:GetObject on it (and s3:ListBucket"),
            (OBJECT, long, "longer than 1 MB"),
            (OBJECT, s3_error(400, "PermanentRedirect"), "s3:GetObject failed"),
            (PARAMETER, json_error(400, "ParameterNotFound"), "there is no parameter ssm:/noderole/config"),
            (PARAMETER, json_error(400, "AccessDeniedException"), "needs ssm:GetParameter on it (and kms:Decrypt"),
            (PARAMETER, Answer::Refused, "ssm:GetParameter failed"),
        ] {
            let error = read(place, answer).await.unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn what_is_no_text_or_too_long_is_refused_from_a_file_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            read_file(&path, StoredKind::Configuration).unwrap_err().to_string()
        };
        assert!(file("latin", b"# caf\xe9").contains("is not UTF-8"));
        assert!(file("long", &vec![b'#'; MAX_BYTES + 1]).contains("longer than 1 MB"));
        assert!(
            read_file(&folder.path().join("nothing"), StoredKind::Report)
                .unwrap_err()
                .to_string()
                .contains("could not be read")
        );
    }
}
