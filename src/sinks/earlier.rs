//! The report that a run is compared with: the latest one in the bucket of the sink `s3`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::aws::Sdk;
use crate::aws::send::Objects;
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, Partition};
use crate::report::Report;
use crate::report::narrow::Narrowing;
use crate::report::saved;

use super::retry::unhurried;
use super::s3::latest;
use super::settings::S3;
use super::{Sink, SinkKind};

/// The largest report that is read, in bytes: some hundred thousand findings.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// An earlier report, as far as there is one.
#[derive(Debug, Default)]
pub struct Earlier {
    /// The report.
    pub report: Option<Report>,
    /// Why there is none, though there may be one.
    pub note: Option<String>,
}

impl Earlier {
    /// The latest report of the sink `s3`, if there is one. That it could not be read, or not `within` that time, hides nothing: it
    /// is noted, and everything counts as new.
    pub async fn latest(bucket: Option<&S3>, sdk: &Sdk, within: Duration) -> Self {
        let Some(settings) = bucket else { return Self::default() };
        let key = latest(settings);
        let objects = objects(settings, sdk);
        let get = unhurried(&key, async || objects.get(&key, MAX_BYTES).await);
        Self::read(tokio::time::timeout(within, get).await.unwrap_or_else(|_elapsed| Err(too_slow())), &key)
    }

    /// Nothing, though there may be a report: why, in words.
    pub(crate) fn unread(why: &str) -> Self {
        let note = format!("the earlier report could not be read, so that all findings are new: {why}");
        Self { report: None, note: Some(note) }
    }

    /// The report of an object's bytes; there may be no object.
    pub(crate) fn read(object: Result<Option<Vec<u8>>, Failure>, key: &str) -> Self {
        let read = object.and_then(|bytes| {
            bytes.map(|bytes| saved::load(bytes.as_slice()).map_err(|error| unusable(&error))).transpose()
        });
        match read {
            Ok(report) => Self { report, note: None },
            Err(failure) => {
                tracing::error!(%failure, key, "the earlier report could not be read");
                let note =
                    format!("the earlier report {key} could not be read, so that all findings are new: {failure}");
                Self { report: None, note: Some(note) }
            }
        }
    }

    /// The part of it that is about what a run over a part asks for, in one account.
    #[must_use]
    pub fn of_part(&self, account: &AccountId, asked: &Narrowing) -> Self {
        let report = self.report.as_ref().map(|whole| {
            let wanted = whole.findings.iter().filter(|one| one.account == *account && asked.wants_reported(one));
            let entries = whole.coverage.iter().filter(|entry| entry.account == *account);
            // What was not compared then is for the whole run to tell.
            Report {
                findings: wanted.cloned().collect(),
                coverage: entries.cloned().collect(),
                ..without_findings(whole)
            }
        });
        Self { report, note: self.note.clone() }
    }
}

/// The bucket of the sink `s3`.
pub fn bucket(sinks: &[Sink]) -> Option<&S3> {
    sinks.iter().find_map(|sink| match sink {
        Sink::S3(settings) => Some(settings),
        Sink::Cloudwatch(_) | Sink::Eventbridge(_) | Sink::SecurityHub(_) | Sink::Sns(_) => None,
    })
}

/// The objects in it.
pub(crate) fn objects(settings: &S3, sdk: &Sdk) -> Objects {
    let outlet = sdk.outlet(SinkKind::S3, settings.region.as_ref(), Partition::Aws);
    let owner = settings.expected_bucket_owner.as_ref();
    Objects::new(&outlet, &settings.bucket, owner, settings.kms_key.as_deref())
}

/// What a report says of its run alone: the rest may be large, and is not copied.
fn without_findings(whole: &Report) -> Report {
    Report {
        schema: whole.schema.clone(),
        run_id: whole.run_id.clone(),
        tool_version: whole.tool_version.clone(),
        started_at: whole.started_at,
        finished_at: whole.finished_at,
        partition: whole.partition,
        complete: whole.complete,
        coverage: Vec::new(),
        summary: whole.summary.clone(),
        suppressions: whole.suppressions.clone(),
        notes: whole.notes.clone(),
        scope: whole.scope.clone(),
        account_names: BTreeMap::new(),
        baseline: None,
        trend: Vec::new(),
        deliveries: Vec::new(),
        remediations: Vec::new(),
        findings: Vec::new(),
    }
}

fn too_slow() -> Failure {
    Failure {
        class: FailureClass::NotReached,
        code: "TimeUp".to_owned(),
        message: "the time for reading it was over".to_owned(),
    }
}

fn unusable(error: &saved::SavedError) -> Failure {
    Failure { class: FailureClass::Malformed, code: "NoReport".to_owned(), message: error.to_string() }
}
