//! Faults over the wire: SDK, driver and planner together, on a clock that hours of waiting cost nothing.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use noderole::aws::AwsError;
use noderole::collect::ask::{Accounts, Ask};
use noderole::collect::drive::{Control, list};
use noderole::inventory::Inventory;

use crate::invariants::{Case, Tally, breaches};
use crate::seeds::each;
use crate::simulation::connector::{Aws, Weather};
use crate::simulation::fault::{Fault, Rule, harsh, mild};
use crate::simulation::organization::{AUDITOR, Organization, REGIONS};
use crate::simulation::random::Random;
use crate::simulation::run::{Told, everything, fair, on_a_paused_clock, run, sdk};

/// Seeds where nothing else is said: what CI takes.
const USUAL: u64 = 25;

/// For how long answers that are on their way are still waited for when a run is to end.
const GRACE: Duration = Duration::from_secs(3);

/// Attempts of one call at most where AWS does not ask to slow down: seven, and seven with newer credentials.
const MOST_ATTEMPTS: u32 = 14;

/// Attempts of one call at most where it does.
const MOST_THROTTLED: u32 = 40 + MOST_ATTEMPTS;

fn organization(random: &mut Random) -> Organization {
    let accounts = 1 + random.below(3);
    let page = *random.pick(&[2, 3, 7, 1000]);
    Organization::of(random, accounts, page)
}

fn asked(deadline: Option<Duration>) -> Ask {
    Ask { regions: REGIONS.map(|region| region.parse().unwrap()).into(), deadline, ..everything() }
}

fn weather(random: &mut Random, seed: u64, rules: Vec<Rule>) -> Weather {
    let jitter = Duration::from_millis(random.below(120) as u64);
    Weather { jitter, seed, rules, ..fair() }
}

/// No call is made more often than retries allow.
fn too_often(told: &Told, rules: &[Rule]) -> Vec<String> {
    let slow = rules.iter().any(|rule| matches!(rule.fault, Fault::Throttled(_)));
    let most = if slow { MOST_THROTTLED } else { MOST_ATTEMPTS };
    let attempts = told.traffic.attempts.values().filter(|(_, attempts)| *attempts > most);
    attempts.map(|(api, attempts)| format!("{attempts} attempts of one {api}")).collect()
}

/// What was counted is what came over the wire.
fn miscounted(told: &Told) -> Vec<String> {
    let Ok(frame) = &told.frame else { return Vec::new() };
    let counted = |api: &str| {
        let of = |counts: &std::collections::BTreeMap<String, u64>| counts.get(api).copied().unwrap_or_default();
        of(&frame.api_calls) + of(&frame.retries)
    };
    let apis: BTreeSet<&String> = told.traffic.requests.keys().chain(frame.api_calls.keys()).collect();
    // Who is asking is found out before anything is counted.
    let differ = apis
        .into_iter()
        .filter(|api| *api != "sts:GetCallerIdentity")
        .filter(|api| counted(api) != told.traffic.requests.get(*api).copied().unwrap_or_default());
    differ.map(|api| format!("{api}: {} counted, {:?} came", counted(api), told.traffic.requests.get(api))).collect()
}

fn with_rules(mut wrong: Vec<String>, rules: &[Rule], told: &Told) -> Vec<String> {
    if !wrong.is_empty() {
        wrong.extend(rules.iter().map(ToString::to_string));
        wrong.push(format!("took {:?}, {:?}", told.took, told.frame.as_ref().err()));
    }
    wrong
}

#[test]
fn what_a_run_gets_over_changes_no_fact_and_no_finding() {
    let mut tally = Tally::default();
    each("what_a_run_gets_over", USUAL, |seed| {
        let mut random = Random::new(seed ^ 0x00e7);
        let organization = organization(&mut random);
        let rules: Vec<Rule> = (0..=random.below(3)).map(|_| mild(&mut random, &organization.ids())).collect();
        let told = run(&organization.world, weather(&mut random, seed, rules.clone()), &asked(None), None);
        let case =
            Case { organization: &organization, accounts: &told.accounts, named: true, affected: BTreeSet::new() };
        let mut wrong = breaches(&case, &mut tally);
        wrong.extend(too_often(&told, &rules));
        wrong.extend(miscounted(&told));
        wrong.extend(told.frame.as_ref().err().map(|error| format!("no run: {error}")));
        with_rules(wrong, &rules, &told)
    });
}

