//! The regions that were asked for: that they exist, and that the caller's credentials can be good there.

use crate::aws::read::all_regions;
use crate::aws::{AwsError, regions};
use crate::ids::Region;

use super::desk::Desk;

/// The regions, each once, in order of their names.
///
/// A region that this version does not know may be newer than it is: then the caller's account lists it.
pub(super) async fn checked(asked: &[Region], desk: &Desk<'_>) -> Result<Vec<Region>, AwsError> {
    let sessions = desk.sessions;
    let ours = sessions.caller().partition;
    let mut checked = asked.to_vec();
    checked.sort();
    checked.dedup();
    let mut listed: Option<Vec<String>> = None;
    for region in &checked {
        let name = region.as_str();
        if regions::is_known(name) {
            let theirs = region.partition();
            if theirs != ours {
                return Err(AwsError::ForeignRegion { region: name.to_owned(), theirs, ours });
            }
            continue;
        }
        if listed.is_none() {
            let list = || all_regions(sessions, &sessions.caller().account);
            let answer = desk.patiently("account:ListRegions", list).await;
            listed = Some(
                answer.inspect_err(|failure| tracing::debug!(%failure, "regions were not listed")).unwrap_or_default(),
            );
        }
        if !listed.iter().flatten().any(|listed| listed == name) {
            let nearest = regions::nearest(name).map(str::to_owned);
            return Err(AwsError::NoSuchRegion { region: name.to_owned(), nearest });
        }
    }
    Ok(checked)
}
