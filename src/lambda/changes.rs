//! What somebody changed → an audit of what it touches, one for each account: many changes of one role are one audit.
//!
//! An event is not trusted: it decides neither which accounts are audited nor what is told, only that something inside of
//! what the configuration names is read again, now.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::io::Write;
use std::pin::pin;
use std::time::Duration;

use crate::change::{Aim, Change, Heard};
use crate::collect::ask::{Accounts, Ask};
use crate::collect::drive::{Control, stream};
use crate::ids::{AccountId, Region, RoleArn};
use crate::inventory::Target;
use crate::report::coverage;
use crate::report::narrow::Narrowing;
use crate::sinks::Sink;

use super::baseline::Earlier;
use super::error::LambdaError;
use super::event::Message;
use super::fan_out;
use super::judging::Judging;
use super::response::{Answer, Changes, FailedMessage, Response};
use super::work::Work;

/// With less time left than this no further account is begun: its messages come again.
const TIME_FOR_AN_ACCOUNT: Duration = Duration::from_mins(1);

/// Audits what the messages say has changed.
///
/// # Errors
/// None that one account or message alone is to blame for: those are answered by their ids, and come again.
pub(super) async fn work_off(
    work: &Work<'_>,
    messages: &[Message],
    log: &mut (dyn Write + Send),
) -> Result<Answer, LambdaError> {
    let mut failed: BTreeSet<&str> = BTreeSet::new();
    let mut changes: Vec<Change> = Vec::new();
    let mut messages_of: BTreeMap<AccountId, Vec<&str>> = BTreeMap::new();
    // What the remediation function does it audits itself, and tells.
    let own = work.settings.remediation.role_name.as_str();
    for Message { id, body } in messages {
        match Heard::parse(body, Some(own)) {
            Ok(Heard::Change(change)) => {
                messages_of.entry(change.account.clone()).or_default().push(id);
                changes.push(change);
            }
            Ok(Heard::Nothing(why)) => tracing::info!(message = %id, %why, "nothing is to be audited"),
            Err(error) => {
                tracing::error!(message = %id, %error, "the message is not taken");
                failed.insert(id);
            }
        }
    }
    let mut audits = Vec::new();
    for (account, aim) in Aim::of(&changes) {
        match audit(work, &account, &aim, None, log).await {
            Ok(Some(Audit { told, is_whole })) => {
                if !is_whole {
                    failed.extend(messages_of.remove(&account).unwrap_or_default());
                }
                audits.push(told);
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%account, error = &error as &dyn std::error::Error, "the account could not be audited");
                failed.extend(messages_of.remove(&account).unwrap_or_default());
            }
        }
    }
    let batch_item_failures = failed.into_iter().map(|id| FailedMessage { item_identifier: id.to_owned() }).collect();
    Ok(Answer::Changes(Changes { batch_item_failures, audits }))
}

/// What was audited in one account.
pub(super) struct Audit {
    pub(super) told: Response,
    /// Whether another invocation would have nothing more: all was read in time, and what failed would fail again.
    is_whole: bool,
}

/// Audits what is aimed at in one account; none where the configuration leaves all of it out. With a journal, what is resolved
/// was mended by what it tells of.
pub(super) async fn audit(
    work: &Work<'_>,
    account: &AccountId,
    aim: &Aim,
    journal: Option<&str>,
    log: &mut (dyn Write + Send),
) -> Result<Option<Audit>, LambdaError> {
    let whole = work.ask();
    if whole.deadline.is_some_and(|left| left < TIME_FOR_AN_ACCOUNT) {
        return Err(LambdaError::NoTimeLeft);
    }
    let accounts = within(&whole.accounts, account, work).await?;
    let Some(ask) = narrowed(Ask { accounts, ..whole }, aim) else {
        tracing::info!(%account, "the configuration leaves out the regions of what has changed");
        return Ok(None);
    };
    let target = ask.target.clone().unwrap_or_default();
    let roles: Vec<RoleArn> = aim.roles.iter().filter(|_| ask.target.is_some()).cloned().collect();
    let asked = Narrowing { regions: Vec::new(), clusters: target.clusters, roles };
    let earlier = Box::pin(Earlier::latest(&work.settings.sinks, work.sdk)).await.of_part(account, &asked);
    let sinks: Vec<Sink> = work.settings.sinks.iter().cloned().map(Sink::of_a_part).collect();
    let mut judging = Judging::of_part(work, &earlier, asked, &sinks).mended_by(journal.map(str::to_owned));
    let control = Control { progress: &mut |_| (), interrupt: pin!(pending()) };
    let run_id = format!("{}-{account}", work.invocation.run);
    let mut is_whole = true;
    let mut take = |account| {
        is_whole &= fan_out::may_be_had(&coverage::of(&account)).is_none();
        judging.take(account);
    };
    let run = Box::pin(stream(&ask, work.sdk, &run_id, control, &mut take)).await?;
    let told = Box::pin(judging.tell(&run, log)).await?;
    Ok(Some(Audit { told, is_whole }))
}

/// The account, if it is one that the configuration names.
pub(super) async fn within(
    configured: &Accounts,
    account: &AccountId,
    work: &Work<'_>,
) -> Result<Accounts, LambdaError> {
    let foreign = || LambdaError::Aws(crate::aws::AwsError::NotAMember(account.to_string()));
    match configured {
        Accounts::Organization { units, exclude_accounts, exclude_units } => Ok(Accounts::Member {
            account: account.clone(),
            units: units.clone(),
            exclude_accounts: exclude_accounts.clone(),
            exclude_units: exclude_units.clone(),
        }),
        Accounts::Listed(ids) if ids.contains(account) => Ok(Accounts::Listed(vec![account.clone()])),
        Accounts::Own => {
            let hint = work.settings.ask.regions.first().map_or(crate::ids::Partition::Aws, Region::partition);
            let caller = Box::pin(work.sdk.identify(hint)).await?;
            if caller.account == *account { Ok(Accounts::Own) } else { Err(foreign()) }
        }
        Accounts::Listed(_) | Accounts::Member { .. } | Accounts::Found(_) => Err(foreign()),
    }
}

/// What is to be read for an aim; none where all of it is outside of the configured regions.
///
/// A policy or an instance profile is not followed to its roles: they are as many as IAM says, and to ask costs as much as
/// to read the account.
fn narrowed(whole: Ask, aim: &Aim) -> Option<Ask> {
    if aim.everything || !aim.profiles.is_empty() || !aim.policies.is_empty() {
        return Some(whole);
    }
    let audited = |region: &Region| whole.regions.is_empty() || whole.regions.contains(region);
    let clusters: BTreeSet<&(Region, String)> = aim.clusters.iter().filter(|(region, _)| audited(region)).collect();
    if clusters.is_empty() && aim.roles.is_empty() {
        return None;
    }
    let target = Target {
        clusters: clusters.iter().map(|(_, name)| name.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
        roles: aim.roles.iter().map(ToString::to_string).collect(),
    };
    // A role may serve in any region; a cluster is where it is.
    let regions = if aim.roles.is_empty() {
        clusters.iter().map(|(region, _)| region.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    } else {
        whole.regions.clone()
    };
    Some(Ask { regions, target: Some(target), ..whole })
}

#[cfg(test)]
mod tests;
