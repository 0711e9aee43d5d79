//! A report that was told to the sinks, in the function's log and in its answer.

use std::io::{self, Write};

use crate::judging::Told;
use crate::report::Report;
use crate::sinks::cloudwatch::Log;
use crate::sinks::{Left, SinkKind};

use super::response::Response;
use super::work::Work;

/// What a report is about: only a whole run has metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    Whole,
    Part,
}

impl Work<'_> {
    /// Tells a report in the function's log, but for what the sink `cloudwatch` holds.
    pub(super) fn tell(&self, told: &Told, run: Run, log: &mut (dyn Write + Send)) -> io::Result<Response> {
        let Told { report, left } = told;
        let is_elsewhere = self.settings.sinks.iter().any(|sink| sink.kind() == SinkKind::Cloudwatch);
        let lines = match run {
            Run::Whole => Log::new(report, report.finished_at),
            Run::Part => Log::without_metrics(report),
        };
        tell_report(report, &lines, is_elsewhere.then_some(left), log)
    }
}

/// Tells a report by its lines: all of them; of those that go to a log group of their own, what it did not take. Those of what
/// came of roles are in the function's log already: they are written as soon as it is known, for alarms count them there.
pub(super) fn tell_report(
    report: &Report,
    lines: &Log<'_>,
    left: Option<&Left>,
    log: &mut dyn Write,
) -> io::Result<Response> {
    let is_here = |number: &usize| !lines.is_of_remediation(*number);
    let is_left = |number: &usize| left.is_none_or(|left| left.log_lines.contains(number));
    for number in (0..lines.len()).filter(is_here).filter(is_left) {
        if let Some(line) = lines.line(number)? {
            writeln!(log, "{line}")?;
        }
    }
    log.flush()?;
    Ok(Response::of(report, report.findings.len()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::sample;

    #[test]
    fn what_came_of_a_role_is_not_written_again_with_the_report() {
        let mut report = sample::report();
        report.remediations.push(sample::remediation(None));
        let lines = Log::without_metrics(&report);
        // as it is where the sink `cloudwatch` is not used, and where it took nothing
        let nothing = Left { log_lines: (0..lines.len()).collect::<BTreeSet<usize>>() };
        for left in [None, Some(&nothing)] {
            let mut log = Vec::new();
            tell_report(&report, &lines, left, &mut log).unwrap();
            let text = String::from_utf8(log).unwrap();
            assert_eq!(text.lines().count(), report.findings.len());
            assert!(!text.contains("journal_id"), "{text}");
        }
    }
}
