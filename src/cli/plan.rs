//! `noderole plan`: facts, what would mend the findings, and whether the configuration allows it. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::audit::audit;
use crate::aws::Sdk;
use crate::config::Config;
use crate::counted::counted;
use crate::exit::Exit;
use crate::finding::Status;
use crate::inventory::Inventory;
use crate::judgement::Judgement;
use crate::remediate::apply::{self, DEFAULT_FOLDER, Parts};
use crate::remediate::guard::{Asked, Guard, Narrow};
use crate::remediate::place::{self, Place};
use crate::remediate::plan::Plan;
use crate::remediate::planner::{Made, Wish, plan};
use crate::remediate::settings::{JournalPlace, ManagedElsewhere, Settings};
use crate::report::narrow::Narrowing;
use crate::report::{Listed, harmless, table};
use crate::rules::{CATALOGUE, RuleId};

use super::args::{FactsArgs, Given, Global, PlanArgs, PlanFormat, Saved};
use super::door_error::DoorError;
use super::outputs::{self, Destination};
use super::progress::Shown;
use super::reports::done;
use super::saved::{self, Role};
use super::{asked, audit as door, configuration, facts, note, terminal};

/// Plans.
pub(super) fn run(args: &PlanArgs, global: &Global) -> Result<Exit, DoorError> {
    let default = if terminal::stdout_is_terminal() { PlanFormat::Table } else { PlanFormat::Json };
    let places = outputs::pair(&args.formats, &args.outputs, default)?;
    let inputs =
        [args.facts.inventory.as_ref().and_then(Given::as_path), args.report.as_ref().and_then(Saved::as_path)];
    for input in inputs {
        outputs::check(places.iter().map(|(_, destination)| destination), input)?;
    }
    saved::one_from_stdin(args.facts.inventory == Some(Given::Stdin), args.report.as_ref())?;
    let config = configuration::read(args.facts.config.as_ref(), global)?;
    let wish = wish(args, &config)?;
    let source = asked::source(&args.facts, &config.wanted)?;

    let flags = &args.facts;
    let narrowing =
        Narrowing { regions: flags.regions.clone(), clusters: flags.clusters.clone(), roles: flags.roles.clone() };
    let mut judgement = Judgement::new(&config.settings, narrowing.clone(), Listed::Open, door::today());
    let place = place(args, &config);
    let parts = place.is_some().then(Parts::default);
    let mut planning = Planning { config: &config, wish, narrowing, made: made(&config), plan: None, parts };
    let run = source.stream(Shown::new(flags.progress, global), &mut |mut part| {
        if flags.policies.no_scp {
            part.leave_out_service_control_policies();
        }
        planning.take(&part);
        judgement.take(part);
    })?;
    let judged = door::look_up(judgement.end(&run), flags)?;
    let mut planned = planning.end(&run);
    if let Some(place) = place {
        for text in planned.leave_alone(place)? {
            note(&text);
        }
    }
    for id in planned.named_and_absent() {
        note(&format!("finding {id} is not open any more, or not among what was read"));
    }
    let whole = planned.whole();
    let written = write_all(&mut planned, whole.as_deref(), &places, global);
    let exit = if judged.report.complete { Exit::Clean } else { Exit::Incomplete };
    if exit == Exit::Incomplete {
        note("part of what was asked for could not be read, and is not planned for: `noderole audit` names it");
    }
    Ok(exit.and(written))
}

