//! `noderole apply` and `noderole undo`: exactly a plan, or back, after one question; and `noderole retry`, which forgets.

mod telling;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::pin::pin;

use jiff::Timestamp;

use crate::aws::Sdk;
use crate::collect::ask::{Accounts, Ask};
use crate::collect::member::MemberRole;
use crate::config::Config;
use crate::counted::counted;
use crate::exit::Exit;
use crate::ids::Partition;
use crate::remediate::apply::{self, Applied, Applying, DEFAULT_FOLDER};
use crate::remediate::drive::{Carried, Control, Means};
use crate::remediate::guard::{Asked, Decision, Narrow};
use crate::remediate::journal::Outcome;
use crate::remediate::place::Place;
use crate::remediate::plan::{Plan, PlanError, RolePlan};
use crate::remediate::settings::JournalPlace;
use crate::report::harmless;
use crate::report::remediation::word;

use super::args::{ApplyArgs, ChangeArgs, Given, Global, RetryArgs, UndoArgs};
use super::door_error::DoorError;
use super::sinks::Sinks;
use super::{configuration, facts, note};

use telling::tell;

/// How many roles the question names.
const ROLES_SHOWN: usize = 20;

/// What taking back is called.
const UNDO: &str = "undo";

/// What is done.
enum Task<'a> {
    Apply(Box<Plan>),
    Resume(&'a str),
    Undo { journal: &'a str, force: bool },
}

/// Applies a plan, or goes on with one.
pub(super) fn run(args: &ApplyArgs, global: &Global) -> Result<Exit, DoorError> {
    let config = configuration::read(args.door.config.as_ref(), global)?;
    let narrow =
        Narrow { roles: args.roles.iter().cloned().collect(), findings: args.findings.iter().cloned().collect() };
    let task = match (&args.plan, &args.resume) {
        (Some(given), _) => Task::Apply(Box::new(load(given)?)),
        (None, Some(journal)) => Task::Resume(journal),
        (None, None) => return Err(usage("no plan was given", "name a plan, or a journal with --resume")),
    };
    if let Task::Apply(plan) = &task {
        let absent = narrow.absent(plan);
        if !absent.is_empty() {
            let message = format!("the plan has nothing for {}", absent.join(", "));
            return Err(usage(message, "look at the plan, or plan again with `noderole plan`"));
        }
        apply::may_begin(plan, &config.remediation, now())?;
        if plan.roles.is_empty() {
            say("Nothing to apply: the plan changes no role.")?;
            return Ok(Exit::Clean);
        }
    }
    carry_out(&task, &args.door, narrow, config)
}

/// Takes back what a journal tells of.
pub(super) fn undo(args: &UndoArgs, global: &Global) -> Result<Exit, DoorError> {
    let config = configuration::read(args.door.config.as_ref(), global)?;
    let narrow = Narrow { roles: args.roles.iter().cloned().collect(), findings: BTreeSet::new() };
    carry_out(&Task::Undo { journal: &args.journal, force: args.force }, &args.door, narrow, config)
}

/// Forgets what was done about findings.
pub(super) fn retry(args: &RetryArgs, global: &Global) -> Result<Exit, DoorError> {
    let mut settings = configuration::read(args.config.as_ref(), global)?.remediation;
    if let Some(JournalPlace::Folder(folder)) = &args.journal
        && !folder.is_dir()
    {
        let message = format!("there is no folder `{}`, so that nothing is known of any finding", folder.display());
        return Err(usage(message, "name the folder, or the s3:// prefix, with the journals of earlier runs"));
    }
    settings.journal = args.journal.clone().or(settings.journal);
    let runtime = tokio::runtime::Runtime::new().map_err(DoorError::Runtime)?;
    let forgotten = runtime.block_on(async {
        let place = match &settings.journal {
            // a folder needs nobody to ask
            Some(JournalPlace::Folder(folder)) => Place::folder(folder.clone()),
            None => Place::folder(DEFAULT_FOLDER.into()),
            Some(JournalPlace::S3 { .. }) => apply::place(&settings, &Sdk::from_environment().await?, Partition::Aws),
        };
        let mut told = Vec::new();
        for finding in &args.findings {
            let was_known = apply::forget(&place, finding, now()).await?;
            let words =
                if was_known { "is mended again where it is allowed" } else { "has no history: nothing kept it back" };
            told.push(format!("{finding} {words}"));
        }
        Ok::<_, DoorError>(told)
    })?;
    say(&forgotten.join("\n"))?;
    Ok(Exit::Clean)
}

/// Does it, after one question.
fn carry_out(task: &Task<'_>, door: &ChangeArgs, narrow: Narrow, config: Config) -> Result<Exit, DoorError> {
    let asks = !door.yes;
    let from_stdin = io::stdin().is_terminal() && io::stderr().is_terminal();
    if asks && !from_stdin {
        return Err(usage(
            "nothing is changed without a question, and there is no terminal to ask on",
            "look at what would be done, then add --yes",
        ));
    }
    let sinks = Sinks::of_a_change(door, &config)?;
    let Config { wanted, settings: audit, remediation: mut settings, sinks: configured } = config;
    settings.journal = door.place.clone().or_else(|| task.place()).or(settings.journal);
    let ask = facts::ask(Accounts::Own, &door.member.member(), &[], &wanted)?;
    let name = door.remediation_role_name.clone().unwrap_or_else(|| settings.role_name.clone());
    let external_id = settings.external_id.clone().or_else(|| ask.member.external_id.clone());
    let means =
        Means { reader: ask.member.clone(), writer: MemberRole { name, external_id }, deadline: None, end: None };
    let runtime = tokio::runtime::Runtime::new().map_err(DoorError::Runtime)?;
    let (applied, printed, telling) = runtime.block_on(async {
        let sdk = Sdk::from_environment().await?;
        let place = apply::place(&settings, &sdk, partition(task, &ask));
        let applying = Applying {
            sdk: &sdk,
            audit: &audit,
            settings: &settings,
            ask: &ask,
            place: &place,
            means,
            asked: Asked::Someone,
            narrow,
        };
        let control = Control {
            told: &mut |carried| {
                say(&role(carried)).ok();
            },
            interrupt: pin!(facts::interrupted()),
        };
        let verb = task.verb();
        let mut consent = |plan: &Plan, _: &Decision| !asks || agrees(verb, plan);
        let id = facts::new_run_id();
        let applied = match task {
            Task::Apply(plan) => Box::pin(apply::apply(&applying, plan, &id, &mut consent, control)).await?,
            Task::Resume(journal) => Box::pin(apply::resume(&applying, journal, &mut consent, control)).await?,
            Task::Undo { journal, force } => {
                Box::pin(apply::undo(&applying, journal, *force, &mut consent, control)).await?
            }
        };
        // what was done is told, whether or not somebody reads it here
        let printed = told(&applied, task);
        let telling = Box::pin(tell(&applied, &applying, &sinks, configured.s3.as_ref(), &id)).await;
        Ok::<_, DoorError>((applied, printed, telling))
    })?;
    printed?;
    for text in &telling.notes {
        note(text);
    }
    if let Some(text) = telling.told() {
        say(&text)?;
    }
    Ok(match (applied.all_is_well(), telling.is_whole) {
        (false, _) => Exit::Refused,
        (true, false) => Exit::Incomplete,
        (true, true) => Exit::Clean,
    })
}

/// What came of it, in the end.
fn told(applied: &Applied, task: &Task<'_>) -> Result<(), DoorError> {
    let ran = &applied.ran;
    let mut lines = vec![String::new(), format!("{}: {}", task.verb(), numbers(&ran.roles))];
    lines.push(format!("Journal: {}", ran.journal));
    let changed = applied.changed().next().is_some();
    match task {
        Task::Apply(_) | Task::Resume(_) if changed => {
            lines.push(format!("Back: noderole undo {} --config FILE", ran.journal));
        }
        Task::Apply(_) | Task::Resume(_) | Task::Undo { .. } => {}
    }
    say(&lines.join("\n"))?;
    for text in &ran.notes {
        note(text);
    }
    Ok(())
}

impl Task<'_> {
    fn verb(&self) -> &'static str {
        match self {
            Self::Apply(_) => "apply",
            Self::Resume(_) => "resume",
            Self::Undo { .. } => UNDO,
        }
    }

    /// Where the journal that is named is kept; locks and histories are beside it.
    fn place(&self) -> Option<JournalPlace> {
        let journal = match self {
            Self::Apply(_) => return None,
            Self::Resume(journal) | Self::Undo { journal, .. } => *journal,
        };
        if journal.starts_with("s3://") {
            let (prefix, _id) = journal.trim_end_matches('/').rsplit_once("/journals/")?;
            return prefix.parse().ok();
        }
        let folder = Path::new(journal).parent().filter(|folder| !folder.as_os_str().is_empty())?;
        Some(JournalPlace::Folder(folder.to_owned()))
    }
}

