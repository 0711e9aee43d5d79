//! S3: `runs/RUN_ID/report.json`, `runs/RUN_ID/inventory.json` where that is wanted, and `latest/report.json`, which never
//! goes back to an older run.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::aws::send::{Body, Condition, Object, Objects};
use crate::failure::{Failure, FailureClass};
use crate::report::{self, Report};

use super::deliver::Run;
use super::receipt::Receipt;
use super::retry::{pause, unhurried};
use super::settings::S3;
use super::{SinkKind, plain_id};

/// The largest object that one request can put, in bytes: 5 GiB (S3 API reference, PutObject).
const MAX_OBJECT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// How often `latest/` is tried again after another run was faster.
const MAX_RACES: u32 = 8;

/// How much of a file is read at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// Where the report of a run is put.
pub(super) fn place(report: &Report, settings: &S3) -> String {
    format!("s3://{}/{}/report.json", settings.bucket, folder(report, settings))
}

/// What the keys of a run's objects begin with.
fn folder(report: &Report, settings: &S3) -> String {
    format!("{}runs/{}", settings.prefix, plain_id(&report.run_id))
}

/// Where the newest report is.
pub(crate) fn latest(settings: &S3) -> String {
    format!("{}latest/report.json", settings.prefix)
}

/// Puts the objects of a run.
pub(super) async fn send(report: &Report, settings: &S3, run: &Run<'_>, receipt: &Receipt) {
    receipt.offer(1 + usize::from(settings.inventory) + usize::from(settings.latest));
    let outlet = run.sdk.outlet(SinkKind::S3, settings.region.as_ref(), report.partition);
    let owner = settings.expected_bucket_owner.as_ref();
    let objects = Objects::new(&outlet, &settings.bucket, owner, settings.kms_key.as_deref());
    let folder = folder(report, settings);
    let of = report.finished_at.to_string();

    let mut text = Vec::new();
    if let Err(error) = report::json::write(report, &mut text) {
        receipt.failed("the report", &unreadable(&error));
        return;
    }
    let sha256 = BASE64_STANDARD.encode(Sha256::digest(&text));
    let report_at = |key: String, condition: Condition| Object {
        key,
        body: Body::Bytes(text.clone()),
        sha256: sha256.clone(),
        condition,
        of: of.clone(),
    };
    // The report before all else: it must not be lost with the inventory.
    let key = format!("{folder}/report.json");
    let put = async |key: &str, condition: Condition| {
        unhurried(&report.run_id, async || objects.put(report_at(key.to_owned(), condition.clone())).await).await
    };
    told(put(&key, Condition::None).await, &key, receipt);
    if settings.inventory {
        let key = format!("{folder}/inventory.json");
        let put = async || put_inventory(&objects, key.clone(), &of, run).await;
        told(unhurried(&report.run_id, put).await, &key, receipt);
    }
    if !settings.latest {
        return;
    }
    let key = latest(settings);
    let put = async |condition| put(&key, condition).await;
    told(put_latest(&objects, &key, report.finished_at, &report.run_id, put).await, &key, receipt);
}

/// Notes what became of an object.
fn told(put: Result<(), Failure>, key: &str, receipt: &Receipt) {
    match put {
        Ok(()) => receipt.delivered(1),
        Err(failure) => receipt.failed(key, &failure),
    }
}

/// Puts the inventory, from its file.
async fn put_inventory(objects: &Objects, key: String, of: &str, run: &Run<'_>) -> Result<(), Failure> {
    let path = match &run.inventory {
        Some(Ok(path)) => *path,
        Some(Err(failure)) => return Err(failure.clone()),
        None => return Err(unreadable(&io::Error::other("the inventory was not kept"))),
    };
    let (sha256, length) = digest(path).map_err(|error| unreadable(&error))?;
    if length > MAX_OBJECT_BYTES {
        return Err(Failure {
            class: FailureClass::Other,
            code: "TooLong".to_owned(),
            message: format!("the inventory has {length} bytes, and S3 takes {MAX_OBJECT_BYTES} in one request"),
        });
    }
    let object = Object { key, body: Body::File(path), sha256, condition: Condition::None, of: of.to_owned() };
    objects.put(object).await
}

/// The SHA-256 of a file in base64, and its length in bytes.
fn digest(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut length = 0;
    // Ends with the file.
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        hasher.update(chunk.get(..read).unwrap_or_default());
        length += read as u64;
    }
    Ok((BASE64_STANDARD.encode(hasher.finalize()), length))
}

/// Puts `latest/report.json`, unless a newer run's is there; where another run is faster, looks again.
async fn put_latest(
    objects: &Objects,
    key: &str,
    of: Timestamp,
    run_id: &str,
    put: impl AsyncFn(Condition) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut last = None;
    for race in 0..MAX_RACES {
        if race > 0 {
            tokio::time::sleep(pause(run_id, race.min(2))).await;
        }
        let condition = match unhurried(run_id, async || objects.head(key).await).await {
            Ok(None) => Condition::Absent,
            Ok(Some(kept)) if kept.is_newer_than(of) => return Ok(()),
            Ok(Some(kept)) => Condition::Unchanged(kept.tag),
            // Who may not list the bucket is denied what is not there.
            Err(failure) if failure.class == FailureClass::Denied => Condition::Absent,
            Err(failure) => return Err(failure),
        };
        match put(condition).await {
            Ok(()) => return Ok(()),
            Err(failure) if is_race(&failure) => last = Some(failure),
            Err(failure) => return Err(failure),
        }
    }
    Err(last.unwrap_or_else(|| unreadable(&io::Error::other("no attempt was made"))))
}

/// Whether another run has put the object meanwhile.
fn is_race(failure: &Failure) -> bool {
    // An object that was deleted meanwhile is answered with NoSuchKey.
    ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"].contains(&failure.code.as_str())
}

fn unreadable(error: &io::Error) -> Failure {
    Failure { class: FailureClass::Other, code: "NotSent".to_owned(), message: error.to_string() }
}

#[cfg(test)]
mod tests;