#[test]
fn whatever_fails_over_the_wire_nothing_is_lost_and_nothing_made_up() {
    let mut tally = Tally::default();
    each("whatever_fails_over_the_wire", USUAL, |seed| {
        let mut random = Random::new(seed ^ 0x3a5c);
        let organization = organization(&mut random);
        let ids = organization.ids();
        let mut rules: Vec<Rule> = (0..=random.below(3)).map(|_| harsh(&mut random, &ids)).collect();
        rules.extend((0..random.below(2)).map(|_| mild(&mut random, &ids)));
        let told = run(&organization.world, weather(&mut random, seed, rules.clone()), &asked(None), None);
        let affected = told.traffic.met.keys().cloned().collect();
        let case = Case { organization: &organization, accounts: &told.accounts, named: true, affected };
        let mut wrong = breaches(&case, &mut tally);
        wrong.extend(too_often(&told, &rules));
        wrong.extend(told.frame.as_ref().err().map(|error| format!("no run: {error}")));
        with_rules(wrong, &rules, &told)
    });
    eprintln!("{tally:?}");
}

#[test]
fn a_run_ends_at_its_deadline_or_when_it_is_interrupted_and_keeps_what_it_has() {
    let mut tally = Tally::default();
    each("ends_at_its_deadline", USUAL, |seed| {
        let mut random = Random::new(seed ^ 0xdead);
        let organization = organization(&mut random);
        let ids = organization.ids();
        let rules: Vec<Rule> = (0..random.below(3)).map(|_| harsh(&mut random, &ids)).collect();
        let latest = if random.chance(70) { 1_500 } else { 60_000 };
        let end = Duration::from_millis(random.below(latest) as u64);
        let (deadline, interrupted) = if random.chance(50) { (Some(end), None) } else { (None, Some(end)) };
        let told = run(&organization.world, weather(&mut random, seed, rules.clone()), &asked(deadline), interrupted);
        if matches!(told.frame, Err(AwsError::TimeUp | AwsError::Interrupted)) {
            let on_time = told.took <= end + GRACE && told.accounts.is_empty();
            return if on_time { Vec::new() } else { vec![format!("ended after {:?}, not {end:?}", told.took)] };
        }
        let given = told.accounts.iter().zip(&told.given).filter(|(_, at)| **at < end);
        let before: BTreeSet<String> = given.map(|(one, _)| one.accounts[0].id.to_string()).collect();
        let met = told.traffic.met.keys().cloned();
        let affected = met.chain(ids.iter().filter(|id| !before.contains(*id)).cloned()).collect();
        let case = Case { organization: &organization, accounts: &told.accounts, named: true, affected };
        let mut wrong = breaches(&case, &mut tally);
        if told.took > end + GRACE {
            wrong.push(format!("took {:?}, and was to end at {end:?}", told.took));
        }
        wrong.extend(told.frame.as_ref().err().map(|error| format!("no run: {error}")));
        with_rules(wrong, &rules, &told)
    });
}

#[test]
fn a_run_that_is_killed_anywhere_is_resumed_account_by_account() {
    let mut tally = Tally::default();
    each("killed_anywhere", USUAL, |seed| {
        let mut random = Random::new(seed ^ 0x4b11);
        let organization = organization(&mut random);
        let world = &organization.world;
        let weather = weather(&mut random, seed, Vec::new());
        let manifest = on_a_paused_clock(seed, async {
            let aws = Aws::new(Arc::clone(world), weather.clone());
            let control = Control { progress: &mut |_| (), interrupt: pin!(std::future::pending()) };
            Box::pin(list(&asked(None), &sdk(&aws, AUDITOR), "run", control)).await.unwrap()
        });
        let found = |wanted: &dyn Fn(&str) -> bool| Ask {
            accounts: Accounts::Found(Box::new(manifest.scope(|id| wanted(id.as_str())))),
            ..asked(None)
        };
        let end = Duration::from_millis(random.below(900) as u64);
        let killed = run(world, weather.clone(), &found(&|_| true), Some(end));
        // What was given away before the end is written down; the rest is lost with the process.
        let given = killed.accounts.into_iter().zip(killed.given).filter(|(_, at)| *at < end);
        let kept: Vec<Inventory> = given.map(|(one, _)| one).collect();
        let whole: BTreeSet<String> = kept.iter().map(|one| one.accounts[0].id.to_string()).collect();
        let rest = organization.ids().into_iter().filter(|id| !whole.contains(id));
        let read = rest.flat_map(|id| run(world, weather.clone(), &found(&|one| one == id), None).accounts);
        let both: Vec<Inventory> = kept.into_iter().chain(read).collect();
        let case = Case { organization: &organization, accounts: &both, named: true, affected: BTreeSet::new() };
        breaches(&case, &mut tally)
    });
}
