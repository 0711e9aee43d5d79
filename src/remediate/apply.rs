//! Applying a plan, from whichever door: read anew, check, guard, ask, carry out, remember. Undo and resume go the same way.

mod error;
mod memory;
mod recalled;

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::path::PathBuf;
use std::pin::pin;

use jiff::{SignedDuration, Timestamp};

use crate::audit;
use crate::aws::Sdk;
use crate::collect::ask::{Accounts, Ask};
use crate::collect::drive::{Control as Reading, collect};
use crate::ids::{AccountId, Partition, RoleArn};
use crate::inventory::Inventory;
use crate::sinks::settings::S3;

use super::drive::{self, Control, Means, Ran};
use super::guard::{Asked, Decision, Guard, Narrow};
use super::journal::{Outcome, What};
use super::place::Place;
use super::plan::{Plan, RolePlan};
use super::planner::{Checked, Wish, check, verify};
use super::settings::{JournalPlace, LONGEST_PLAN_MINUTES, ManagedElsewhere, Settings};
use super::state::State;

pub use error::ApplyError;
pub use memory::forget;
pub use recalled::{Again, Parts};

/// By how much the clock of whoever made a plan may be ahead of ours.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

/// Where journals are kept where nothing is said.
pub const DEFAULT_FOLDER: &str = "noderole-journals";

/// With what a plan is applied, and how far.
#[derive(Debug)]
pub struct Applying<'a> {
    /// AWS, as the caller.
    pub sdk: &'a Sdk,
    /// What is judged by; the same as when the plan was made.
    pub audit: &'a audit::Settings,
    /// What may be changed.
    pub settings: &'a Settings,
    /// How accounts are read; which, the plan says.
    pub ask: &'a Ask,
    /// Where journals, locks and history are kept.
    pub place: &'a Place,
    /// The roles that are assumed, and for how long.
    pub means: Means,
    /// Who wants it.
    pub asked: Asked,
    /// To what it is narrowed.
    pub narrow: Narrow,
}

/// Whether whoever is asked agrees to what is about to be done.
pub type Consent<'a> = &'a mut (dyn FnMut(&Plan, &Decision) -> bool + Send);

/// What came of it.
#[derive(Debug)]
pub struct Applied {
    /// The id of the journal that tells of it.
    pub journal_id: String,
    /// What was done, role by role; those that were refused among them.
    pub ran: Ran,
    /// The findings of each role's plan.
    pub findings: BTreeMap<RoleArn, Vec<String>>,
}

impl Applying<'_> {
    /// What may be planned for at all, but for the findings.
    fn wish(&self, left_alone: BTreeMap<String, String>) -> Wish {
        Wish {
            managed_elsewhere: self.settings.managed_elsewhere == ManagedElsewhere::Change,
            left_alone,
            ..Wish::default()
        }
    }

    /// The facts of the accounts of a plan, each alone.
    async fn facts(&self, plan: &Plan, run_id: &str) -> Result<Facts, ApplyError> {
        let ids: BTreeSet<AccountId> = plan.roles.iter().map(|role| role.account.clone()).collect();
        let listed = ids.into_iter().collect();
        // whole accounts, of which the rules look at more than a role
        let ask =
            Ask { accounts: Accounts::Listed(listed), target: None, deadline: self.means.deadline, ..self.ask.clone() };
        let reading = Reading { progress: &mut |_| (), interrupt: pin!(pending()) };
        let whole = Box::pin(collect(&ask, self.sdk, run_id, reading)).await?;
        Ok(Facts::new(whole))
    }

    /// Holds the plan against the clock, the fresh facts and the guards: what may not be done is marked as refused.
    async fn admitted(&self, plan: &Plan, facts: &Facts) -> Result<(Plan, Decision), ApplyError> {
        let now = self.sdk.now();
        let left_alone = self.left_alone(plan).await?;
        let wish = self.wish(left_alone);
        let mut plan = plan.clone();
        plan.roles.retain(|role| self.narrow.asks_for(role));
        for role in &mut plan.roles {
            role.refused = match facts.of(&role.account) {
                None => Some(format!("account {} could not be read anew", role.account)),
                Some(facts) => match check(role, facts, self.audit, &wish, now) {
                    Checked::Same => None,
                    Checked::Done => {
                        // nothing is left to call, whatever the plan says
                        role.steps.clear();
                        None
                    }
                    Checked::Refused(reason) => Some(reason),
                },
            };
        }
        let decision = Guard::new(self.settings, &facts.whole, self.asked, now).decide(&plan, &self.narrow);
        if let Some(reason) = &decision.whole {
            return Err(ApplyError::Refused(reason.clone()));
        }
        for role in &mut plan.roles {
            // what is not allowed is not allowed whatever else stands against it
            let reason = decision.refused.get(&role.role).cloned();
            role.refused = reason.or(role.refused.take());
        }
        Ok((plan, decision))
    }
}

