//! The remediation function: plan, apply, undo, on request or on its schedule. What it may change the configuration says alone;
//! what it has changed it audits at once, and tells.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::io::Write;
use std::pin::pin;
use std::time::Duration;

use jiff::SignedDuration;

use crate::collect::ask::{Accounts, Ask};
use crate::collect::drive::{Control as Reading, stream};
use crate::collect::member::MemberRole;
use crate::finding::Status;
use crate::ids::{AccountId, Partition, Region, RoleArn};
use crate::inventory::Inventory;
use crate::judging::outcomes::Outcomes;
use crate::remediate::apply::{self, Applied, ApplyError, Applying, Parts};
use crate::remediate::drive::{Control, Means};
use crate::remediate::guard::{Asked, Narrow};
use crate::remediate::place::Place;
use crate::remediate::plan::Plan;
use crate::remediate::planner::{self, Made, Planning, Wish};
use crate::remediate::settings::{JournalPlace, ManagedElsewhere};
use crate::report::Report;
use crate::sinks::Earlier;
use crate::sinks::cloudwatch::remediation_line;

use super::changes;
use super::error::LambdaError;
use super::event::{Only, Request};
use super::response::{Answer, Planned, PlannedRole, Remediated};
use super::work::Work;

/// What is kept back of an invocation for the audit afterwards, and the answer.
const TO_TELL: Duration = Duration::from_mins(2);

/// When a role that was begun is left as it is, before the end of the invocation: its journal tells how to go on.
const TO_LEAVE: Duration = Duration::from_secs(20);

/// Does what a request asks for.
pub(super) async fn at_request(
    work: &Work<'_>,
    request: &Request,
    log: &mut (dyn Write + Send),
) -> Result<Answer, LambdaError> {
    let desk = Desk::of(work)?;
    match request {
        Request::Plan(only) => {
            let (plan, notes) = Box::pin(desk.plan(only)).await?;
            desk.place.keep_plan(&plan).await?;
            Ok(Answer::Planned(planned(&plan, notes)))
        }
        Request::Mend(only) => {
            // the plan is narrowed already, and may hold what goes with it: the role of aws-node for a node role
            let planned = Box::pin(desk.plan(only)).await?;
            Box::pin(desk.apply(planned, Narrow::default(), Asked::Someone, log)).await
        }
        Request::Apply { plan, only } => {
            let plan = of_accounts_and_rules(desk.place.plan(plan).await?, only);
            let narrow = Narrow { roles: only.roles.clone(), findings: only.findings.clone() };
            let absent = narrow.absent(&plan);
            let absent = (!absent.is_empty()).then(|| format!("the plan has nothing for {}", absent.join(", ")));
            Box::pin(desk.apply((plan, absent.into_iter().collect()), narrow, Asked::Someone, log)).await
        }
        Request::Undo { journal, roles } => Box::pin(desk.undo(journal, roles, log)).await,
    }
}

/// Applies what the configuration lets be applied by itself: what of the latest report fails by the rules that it names.
pub(super) async fn on_schedule(work: &Work<'_>, log: &mut (dyn Write + Send)) -> Result<Answer, LambdaError> {
    let desk = Desk::of(work)?;
    let Earlier { report, note } = Box::pin(work.earlier()).await;
    let mut only = Only { rules: work.settings.remediation.automatic.clone(), ..Only::default() };
    let notes = note.into_iter().collect();
    if let Some(report) = &report {
        only = failing(report, only);
    }
    if only.findings.is_empty() || !work.settings.remediation.enabled {
        return Ok(nothing_done(notes));
    }
    let planned = Box::pin(desk.plan(&only)).await?;
    Box::pin(desk.apply(planned, Narrow::default(), Asked::Nobody, log)).await
}

/// The answer where nothing was to be done.
fn nothing_done(notes: Vec<String>) -> Answer {
    Answer::Remediated(Remediated {
        journal_id: None,
        roles: Vec::new(),
        notes,
        audits: Vec::new(),
        deliveries: Vec::new(),
    })
}

/// Narrowed to what fails in a report.
fn failing(report: &Report, only: Only) -> Only {
    let rules: BTreeSet<String> = only.rules.iter().map(ToString::to_string).collect();
    let fails = report.findings.iter().filter(|finding| {
        finding.status == Status::Fail && finding.suppressed.is_none() && rules.contains(&finding.rule)
    });
    let (accounts, findings) = fails.map(|finding| (finding.account.clone(), finding.id.clone())).unzip();
    Only { accounts, findings, ..only }
}