/// The partition of what is changed; of a journal that is not read yet that of the regions.
fn partition(task: &Task<'_>, ask: &Ask) -> Partition {
    let of_regions = ask.regions.first().map_or(Partition::Aws, crate::ids::Region::partition);
    match task {
        Task::Apply(plan) => plan.partition,
        Task::Resume(_) | Task::Undo { .. } => of_regions,
    }
}

/// Reads a plan.
fn load(given: &Given) -> Result<Plan, DoorError> {
    let unreadable = |source| DoorError::Input { input: given.clone(), source };
    let loaded = match given {
        Given::Stdin => Plan::load(io::stdin().lock()),
        Given::File(path) => Plan::load(File::open(path).map_err(unreadable)?),
    };
    loaded.map_err(|error| match error {
        PlanError::Io(source) => unreadable(source),
        other @ (PlanError::TooLarge | PlanError::Json { .. } | PlanError::Schema { .. } | PlanError::Form { .. }) => {
            DoorError::Plan { input: given.clone(), source: Box::new(other) }
        }
    })
}

/// Asks once, with the numbers. Where nothing is allowed there is nothing to ask.
fn agrees(verb: &str, plan: &Plan) -> bool {
    let Some(question) = question(verb, plan) else { return true };
    let mut stderr = io::stderr().lock();
    let asked = write!(stderr, "{question}").and_then(|()| stderr.flush());
    let mut answer = String::new();
    asked.and_then(|()| io::stdin().lock().read_line(&mut answer)).is_ok() && is_yes(&answer)
}

