//! Faults beneath the SDK: thousands of seeds, each an organization, what goes wrong in it, and an order of the answers.

use std::collections::BTreeSet;

use noderole::audit::{Settings, audit};
use noderole::finding::{NodeGroupRef, Status};
use noderole::rules::{CATALOGUE, Check};

use crate::invariants::{Case, Tally, breaches};
use crate::seeds::each;
use crate::simulation::beneath::{run, scope};
use crate::simulation::fault::{Rule, harsh};
use crate::simulation::organization::{Organization, Planted};
use crate::simulation::random::Random;

/// Seeds where nothing else is said: what CI takes.
const USUAL: u64 = 300;

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
        let told = run(&organization, scope(&organization), &rules, seed, None);
        let case = Case { organization: &organization, accounts: &told.accounts, affected: told.met };
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
        let case = Case { organization: &organization, accounts: &stopped.accounts, affected };
        let mut wrong = breaches(&case, &mut tally);
        // The rest is read by another run, as a fan-out does account by account.
        let mut rest = asked;
        rest.accounts.retain(|account| !stopped.whole.contains(account.id.as_str()));
        let resumed = run(&organization, rest, &[], seed, None);
        let kept = stopped.accounts.into_iter().filter(|one| stopped.whole.contains(one.accounts[0].id.as_str()));
        let both: Vec<_> = kept.chain(resumed.accounts).collect();
        let case = Case { organization: &organization, accounts: &both, affected: BTreeSet::new() };
        wrong.extend(breaches(&case, &mut tally));
        wrong
    });
}
