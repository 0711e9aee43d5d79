//! Where a configuration is: a file, an object in S3, a parameter of SSM.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// The longest configuration, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file.
    File(PathBuf),
    /// `s3://bucket/key`
    S3 {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// `ssm:/parameter`: the parameter's name, or its ARN.
    Ssm(String),
}

/// Not a place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LocationError {
    /// An address of S3 that lacks a part.
    #[error("`{0}` names no object: expected s3://BUCKET/KEY")]
    S3(String),
    /// A parameter without a name.
    #[error("`{0}` names no parameter: expected ssm:/NAME, or ssm: and the ARN of a parameter")]
    Ssm(String),
    /// Nothing.
    #[error("expected a file, s3://BUCKET/KEY or ssm:/NAME")]
    Empty,
}

impl FromStr for Location {
    type Err = LocationError;
    fn from_str(text: &str) -> Result<Self, LocationError> {
        if let Some(rest) = text.strip_prefix("s3:") {
            let parts = rest.strip_prefix("//").and_then(|rest| rest.split_once('/'));
            let (bucket, key) = parts
                .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty() && !key.ends_with('/'))
                .ok_or_else(|| LocationError::S3(text.to_owned()))?;
            return Ok(Self::S3 { bucket: bucket.to_owned(), key: key.to_owned() });
        }
        if let Some(name) = text.strip_prefix("ssm:") {
            let named = name.len() > 1 && (name.starts_with('/') || name.starts_with("arn:"));
            let well = named && !name.ends_with('/') && !name.starts_with("//");
            return if well { Ok(Self::Ssm(name.to_owned())) } else { Err(LocationError::Ssm(text.to_owned())) };
        }
        if text.is_empty() { Err(LocationError::Empty) } else { Ok(Self::File(PathBuf::from(text))) }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::S3 { bucket, key } => write!(f, "s3://{bucket}/{key}"),
            Self::Ssm(name) => write!(f, "ssm:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_an_object_or_a_parameter_and_is_told_as_it_was_given() {
        for text in ["s3://config/noderole/prod.toml", "ssm:/noderole/config", "./noderole.toml"] {
            assert_eq!(text.parse::<Location>().unwrap().to_string(), text);
        }
        assert!(matches!("ssm:/noderole".parse(), Ok(Location::Ssm(name)) if name == "/noderole"));
        assert!("ssm:arn:aws:ssm:eu-west-1:111122223333:parameter/noderole".parse::<Location>().is_ok());
        for wrong in ["s3://bucket", "s3://bucket/", "s3:/bucket/key", "s3:///key", "ssm:", "ssm:/", "ssm:x", ""] {
            assert!(wrong.parse::<Location>().is_err(), "{wrong}");
        }
    }
}
