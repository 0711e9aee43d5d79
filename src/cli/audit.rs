//! `noderole audit`: facts, judgement, reports, exit code.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};

use jiff::civil::Date;

use crate::audit::Settings;
use crate::collect::ask::Accounts;
use crate::config::Wanted;
use crate::exit::Exit;
use crate::ids::AccountId;
use crate::inventory::{Inventory, InventoryError, Spill, Target};
use crate::judgement::{Judged, Judgement};
use crate::report::narrow::{Absent, LookedUp, Narrowing};
use crate::report::table::Look;
use crate::report::{self, Listed, Report};
use crate::suppress::{State, day_of};

use super::args::{AuditArgs, Global, ReportFormat};
use super::door_error::DoorError;
use super::facts::{self, Source};
use super::outputs::{self, Destination};
use super::progress::Shown;
use super::{configuration, note, tell, terminal};

/// Audits.
pub(super) fn run(args: &AuditArgs, global: &Global) -> Result<Exit, DoorError> {
    let default = if terminal::stdout_is_terminal() { ReportFormat::Table } else { ReportFormat::Json };
    let reports = outputs::pair(&args.formats, &args.outputs, default)?;
    let save = args.save_inventory.as_deref().map(Destination::of);
    outputs::check(reports.iter().map(|(_, destination)| destination).chain(&save), args.inventory.as_ref())?;
    let config = configuration::read(args.config.as_ref(), global)?;
    let settings = settings(args, config.settings)?;
    let source = source(args, &config.wanted)?;

    let asked = Narrowing { regions: args.regions.clone(), clusters: args.clusters.clone(), roles: args.roles.clone() };
    let listed = if args.include_passed { Listed::All } else { Listed::Open };
    let mut judgement = Judgement::new(&settings, asked, listed, today());
    let mut spilled = save.as_ref().map(|_| tempfile::tempfile().map(Spill::new));
    let run = source.stream(Shown::new(args.progress, global), &mut |mut accounts| {
        if let Some(Ok(spill)) = &mut spilled
            && let Err(error) = spill.add(&accounts)
        {
            spilled = Some(Err(error));
        }
        if args.policies.no_scp {
            accounts.leave_out_service_control_policies();
        }
        judgement.take(accounts);
    })?;
    let mut written = Exit::Clean;
    if let (Some(destination), Some(spilled)) = (&save, spilled) {
        written = written.and(done(destination.write(|sink| save_to(&spilled?, &run, sink))));
    }
    let judged = look_up(judgement.end(&run), args)?;
    written = written.and(write_all(&judged, &reports, save.as_ref(), global));
    let exit = Exit::of(&judged.report, args.fail_on.severity());
    if !judged.report.complete {
        let why = if exit == Exit::Incomplete { "" } else { "besides the findings, " };
        note(&format!("{why}part of what was asked for could not be audited: the coverage in the report names it"));
    }
    Ok(exit.and(written))
}

/// Writes the reports. If none could be written, the first goes to standard output, unless something else did: the run must
/// not be lost.
fn write_all(told: &Judged, reports: &[outputs::Report], save: Option<&Destination>, global: &Global) -> Exit {
    let mut written = Exit::Clean;
    let mut lost = true;
    for (format, destination) in reports {
        let look = match destination {
            Destination::Stdout => terminal::look(global.color),
            Destination::File(_) => terminal::look_in_file(global.color),
        };
        let exit = done(destination.write(|sink| write(told, *format, look, sink)));
        lost &= exit != Exit::Clean;
        written = written.and(exit);
    }
    let free = |destination: &Destination| *destination != Destination::Stdout;
    if lost
        && let Some((format, _)) = reports.first()
        && reports.iter().map(|(_, destination)| destination).chain(save).all(free)
    {
        note("the report goes to standard output instead");
        let look = terminal::look(global.color);
        written = written.and(done(Destination::Stdout.write(|sink| write(told, *format, look, sink))));
    }
    written
}

