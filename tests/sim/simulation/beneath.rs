//! The planner by itself, beneath SDK and clock: calls answered in an order of the seed's, failing by the same rules.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use noderole::collect::call::{Call, Reply};
use noderole::collect::planner::{Planner, RunFacts, join};
use noderole::collect::scope::{AccountScope, Entry, Scope, ServiceControl};
use noderole::failure::Failure;
use noderole::inventory::{Access, Account, InlinePolicy, Inventory};

use super::fault::{Fault, Rule, Seen, When};
use super::organization::{AUDITOR, Organization, REGIONS};
use super::random::Random;
use super::spoiled::{failure, replied};

/// What every answer takes on the clock that rules look at.
const STEP: Duration = Duration::from_millis(5);

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Planned {
    /// Each account by itself, as it was given away.
    pub(crate) accounts: Vec<Inventory>,
    /// Accounts of which all was read before the run was stopped.
    pub(crate) whole: BTreeSet<String>,
    /// Accounts that a fault met.
    pub(crate) met: BTreeSet<String>,
    /// Calls that were answered.
    pub(crate) calls: usize,
}

/// What a run over the organization is to read.
pub(crate) fn scope(organization: &Organization) -> Scope {
    let account = |account: &Account| AccountScope {
        id: account.id.clone(),
        name: account.name.clone(),
        organization_path: account.organization_path.clone(),
        entry: match &account.access {
            Access::Inactive(state) => Entry::Inactive(state.clone()),
            Access::Entered if account.id.as_str() == AUDITOR => Entry::Own,
            Access::Entered | Access::Refused(_) => Entry::Assume,
        },
        service_control: service_control(account),
    };
    Scope {
        partition: organization.world.partition,
        organization_id: organization.world.organization.clone(),
        accounts: organization.accounts.values().map(|known| account(&known.facts)).collect(),
        regions: REGIONS.map(|region| region.parse().unwrap()).to_vec(),
        compute_everywhere: false,
        target: None,
    }
}

fn service_control(account: &Account) -> ServiceControl {
    let level = |level: &Vec<InlinePolicy>| level.iter().cloned().map(Arc::new).collect();
    let levels = account.service_control_policies.as_ref();
    levels.map_or(ServiceControl::LeftOut, |levels| ServiceControl::Levels(levels.iter().map(level).collect()))
}

/// Makes a run, which ends after so many answers if that is given.
pub(crate) fn run(
    organization: &Organization,
    scope: Scope,
    rules: &[Rule],
    seed: u64,
    stop: Option<usize>,
) -> Planned {
    let mut planner = Planner::new(scope);
    let mut random = Random::new(seed);
    let mut asked: BTreeSet<Call> = BTreeSet::new();
    let mut open: Vec<Call> = Vec::new();
    let mut told = Planned { accounts: Vec::new(), whole: BTreeSet::new(), met: BTreeSet::new(), calls: 0 };
    let begun = RunFacts::default();
    loop {
        if stop == Some(told.calls) {
            planner.stop();
            assert!(planner.next().is_empty(), "a stopped run asks nothing more");
            break;
        }
        for call in planner.next() {
            assert!(asked.insert(call.clone()), "asked twice: {call:?}");
            open.push(call);
        }
        if open.is_empty() {
            break;
        }
        let call = open.swap_remove(random.below(open.len()));
        let now = STEP * u32::try_from(told.calls).unwrap();
        told.calls += 1;
        let answer = answered(organization, rules, &call, now, &mut told.met);
        planner.answer(call, answer);
        let frame = planner.frame(begun.clone());
        for finished in planner.take_finished() {
            told.whole.insert(finished.account.id.to_string());
            told.accounts.push(join(frame.clone(), vec![finished]));
        }
    }
    planner.end();
    let frame = planner.frame(begun);
    told.accounts.extend(planner.take_finished().into_iter().map(|one| join(frame.clone(), vec![one])));
    told
}

/// What the planner hears in the end of a call that the SDK has made as often as it makes one.
fn answered(
    organization: &Organization,
    rules: &[Rule],
    call: &Call,
    now: Duration,
    met: &mut BTreeSet<String>,
) -> Result<Reply, Failure> {
    let account = call.account.as_str();
    let mut hasher = DefaultHasher::new();
    call.hash(&mut hasher);
    let identity = hasher.finish();
    let region = call.region.as_ref().map(noderole::ids::Region::as_str);
    let seen = Seen { account, region, api: call.question.api(), identity, attempt: u32::MAX, now };
    let takes_effect = |rule: &&Rule| match (rule.fault, rule.when) {
        (Fault::TokenOfPage, _) => call.page.is_some(),
        // The driver renews credentials.
        (Fault::Expired, When::From(_)) => false,
        _others => true,
    };
    let fault = rules.iter().filter(|rule| rule.meets(seen)).find(takes_effect).map(|rule| rule.fault);
    if fault.is_some() {
        met.insert(account.to_owned());
    }
    if let Some(failure) = fault.and_then(failure) {
        return Err(failure);
    }
    let member = &organization.world.members[&call.account];
    replied(&organization.world, member, call, fault)
}
