//! Account management: which regions there are for an account.

use aws_sdk_account::types::RegionOptStatus;

use crate::collect::call::{Call, Reply};
use crate::failure::Failure;
use crate::ids::AccountId;

use super::super::session::Sessions;
use super::failed;

/// Regions a page, at most.
const PAGE: i32 = 50;

/// Pages at most.
const MAX_PAGES: usize = 20;

/// account:ListRegions, those enabled.
pub(super) async fn enabled_regions(sessions: &Sessions, call: &Call) -> Result<Reply, Failure> {
    let enabled = vec![RegionOptStatus::Enabled, RegionOptStatus::EnabledByDefault];
    let (names, next) = page(sessions, &call.account, enabled, call.page.clone()).await?;
    Ok(Reply::Names { names, next })
}

/// Every region that AWS names to the account, enabled or not.
pub(crate) async fn all_regions(sessions: &Sessions, account: &AccountId) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    let mut token = None;
    for _ in 0..MAX_PAGES {
        sessions.count("account:ListRegions");
        let (names, next) = page(sessions, account, Vec::new(), token).await?;
        all.extend(names);
        token = next;
        if token.is_none() {
            break;
        }
    }
    Ok(all)
}

async fn page(
    sessions: &Sessions,
    account: &AccountId,
    statuses: Vec<RegionOptStatus>,
    token: Option<String>,
) -> Result<(Vec<String>, Option<String>), Failure> {
    let client = sessions.account_management(account);
    let statuses = (!statuses.is_empty()).then_some(statuses);
    let request =
        client.sdk.list_regions().max_results(PAGE).set_region_opt_status_contains(statuses).set_next_token(token);
    let answer = request.send().await.map_err(|error| failed(&client, None, &error))?;
    let names = answer.regions.unwrap_or_default().into_iter().filter_map(|region| region.region_name).collect();
    Ok((names, answer.next_token))
}
