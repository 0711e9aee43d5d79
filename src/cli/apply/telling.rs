//! What was changed, audited again and told to the sinks; what was refused as well. Nothing of this undoes or hides what was done.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};

use crate::cli::facts::interrupted;
use crate::cli::sinks::{LONGEST, Sinks};
use crate::collect::ask::{Accounts, Ask};
use crate::counted::counted;
use crate::ids::AccountId;
use crate::judging::outcomes::Outcomes;
use crate::judging::part::Part;
use crate::judging::{Desk, Ends};
use crate::remediate::apply::{Applied, Applying};
use crate::remediate::place;
use crate::report::Report;
use crate::report::model::Delivery;
use crate::sinks::settings::S3;
use crate::sinks::{Earlier, SinkKind};
use crate::suppress::day_of;

/// What is kept of [`LONGEST`] for sending, when accounts are read again.
const TO_SEND: Duration = Duration::from_mins(1);

/// What the sinks were told.
#[derive(Debug)]
pub(super) struct Telling {
    /// What went wrong.
    pub(super) notes: Vec<String>,
    /// Whether everything that was changed was audited again, and every sink took all of it.
    pub(super) is_whole: bool,
    resolved: usize,
    sinks: BTreeSet<SinkKind>,
}

impl Telling {
    fn new() -> Self {
        Self { notes: Vec::new(), is_whole: true, resolved: 0, sinks: BTreeSet::new() }
    }

    /// In a line; none where no sink was to be told.
    pub(super) fn told(&self) -> Option<String> {
        let names: Vec<&str> = self.sinks.iter().map(|kind| kind.as_str()).collect();
        let resolved = counted(self.resolved, "finding");
        (!names.is_empty()).then(|| format!("Told {}: {resolved} resolved", names.join(", ")))
    }

    fn add(&mut self, report: &Report) {
        self.resolved += report.findings.iter().filter(|finding| finding.is_resolved()).count();
        self.is_whole &= report.complete && report.deliveries.iter().all(Delivery::is_whole);
        self.sinks.extend(report.deliveries.iter().filter(|one| one.is_whole()).map(|delivery| delivery.sink));
        let failed = report.deliveries.iter().filter(|delivery| !delivery.is_clean());
        self.notes.extend(failed.map(|delivery| format!("the sink {}", delivery.told())));
    }
}

/// Audits again, where a sink is to be told, each account in which roles were changed, and tells every outcome. What it is
/// compared with is the latest report in `latest`. All of it is bounded by [`LONGEST`], a part of which is kept for the sinks.
pub(super) async fn tell(
    applied: &Applied,
    applying: &Applying<'_>,
    sinks: &Sinks,
    latest: Option<&S3>,
    run_id: &str,
) -> Telling {
    let mut telling = Telling::new();
    if sinks.list().is_empty() {
        return telling;
    }
    let sdk = applying.sdk;
    let began = sdk.now();
    let left = || LONGEST.saturating_sub(sdk.now().duration_since(began).unsigned_abs());
    let to_read = || left().saturating_sub(TO_SEND);
    let mut outcomes = Outcomes::of(applied);
    let changed = outcomes.changed();
    let earlier = if changed.is_empty() {
        Earlier::default()
    } else {
        let latest = pin!(Earlier::latest(latest, sdk, to_read()));
        match select(latest, pin!(interrupted())).await {
            Either::Left((earlier, _)) => earlier,
            Either::Right(_) => Earlier::unread("it was interrupted"),
        }
    };
    let desk = Desk { sdk, audit: applying.audit, member: sinks.member(), today: day_of(began) };
    for (account, aim) in changed {
        if to_read().is_zero() {
            telling.not_audited(outcomes.not_audited(&account));
            continue;
        }
        let part = Part {
            desk,
            account: &account,
            aim: &aim,
            ask: of_account(applying.ask, &account, to_read()),
            sinks: sinks.list(),
            earlier: &earlier,
            done: outcomes.done(&account),
        };
        // whoever ends the reading has it told what was read; a second time ends the sending
        let ends = Ends { within: &left, reading: pin!(interrupted()), sending: pin!(interrupted()) };
        match Box::pin(part.audit(&format!("{run_id}-{account}"), ends)).await {
            Ok(Some(audited)) => {
                let report = &audited.told.report;
                telling.add(report);
                telling.notes.extend(report.notes.iter().cloned());
                if !report.complete {
                    telling.notes.push(format!(
                        "account {account} could be read again in part only: a finding of which that is not known is not resolved"
                    ));
                }
                outcomes.told(&account);
            }
            Ok(None) => telling.not_audited(outcomes.not_audited(&account)),
            Err(error) => {
                let note = outcomes.not_audited(&account);
                telling.not_audited(format!("{note}: {}", place::told(&error)));
            }
        }
    }
    let mut interrupt = pin!(interrupted());
    let rest = outcomes.tell_the_rest(desk, sinks.list(), run_id, left(), interrupt.as_mut());
    if let Some(told) = Box::pin(rest).await {
        telling.add(&told.report);
    }
    telling
}

impl Telling {
    fn not_audited(&mut self, note: String) {
        self.is_whole = false;
        self.notes.push(note);
    }
}

/// How an account is read again.
fn of_account(ask: &Ask, account: &AccountId, within: Duration) -> Ask {
    Ask { accounts: Accounts::Listed(vec![account.clone()]), target: None, deadline: Some(within), ..ask.clone() }
}
