//! `noderole audit`: facts, judgement, reports, exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use jiff::civil::Date;

use crate::audit::{Settings, audit};
use crate::collect::ask::Accounts;
use crate::config::Wanted;
use crate::exit::Exit;
use crate::ids::AccountId;
use crate::inventory::{self, Inventory, InventoryError, Target};
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

    let inventory = source.read(Shown::new(args.progress, global))?;
    let asked = Narrowing { regions: args.regions.clone(), clusters: args.clusters.clone(), roles: args.roles.clone() };
    let mut written = Exit::Clean;
    if let Some(destination) = &save {
        written = written.and(done(destination.write(|sink| save_to(&inventory, sink))));
    }
    let report = judge(inventory, asked, &settings, args)?;
    written = written.and(write_all(&report, &reports, save.as_ref(), global));
    let exit = Exit::of(&report.report, args.fail_on.severity());
    if !report.report.complete {
        let why = if exit == Exit::Incomplete { "" } else { "besides the findings, " };
        note(&format!("{why}part of what was asked for could not be audited: the coverage in the report names it"));
    }
    Ok(exit.and(written))
}

/// Writes the reports. If none could be written, the first goes to standard output, unless something else did: the run must
/// not be lost.
fn write_all(told: &Told, reports: &[outputs::Report], save: Option<&Destination>, global: &Global) -> Exit {
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

/// A report and the names of its accounts.
struct Told {
    /// The report.
    report: Report,
    /// The accounts' names, where they are known.
    names: BTreeMap<AccountId, String>,
}

/// Judges the facts and narrows what is told to what was asked for.
fn judge(inventory: Inventory, asked: Narrowing, settings: &Settings, args: &AuditArgs) -> Result<Told, DoorError> {
    let mut findings = audit(&inventory, settings);
    let today = today();
    // Before anything is narrowed: what is matched elsewhere is not unused.
    let tally = settings.suppressions.apply_to_all(&inventory, &mut findings, today);
    let LookedUp { absent, notes } = asked.look_up(&inventory);
    // What could not be read may hold what was not found; else it was misspelt.
    let decided = args.demo
        || args.inventory.is_some()
        || absent.iter().any(Absent::is_certain)
        || report::coverage::complete(&report::coverage::of(&inventory));
    if decided && !absent.is_empty() {
        return Err(DoorError::Absent(absent));
    }
    for text in absent.iter().map(ToString::to_string).chain(notes) {
        note(&text);
    }
    let asked = asked.or_target_of(&inventory);
    let (inventory, findings) = asked.apply(inventory, findings);
    let listed = if args.include_passed { Listed::All } else { Listed::Open };
    let report =
        report::assemble(&inventory, &findings, listed).with_suppressions(&settings.suppressions, &tally, today);
    let everything = args.rules.is_empty() && args.exclude_rules.is_empty() && asked.is_everything();
    for text in report.notes.iter().cloned().chain(suppression_notes(&report, everything)) {
        note(&text);
    }
    let names = inventory.accounts.into_iter().filter_map(|account| Some((account.id, account.name?))).collect();
    Ok(Told { report, names })
}

/// Writes a report in a format.
fn write(told: &Told, format: ReportFormat, look: Look, sink: &mut dyn Write) -> io::Result<()> {
    match format {
        ReportFormat::Table => report::table::write(&told.report, &told.names, look, sink),
        ReportFormat::Json => report::json::write(&told.report, sink),
        ReportFormat::Jsonl => report::jsonl::write(&told.report, sink),
        ReportFormat::Markdown => report::markdown::write(&told.report, sink),
    }
}

/// Saves the facts.
fn save_to(inventory: &Inventory, sink: &mut dyn Write) -> io::Result<()> {
    inventory::save(inventory, sink).map_err(|error| match error {
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
