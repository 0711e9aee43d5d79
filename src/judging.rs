//! Facts as they come → judgement, report, sinks: the same for every trigger of the function, and for what `noderole apply` and
//! `undo` have changed.

pub mod outcomes;
pub mod part;

use std::fmt;
use std::fs::File;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use jiff::civil::Date;
use tempfile::NamedTempFile;

use crate::audit::Settings;
use crate::aws::Sdk;
use crate::collect::member::MemberRole;
use crate::inventory::{Inventory, Spill};
use crate::judgement::Judgement;
use crate::remediate::journal::Outcome;
use crate::report::model::{ReportedFinding, ReportedRemediation};
use crate::report::narrow::Narrowing;
use crate::report::{Listed, Report};
use crate::sinks::settings::want_the_inventory;
use crate::sinks::{Earlier, Left, Run, Sink, deliver, keep};

/// What is judged and told with.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// AWS, as the caller.
    pub sdk: &'a Sdk,
    /// What is judged by.
    pub audit: &'a Settings,
    /// The member role: for what must be sent from within other accounts.
    pub member: &'a MemberRole,
    /// The day (UTC) on which suppressions hold.
    pub today: Date,
}

/// What noderole itself did before, if it did anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// The journal that tells of it: what is resolved now was mended by that.
    pub journal: Option<String>,
    /// What came of each role.
    pub remediations: Vec<ReportedRemediation>,
}

impl Done {
    /// Whether it may have mended a finding that is resolved: a role was changed that it is about, or that was changed for it.
    fn mended(&self, finding: &ReportedFinding) -> bool {
        let applied = self.remediations.iter().filter(|came| came.outcome == Some(Outcome::Applied));
        let for_it = |came: &ReportedRemediation| {
            came.findings.contains(&finding.id) || finding.role_arn.as_deref() == Some(came.role.as_str())
        };
        applied.into_iter().any(for_it)
    }
}

/// Accounts that are judged as they come.
#[derive(Debug)]
pub struct Judging<'a> {
    desk: Desk<'a>,
    judgement: Judgement<'a>,
    spilled: Option<io::Result<Spill<File>>>,
    sinks: &'a [Sink],
    earlier: &'a Earlier,
    done: Done,
}

/// When reading and sending end, if they do not end by themselves.
pub struct Ends<'a> {
    /// The longest that sending may take, asked for when it begins.
    pub within: &'a (dyn Fn() -> Duration + Send + Sync),
    /// Ends the reading: what was not reached by then stands in the coverage.
    pub reading: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
    /// Ends the sending: what was not sent by then stands in the report.
    pub sending: Pin<&'a mut (dyn Future<Output = ()> + Send)>,
}

impl fmt::Debug for Ends<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ends").finish_non_exhaustive()
    }
}

/// A report that was told to the sinks.
#[derive(Debug)]
pub struct Told {
    /// The report, with what became of each sink.
    pub report: Report,
    /// What no sink holds that should.
    pub left: Left,
}

impl<'a> Judging<'a> {
    /// Nothing judged yet: it will be compared with `earlier` and told to `sinks`; `asked` narrows what is told.
    pub fn new(desk: Desk<'a>, earlier: &'a Earlier, asked: Narrowing, sinks: &'a [Sink]) -> Self {
        let mut judgement = Judgement::new(desk.audit, asked, Listed::Open, desk.today);
        if let Some(report) = &earlier.report {
            judgement = judgement.against(report);
        }
        let is_kept = want_the_inventory(sinks);
        let spilled = is_kept.then(|| tempfile::tempfile().map(Spill::new));
        Self { desk, judgement, spilled, sinks, earlier, done: Done::default() }
    }

    /// The same, after something was done.
    #[must_use]
    pub fn after(self, done: Done) -> Self {
        Self { done, ..self }
    }

    /// Judges one account.
    pub fn take(&mut self, account: Inventory) {
        if let Some(Ok(spill)) = &mut self.spilled
            && let Err(error) = spill.add(&account)
        {
            self.spilled = Some(Err(error));
        }
        self.judgement.take(account);
    }

    /// Tells the sinks what was judged; `run` is what is to be said of the run. A sink that is down is told in the report.
    pub async fn tell(self, run: &Inventory, ends: Ends<'_>) -> Told {
        let Self { desk, judgement, spilled, sinks, earlier, done } = self;
        let judged = judgement.end(run);
        let mut report = judged.report;
        report.notes.extend(judged.baseline_error.map(|error| error.to_string()));
        report.notes.extend(earlier.note.clone());
        for finding in report.findings.iter_mut().filter(|finding| finding.is_resolved() && done.mended(finding)) {
            if let Some(previous) = &mut finding.previous {
                previous.journal.clone_from(&done.journal);
            }
        }
        report.remediations = done.remediations;
        let kept = spilled.map(|spilled| keep(&spilled, run));
        let delivery = Run {
            sdk: desk.sdk,
            member: desk.member,
            inventory: kept.as_ref().map(|kept| kept.as_ref().map(NamedTempFile::path).map_err(Clone::clone)),
            within: (ends.within)(),
        };
        let left = Box::pin(deliver(&mut report, sinks, delivery, ends.sending)).await;
        Told { report, left }
    }
}
