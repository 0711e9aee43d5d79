//! Sinks that are down, by seed: what one does not take costs no finding, is told, and is no matter to the others.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use noderole::audit::{Settings, audit};
use noderole::collect::member::MemberRole;
use noderole::report::model::Delivery;
use noderole::report::{Listed, Report, assemble};
use noderole::sinks::settings::{CloudWatch, EventBridge, S3, SecurityHub, Sns};
use noderole::sinks::{Earlier, Left, Run, Sink, SinkKind, deliver};

use crate::seeds::each;
use crate::simulation::World;
use crate::simulation::connector::{Aws, Traffic, Weather};
use crate::simulation::fault::{Rule, of_a_sink};
use crate::simulation::organization::{AUDITOR, Organization};
use crate::simulation::random::Random;
use crate::simulation::run::{everything, fair, on_a_paused_clock, run, sdk};
use crate::simulation::sinks::Sinks;

/// Seeds where nothing else is said: what CI takes.
const USUAL: u64 = 40;

/// Where the newest report is.
const LATEST: &str = "latest/report.json";

/// What came of sending.
struct Sent {
    report: Report,
    left: Left,
    kept: Sinks,
    took: Duration,
    traffic: Traffic,
}

/// How sending is ended, if it does not come to its end by itself.
#[derive(Debug, Clone, Copy)]
struct Limits {
    within: Duration,
    interrupted: Option<Duration>,
}

const PATIENT: Limits = Limits { within: Duration::from_hours(1), interrupted: None };

fn sinks() -> Vec<Sink> {
    vec![
        Sink::Cloudwatch(CloudWatch::default()),
        Sink::Eventbridge(EventBridge::default()),
        Sink::SecurityHub(SecurityHub::default()),
        Sink::Sns(Sns::of(format!("arn:aws:sns:us-east-1:{AUDITOR}:noderole"))),
        Sink::S3(S3::of("reports".to_owned())),
    ]
}

/// The report of an audit in which nothing went wrong.
fn report(organization: &Organization) -> Report {
    let inventory = run(&organization.world, fair(), &everything(), None).inventory();
    assemble(&inventory, &audit(&inventory, &Settings::default()), Listed::Open)
}

/// Sends a report to all sinks; `refuses` of a hundred things in a request are refused for the moment.
fn send(world: &Arc<World>, report: &Report, rules: Vec<Rule>, refuses: u64, seed: u64, limits: Limits) -> Sent {
    on_a_paused_clock(seed, async {
        let aws = Aws::new(Arc::clone(world), Weather { seed, rules, ..fair() });
        aws.sinks().refuses = refuses;
        let sdk = sdk(&aws, AUDITOR);
        let mut report = report.clone();
        let interrupt = pin!(async {
            match limits.interrupted {
                Some(time) => tokio::time::sleep(time).await,
                None => pending().await,
            }
        });
        let run = Run { sdk: &sdk, member: &MemberRole::default(), inventory: None, within: limits.within };
        let left = Box::pin(deliver(&mut report, &sinks(), run, interrupt)).await;
        let took = aws.clock().elapsed();
        let kept = std::mem::take(&mut *aws.sinks());
        Sent { report, left, kept, took, traffic: aws.take_traffic() }
    })
}

impl Sent {
    /// What a sink holds, each thing as a text.
    fn held(&self, sink: SinkKind) -> BTreeSet<String> {
        let kept = &self.kept;
        match sink {
            SinkKind::Cloudwatch => kept.lines.iter().cloned().collect(),
            SinkKind::Eventbridge => kept.events.iter().cloned().collect(),
            SinkKind::SecurityHub => {
                kept.findings.iter().map(|(place, finding)| format!("{place:?} {finding}")).collect()
            }
            SinkKind::Sns => kept.messages.iter().cloned().collect(),
            // what the other sinks took stands in it
            SinkKind::S3 => kept.objects.keys().cloned().collect(),
        }
    }

    fn delivery(&self, sink: SinkKind) -> &Delivery {
        self.report.deliveries.iter().find(|delivery| delivery.sink == sink).unwrap()
    }

    /// Whether a fault met a request of the sink.
    fn was_met(&self, sink: SinkKind) -> bool {
        let services: &[&str] = match sink {
            SinkKind::Cloudwatch => &["logs"],
            SinkKind::Eventbridge => &["events"],
            SinkKind::SecurityHub => &["securityhub", "sts"],
            SinkKind::Sns => &["sns"],
            SinkKind::S3 => &["s3"],
        };
        services.iter().any(|service| self.traffic.spoiled.contains(*service))
    }
}

