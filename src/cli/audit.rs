//! `noderole audit`: facts, judgement, reports, exit code.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::thread;

use jiff::civil::Date;

use crate::audit::Settings;
use crate::baseline;
use crate::exit::Exit;
use crate::inventory::{Inventory, InventoryError, Spill};
use crate::judgement::{Judged, Judgement};
use crate::report::narrow::{Absent, LookedUp, Narrowing};
use crate::report::{Listed, Report};
use crate::sinks::keep;
use crate::suppress::{State, day_of};

use super::args::{AuditArgs, FactsArgs, Given, Global, Saved};
use super::door_error::DoorError;
use super::outputs::{self, Destination};
use super::progress::Shown;
use super::reports::{self, done};
use super::saved::{self, Role};
use super::sinks::Sinks;
use super::{asked, configuration, note};

/// Audits.
pub(super) fn run(args: &AuditArgs, global: &Global) -> Result<Exit, DoorError> {
    let told = &args.told;
    let mut places = outputs::pair(&told.formats, &told.outputs, reports::default_format())?;
    let save = args.save_inventory.as_deref().map(Destination::of);
    let input = args.facts.inventory.as_ref().and_then(Given::as_path);
    outputs::check(places.iter().map(|(_, destination)| destination).chain(&save), input)?;
    let baseline = baseline(args)?;
    let config = configuration::read(args.facts.config.as_ref(), global)?;
    let sinks = Sinks::of(args, &config)?;
    let settings = settings(args, config.settings)?;
    let source = asked::source(&args.facts, &config.wanted)?;

    let asked = Narrowing {
        regions: args.facts.regions.clone(),
        clusters: args.facts.clusters.clone(),
        roles: args.facts.roles.clone(),
    };
    let listed = if args.include_passed { Listed::All } else { Listed::Open };
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let mut judgement = Judgement::new(&settings, asked, listed, today()).on_threads(threads);
    if let Some(baseline) = &baseline {
        judgement = judgement.against(baseline);
    }
    let is_kept = save.is_some() || sinks.want_the_inventory();
    let mut spilled = is_kept.then(|| tempfile::tempfile().map(Spill::new));
    let run = source.stream(Shown::new(args.facts.progress, global), &mut |mut accounts| {
        if let Some(Ok(spill)) = &mut spilled
            && let Err(error) = spill.add(&accounts)
        {
            spilled = Some(Err(error));
        }
        if args.facts.policies.no_scp {
            accounts.leave_out_service_control_policies();
        }
        judgement.take(accounts);
    })?;
    let kept = spilled.as_ref().filter(|_| sinks.want_the_inventory()).map(|spilled| keep(spilled, &run));
    let mut written = Exit::Clean;
    if let (Some(destination), Some(spilled)) = (&save, spilled) {
        written = written.and(done(destination.write(|sink| save_to(&spilled?, &run, sink))));
    }
    let mut judged = look_up(judgement.end(&run), &args.facts)?;
    if let Some(baseline) = &baseline {
        if let Some(error) = judged.baseline_error.take() {
            written = written.and(done(Err(error.into())));
            places = reports::beside(places, told.baseline.as_ref().and_then(Saved::as_path), save.as_ref());
        }
        for text in baseline::notes(&judged.report, baseline) {
            note(&text);
        }
    }
    written = written.and(done(sinks.deliver(&mut judged.report, kept.as_ref())));
    written = written.and(reports::write_all(&judged.report, &places, save.as_ref(), global));
    Ok(reports::exit(&judged.report, told.fail_on.severity(), told.fail_on_new).and(written))
}

/// The report to compare with, read before anything is asked of AWS.
fn baseline(args: &AuditArgs) -> Result<Option<Report>, DoorError> {
    let told = &args.told;
    saved::one_from_stdin(args.facts.inventory == Some(Given::Stdin), told.baseline.as_ref())?;
    if told.fail_on_new && told.baseline.is_none() {
        return Err(DoorError::Usage {
            message: "--fail-on-new needs a baseline".to_owned(),
            help: "add --baseline with an earlier report".to_owned(),
        });
    }
    told.baseline.as_ref().map(|place| saved::read(place, Role::Baseline)).transpose()
}

/// Tells what was asked for and is not there; an error where it surely is not.
pub(super) fn look_up(judged: Judged, args: &FactsArgs) -> Result<Judged, DoorError> {
    let LookedUp { absent, notes } = &judged.looked_up;
    // What could not be read may hold what was not found; else it was misspelt.
    let decided = args.demo || args.inventory.is_some() || absent.iter().any(Absent::is_certain) || judged.all_read;
    if decided && !absent.is_empty() {
        return Err(DoorError::Absent(judged.looked_up.absent));
    }
    for text in absent.iter().map(ToString::to_string).chain(notes.iter().cloned()) {
        note(&text);
    }
    let everything = args.rules.is_empty()
        && args.exclude_rules.is_empty()
        && args.regions.is_empty()
        && args.clusters.is_empty()
        && args.roles.is_empty();
    for text in judged.report.notes.iter().cloned().chain(suppression_notes(&judged.report, everything)) {
        note(&text);
    }
    Ok(judged)
}

/// Saves the facts.
fn save_to(spill: &Spill<File>, run: &Inventory, sink: &mut dyn Write) -> io::Result<()> {
    spill.save(run, sink).map_err(|error| match error {
        InventoryError::Io(source) => source,
        other @ (InventoryError::TooLarge { .. }
        | InventoryError::NotUtf8 { .. }
        | InventoryError::Json { .. }
        | InventoryError::Schema { .. }
        | InventoryError::Form { .. }) => io::Error::other(other),
    })
}

/// What is to be said about the suppressions: those that have expired and, where everything was judged, those that match
/// nothing.
fn suppression_notes(report: &Report, everything: bool) -> Vec<String> {
    let told = report.suppressions.iter().enumerate().filter_map(|(place, entry)| {
        let owner = entry.owner.as_ref().map(|owner| format!(", {owner}")).unwrap_or_default();
        let which = format!("suppression {} ({}{owner})", place + 1, entry.reason);
        match (entry.state, entry.expires) {
            (State::Expired, Some(day)) => {
                Some(format!("{which} has expired on {day}: {} findings count again", entry.matched))
            }
            (State::Unused, _) if everything => Some(format!("{which} matches nothing: remove it")),
            (State::Active | State::Expired | State::Unused, _) => None,
        }
    });
    told.collect()
}

/// The day (UTC) of this run.
#[expect(clippy::disallowed_methods, reason = "the door is where the clock comes in")]
pub(super) fn today() -> Date {
    day_of(jiff::Timestamp::now())
}

/// What is judged by: the configuration, with the rules that flags name.
fn settings(args: &AuditArgs, mut settings: Settings) -> Result<Settings, DoorError> {
    if !args.facts.rules.is_empty() {
        settings.rules = args.facts.rules.iter().copied().collect();
    }
    for rule in &args.facts.exclude_rules {
        settings.rules.remove(rule);
    }
    if settings.rules.is_empty() {
        return Err(DoorError::Usage {
            message: "no rule is left to judge by".to_owned(),
            help: "look at --rule, --exclude-rule and the configuration's [rules]; `noderole rules` lists all"
                .to_owned(),
        });
    }
    Ok(settings)
}
