//! `noderole report`: a saved report in any format, against any baseline, and to any sink.

use crate::baseline::{self, Closed};
use crate::exit::Exit;

use super::args::{Global, ReportArgs, Saved};
use super::door_error::DoorError;
use super::saved::{self, Role};
use super::sinks::Sinks;
use super::{configuration, note, outputs, reports};

/// Tells a saved report.
pub(super) fn run(args: &ReportArgs, global: &Global) -> Result<Exit, DoorError> {
    let told = &args.told;
    let places = outputs::pair(&told.formats, &told.outputs, reports::default_format())?;
    saved::one_from_stdin(args.file == Saved::Stdin, told.baseline.as_ref())?;
    outputs::check(places.iter().map(|(_, destination)| destination), args.file.as_path())?;
    let sinks = Sinks::again(&args.sinks, || configuration::read(args.config.as_ref(), global))?;
    let mut report = saved::read(&args.file, Role::Report)?;
    if let Some(place) = &told.baseline {
        let baseline = saved::read(place, Role::Baseline)?;
        baseline::comparable(&report, &baseline)?;
        report = baseline::compare(report, Closed::Saved, &baseline);
        for text in baseline::notes(&report, &baseline) {
            note(&text);
        }
    }
    if told.fail_on_new && report.baseline.is_none() {
        return Err(DoorError::Usage {
            message: "--fail-on-new needs a baseline, and the report was compared with none".to_owned(),
            help: "add --baseline".to_owned(),
        });
    }
    let sent = reports::done(sinks.deliver(&mut report, None));
    let written = reports::write_all(&report, &places, None, global);
    Ok(reports::exit(&report, told.fail_on.severity(), told.fail_on_new).and(written).and(sent))
}