/// Nothing but a plain yes is one.
fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str())
}

/// What is about to be done, in numbers; none where that is nothing.
fn question(verb: &str, plan: &Plan) -> Option<String> {
    let (refused, open): (Vec<_>, Vec<_>) = plan.roles.iter().partition(|role| role.refused.is_some());
    let back = if verb == UNDO { "take back: " } else { "" };
    if open.is_empty() {
        return None;
    }
    let of_role = |role: &&RolePlan| {
        let steps: Vec<String> = role.steps.iter().map(|step| step.change.described()).collect();
        format!("  {}: {back}{}", role.role, steps.join(", "))
    };
    let mut lines: Vec<String> = open.iter().take(ROLES_SHOWN).map(of_role).collect();
    if open.len() > ROLES_SHOWN {
        lines.push(format!("  and {} more", open.len() - ROLES_SHOWN));
    }
    let accounts: BTreeSet<_> = open.iter().map(|role| &role.account).collect();
    let steps: usize = open.iter().map(|role| role.steps.len()).sum();
    let beside =
        if refused.is_empty() { String::new() } else { format!("; {} refused", counted(refused.len(), "role")) };
    lines.push(format!(
        "{verb}: {} in {} by {}{beside}. Go on? [y/N] ",
        counted(open.len(), "role"),
        counted(accounts.len(), "account"),
        counted(steps, "call")
    ));
    // each line by itself, for they are meant to be lines
    let lines: Vec<_> = lines.iter().map(|line| harmless::line(line).into_owned()).collect();
    Some(lines.join("\n"))
}

/// What became of a role.
fn role(carried: &Carried) -> String {
    let outcome = word(carried.outcome);
    let why = if carried.message.is_empty() { String::new() } else { format!(": {}", carried.message) };
    format!("{outcome:<11} {}{why}", carried.role)
}

/// How many roles ended how.
fn numbers(roles: &[Carried]) -> String {
    let mut outcomes: Vec<Option<Outcome>> = roles.iter().map(|carried| carried.outcome).collect();
    outcomes.sort_unstable();
    let told = outcomes.chunk_by(PartialEq::eq).filter_map(|alike| {
        let outcome = word(*alike.first()?);
        Some(format!("{} {outcome}", counted(alike.len(), "role")))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { "no role".to_owned() } else { told.join(", ") }
}

/// Says something on standard output. A message of several lines stays one.
fn say(text: &str) -> Result<(), DoorError> {
    super::outputs::Destination::Stdout
        .write(|sink| text.split('\n').try_for_each(|line| writeln!(sink, "{}", harmless::line(line))))
}

fn usage(message: impl Into<String>, help: &str) -> DoorError {
    DoorError::Usage { message: message.into(), help: help.to_owned() }
}

#[expect(clippy::disallowed_methods, reason = "the door is where the clock comes in")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests;
