//! What the steps of a run leave for each other: objects under `runs/RUN_ID/` in the bucket of the sink `s3`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::aws::Sdk;
use crate::aws::send::{Body, Condition, Object, Objects};
use crate::collect::scope::{Manifest, ManifestError};
use crate::failure::Failure;
use crate::ids::AccountId;
use crate::inventory::{self, Inventory};
use crate::lambda::error::LambdaError;
use crate::lambda::event::FanOutRun;
use crate::sinks::{Earlier, Sink, bucket, latest, objects};

/// The largest object that is read, in bytes: an account of ten thousand roles has some 40 MB of facts, a list of ten
/// thousand accounts some 3 MB.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// What is kept in the place of an earlier report where there was none.
const NONE_BEFORE: &[u8] = b"null";

/// The folder of a run.
#[derive(Debug)]
pub(in crate::lambda) struct Folder {
    objects: Objects,
    run: FanOutRun,
    path: String,
    /// The key of the latest report of all runs.
    latest: String,
}

impl Folder {
    /// The folder of a run, in the bucket of the sink `s3`.
    ///
    /// # Errors
    /// [`LambdaError::NoBucket`] where that sink is not used.
    pub(in crate::lambda) fn of(run: &FanOutRun, sinks: &[Sink], sdk: &Sdk) -> Result<Self, LambdaError> {
        let settings = bucket(sinks).ok_or(LambdaError::NoBucket)?;
        let path = format!("{}runs/{run}", settings.prefix);
        Ok(Self { objects: objects(settings, sdk), run: run.clone(), path, latest: latest(settings) })
    }

    /// The list of accounts; none where no step has written it.
    pub(super) async fn manifest_if_any(&self) -> Result<Option<Manifest>, LambdaError> {
        let key = format!("{}/manifest.json", self.path);
        let Some(text) = self.get(&key).await? else { return Ok(None) };
        let wrong = |source: ManifestError| LambdaError::Manifest { key: key.clone(), source };
        let manifest = Manifest::read(&String::from_utf8_lossy(&text)).map_err(wrong)?;
        if manifest.run_id != self.run.as_str() {
            return Err(LambdaError::UnknownRun(self.run.clone()));
        }
        Ok(Some(manifest))
    }

    /// The list of accounts.
    ///
    /// # Errors
    /// [`LambdaError::UnknownRun`] where no step has written it.
    pub(super) async fn manifest(&self) -> Result<Manifest, LambdaError> {
        self.manifest_if_any().await?.ok_or_else(|| LambdaError::UnknownRun(self.run.clone()))
    }

    pub(in crate::lambda) async fn put_manifest(&self, manifest: &Manifest) -> Result<(), LambdaError> {
        self.put(format!("{}/manifest.json", self.path), json(manifest)?).await
    }

    /// Writes the ids down, for a step function's map; its key.
    pub(in crate::lambda) async fn put_ids(&self, ids: &[&AccountId]) -> Result<String, LambdaError> {
        let key = format!("{}/accounts.json", self.path);
        self.put(key.clone(), json(&ids)?).await?;
        Ok(key)
    }

    pub(super) async fn put_facts(&self, account: &AccountId, facts: &Inventory) -> Result<(), LambdaError> {
        let mut text = Vec::new();
        inventory::save(facts, &mut text)
            .map_err(|source| LambdaError::Facts { key: self.facts_at(account), source })?;
        self.put(self.facts_at(account), text).await
    }

    /// The facts of an account; none where no step has written them.
    ///
    /// # Errors
    /// [`LambdaError::Facts`] where they are none, or another account's.
    pub(super) async fn facts(&self, account: &AccountId) -> Result<Option<Inventory>, LambdaError> {
        let key = self.facts_at(account);
        let Some(text) = self.get(&key).await? else { return Ok(None) };
        let facts =
            inventory::load(text.as_slice()).map_err(|source| LambdaError::Facts { key: key.clone(), source })?;
        match facts.accounts.as_slice() {
            [only] if only.id == *account && facts.run_id == self.run.as_str() => Ok(Some(facts)),
            _ => Err(LambdaError::OtherFacts(key)),
        }
    }

    /// The report that the run is compared with: the latest one when that was asked for first. By the next attempt the run's
    /// own report may stand there.
    pub(in crate::lambda) async fn earlier(&self) -> Result<Earlier, LambdaError> {
        let own = format!("{}/baseline.json", self.path);
        if let Some(kept) = self.get(&own).await? {
            return Ok(Earlier::read(Ok(Some(kept).filter(|kept| kept != NONE_BEFORE)), &own));
        }
        let found = self.objects.get(&self.latest, MAX_BYTES).await;
        if let Ok(found) = &found {
            self.put(own, found.clone().unwrap_or_else(|| NONE_BEFORE.to_vec())).await?;
        }
        Ok(Earlier::read(found, &self.latest))
    }

    fn facts_at(&self, account: &AccountId) -> String {
        format!("{}/facts/{account}.json", self.path)
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, LambdaError> {
        self.objects.get(key, MAX_BYTES).await.map_err(|source| stored(key, source))
    }

    async fn put(&self, key: String, text: Vec<u8>) -> Result<(), LambdaError> {
        let sha256 = BASE64_STANDARD.encode(Sha256::digest(&text));
        let body = Body::Bytes(text);
        let of = self.run.to_string();
        let object = Object { key: key.clone(), body, sha256, condition: Condition::None, of };
        self.objects.put(object).await.map_err(|source| stored(&key, source))
    }
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, LambdaError> {
    serde_json::to_vec(value).map_err(|error| LambdaError::Log(error.into()))
}

fn stored(key: &str, source: Failure) -> LambdaError {
    LambdaError::RunNotStored { key: key.to_owned(), source }
}
