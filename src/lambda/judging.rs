//! Facts as they come → judgement, sinks, log lines, answer: the same for every trigger.

use std::fs::File;
use std::future::pending;
use std::io::{self, Write};
use std::pin::pin;

use tempfile::NamedTempFile;

use crate::inventory::{Inventory, Spill};
use crate::judgement::Judgement;
use crate::report::narrow::Narrowing;
use crate::report::{Listed, Report};
use crate::sinks::cloudwatch::Log;
use crate::sinks::settings::want_the_inventory;
use crate::sinks::{Left, Run, SinkKind, deliver, keep};
use crate::suppress::day_of;

use super::error::LambdaError;
use super::response::Response;
use super::work::Work;

/// Accounts that are judged as they come.
pub(super) struct Judging<'a> {
    work: &'a Work<'a>,
    judgement: Judgement<'a>,
    spilled: Option<io::Result<Spill<File>>>,
}

impl<'a> Judging<'a> {
    /// Nothing judged yet; `asked` narrows what is told.
    pub(super) fn new(work: &'a Work<'a>, asked: Narrowing) -> Self {
        let judgement = Judgement::new(&work.settings.audit, asked, Listed::Open, day_of(work.began));
        let is_kept = want_the_inventory(&work.settings.sinks);
        Self { work, judgement, spilled: is_kept.then(|| tempfile::tempfile().map(Spill::new)) }
    }

    /// Judges one account.
    pub(super) fn take(&mut self, account: Inventory) {
        if let Some(Ok(spill)) = &mut self.spilled
            && let Err(error) = spill.add(&account)
        {
            self.spilled = Some(Err(error));
        }
        self.judgement.take(account);
    }

    /// Tells what was judged; `run` is what is to be said of the run.
    ///
    /// # Errors
    /// [`LambdaError::Log`] where `log` could not be written. A sink that is down is told in the answer.
    pub(super) async fn tell(self, run: &Inventory, log: &mut (dyn Write + Send)) -> Result<Response, LambdaError> {
        let Self { work, judgement, spilled } = self;
        let mut report = judgement.end(run).report;
        let kept = spilled.map(|spilled| keep(&spilled, run));
        let delivery = Run {
            sdk: work.sdk,
            member: &work.settings.ask.member,
            inventory: kept.as_ref().map(|kept| kept.as_ref().map(NamedTempFile::path).map_err(Clone::clone)),
            within: work.invocation.time_to_send(work.spent()),
        };
        let left = Box::pin(deliver(&mut report, &work.settings.sinks, delivery, pin!(pending()))).await;
        let is_elsewhere = work.settings.sinks.iter().any(|sink| sink.kind() == SinkKind::Cloudwatch);
        Ok(tell_report(&report, is_elsewhere.then_some(&left), log)?)
    }
}

/// Tells a report: all its lines; of those that go to a log group of their own, what it did not take.
pub(super) fn tell_report(report: &Report, left: Option<&Left>, log: &mut dyn Write) -> io::Result<Response> {
    let lines = Log::new(report, report.finished_at);
    for number in (0..lines.len()).filter(|number| left.is_none_or(|left| left.log_lines.contains(number))) {
        if let Some(line) = lines.line(number)? {
            writeln!(log, "{line}")?;
        }
    }
    log.flush()?;
    Ok(Response::of(report, report.findings.len()))
}
