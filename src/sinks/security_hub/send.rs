//! Findings to Security Hub: accounts side by side, in each its regions, in each one request after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::aws::send::{Hub, Hubs};
use crate::collect::member::MemberRole;
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, Region};
use crate::report::Report;
use crate::report::asff::limits::FINDING_BYTES;
use crate::report::asff::{AsffFinding, Filing, of_finding};
use crate::report::model::ReportedFinding;
use crate::sinks::Run;
use crate::sinks::batches::{BatchLimit, Batches, Piece};
use crate::sinks::receipt::Receipt;
use crate::sinks::retry::unhurried;
use crate::sinks::rounds::{Takes, in_rounds};
use crate::sinks::settings::{FileUnder, SecurityHub};

use super::lanes::{Caller, imported, lanes};

/// Findings in a request at most.
/// <https://docs.aws.amazon.com/securityhub/latest/partnerguide/guidelines-batchimportfindings.html>
const MAX_FINDINGS: usize = 100;

/// Bytes of findings in a request at most. Security Hub takes 6 MB (same page).
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Accounts that are imported to side by side.
const ACCOUNTS_AT_ONCE: usize = 8;

/// The time from one request to the next in an account and region. Security Hub takes 10 a second, 30 for a moment (same page).
const BETWEEN: Duration = Duration::from_millis(125);

/// Security Hub of one account and region, at its pace.
struct Paced {
    hub: Hub,
    /// When the next request may start.
    next: Mutex<Option<Instant>>,
}

impl Takes<AsffFinding> for Paced {
    async fn take(&self, batch: &[AsffFinding]) -> Result<Vec<Option<Failure>>, Failure> {
        let mut next = self.next.lock().await;
        if let Some(at) = *next {
            tokio::time::sleep_until(at).await;
        }
        *next = Some(Instant::now() + BETWEEN);
        self.hub.import(batch).await
    }
}

/// Imports the findings of a run.
pub(in crate::sinks) async fn send(report: &Report, settings: &SecurityHub, run: &Run<'_>, receipt: &Receipt) {
    let findings = imported(report);
    receipt.offer(findings.len());
    if findings.is_empty() {
        return;
    }
    let role = MemberRole {
        name: settings.role_name.clone().unwrap_or_else(|| run.member.name.clone()),
        external_id: run.member.external_id.clone(),
    };
    let hubs = match Hubs::new(run.sdk, report.partition, role, &report.run_id).await {
        Ok(hubs) => hubs,
        Err(error) => {
            let failure =
                Failure { class: FailureClass::Other, code: "NotSent".to_owned(), message: error.to_string() };
            receipt.failed("everything", &failure);
            return;
        }
    };
    let caller = Caller { account: hubs.caller().clone(), region: hubs.region().clone() };
    let importing = lanes(findings, settings, &caller)
        .into_iter()
        .map(|(account, regions)| Box::pin(of_account(report, settings, &hubs, account, regions, receipt)));
    stream::iter(importing).for_each_concurrent(ACCOUNTS_AT_ONCE, |importing| importing).await;
}

/// Imports to one account.
async fn of_account(
    report: &Report,
    settings: &SecurityHub,
    hubs: &Hubs<'_>,
    account: AccountId,
    regions: BTreeMap<Region, Vec<&ReportedFinding>>,
    receipt: &Receipt,
) {
    let entered = match unhurried(&report.run_id, async || hubs.enter(&account).await).await {
        Ok(entered) => entered,
        Err(failure) => {
            let number: usize = regions.values().map(Vec::len).sum();
            receipt.failed(format!("account {account}: its {number} findings"), &failure);
            return;
        }
    };
    let importing = regions.into_iter().map(|(region, findings)| {
        let hub = Paced { hub: entered.hub(&region), next: Mutex::new(None) };
        let filing = Filing {
            product_arn: settings.product_arn.clone(),
            region: Some(region.clone()),
            account: match settings.file_under {
                FileUnder::Finding => None,
                FileUnder::Auditor => Some(account.clone()),
            },
        };
        let place = format!("account {account}, region {region}");
        Box::pin(async move { of_region(report, &filing, &hub, &findings, &place, receipt).await })
    });
    join_all(importing).await;
}

/// Imports to one region of an account. What keeps all findings out is told once, with their number.
async fn of_region(
    report: &Report,
    filing: &Filing,
    hub: &Paced,
    findings: &[&ReportedFinding],
    place: &str,
    receipt: &Receipt,
) {
    let all = findings.iter().filter_map(|finding| {
        let finding = of_finding(report, finding, filing);
        let bytes = bytes(&finding);
        if bytes > FINDING_BYTES {
            receipt.failed(format!("{place}: {}", finding.id), &too_large(bytes));
            return None;
        }
        Some((finding, bytes))
    });
    let limit = BatchLimit { items: MAX_FINDINGS, bytes: MAX_BYTES };
    let mut waiting = findings.len();
    for piece in Batches::new(all, limit, |(_, bytes)| *bytes) {
        let batch = match piece {
            Piece::Batch(batch) => batch,
            // One finding is always less than a request.
            Piece::Oversize(finding) => vec![finding],
        };
        waiting = waiting.saturating_sub(batch.len());
        let batch = batch.into_iter().map(|(finding, _)| finding).collect();
        let remainder = in_rounds(hub, batch, &report.run_id, receipt).await;
        if let Some(failure) = &remainder.refused {
            let number = waiting + remainder.things.len();
            receipt.failed(format!("{place}: {number} findings"), failure);
            return;
        }
        for (finding, failure) in &remainder.things {
            receipt.failed(format!("{place}: {}", finding.id), failure);
        }
    }
}

/// The size of a finding as it is sent.
fn bytes(finding: &AsffFinding) -> usize {
    // Plain structs and maps by text always have a JSON form.
    serde_json::to_vec(finding).map_or(usize::MAX, |text| text.len())
}

fn too_large(bytes: usize) -> Failure {
    Failure {
        class: FailureClass::Other,
        code: "TooLarge".to_owned(),
        message: format!("the finding has {bytes} bytes, Security Hub takes {FINDING_BYTES}"),
    }
}

#[cfg(test)]
mod tests;