/// Tells what was asked for and is not there; an error where it surely is not.
fn look_up(judged: Judged, args: &AuditArgs) -> Result<Judged, DoorError> {
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

/// Writes a report in a format.
fn write(told: &Judged, format: ReportFormat, look: Look, sink: &mut dyn Write) -> io::Result<()> {
    match format {
        ReportFormat::Table => report::table::write(&told.report, &told.names, look, sink),
        ReportFormat::Json => report::json::write(&told.report, sink),
        ReportFormat::Jsonl => report::jsonl::write(&told.report, sink),
        ReportFormat::Markdown => report::markdown::write(&told.report, sink),
        ReportFormat::Html => report::html::write(&told.report, &told.names, sink),
    }
}

/// Saves the facts.
fn save_to(spill: &Spill<File>, run: &Inventory, sink: &mut dyn Write) -> io::Result<()> {
    spill.save(run, sink).map_err(|error| match error {
        InventoryError::Io(source) => source,
        other @ (InventoryError::Json { .. } | InventoryError::Schema { .. } | InventoryError::Form { .. }) => {
            io::Error::other(other)
        }
    })
}

/// Tells an output that could not be written; the others are still to come.
fn done(written: Result<(), DoorError>) -> Exit {
    match written {
        Ok(()) => Exit::Clean,
        Err(error) => {
            tell(&error);
            Exit::Wrong
        }
    }
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
fn today() -> Date {
    day_of(jiff::Timestamp::now())
}

/// What is judged by: the configuration, with the rules that flags name.
fn settings(args: &AuditArgs, mut settings: Settings) -> Result<Settings, DoorError> {
    if !args.rules.is_empty() {
        settings.rules = args.rules.iter().copied().collect();
    }
    for rule in &args.exclude_rules {
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

/// Where the facts come from.
fn source<'a>(args: &'a AuditArgs, wanted: &Wanted) -> Result<Source<'a>, DoorError> {
    if args.demo {
        return Ok(Source::Demo);
    }
    if let Some(input) = &args.inventory {
        return Ok(Source::Saved(input));
    }
    let mut ask = facts::ask(accounts(args, wanted)?, &args.member, &args.regions, wanted)?;
    ask.service_control_policies &= !args.policies.no_scp;
    if !args.clusters.is_empty() || !args.roles.is_empty() {
        ask.target = Some(Target {
            clusters: args.clusters.clone(),
            roles: args.roles.iter().map(ToString::to_string).collect(),
        });
    }
    if let Some(limit) = args.max_in_flight {
        ask.max_in_flight = usize::from(limit);
    }
    Ok(Source::Aws(Box::new(ask)))
}

/// The accounts to ask; without a source flag those of the roles that are named, else those of the configuration, else the
/// caller's own.
fn accounts(args: &AuditArgs, wanted: &Wanted) -> Result<Accounts, DoorError> {
    let of_roles: BTreeSet<AccountId> = args.roles.iter().map(|role| role.account().clone()).collect();
    let unnamed = args.accounts.is_empty() && of_roles.is_empty();
    if args.organization || (unnamed && wanted.organization == Some(true)) {
        return Ok(Accounts::Organization {
            units: Wanted::list(args.units.clone(), &wanted.units),
            exclude_accounts: Wanted::list(args.exclude_accounts.clone(), &wanted.exclude_accounts),
            exclude_units: Wanted::list(args.exclude_units.clone(), &wanted.exclude_units),
        });
    }
    if args.accounts.is_empty() {
        let listed = if unnamed { wanted.ids.clone() } else { of_roles.into_iter().collect() };
        return Ok(if listed.is_empty() { Accounts::Own } else { Accounts::Listed(listed) });
    }
    if let Some(other) = of_roles.iter().find(|account| !args.accounts.contains(account)) {
        return Err(DoorError::Usage {
            message: format!("--role names a role of account {other}, which no --account names"),
            help: format!("add --account {other}, or leave --account out: the roles' accounts are audited then"),
        });
    }
    Ok(Accounts::Listed(args.accounts.clone()))
}