/// Where remediations are done.
struct Desk<'a> {
    work: &'a Work<'a>,
    place: Place,
}

impl<'a> Desk<'a> {
    fn of(work: &'a Work<'a>) -> Result<Self, LambdaError> {
        // A folder would go with the invocation, and the images from before with it.
        if work.settings.remediation.journal.as_ref().is_none_or(JournalPlace::is_folder) {
            return Err(LambdaError::NoJournal);
        }
        let partition = work.settings.ask.regions.first().map_or(Partition::Aws, Region::partition);
        Ok(Self { work, place: apply::place(&work.settings.remediation, work.sdk, partition) })
    }

    /// What may be done in this invocation's time.
    fn means(&self) -> Means {
        let settings = self.work.settings;
        let left = self.work.invocation.time_left.saturating_sub(self.work.spent());
        Means {
            reader: settings.ask.member.clone(),
            writer: MemberRole {
                name: settings.remediation.role_name.clone(),
                external_id: settings
                    .remediation
                    .external_id
                    .clone()
                    .or_else(|| settings.ask.member.external_id.clone()),
            },
            deadline: Some(left.saturating_sub(TO_TELL.min(left / 2))),
            end: Some(left.saturating_sub(TO_LEAVE.min(left / 4))),
        }
    }

    /// Plans for what a request is narrowed to, within what is configured and what is not left alone; and what of that could
    /// not be known.
    async fn plan(&self, only: &Only) -> Result<(Plan, Vec<String>), LambdaError> {
        let (work, settings) = (self.work, &self.work.settings.remediation);
        let wish = Wish {
            findings: (!only.findings.is_empty()).then(|| only.findings.clone()),
            rules: (!only.rules.is_empty()).then(|| only.rules.clone()),
            roles: only.roles.clone(),
            advice: settings.advice,
            managed_elsewhere: settings.managed_elsewhere == ManagedElsewhere::Change,
            left_alone: BTreeMap::new(),
            allowed: settings.enabled.then(|| Box::new(settings.clone())),
        };
        let now = work.sdk.now();
        let minutes = SignedDuration::from_mins(i64::from(settings.plan_minutes));
        let plan_id = work.invocation.run.to_string();
        let expires_at = now.checked_add(minutes).unwrap_or(now);
        let made = Made { plan_id, created_at: now, expires_at };
        let mut planning = Planning::new(&work.settings.audit, &wish, made.clone());
        let mut parts = Parts::default();
        let mut run: Option<Inventory> = None;
        for accounts in Box::pin(self.accounts(only)).await? {
            let ask = Ask { accounts, deadline: self.means().deadline, ..work.ask() };
            let reading = Reading { progress: &mut |_| (), interrupt: pin!(pending()) };
            let id = work.invocation.run.as_str();
            let mut take = |account: Inventory| {
                if planning.take(&account) {
                    parts.keep(&account);
                }
            };
            run = Some(Box::pin(stream(&ask, work.sdk, id, reading, &mut take)).await?);
        }
        let run = run.ok_or(LambdaError::NoTimeLeft)?;
        let mut plan = planning.end(&run);
        let again = |part: &Inventory, left: &BTreeMap<String, String>| {
            let wish = Wish { left_alone: left.clone(), ..wish.clone() };
            planner::plan(part, &work.settings.audit, &wish, made.clone())
        };
        let notes = Box::pin(parts.leave_alone(&mut plan, &self.place, &again)).await;
        Ok((plan, notes))
    }

    /// The accounts that a request names, each by itself, else all that are configured.
    async fn accounts(&self, only: &Only) -> Result<Vec<Accounts>, LambdaError> {
        let named: BTreeSet<&AccountId> = only.accounts.iter().chain(only.roles.iter().map(RoleArn::account)).collect();
        let configured = self.work.ask().accounts;
        if named.is_empty() {
            return Ok(vec![configured]);
        }
        let mut accounts = Vec::new();
        for account in named {
            accounts.push(Box::pin(changes::within(&configured, account, self.work)).await?);
        }
        Ok(accounts)
    }

