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
use crate::sinks::{Left, Run, Sink, SinkKind, deliver, keep};
use crate::suppress::day_of;

use super::baseline::Earlier;
use super::error::LambdaError;
use super::response::Response;
use super::work::Work;

/// Accounts that are judged as they come.
pub(super) struct Judging<'a> {
    work: &'a Work<'a>,
    judgement: Judgement<'a>,
    spilled: Option<io::Result<Spill<File>>>,
    sinks: &'a [Sink],
    is_part: bool,
    earlier: &'a Earlier,
    mended_by: Option<String>,
}

impl<'a> Judging<'a> {
    /// Nothing judged yet; it will be compared with `earlier`.
    pub(super) fn new(work: &'a Work<'a>, earlier: &'a Earlier) -> Self {
        Self { is_part: false, ..Self::of_part(work, earlier, Narrowing::default(), &work.settings.sinks) }
    }

    /// The same of a part: `asked` narrows what is told, `sinks` are those for a part.
    pub(super) fn of_part(work: &'a Work<'a>, earlier: &'a Earlier, asked: Narrowing, sinks: &'a [Sink]) -> Self {
        let mut judgement = Judgement::new(&work.settings.audit, asked, Listed::Open, day_of(work.began));
        if let Some(report) = &earlier.report {
            judgement = judgement.against(report);
        }
        let is_kept = want_the_inventory(sinks);
        let spilled = is_kept.then(|| tempfile::tempfile().map(Spill::new));
        Self { work, judgement, spilled, sinks, is_part: true, earlier, mended_by: None }
    }

    /// What is resolved was mended by noderole itself: the journal that tells of it.
    pub(super) fn mended_by(self, journal: Option<String>) -> Self {
        Self { mended_by: journal, ..self }
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
        let Self { work, judgement, spilled, sinks, is_part, earlier, mended_by } = self;
        let judged = judgement.end(run);
        let mut report = judged.report;
        report.notes.extend(judged.baseline_error.map(|error| error.to_string()));
        report.notes.extend(earlier.note.clone());
        for finding in report.findings.iter_mut().filter(|finding| finding.is_resolved()) {
            if let Some(previous) = &mut finding.previous {
                previous.journal.clone_from(&mended_by);
            }
        }
        let kept = spilled.map(|spilled| keep(&spilled, run));
        let delivery = Run {
            sdk: work.sdk,
            member: &work.settings.ask.member,
            inventory: kept.as_ref().map(|kept| kept.as_ref().map(NamedTempFile::path).map_err(Clone::clone)),
            within: work.invocation.time_to_send(work.spent()),
        };
        let left = Box::pin(deliver(&mut report, sinks, delivery, pin!(pending()))).await;
        let is_elsewhere = sinks.iter().any(|sink| sink.kind() == SinkKind::Cloudwatch);
        let lines = if is_part { Log::without_metrics(&report) } else { Log::new(&report, report.finished_at) };
        Ok(tell_report(&report, &lines, is_elsewhere.then_some(&left), log)?)
    }
}

/// Tells a report by its lines: all of them; of those that go to a log group of their own, what it did not take.
pub(super) fn tell_report(
    report: &Report,
    lines: &Log<'_>,
    left: Option<&Left>,
    log: &mut dyn Write,
) -> io::Result<Response> {
    for number in (0..lines.len()).filter(|number| left.is_none_or(|left| left.log_lines.contains(number))) {
        if let Some(line) = lines.line(number)? {
            writeln!(log, "{line}")?;
        }
    }
    log.flush()?;
    Ok(Response::of(report, report.findings.len()))
}