/// What is planned for: what is asked for, of that what the configuration allows where it allows anything at all.
fn wish(args: &PlanArgs, config: &Config) -> Result<Wish, DoorError> {
    let allowed = &config.remediation;
    let chosen = |rule: &RuleId| {
        let named = args.facts.rules.is_empty() || args.facts.rules.contains(rule);
        named && !args.facts.exclude_rules.contains(rule)
    };
    let rules: BTreeSet<RuleId> = CATALOGUE.iter().map(|rule| rule.id).filter(chosen).collect();
    if rules.is_empty() {
        return Err(DoorError::Usage {
            message: "no rule is left to plan for".to_owned(),
            help: "look at --rule and --exclude-rule; `noderole rules` lists all".to_owned(),
        });
    }
    let named = (!args.findings.is_empty()).then(|| args.findings.iter().cloned().collect());
    let findings = match &args.report {
        None => named,
        Some(place) => {
            let report = saved::read(place, Role::Report)?;
            let wanted = |status| status == Status::Fail || (status == Status::Advice && args.advice);
            let open = report.findings.iter().filter(|found| wanted(found.status) && found.suppressed.is_none());
            let ids = open.map(|found| found.id.clone());
            Some(ids.filter(|id| named.as_ref().is_none_or(|named: &BTreeSet<String>| named.contains(id))).collect())
        }
    };
    Ok(Wish {
        findings,
        rules: Some(rules),
        roles: args.facts.roles.iter().cloned().collect(),
        advice: args.advice || allowed.advice,
        managed_elsewhere: allowed.managed_elsewhere == ManagedElsewhere::Change,
        allowed: allowed.enabled.then(|| Box::new(allowed.clone())),
        ..Wish::default()
    })
}

/// The plan that begins now.
fn made(config: &Config) -> Made {
    let now = now();
    let holds = SignedDuration::from_mins(config.remediation.plan_minutes.into());
    Made { plan_id: facts::new_run_id(), created_at: now, expires_at: now.saturating_add(holds).unwrap_or(now) }
}

#[expect(clippy::disallowed_methods, reason = "the door is where the clock comes in")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Where histories are read from: of what is planned for in AWS where `apply` keeps them by itself, of the sample only where a
/// place is named, of saved facts where one is named or configured.
fn place(args: &PlanArgs, config: &Config) -> Option<JournalPlace> {
    let configured = || config.remediation.journal.clone();
    let FactsArgs { demo, inventory, .. } = &args.facts;
    args.place.clone().or_else(|| match (demo, inventory) {
        (true, _) => None,
        (false, Some(_)) => configured(),
        (false, None) => configured().or_else(|| Some(JournalPlace::Folder(DEFAULT_FOLDER.into()))),
    })
}

/// A plan in the making, part by part.
struct Planning<'a> {
    config: &'a Config,
    wish: Wish,
    narrowing: Narrowing,
    made: Made,
    plan: Option<Plan>,
    /// The facts of what is planned for, where histories are read.
    parts: Option<Parts>,
}

/// A plan, and what was asked for.
struct Planned<'a> {
    plan: Plan,
    wish: Wish,
    narrowing: Narrowing,
    made: Made,
    parts: Option<Parts>,
    config: &'a Config,
}

/// Plans for some accounts of the run, and says of each role whether the configuration allows it.
fn plan_for(part: &Inventory, config: &Config, mut wish: Wish, narrowing: &Narrowing, made: &Made) -> Plan {
    let narrowing = narrowing.clone().or_target_of(part);
    if !(narrowing.clusters.is_empty() && narrowing.regions.is_empty()) {
        let findings = audit(part, &config.settings);
        let (_, within) = narrowing.apply(part.clone(), findings);
        let wanted = |id: &String| wish.findings.as_ref().is_none_or(|ids| ids.contains(id));
        let advised = |status| status != Status::Advice || wish.advice || wish.findings.is_some();
        let within = within.into_iter().filter(|found| advised(found.status)).map(|found| found.id);
        wish.findings = Some(within.filter(wanted).collect());
    }
    let mut planned = plan(part, &config.settings, &wish, made.clone());
    let guard = Guard::new(&config.remediation, part, Asked::Someone, made.created_at);
    for role in &mut planned.roles {
        role.refused = guard.refusal(role);
    }
    planned
}

impl<'a> Planning<'a> {
    fn take(&mut self, part: &Inventory) {
        let planned = plan_for(part, self.config, self.wish.clone(), &self.narrowing, &self.made);
        if let Some(parts) = self.parts.as_mut().filter(|_| !planned.roles.is_empty()) {
            parts.keep(part);
        }
        match &mut self.plan {
            None => self.plan = Some(planned),
            Some(plan) => plan.absorb(planned),
        }
    }

