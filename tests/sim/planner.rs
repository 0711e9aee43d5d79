//! Faults beneath the SDK: thousands of seeds, each an organization, what goes wrong in it, and an order of the answers.

use std::collections::{BTreeMap, BTreeSet};

use noderole::audit::{Settings, audit};
use noderole::failure::FailureClass;
use noderole::finding::{Finding, NodeGroupRef, Status};
use noderole::inventory::{Account, Cluster};
use noderole::known::Gap;
use noderole::rules::{CATALOGUE, Check};

use crate::invariants::{Case, Tally, breaches};
use crate::seeds::each;
use crate::simulation::beneath::{run, scope};
use crate::simulation::fault::{Fault, Rule, When, harsh};
use crate::simulation::organization::{Organization, Planted};
use crate::simulation::random::Random;

/// Seeds where nothing else is said: what CI takes.
const USUAL: u64 = 120;

fn organization(random: &mut Random) -> Organization {
    let accounts = 1 + random.below(4);
    let page = *random.pick(&[2, 3, 7, 1000]);
    Organization::of(random, accounts, page)
}

fn rules(random: &mut Random, organization: &Organization) -> Vec<Rule> {
    let ids = organization.ids();
    (0..=random.below(4)).map(|_| harsh(random, &ids)).collect()
}

#[test]
fn without_faults_what_is_planted_is_found_and_nothing_else() {
    let organization = Organization::whole(1000);
    let told = run(&organization, scope(&organization), &[], 1, None);
    let mut found: BTreeSet<Planted> = BTreeSet::new();
    for one in &told.accounts {
        let findings = audit(one, &Settings::default());
        let open = findings.iter().filter(|one| !matches!(one.status, Status::Pass | Status::NotApplicable));
        found.extend(open.map(|finding| {
            let check = CATALOGUE.iter().find(|rule| rule.id == finding.rule).unwrap().check;
            let about_nodes = matches!(check, Check::NodeGroup(_) | Check::Cluster { .. } | Check::Profile(_));
            let group = finding.node_groups.first().map(|group: &NodeGroupRef| group.name.clone());
            Planted {
                account: finding.account.to_string(),
                role: finding.role_arn.clone(),
                node_group: group.filter(|_| about_nodes || finding.role_arn.is_none()),
                rule: finding.rule,
                status: finding.status,
                severity: (finding.status == Status::Fail).then_some(finding.severity),
            }
        }));
    }
    let planted: BTreeSet<Planted> =
        organization.accounts.values().flat_map(|known| known.planted.iter().cloned()).collect();
    assert!(planted.len() > 200, "only {} results are planted", planted.len());
    assert_eq!(found, planted);
}

#[test]
fn whatever_fails_nothing_is_lost_and_nothing_made_up() {
    let mut tally = Tally::default();
    each("whatever_fails", USUAL, |seed| {
        let mut random = Random::new(seed);
        let organization = organization(&mut random);
        let rules = rules(&mut random, &organization);
        let mut asked = scope(&organization);
        if seed.is_multiple_of(2) {
            // those that each account lists
            asked.regions = Vec::new();
        }
        let named = !asked.regions.is_empty();
        let told = run(&organization, asked, &rules, seed, None);
        let case = Case { organization: &organization, accounts: &told.accounts, named, affected: told.met };
        let mut wrong = breaches(&case, &mut tally);
        if !wrong.is_empty() {
            wrong.extend(rules.iter().map(ToString::to_string));
        }
        wrong
    });
    eprintln!("{tally:?}");
}

#[test]
fn a_run_that_is_stopped_anywhere_tells_the_rest_as_not_reached_and_can_be_resumed() {
    let mut tally = Tally::default();
    each("stopped_anywhere", USUAL, |seed| {
        let mut random = Random::new(seed ^ 0x5707);
        let organization = organization(&mut random);
        let asked = scope(&organization);
        let whole = run(&organization, asked.clone(), &[], seed, None);
        let stop = random.below(whole.calls.max(1));
        let stopped = run(&organization, asked.clone(), &[], seed, Some(stop));
        let affected = organization.ids().into_iter().filter(|id| !stopped.whole.contains(id)).collect();
        let case = Case { organization: &organization, accounts: &stopped.accounts, named: true, affected };
        let mut wrong = breaches(&case, &mut tally);
        // The rest is read by another run, as a fan-out does account by account.
        let mut rest = asked;
        rest.accounts.retain(|account| !stopped.whole.contains(account.id.as_str()));
        let resumed = run(&organization, rest, &[], seed, None);
        let kept = stopped.accounts.into_iter().filter(|one| stopped.whole.contains(one.accounts[0].id.as_str()));
        let both: Vec<_> = kept.chain(resumed.accounts).collect();
        let case = Case { organization: &organization, accounts: &both, named: true, affected: BTreeSet::new() };
        wrong.extend(breaches(&case, &mut tally));
        wrong
    });
}

/// The clusters of which something that was listed is not in the facts.
fn thinned(known: &Account, read: &Account) -> BTreeSet<(String, String)> {
    let parts = |account: &Account| -> BTreeMap<(String, String), Cluster> {
        let each = account.clusters().map(|(region, one)| ((region.to_string(), one.name.clone()), one.clone()));
        each.collect()
    };
    let read = parts(read);
    parts(known)
        .into_iter()
        .filter(|(place, cluster)| read.get(place) != Some(cluster))
        .map(|(place, _)| place)
        .collect()
}

#[test]
fn what_is_deleted_while_it_is_read_costs_nothing_but_itself() {
    each("deleted_while_it_is_read", USUAL, |seed| {
        let mut random = Random::new(seed ^ 0x60e1);
        let organization = organization(&mut random);
        let describes = ["eks:DescribeNodegroup", "eks:DescribeAccessEntry", "eks:DescribeFargateProfile"];
        let api = (*random.pick(&describes)).to_owned();
        let rule = Rule { fault: Fault::Gone, account: None, region: None, api, when: When::Sometimes(30) };
        let told = run(&organization, scope(&organization), &[rule], seed, None);
        let mut wrong = Vec::new();
        for one in &told.accounts {
            let (account, known) = (&one.accounts[0], &organization.accounts[one.accounts[0].id.as_str()]);
            let missed = |gaps: &[Gap]| gaps.iter().filter(|gap| gap.class == FailureClass::Gone).count();
            let gaps = account.regions.iter().map(|region| missed(&region.gaps)).sum::<usize>() + missed(&account.gaps);
            if gaps > 0 {
                wrong.push(format!("{}: {gaps} things that are gone are told as missed", account.id));
            }
            let thinned = thinned(&known.facts, account);
            let is_touched = |finding: &Finding| {
                let in_one =
                    |group: &NodeGroupRef| thinned.contains(&(group.region.to_string(), group.cluster.clone()));
                finding.node_groups.iter().any(in_one) || finding.node_groups.is_empty()
            };
            let touched: BTreeSet<&Option<String>> =
                known.findings.iter().filter(|one| is_touched(one)).map(|finding| &finding.role_arn).collect();
            let findings = audit(one, &Settings::default());
            let apart = known.findings.iter().filter(|one| !is_touched(one) && !touched.contains(&one.role_arn));
            let lost = apart.filter(|finding| !findings.contains(finding));
            wrong.extend(lost.map(|finding| format!("{} {} {:?}", finding.account, finding.rule, finding.role_arn)));
        }
        wrong
    });
}