/// What must hold of each sending, beside one in which nothing went wrong.
fn breaches(clean: &Sent, sent: &Sent, limits: Limits, refuses: u64) -> Vec<String> {
    let mut wrong = Vec::new();
    if sent.report.findings != clean.report.findings {
        wrong.push("the findings are others after sending".to_owned());
    }
    let named: Vec<SinkKind> = sent.report.deliveries.iter().map(|delivery| delivery.sink).collect();
    if named != sinks().iter().map(Sink::kind).collect::<Vec<_>>() {
        wrong.push(format!("not one delivery for each sink, in order: {named:?}"));
        return wrong;
    }
    let end = limits.interrupted.map_or(limits.within, |time| time.min(limits.within));
    if sent.took > end {
        wrong.push(format!("took {:?}, and was to end at {end:?}", sent.took));
    }
    for sink in SinkKind::ALL {
        let (delivery, held, all) = (sent.delivery(sink), sent.held(sink), clean.held(sink));
        let was_ended = delivery.failures.iter().any(|one| ["TimeUp", "Interrupted"].contains(&one.error.as_str()));
        let told = !delivery.failures.is_empty() || delivery.more_failures > 0;
        let mut bad = |what: &str| wrong.push(format!("{sink}: {what}: {delivery:?}"));
        if !held.is_subset(&all) {
            bad("it holds what nobody would have sent");
        }
        if delivery.is_whole() && held != all {
            bad("whole, and something is not there");
        }
        if !delivery.is_whole() && !told {
            bad("not whole, and nothing says why");
        }
        if delivery.delivered > delivery.offered || delivery.delivered > held.len() {
            bad(&format!("more is told as delivered than the {} that are there", held.len()));
        }
        if !sent.was_met(sink) && refuses == 0 && !was_ended && !delivery.is_whole() {
            bad("nothing was wrong with it, and it is not whole");
        }
    }
    wrong.extend(lost_lines(clean, sent));
    wrong.extend(untold(sent));
    wrong
}

/// Every line is in the log group, or is given back to be written elsewhere.
fn lost_lines(clean: &Sent, sent: &Sent) -> Vec<String> {
    let held = sent.held(SinkKind::Cloudwatch);
    let lost = clean
        .kept
        .lines
        .iter()
        .enumerate()
        .filter(|(n, line)| !held.contains(*line) && !sent.left.log_lines.contains(n));
    lost.map(|(n, line)| format!("line {n} is lost: {line}")).collect()
}

/// What is in the bucket is the report as it was told, with what became of the other sinks.
fn untold(sent: &Sent) -> Vec<String> {
    let mut wrong = Vec::new();
    for (key, stored) in &sent.kept.objects {
        let kept: Report = serde_json::from_str(&stored.body).unwrap();
        let others = &sent.report.deliveries[..sent.report.deliveries.len() - 1];
        if kept.findings != sent.report.findings || kept.deliveries != others {
            wrong.push(format!("{key} is not the report: {:?}", kept.deliveries));
        }
    }
    let s3 = sent.delivery(SinkKind::S3);
    if s3.is_whole() && !sent.kept.objects.contains_key(LATEST) {
        wrong.push("no latest report".to_owned());
    }
    wrong
}

/// What a sink holds more often than it was to be sent, where no answer can have been lost: what was refused is sent again, and
/// nothing else with it.
fn twice(clean: &Sent, sent: &Sent) -> Vec<String> {
    let counted = |things: &[String]| {
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        for thing in things {
            *counted.entry(thing.clone()).or_default() += 1;
        }
        counted
    };
    let kept = |kept: &Sinks| [&kept.lines, &kept.events, &kept.messages].map(|things| counted(things));
    let more = kept(&clean.kept).into_iter().zip(kept(&sent.kept)).flat_map(|(wanted, held)| {
        held.into_iter().filter(move |(thing, times)| *times > wanted.get(thing).copied().unwrap_or_default())
    });
    more.map(|(thing, times)| format!("{times} times there: {thing}")).collect()
}

fn organization(random: &mut Random) -> Organization {
    let accounts = 1 + random.below(3);
    Organization::of(random, accounts, 1000)
}