    fn end(self, run: &Inventory) -> Planned<'a> {
        let Self { config, wish, narrowing, made, plan: planned, parts } = self;
        let none = || plan(&Inventory { accounts: Vec::new(), ..run.clone() }, &config.settings, &wish, made.clone());
        let mut plan = planned.unwrap_or_else(none);
        plan.run_id.clone_from(&run.run_id);
        plan.partition = run.partition;
        plan.sort();
        Planned { plan, wish, narrowing, made, parts, config }
    }
}

impl Planned<'_> {
    /// Leaves alone what `apply` would, by what is kept at a place. What could not be known, in words.
    fn leave_alone(&mut self, place: JournalPlace) -> Result<Vec<String>, DoorError> {
        let Some(parts) = self.parts.take().filter(|_| !self.plan.roles.is_empty()) else { return Ok(Vec::new()) };
        let (config, wish, narrowing, made) = (self.config, &self.wish, &self.narrowing, &self.made);
        let again = |part: &Inventory, left: &BTreeMap<String, String>| {
            plan_for(part, config, Wish { left_alone: left.clone(), ..wish.clone() }, narrowing, made)
        };
        let plan = &mut self.plan;
        let runtime = tokio::runtime::Runtime::new().map_err(DoorError::Runtime)?;
        Ok(runtime.block_on(async {
            let place = match place {
                // a folder needs nobody to ask
                JournalPlace::Folder(folder) => Place::folder(folder),
                JournalPlace::S3 { .. } => match Sdk::from_environment().await {
                    Ok(sdk) => {
                        let settings = Settings { journal: Some(place), ..config.remediation.clone() };
                        apply::place(&settings, &sdk, plan.partition)
                    }
                    Err(error) => return vec![format!("histories could not be read: {}", place::told(&error))],
                },
            };
            Box::pin(parts.leave_alone(plan, &place, &again)).await
        }))
    }

    /// The findings that were named and that the plan neither mends nor leaves alone.
    fn named_and_absent(&self) -> Vec<&String> {
        let mends = self.plan.roles.iter().flat_map(|role| &role.findings).map(|finding| &finding.id);
        let told: BTreeSet<&String> = mends.chain(self.plan.left.iter().map(|left| &left.id)).collect();
        self.wish.findings.iter().flatten().filter(|id| !told.contains(id)).collect()
    }

    /// Why nothing of the plan may be applied as things stand. Windows are left out: it is not applied now.
    fn whole(&self) -> Option<String> {
        let mut settings = self.config.remediation.clone();
        settings.windows = Vec::new();
        Guard::whole(&settings, &self.plan, &Narrow::default(), self.plan.created_at)
    }
}

/// Writes the plan to each place, with the command that comes next.
fn write_all(
    planned: &mut Planned<'_>,
    whole: Option<&str>,
    places: &[(PlanFormat, Destination)],
    global: &Global,
) -> Exit {
    let saved = places.iter().find_map(|(format, destination)| match (format, destination) {
        (PlanFormat::Json, Destination::File(path)) => Some(path.as_path()),
        (PlanFormat::Json, Destination::Stdout) | (PlanFormat::Table, _) => None,
    });
    let next = next(saved);
    let mut exit = Exit::Clean;
    for (format, destination) in places {
        let look = match destination {
            Destination::Stdout => terminal::look(global.color),
            Destination::File(_) => terminal::look_in_file(global.color),
        };
        exit = exit.and(done(destination.write(|sink| match format {
            PlanFormat::Table => table::plan::write(&planned.plan, whole, Some(&next), look, sink),
            PlanFormat::Json => {
                let text = serde_json::to_string_pretty(&planned.plan)?;
                writeln!(sink, "{}", harmless::json(&text))
            }
        })));
    }
    let roles = planned.plan.roles.len();
    if roles > 0 && saved.is_none() && places.iter().all(|(format, _)| *format == PlanFormat::Table) {
        note(&format!("the plan for {} is not saved: add --output PLAN.json to apply it", counted(roles, "role")));
    }
    exit
}

fn next(saved: Option<&Path>) -> String {
    match saved {
        Some(path) => format!("noderole apply {} --config FILE", quoted(path)),
        None => "noderole plan ... --output plan.json".to_owned(),
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    shlex::try_quote(&text).map_or_else(|_nul| text.clone(), std::borrow::Cow::into_owned)
}