/// Applies exactly that plan, as far as it is allowed.
///
/// # Errors
/// [`ApplyError`] where nothing was changed at all. What became of each role is no error, but told.
pub async fn apply(
    applying: &Applying<'_>,
    plan: &Plan,
    journal_id: &str,
    consent: Consent<'_>,
    control: Control<'_>,
) -> Result<Applied, ApplyError> {
    let now = applying.sdk.now();
    may_begin(plan, applying.settings, now)?;
    let facts = applying.facts(plan, journal_id).await?;
    let (plan, decision) = applying.admitted(plan, &facts).await?;
    if !consent(&plan, &decision) {
        return Err(ApplyError::Declined);
    }
    let judge = |role: &RolePlan, state: &State| facts.judge(role, state, applying.audit, now);
    let ran = drive::apply(&plan, &judge, journal_id, applying.place, applying.sdk, &applying.means, control);
    let mut ran = Box::pin(ran).await?;
    let findings = findings(&plan);
    applying.remember(&mut ran, &findings, journal_id).await;
    Ok(Applied { journal_id: journal_id.to_owned(), ran, findings })
}

/// Goes on with what a journal tells of; the guards hold as for a new one, and a role that they refuse stops all of it: there
/// is `undo` as well.
///
/// # Errors
/// As for [`apply`].
pub async fn resume(
    applying: &Applying<'_>,
    journal: &str,
    consent: Consent<'_>,
    control: Control<'_>,
) -> Result<Applied, ApplyError> {
    let (journal_id, mut plan) = planned_by(applying.place, journal).await?;
    if !applying.settings.enabled {
        return Err(not_enabled());
    }
    let findings = findings(&plan);
    // what was refused then is not gone on with
    plan.roles.retain(|role| role.refused.is_none());
    if plan.roles.is_empty() {
        let notes = vec!["every role of the journal was refused: there is nothing to go on with".to_owned()];
        return Ok(Applied {
            journal_id,
            ran: Ran { journal: journal.to_owned(), roles: Vec::new(), notes },
            findings,
        });
    }
    let now = applying.sdk.now();
    let facts = applying.facts(&plan, &journal_id).await?;
    let decision = Guard::new(applying.settings, &facts.whole, applying.asked, now).decide(&plan, &applying.narrow);
    if let Some(reason) = decision.whole.clone().or_else(|| {
        let (role, reason) = decision.refused.iter().next()?;
        Some(format!("{role}: {reason}"))
    }) {
        return Err(ApplyError::Refused(reason));
    }
    if !consent(&plan, &decision) {
        return Err(ApplyError::Declined);
    }
    let judge = |role: &RolePlan, state: &State| facts.judge(role, state, applying.audit, now);
    let ran = drive::resume(journal, &judge, applying.place, applying.sdk, &applying.means, control);
    let mut ran = Box::pin(ran).await?;
    applying.remember(&mut ran, &findings, &journal_id).await;
    Ok(Applied { journal_id, ran, findings })
}

/// Takes back what a journal tells of. Whether more may be changed is no matter: what was before is put back.
///
/// # Errors
/// As for [`apply`].
pub async fn undo(
    applying: &Applying<'_>,
    journal: &str,
    force: bool,
    consent: Consent<'_>,
    control: Control<'_>,
) -> Result<Applied, ApplyError> {
    let (journal_id, mut plan) = planned_by(applying.place, journal).await?;
    let absent = applying.narrow.absent(&plan);
    if !absent.is_empty() {
        return Err(ApplyError::Absent(absent.join(", ")));
    }
    plan.roles.retain(|role| applying.narrow.asks_for(role));
    if !consent(&plan, &Decision::default()) {
        return Err(ApplyError::Declined);
    }
    let only = &applying.narrow.roles;
    let ran = drive::undo(journal, only, force, applying.place, applying.sdk, &applying.means, control);
    let mut ran = Box::pin(ran).await?;
    let findings = findings(&plan);
    applying.remember(&mut ran, &findings, &journal_id).await;
    Ok(Applied { journal_id, ran, findings })
}

