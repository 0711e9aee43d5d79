//! `noderole audit`: facts, judgement, reports, exit code.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};

use jiff::civil::Date;

use crate::audit::Settings;
use crate::baseline;
use crate::collect::ask::Accounts;
use crate::config::Wanted;
use crate::exit::Exit;
use crate::ids::AccountId;
use crate::inventory::{Inventory, InventoryError, Spill, Target};
use crate::judgement::{Judged, Judgement};
use crate::report::narrow::{Absent, LookedUp, Narrowing};
use crate::report::{Listed, Report};
use crate::sinks::keep;
use crate::suppress::{State, day_of};

use super::args::{AuditArgs, Given, Global};
use super::door_error::DoorError;
use super::facts::{self, Source};
use super::outputs::{self, Destination};
use super::progress::Shown;
use super::reports::{self, done};
use super::saved::{self, Role};
use super::sinks::Sinks;
use super::{configuration, note};

/// Audits.
pub(super) fn run(args: &AuditArgs, global: &Global) -> Result<Exit, DoorError> {
    let told = &args.told;
    let places = outputs::pair(&told.formats, &told.outputs, reports::default_format())?;
    let save = args.save_inventory.as_deref().map(Destination::of);
    let input = args.inventory.as_ref().and_then(Given::as_path);
    outputs::check(places.iter().map(|(_, destination)| destination).chain(&save), input)?;
    let baseline = baseline(args)?;
    let config = configuration::read(args.config.as_ref(), global)?;
    let sinks = Sinks::of(args, &config)?;
    let settings = settings(args, config.settings)?;
    let source = source(args, &config.wanted)?;

    let asked = Narrowing { regions: args.regions.clone(), clusters: args.clusters.clone(), roles: args.roles.clone() };
    let listed = if args.include_passed { Listed::All } else { Listed::Open };
    let mut judgement = Judgement::new(&settings, asked, listed, today());
    if let Some(baseline) = &baseline {
        judgement = judgement.against(baseline);
    }
    let is_kept = save.is_some() || sinks.want_the_inventory();
    let mut spilled = is_kept.then(|| tempfile::tempfile().map(Spill::new));
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
    let kept = spilled.as_ref().filter(|_| sinks.want_the_inventory()).map(|spilled| keep(spilled, &run));
    let mut written = Exit::Clean;
    if let (Some(destination), Some(spilled)) = (&save, spilled) {
        written = written.and(done(destination.write(|sink| save_to(&spilled?, &run, sink))));
    }
    let mut judged = look_up(judgement.end(&run), args)?;
    if let Some(baseline) = &baseline {
        written = written.and(done(judged.baseline_error.map_or(Ok(()), |error| Err(error.into()))));
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
    saved::one_from_stdin(args.inventory == Some(Given::Stdin), told.baseline.as_ref())?;
    if told.fail_on_new && told.baseline.is_none() {
        return Err(DoorError::Usage {
            message: "--fail-on-new needs a baseline".to_owned(),
            help: "add --baseline with an earlier report".to_owned(),
        });
    }
    told.baseline.as_ref().map(|place| saved::read(place, Role::Baseline)).transpose()
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
