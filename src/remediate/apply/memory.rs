//! What came of findings before, kept beside the journals: read before a plan is applied, written after it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ids::RoleArn;
use crate::remediate::drive::Ran;
use crate::remediate::history::{History, HistoryError};
use crate::remediate::place::{Place, told};
use crate::remediate::plan::Plan;

use super::{ApplyError, Applying};

impl Applying<'_> {
    /// The findings of a plan that are left alone, with the reason.
    pub(super) async fn left_alone(&self, plan: &Plan) -> Result<BTreeMap<String, String>, ApplyError> {
        let mut left = BTreeMap::new();
        for finding in plan.roles.iter().flat_map(|role| &role.findings) {
            if let Some(reason) = history(self.place, &finding.id).await?.left_alone() {
                left.insert(finding.id.clone(), reason);
            }
        }
        Ok(left)
    }

    /// Remembers what came of each finding. That it could not be is a note: what was done is done.
    pub(super) async fn remember(&self, ran: &mut Ran, findings: &BTreeMap<RoleArn, Vec<String>>, journal_id: &str) {
        let now = self.sdk.now();
        let mut notes = Vec::new();
        for carried in &ran.roles {
            let Some(outcome) = carried.outcome else { continue };
            for finding in findings.get(&carried.role).into_iter().flatten() {
                let remembered = async {
                    let mut history = history(self.place, finding).await?;
                    let before = history.clone();
                    history.note(outcome, journal_id, now);
                    if history != before {
                        let bytes = history
                            .write()
                            .map_err(|source| HistoryError::Form { finding: finding.clone(), source })?;
                        self.place.keep_history(finding, &bytes, now).await?;
                    }
                    Ok::<(), ApplyError>(())
                };
                if let Err(error) = remembered.await {
                    notes.push(format!("what came of {finding} could not be remembered: {}", told(&error)));
                }
            }
        }
        ran.notes.extend(notes);
    }
}

/// What is kept of a finding.
pub(super) async fn history(place: &Place, finding: &str) -> Result<History, ApplyError> {
    let kept = place.history(finding).await?;
    Ok(kept.map_or_else(|| Ok(History::new(finding)), |bytes| History::read(finding, &bytes))?)
}

/// Forgets what was done about a finding, so that it is mended again where that is allowed. Whether anything was known of it.
///
/// # Errors
/// [`ApplyError::Place`].
pub async fn forget(place: &Place, finding: &str, now: Timestamp) -> Result<bool, ApplyError> {
    let known = place.history(finding).await?;
    let new = History::new(finding);
    // what is no history is forgotten as well
    if known.as_ref().is_none_or(|bytes| History::read(finding, bytes).is_ok_and(|known| known == new)) {
        return Ok(false);
    }
    let bytes = new.write().map_err(|source| HistoryError::Form { finding: finding.to_owned(), source })?;
    place.keep_history(finding, &bytes, now).await?;
    Ok(true)
}
