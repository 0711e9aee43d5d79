//! A part of one account, read again because something in it has changed: judged, compared with the latest report, and told to
//! the sinks as a part is.

use std::collections::BTreeSet;

use crate::aws::AwsError;
use crate::change::Aim;
use crate::collect::ask::Ask;
use crate::collect::drive::{Control, stream};
use crate::ids::{AccountId, Region, RoleArn};
use crate::inventory::{Inventory, Target};
use crate::report::coverage;
use crate::report::model::CoverageEntry;
use crate::report::narrow::Narrowing;
use crate::sinks::{Earlier, Sink};

use super::{Desk, Done, Ends, Judging, Told};

/// What is to be read again, and to whom it is told.
#[derive(Debug)]
pub struct Part<'a> {
    /// What it is judged and told with.
    pub desk: Desk<'a>,
    /// The account.
    pub account: &'a AccountId,
    /// What in it.
    pub aim: &'a Aim,
    /// How the account is read, whole.
    pub ask: Ask,
    /// The sinks; they are told it as a part.
    pub sinks: &'a [Sink],
    /// What it is compared with, of all accounts.
    pub earlier: &'a Earlier,
    /// What noderole itself did before.
    pub done: Done,
}

/// A part that was audited and told.
#[derive(Debug)]
pub struct Audited {
    /// What was told.
    pub told: Told,
    /// Everything that was asked for in the account, be it told or not.
    pub coverage: Vec<CoverageEntry>,
}

impl Part<'_> {
    /// Audits it, and tells the sinks; none where the configuration leaves out all regions of it.
    ///
    /// # Errors
    /// [`AwsError`] where nothing could be asked.
    pub async fn audit(self, run_id: &str, mut ends: Ends<'_>) -> Result<Option<Audited>, AwsError> {
        let Self { desk, account, aim, ask, sinks, earlier, done } = self;
        let aim = &widened(aim, account, &done, earlier);
        let Some(ask) = narrowed(ask, aim) else { return Ok(None) };
        let target = ask.target.clone().unwrap_or_default();
        let roles: Vec<RoleArn> = aim.roles.iter().filter(|_| ask.target.is_some()).cloned().collect();
        let asked = Narrowing { regions: Vec::new(), clusters: target.clusters, roles };
        let earlier = earlier.of_part(account, &asked);
        let sinks: Vec<Sink> = sinks.iter().cloned().map(Sink::of_a_part).collect();
        let mut judging = Judging::new(desk, &earlier, asked, &sinks).after(done);
        let mut covered = Vec::new();
        let mut take = |account: Inventory| {
            covered.extend(coverage::of(&account));
            judging.take(account);
        };
        let control = Control { progress: &mut |_| (), interrupt: ends.reading.as_mut() };
        let run = Box::pin(stream(&ask, desk.sdk, run_id, control, &mut take)).await?;
        let told = Box::pin(judging.tell(&run, ends)).await;
        Ok(Some(Audited { told, coverage: covered }))
    }
}

/// The aim, with the roles that the mended findings are about: where the role of aws-node was mended, that is the node role.
fn widened(aim: &Aim, account: &AccountId, done: &Done, earlier: &Earlier) -> Aim {
    let changed = done.remediations.iter().filter(|came| aim.roles.contains(&came.role));
    let mended: BTreeSet<&String> = changed.flat_map(|came| &came.findings).collect();
    let found = earlier.report.iter().flat_map(|report| &report.findings).filter(|found| mended.contains(&found.id));
    let about = found.filter_map(|found| found.role_arn.as_deref()?.parse::<RoleArn>().ok());
    let mut wider = aim.clone();
    wider.roles.extend(about.filter(|role| role.account() == account));
    wider
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