    fn applying(&'a self, narrow: Narrow, asked: Asked) -> Applying<'a> {
        Applying {
            sdk: self.work.sdk,
            audit: &self.work.settings.audit,
            settings: &self.work.settings.remediation,
            ask: &self.work.settings.ask,
            place: &self.place,
            means: self.means(),
            asked,
            narrow,
        }
    }

    async fn apply(
        &self,
        (plan, mut notes): (Plan, Vec<String>),
        narrow: Narrow,
        asked: Asked,
        log: &mut (dyn Write + Send),
    ) -> Result<Answer, LambdaError> {
        if !plan.roles.iter().any(|role| narrow.asks_for(role)) {
            notes.push("nothing is offered for what was asked for".to_owned());
            return Ok(nothing_done(notes));
        }
        let journal_id = self.work.invocation.run.to_string();
        let control = Control { told: &mut |_| (), interrupt: pin!(pending()) };
        let applying = self.applying(narrow, asked);
        let applied = Box::pin(apply::apply(&applying, &plan, &journal_id, &mut |_, _| true, control)).await;
        self.tell(applied, notes, log).await
    }

    async fn undo(
        &self,
        journal: &str,
        roles: &BTreeSet<RoleArn>,
        log: &mut (dyn Write + Send),
    ) -> Result<Answer, LambdaError> {
        let control = Control { told: &mut |_| (), interrupt: pin!(pending()) };
        let narrow = Narrow { roles: roles.clone(), ..Narrow::default() };
        let applying = self.applying(narrow, Asked::Someone);
        let applied = Box::pin(apply::undo(&applying, journal, false, &mut |_, _| true, control)).await;
        self.tell(applied, Vec::new(), log).await
    }

    /// Writes a line for each role, audits what was changed, tells the sinks, and answers.
    async fn tell(
        &self,
        applied: Result<Applied, ApplyError>,
        mut notes: Vec<String>,
        log: &mut (dyn Write + Send),
    ) -> Result<Answer, LambdaError> {
        let applied = applied.map_err(Box::new)?;
        let mut outcomes = Outcomes::of(&applied);
        let Applied { ran, journal_id, .. } = applied;
        let roles = outcomes.roles().to_vec();
        for role in &roles {
            writeln!(log, "{}", remediation_line(role).map_err(std::io::Error::from)?)?;
        }
        log.flush()?;
        let mut audits = Vec::new();
        notes.extend(ran.notes);
        let changed = outcomes.changed();
        let earlier = if changed.is_empty() { Earlier::default() } else { Box::pin(self.work.earlier()).await };
        for (account, aim) in changed {
            let done = outcomes.done(&account);
            match Box::pin(changes::audit(self.work, (&account, &aim), &earlier, done, log)).await {
                Ok(Some(audit)) => {
                    audits.push(audit.told);
                    outcomes.told(&account);
                }
                Ok(None) => notes.push(outcomes.not_audited(&account)),
                Err(error) => {
                    tracing::error!(%account, error = &error as &dyn std::error::Error, "what was changed was not audited");
                    notes.push(outcomes.not_audited(&account));
                }
            }
        }
        let (desk, run_id) = (self.work.desk(), self.work.invocation.run.as_str());
        let sinks = &self.work.settings.sinks;
        let mut never = pin!(pending());
        let rest = outcomes.tell_the_rest(desk, sinks, run_id, self.work.time_to_send(), never.as_mut());
        let deliveries = Box::pin(rest).await.map(|told| told.report.deliveries).unwrap_or_default();
        Ok(Answer::Remediated(Remediated { journal_id: Some(journal_id), roles, notes, audits, deliveries }))
    }
}

/// The plan of the accounts that are asked for, and of roles of which nothing but the rules that are asked for is mended.
fn of_accounts_and_rules(mut plan: Plan, only: &Only) -> Plan {
    plan.roles.retain(|role| {
        let account = only.accounts.is_empty() || only.accounts.contains(&role.account);
        let rules = only.rules.is_empty() || role.findings.iter().all(|planned| only.rules.contains(&planned.rule));
        account && rules
    });
    plan
}

/// A plan in short.
fn planned(plan: &Plan, notes: Vec<String>) -> Planned {
    let mut left = BTreeMap::new();
    for one in &plan.left {
        *left.entry(one.reason).or_default() += 1;
    }
    let roles = plan.roles.iter().map(|role| PlannedRole {
        role: role.role.clone(),
        findings: role.findings.iter().map(|planned| planned.id.clone()).collect(),
        steps: role.steps.iter().map(|step| step.change.described()).collect(),
    });
    Planned { plan_id: plan.plan_id.clone(), expires_at: plan.expires_at, roles: roles.collect(), left, notes }
}