fn with_rules(mut wrong: Vec<String>, rules: &[Rule], sent: &Sent) -> Vec<String> {
    if !wrong.is_empty() {
        wrong.extend(rules.iter().map(ToString::to_string));
        wrong.push(format!("took {:?}", sent.took));
    }
    wrong
}

#[test]
fn what_sinks_get_over_costs_nothing() {
    each("what_sinks_get_over", USUAL, |seed| {
        let mut random = Random::new(seed ^ 0x51_4e);
        let organization = organization(&mut random);
        let report = report(&organization);
        let rules: Vec<Rule> = (0..=random.below(3)).map(|_| of_a_sink(&mut random, true)).collect();
        let clean = send(&organization.world, &report, Vec::new(), 0, seed, PATIENT);
        let sent = send(&organization.world, &report, rules.clone(), 0, seed, PATIENT);
        let mut wrong = breaches(&clean, &sent, PATIENT, 0);
        wrong.extend(
            sent.report.deliveries.iter().filter(|one| !one.is_whole()).map(|one| format!("not whole: {one:?}")),
        );
        with_rules(wrong, &rules, &sent)
    });
}

#[test]
fn whatever_sinks_do_no_finding_is_lost_and_none_is_told_as_delivered_that_is_not() {
    each("whatever_sinks_do", USUAL, |seed| {
        let mut random = Random::new(seed ^ 0x51_4f);
        let organization = organization(&mut random);
        let report = report(&organization);
        let mut rules: Vec<Rule> = (0..=random.below(3)).map(|_| of_a_sink(&mut random, false)).collect();
        rules.extend((0..random.below(2)).map(|_| of_a_sink(&mut random, true)));
        let mut refuses = *random.pick(&[0, 0, 5, 40]);
        // Nothing but what services refuse of a request: then no answer is lost.
        if random.chance(25) {
            rules.clear();
            refuses = *random.pick(&[5, 20, 40]);
        }
        let within = *random.pick(&[Duration::from_hours(1), Duration::from_mins(3), Duration::from_secs(20)]);
        let interrupted = random.chance(20).then(|| Duration::from_millis(random.below(20_000) as u64));
        let limits = Limits { within, interrupted };
        let clean = send(&organization.world, &report, Vec::new(), 0, seed, PATIENT);
        let sent = send(&organization.world, &report, rules.clone(), refuses, seed, limits);
        let mut wrong = breaches(&clean, &sent, limits, refuses);
        if rules.is_empty() {
            wrong.extend(twice(&clean, &sent));
        }
        with_rules(wrong, &rules, &sent)
    });
}

#[test]
fn an_earlier_report_is_read_whole_or_said_to_be_unread() {
    each("an_earlier_report", USUAL, |seed| {
        let mut random = Random::new(seed ^ 0x51_50);
        let organization = organization(&mut random);
        let world = &organization.world;
        let of_s3 = |random: &mut Random| {
            let api = (*random.pick(&["s3:", "s3:GET"])).to_owned();
            Rule { api, ..of_a_sink(random, false) }
        };
        let rules: Vec<Rule> = (0..random.below(3)).map(|_| of_s3(&mut random)).collect();
        let is_there = random.chance(80);
        let kept = if is_there {
            send(world, &report(&organization), Vec::new(), 0, seed, PATIENT).kept
        } else {
            Sinks::default()
        };
        let stored = kept.objects.get(LATEST).map(|stored| stored.body.clone());
        let (earlier, traffic) = on_a_paused_clock(seed, async {
            let aws = Aws::new(Arc::clone(world), Weather { seed, rules: rules.clone(), ..fair() });
            *aws.sinks() = kept;
            let bucket = S3::of("reports".to_owned());
            let read = Box::pin(Earlier::latest(Some(&bucket), &sdk(&aws, AUDITOR), PATIENT.within)).await;
            (read, aws.take_traffic())
        });
        let wrong = match (&stored, &earlier.report, &earlier.note) {
            (_, None, Some(_)) if traffic.spoiled.contains("s3") => None,
            (None, None, None) => None,
            (Some(stored), Some(read), None) if serde_json::from_str::<Report>(stored).unwrap() == *read => None,
            _ => Some(format!("there: {}, read: {}, {:?}", stored.is_some(), earlier.report.is_some(), earlier.note)),
        };
        let told = |wrong| std::iter::once(wrong).chain(rules.iter().map(ToString::to_string)).collect();
        wrong.map(told).unwrap_or_default()
    });
}
