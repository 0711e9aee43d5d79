//! S3: objects that are put, on condition where that is wanted, and what is known of one that is there.

use std::path::Path;

use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use jiff::Timestamp;

use crate::aws::classify::{Place, chain, failure};
use crate::aws::session::Client;
use crate::failure::{Failure, FailureClass};
use crate::ids::AccountId;

use super::{Outlet, client};

/// The name of the metadata in which an object says of when it is.
const OF: &str = "noderole-of";

/// The code of an answer that does not say that an object was put.
pub(crate) const NO_TAG: &str = "IncompleteAnswer";

/// A bucket, and how objects are put into it.
#[derive(Debug)]
pub(crate) struct Objects {
    client: Client<aws_sdk_s3::Client>,
    bucket: String,
    owner: Option<String>,
    kms_key: Option<String>,
}

/// What an object holds.
#[derive(Debug, Clone)]
pub(crate) enum Body<'a> {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What is in the file.
    File(&'a Path),
}

/// On which condition an object is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// On none: what is there is replaced.
    None,
    /// That nothing is there.
    Absent,
    /// That what is there bears this tag (ETag) still.
    Unchanged(String),
}

/// An object to put.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    pub(crate) key: String,
    pub(crate) body: Body<'a>,
    /// The SHA-256 of the body, in base64: S3 checks it.
    pub(crate) sha256: String,
    pub(crate) condition: Condition,
    /// Of when it is, as text; kept as metadata.
    pub(crate) of: String,
}

/// What is known of an object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its tag.
    pub(crate) tag: String,
    /// Of when it is; none for an object that noderole did not put.
    pub(crate) of: Option<String>,
}

impl Kept {
    /// Whether it is of a later time; not where nothing says of when it is.
    pub(crate) fn is_newer_than(&self, time: Timestamp) -> bool {
        self.of.as_deref().and_then(|of| of.parse::<Timestamp>().ok()).is_some_and(|of| of > time)
    }
}

impl Objects {
    /// A bucket at the outlet.
    pub(crate) fn new(outlet: &Outlet, bucket: &str, owner: Option<&AccountId>, kms_key: Option<&str>) -> Self {
        Self {
            client: client!(outlet, aws_sdk_s3),
            bucket: bucket.to_owned(),
            owner: owner.map(ToString::to_string),
            kms_key: kms_key.map(str::to_owned),
        }
    }

    fn place(&self) -> Place<'_> {
        Place { region: None, endpoint: self.client.watch.endpoint() }
    }

    /// Puts an object of JSON.
    pub(crate) async fn put(&self, object: Object<'_>) -> Result<(), Failure> {
        self.put_tagged(object).await.map(|_tag| ())
    }

    /// Puts an object of JSON; its tag. An answer without one is none of S3's, and proves nothing.
    pub(crate) async fn put_tagged(&self, object: Object<'_>) -> Result<String, Failure> {
        let body = match object.body {
            Body::Bytes(bytes) => ByteStream::from(bytes),
            Body::File(path) => ByteStream::from_path(path).await.map_err(|error| Failure {
                class: FailureClass::Other,
                code: "NotSent".to_owned(),
                message: chain(&error),
            })?,
        };
        let call = self.client.sdk.put_object().bucket(&self.bucket).key(&object.key).body(body);
        let call = call
            .content_type("application/json")
            .checksum_sha256(object.sha256)
            .metadata(OF, object.of)
            .set_expected_bucket_owner(self.owner.clone())
            .set_server_side_encryption(self.kms_key.as_ref().map(|_| ServerSideEncryption::AwsKms))
            .set_ssekms_key_id(self.kms_key.clone());
        let call = match object.condition {
            Condition::None => call,
            Condition::Absent => call.if_none_match("*"),
            Condition::Unchanged(tag) => call.if_match(tag),
        };
        let answer = call.send().await.map_err(|error| failure(&error, self.place()))?;
        answer.e_tag.ok_or_else(|| Failure {
            class: FailureClass::Malformed,
            code: NO_TAG.to_owned(),
            message: "the answer has no ETag: it is none of S3's".to_owned(),
        })
    }

    /// What an object holds, of at most `limit` bytes; none where there is none.
    pub(crate) async fn get(&self, key: &str, limit: usize) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.get_tagged(key, limit).await?.map(|(bytes, _tag)| bytes))
    }

    /// What an object holds, of at most `limit` bytes, and its tag; none where there is none.
    pub(crate) async fn get_tagged(&self, key: &str, limit: usize) -> Result<Option<(Vec<u8>, String)>, Failure> {
        let call = self.client.sdk.get_object().bucket(&self.bucket).key(key);
        let answer = match call.set_expected_bucket_owner(self.owner.clone()).send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => return Ok(None),
            Err(error) => return Err(failure(&error, self.place())),
        };
        let tag = answer.e_tag.unwrap_or_default();
        let mut bytes = Vec::new();
        let mut body = answer.body;
        // Ends with the object, or at the limit.
        while let Some(part) = body.try_next().await.map_err(|error| Failure {
            class: FailureClass::Transient,
            code: "CutOff".to_owned(),
            message: chain(&error),
        })? {
            bytes.extend_from_slice(&part);
            if bytes.len() > limit {
                return Err(Failure {
                    class: FailureClass::Other,
                    code: "TooLong".to_owned(),
                    message: format!("the object has more than {limit} bytes"),
                });
            }
        }
        Ok(Some((bytes, tag)))
    }

    /// What is known of the object; none where there is none.
    pub(crate) async fn head(&self, key: &str) -> Result<Option<Kept>, Failure> {
        let call = self.client.sdk.head_object().bucket(&self.bucket).key(key);
        match call.set_expected_bucket_owner(self.owner.clone()).send().await {
            Ok(answer) => {
                let of = answer.metadata().and_then(|metadata| metadata.get(OF)).cloned();
                Ok(answer.e_tag.map(|tag| Kept { tag, of }))
            }
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => Ok(None),
            Err(error) => Err(failure(&error, self.place())),
        }
    }
}
