//! The loop around the planner: performs its calls within the limits, until it is done or the deadline has come.

use crate::aws::{AwsError, Sdk};
use crate::inventory::Inventory;

use super::ask::{Ask, Progress};

/// Reads what was asked for. What could not be read is in the inventory, with the reason; only what prevents the whole
/// run (no credentials, no answer from STS or Organizations, a region that does not exist) is an error.
pub async fn collect(
    _ask: &Ask,
    _sdk: &Sdk,
    _run_id: &str,
    _progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Inventory, AwsError> {
    unimplemented!()
}
