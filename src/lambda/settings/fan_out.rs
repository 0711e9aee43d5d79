//! When a run goes over many invocations, and by which state machine.

use crate::ids::Region;

use super::{Environment, SettingsError};

/// With how many accounts one invocation audits them all, where nothing is said.
const DEFAULT_ABOVE: usize = 100;

/// How a run goes over many invocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FanOut {
    /// The ARN of the state machine.
    pub state_machine: String,
    /// Its region.
    pub region: Region,
    /// With more accounts than this it is begun.
    pub above: usize,
}

impl Environment {
    /// How a run goes over many invocations; none where no state machine is named.
    pub(super) fn fan_out(&self) -> Result<Option<FanOut>, SettingsError> {
        const ABOVE: &str = "NODEROLE_FAN_OUT_ABOVE";
        const MACHINE: &str = "NODEROLE_STATE_MACHINE";
        let above = self.get(ABOVE).map(|text| {
            text.parse().map_err(|_not_one| {
                let problem = format!("`{text}` is not a number of accounts");
                SettingsError::Value { name: ABOVE, problem }
            })
        });
        let above = above.transpose()?.unwrap_or(DEFAULT_ABOVE);
        let Some(arn) = self.get(MACHINE) else { return Ok(None) };
        let region = region(arn).ok_or_else(|| {
            let problem = format!(
                "`{arn}` is not the ARN of a state machine: expected \
                 arn:aws:states:eu-west-1:111122223333:stateMachine:NAME"
            );
            SettingsError::Value { name: MACHINE, problem }
        })?;
        Ok(Some(FanOut { state_machine: arn.to_owned(), region, above }))
    }
}

/// The region in the ARN of a state machine.
fn region(arn: &str) -> Option<Region> {
    let mut parts = arn.splitn(6, ':');
    let (begin, service) = (parts.next()?, parts.nth(1)?);
    let (region, resource) = (parts.next()?, parts.nth(1)?);
    let is_one = begin == "arn" && service == "states" && resource.starts_with("stateMachine:");
    is_one.then(|| region.parse().ok()).flatten()
}
