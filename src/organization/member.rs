//! One account that an event names: audited only if the organization has it, and nothing leaves it out.

use std::collections::BTreeSet;

use crate::aws::AwsError;
use crate::aws::read::{Organization, account};
use crate::collect::scope::AccountScope;
use crate::failure::Failure;
use crate::ids::AccountId;

use super::accounts::{Narrowing, scope};
use super::desk::Desk;
use super::service_control::ways;

const DESCRIBE_ACCOUNT: &str = "organizations:DescribeAccount";

/// Codes by which Organizations says that an account is none of its own.
const NO_SUCH_ACCOUNT: &[&str] = &["AccountNotFoundException", "InvalidInputException", "ValidationException"];

/// The account.
///
/// # Errors
/// [`AwsError::NotAMember`] where it is none of the accounts that would be audited; where it stands is not known, and
/// units are named, it is none either.
pub(super) async fn member(
    id: &AccountId,
    narrowing: &Narrowing<'_>,
    organization: &Organization,
    desk: &Desk<'_>,
) -> Result<AccountScope, AwsError> {
    let foreign = || AwsError::NotAMember(id.to_string());
    if narrowing.exclude_accounts.contains(id) {
        return Err(foreign());
    }
    let listed = desk.ask(DESCRIBE_ACCOUNT, || account(desk.sessions, id)).await;
    let listed = listed.map_err(|failure: Failure| {
        if NO_SUCH_ACCOUNT.contains(&failure.code.as_str()) {
            foreign()
        } else {
            AwsError::Failed { api: DESCRIBE_ACCOUNT, source: failure }
        }
    })?;
    let mut found = scope(listed, desk.sessions);
    if narrowing.units.is_empty() && narrowing.exclude_units.is_empty() {
        return Ok(found);
    }
    let way = ways(&mut [&mut found], organization, desk).await.remove(id);
    let Some(Ok(way)) = way else { return Err(foreign()) };
    let above: BTreeSet<&str> = way.iter().map(String::as_str).collect();
    let is_in = |units: &[crate::ids::UnitId]| units.iter().any(|unit| above.contains(unit.as_str()));
    let wanted = narrowing.units.is_empty() || is_in(narrowing.units);
    if wanted && !is_in(narrowing.exclude_units) { Ok(found) } else { Err(foreign()) }
}