impl Applied {
    /// Whether every role is as it was to be.
    pub fn all_is_well(&self) -> bool {
        self.ran.roles.iter().all(|carried| match carried.outcome {
            Some(Outcome::Applied | Outcome::Unchanged | Outcome::Undone) => true,
            Some(Outcome::Refused | Outcome::Restored | Outcome::Failed) | None => false,
        })
    }

    /// The roles that were changed.
    pub fn changed(&self) -> impl Iterator<Item = &RoleArn> {
        let changed = self.ran.roles.iter().filter(|carried| match carried.outcome {
            Some(Outcome::Applied | Outcome::Undone | Outcome::Restored | Outcome::Failed) => true,
            Some(Outcome::Unchanged | Outcome::Refused) | None => false,
        });
        changed.map(|carried| &carried.role)
    }
}

/// The accounts of a plan as they were read anew.
struct Facts {
    whole: Inventory,
    by_account: BTreeMap<AccountId, Inventory>,
}

impl Facts {
    fn new(whole: Inventory) -> Self {
        let alone = |account: &crate::inventory::Account| {
            (account.id.clone(), Inventory { accounts: vec![account.clone()], ..whole.clone() })
        };
        Self { by_account: whole.accounts.iter().map(alone).collect(), whole }
    }

    fn of(&self, account: &AccountId) -> Option<&Inventory> {
        self.by_account.get(account)
    }

    fn judge(&self, role: &RolePlan, state: &State, settings: &audit::Settings, now: Timestamp) -> Result<(), String> {
        let facts = self.of(&role.account).ok_or_else(|| format!("account {} could not be read", role.account))?;
        verify(role, facts, settings, state, now)
    }
}

/// What can be said of a plan before anything is read: that it holds, and that anything may be changed at all.
///
/// # Errors
/// [`ApplyError`]: nothing is to be begun.
pub fn may_begin(plan: &Plan, settings: &Settings, now: Timestamp) -> Result<(), ApplyError> {
    holds(plan, now)?;
    if settings.enabled { Ok(()) } else { Err(not_enabled()) }
}

/// Whether a plan may be applied at this time.
fn holds(plan: &Plan, now: Timestamp) -> Result<(), ApplyError> {
    let Plan { created_at, expires_at, .. } = *plan;
    let longest = SignedDuration::from_mins(i64::from(LONGEST_PLAN_MINUTES));
    if expires_at.duration_since(created_at) > longest || created_at.duration_since(now) > CLOCKS_DIFFER {
        return Err(ApplyError::Times { created_at, expires_at });
    }
    if expires_at <= now { Err(ApplyError::Expired(expires_at)) } else { Ok(()) }
}

fn not_enabled() -> ApplyError {
    let text = "remediation is not enabled: set `enabled = true` under [remediation] of the configuration";
    ApplyError::Refused(text.to_owned())
}

fn findings(plan: &Plan) -> BTreeMap<RoleArn, Vec<String>> {
    let of = |role: &RolePlan| role.findings.iter().map(|planned| planned.id.clone()).collect();
    plan.roles.iter().map(|role| (role.role.clone(), of(role))).collect()
}

/// The place that the settings name; without one a folder where the program runs.
pub fn place(settings: &Settings, sdk: &Sdk, partition: Partition) -> Place {
    match &settings.journal {
        Some(JournalPlace::S3 { bucket, prefix }) => {
            let bucket = S3 { prefix: prefix.clone(), ..S3::of(bucket.clone()) };
            Place::bucket(sdk, partition, &bucket)
        }
        Some(JournalPlace::Folder(folder)) => Place::folder(folder.clone()),
        None => Place::folder(PathBuf::from(DEFAULT_FOLDER)),
    }
}

/// The id and the plan of a journal.
async fn planned_by(place: &Place, journal: &str) -> Result<(String, Plan), ApplyError> {
    let read = place.journal(journal).await?;
    match read.lines.into_iter().next().map(|line| line.what) {
        Some(What::Begun { journal_id, plan, .. }) => Ok((journal_id, *plan)),
        Some(_) | None => Err(ApplyError::NoPlan(journal.to_owned())),
    }
}
