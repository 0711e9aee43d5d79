//! A bucket: objects that are put on condition, so that of two writers one hears of the other.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::aws::Sdk;
use crate::aws::send::{Body, Condition, NO_TAG, Object, Objects};
use crate::failure::Failure;
use crate::ids::Partition;
use crate::sinks::settings::S3;

use super::{Content, If, PlaceError};

/// How often an object is put while another request for it is on its way.
const MAX_TRIES: u32 = 5;

/// The pause between two such tries.
const PAUSE: Duration = Duration::from_millis(300);

/// A prefix of a bucket.
#[derive(Debug)]
pub(super) struct Bucket {
    objects: Objects,
    name: String,
    prefix: String,
}

impl Bucket {
    pub(super) fn new(sdk: &Sdk, partition: Partition, settings: &S3) -> Self {
        let outlet = sdk.journal_outlet(settings.region.as_ref(), partition);
        let owner = settings.expected_bucket_owner.as_ref();
        Self {
            objects: Objects::new(&outlet, &settings.bucket, owner, settings.kms_key.as_deref()),
            name: settings.bucket.clone(),
            prefix: settings.prefix.clone(),
        }
    }

    pub(super) fn url(&self, key: &str) -> String {
        format!("s3://{}/{}{key}", self.name, self.prefix)
    }

    pub(super) async fn get(&self, key: &str, limit: usize) -> Result<Option<Content>, PlaceError> {
        let got = self.objects.get_tagged(&self.key(key), limit).await;
        let got = got.map_err(|source| PlaceError::Bucket { doing: "read", at: self.url(key), source })?;
        Ok(got.map(|(bytes, tag)| Content { bytes, tag }))
    }

    /// Puts an object; the tag, or none where the condition does not hold. A request of ours that was answered too late and
    /// made again finds its own object: that is as good as the first.
    pub(super) async fn put(
        &self,
        key: &str,
        bytes: &[u8],
        condition: If<'_>,
        of: Timestamp,
    ) -> Result<Option<String>, PlaceError> {
        let failed = |source: Failure| PlaceError::Bucket { doing: "write", at: self.url(key), source };
        let mut tries = 1;
        let failure = loop {
            match self.objects.put_tagged(self.object(key, bytes, condition, of)).await {
                Ok(tag) => return Ok(Some(tag)),
                Err(failure) if failure.code == "ConditionalRequestConflict" && tries < MAX_TRIES => {
                    tokio::time::sleep(PAUSE).await;
                    tries += 1;
                }
                Err(failure) => break failure,
            }
        };
        match failure.code.as_str() {
            // an object that was deleted meanwhile is answered with NoSuchKey
            "PreconditionFailed" | "ConditionalRequestConflict" | "NoSuchKey" if condition != If::Always => {
                self.own(key, bytes).await
            }
            NO_TAG => self.own(key, bytes).await?.map(Some).ok_or_else(|| failed(failure)),
            _ => Err(failed(failure)),
        }
    }

    /// The tag of an object that has this content.
    async fn own(&self, key: &str, bytes: &[u8]) -> Result<Option<String>, PlaceError> {
        let there = self.get(key, usize::MAX).await?;
        Ok(there.filter(|there| there.bytes == bytes).map(|there| there.tag))
    }

    fn object<'a>(&self, key: &str, bytes: &[u8], condition: If<'_>, of: Timestamp) -> Object<'a> {
        Object {
            key: self.key(key),
            body: Body::Bytes(bytes.to_vec()),
            sha256: BASE64_STANDARD.encode(Sha256::digest(bytes)),
            condition: match condition {
                If::Always => Condition::None,
                If::Absent => Condition::Absent,
                If::Unchanged(tag) => Condition::Unchanged(tag.to_owned()),
            },
            of: of.to_string(),
        }
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }
}
