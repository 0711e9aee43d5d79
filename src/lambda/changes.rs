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
use crate::ids::{AccountId, Region};
use crate::judging::part::{Audited, Part};
use crate::judging::{Done, Ends};
use crate::sinks::Earlier;

use super::error::LambdaError;
use super::event::Message;
use super::fan_out;
use super::response::{Answer, Changes, FailedMessage, Response};
use super::telling::Run;
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
    let aims = Aim::of(&changes);
    let earlier = if aims.is_empty() { Earlier::default() } else { Box::pin(work.earlier()).await };
    let mut audits = Vec::new();
    for (account, aim) in aims {
        match audit(work, (&account, &aim), &earlier, Done::default(), log).await {
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

/// Audits what is aimed at in one account; none where the configuration leaves all of it out. What was done before is told with it.
pub(super) async fn audit(
    work: &Work<'_>,
    (account, aim): (&AccountId, &Aim),
    earlier: &Earlier,
    done: Done,
    log: &mut (dyn Write + Send),
) -> Result<Option<Audit>, LambdaError> {
    let whole = work.ask();
    if whole.deadline.is_some_and(|left| left < TIME_FOR_AN_ACCOUNT) {
        return Err(LambdaError::NoTimeLeft);
    }
    let accounts = within(&whole.accounts, account, work).await?;
    let part = Part {
        desk: work.desk(),
        account,
        aim,
        ask: Ask { accounts, ..whole },
        sinks: &work.settings.sinks,
        earlier,
        done,
    };
    let run_id = format!("{}-{account}", work.invocation.run);
    let within = || work.time_to_send();
    let ends = Ends { within: &within, reading: pin!(pending()), sending: pin!(pending()) };
    let Some(Audited { told, coverage }) = Box::pin(part.audit(&run_id, ends)).await? else {
        tracing::info!(%account, "the configuration leaves out the regions of what has changed");
        return Ok(None);
    };
    let is_whole = fan_out::may_be_had(&coverage).is_none();
    Ok(Some(Audit { told: work.tell(&told, Run::Part, log)?, is_whole }))
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

#[cfg(test)]
mod tests;
