//! Where a remediation keeps what must outlive it: journals, the locks of accounts, plans, and the history of findings; in a
//! folder or in a bucket.

mod bucket;
mod error;
mod folder;
mod journal;
mod lock;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use jiff::Timestamp;

use crate::aws::Sdk;
use crate::ids::Partition;
use crate::sinks::settings::S3;

use super::plan::{self, Plan};

pub use error::{PlaceError, told};
pub use journal::OpenJournal;
pub use lock::{Lock, LockError};

use bucket::Bucket;
use folder::Folder;

/// The largest history of one finding, in bytes.
const MAX_HISTORY: usize = 64 * 1024;

/// The longest name of a journal, plan or finding, in characters.
const MAX_NAME: usize = 128;

/// A folder or a bucket.
#[derive(Debug)]
pub struct Place {
    at: At,
}

#[derive(Debug)]
enum At {
    Folder(Folder),
    Bucket(Bucket),
}

/// What is kept under a key, and a tag that no other content of it has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    bytes: Vec<u8>,
    tag: String,
}

/// On which condition something is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum If<'a> {
    /// On none.
    Always,
    /// That nothing is there.
    Absent,
    /// That what is there bears this tag still.
    Unchanged(&'a str),
}

impl Place {
    /// A folder; it is made when it is first needed, for its owner alone.
    pub fn folder(path: PathBuf) -> Self {
        Self { at: At::Folder(Folder::new(path)) }
    }

    /// A prefix of a bucket: bucket, prefix, region, key and owner are those of the settings.
    pub fn bucket(sdk: &Sdk, partition: Partition, settings: &S3) -> Self {
        Self { at: At::Bucket(Bucket::new(sdk, partition, settings)) }
    }

    /// Keeps a plan under its id.
    ///
    /// # Errors
    /// [`PlaceError`]; a plan of that id that is there already among them.
    pub async fn keep_plan(&self, plan: &Plan) -> Result<(), PlaceError> {
        let key = format!("plans/{}.json", name("plan", &plan.plan_id)?);
        let bytes = serde_json::to_vec(plan).map_err(|error| self.io("write", &key, error.into()))?;
        let put = self.put(&key, &bytes, If::Absent, plan.created_at).await?;
        put.map(|_tag| ()).ok_or_else(|| PlaceError::Exists { at: self.told(&key) })
    }

    /// The plan of an id.
    ///
    /// # Errors
    /// [`PlaceError`]; that there is none among them.
    pub async fn plan(&self, id: &str) -> Result<Plan, PlaceError> {
        let key = format!("plans/{}.json", name("plan", id)?);
        let limit = usize::try_from(plan::MAX_BYTES).unwrap_or(usize::MAX);
        let content = self.get(&key, limit).await?;
        let content = content.ok_or_else(|| PlaceError::Missing { what: "plan", at: self.told(&key) })?;
        Plan::load(content.bytes.as_slice()).map_err(|source| PlaceError::Plan { at: self.told(&key), source })
    }

    /// What is kept of a finding; none where nothing is.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub async fn history(&self, finding: &str) -> Result<Option<Vec<u8>>, PlaceError> {
        let key = format!("history/{}.json", name("finding", finding)?);
        Ok(self.get(&key, MAX_HISTORY).await?.map(|content| content.bytes))
    }

    /// Keeps the history of a finding: JSON, in place of what was kept before.
    ///
    /// # Errors
    /// [`PlaceError`].
    pub async fn keep_history(&self, finding: &str, bytes: &[u8], now: Timestamp) -> Result<(), PlaceError> {
        let key = format!("history/{}.json", name("finding", finding)?);
        self.put(&key, bytes, If::Always, now).await.map(|_tag| ())
    }

    async fn get(&self, key: &str, limit: usize) -> Result<Option<Content>, PlaceError> {
        match &self.at {
            At::Folder(folder) => folder.get(key, limit).map_err(|error| self.io("read", key, error)),
            At::Bucket(bucket) => bucket.get(key, limit).await,
        }
    }

    /// The new tag; none where the condition did not hold.
    async fn put(
        &self,
        key: &str,
        bytes: &[u8],
        condition: If<'_>,
        of: Timestamp,
    ) -> Result<Option<String>, PlaceError> {
        match &self.at {
            At::Folder(folder) => folder.put(key, bytes, condition).map_err(|error| self.io("write", key, error)),
            At::Bucket(bucket) => bucket.put(key, bytes, condition, of).await,
        }
    }

    /// Where a key is, for people.
    fn told(&self, key: &str) -> String {
        match &self.at {
            At::Folder(folder) => folder.path(key).display().to_string(),
            At::Bucket(bucket) => bucket.url(key),
        }
    }

    fn io(&self, doing: &'static str, key: &str, source: std::io::Error) -> PlaceError {
        PlaceError::Io { doing, at: self.told(key), source }
    }
}

/// A name that can be that of a file and of an object, and of no other folder.
fn name<'a>(what: &'static str, text: &'a str) -> Result<&'a str, PlaceError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let fits = (1..=MAX_NAME).contains(&text.len()) && text.chars().all(legal) && !text.starts_with('.');
    if fits { Ok(text) } else { Err(PlaceError::Name { what, text: text.to_owned() }) }
}
