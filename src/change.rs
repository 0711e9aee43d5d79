//! What somebody has just changed in an account, as CloudTrail tells it through EventBridge: what is to be audited anew.
//!
//! An event is untrusted. Nothing is taken from it but names, which are read again from AWS before anything is said about
//! them; an account that the envelope and the record name differently, or a role of another account, is refused.
//! CloudTrail's form: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>.

mod aim;
mod parameters;
mod watched;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::echo::{echo, message};
use crate::ids::{AccountId, Region, RoleArn};

pub use aim::Aim;
pub use watched::{DETAIL_TYPES, Service, WATCHED, Watched};

use parameters::Parameters;

/// The largest event that is read, in bytes: what a message of SQS holds at most.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const MAX_BYTES: usize = 1024 * 1024;

/// A change, and what of the account is to be audited for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// CloudTrail's `eventID`, by which a second delivery is known.
    pub event_id: String,
    /// The account in which it was made.
    pub account: AccountId,
    /// The operation, `eks:CreateNodegroup`.
    pub operation: String,
    /// What is to be audited.
    pub subject: Subject,
}

/// What is to be audited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A cluster, and a role that the change named beside it.
    Cluster {
        /// Where it is.
        region: Region,
        /// Its name.
        cluster: String,
        /// The role.
        role: Option<RoleArn>,
    },
    /// A role, wherever it serves.
    Role(RoleArn),
    /// The roles in an instance profile of that name.
    InstanceProfile(String),
    /// The roles that a policy with that ARN is attached to, or bounds.
    Policy(String),
    /// All of the account.
    Account,
}

/// What an event comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Something is to be audited.
    Change(Change),
    /// Nothing has changed that a verdict rests on; why.
    Nothing(String),
}

/// Why an event is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangeError {
    /// It is not shaped like an event of CloudTrail.
    #[error(
        "the event is not one of CloudTrail, {0}: expected EventBridge's `AWS API Call via CloudTrail`; see events/changes.json"
    )]
    Malformed(String),
    /// An operation that starts nothing.
    #[error(
        "`{0}` starts no audit: remove it from the rule that forwarded it; docs/deployment.md lists the operations that do"
    )]
    Unwatched(String),
    /// It contradicts itself, as no event of AWS does.
    #[error("the event is refused, {0}: it does not come from CloudTrail as it is")]
    Forged(String),
}

/// EventBridge's envelope.
#[derive(Deserialize)]
struct Envelope {
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    account: AccountId,
    region: Region,
    detail: Detail,
}

/// CloudTrail's record; what is left out of it here is not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_source: String,
    event_name: String,
    #[serde(rename = "eventID")]
    event_id: Option<String>,
    aws_region: Option<Region>,
    error_code: Option<String>,
    read_only: Option<bool>,
    recipient_account_id: Option<AccountId>,
    #[serde(default)]
    user_identity: Value,
    #[serde(default)]
    request_parameters: Value,
    #[serde(default)]
    response_elements: Value,
}

impl Heard {
    /// Reads an event of EventBridge that carries a record of CloudTrail. What was done under the role `own`, by its name
    /// (noderole's remediation role), starts nothing: else each change of ours would start the next audit. A session's
    /// name would not do for that: whoever assumes any role chooses it.
    ///
    /// # Errors
    /// [`ChangeError`]; the text of the event is repeated in part only, without control characters.
    pub fn parse(text: &str, own: Option<&str>) -> Result<Self, ChangeError> {
        if text.len() > MAX_BYTES {
            let problem = format!("it has {} bytes, at most {MAX_BYTES} are read", text.len());
            return Err(ChangeError::Malformed(problem));
        }
        let event: Envelope =
            serde_json::from_str(text).map_err(|error| ChangeError::Malformed(message(&error.to_string())))?;
        let Envelope { source, detail_type, account, region, detail } = event;
        if !DETAIL_TYPES.contains(&detail_type.as_str()) {
            return Err(ChangeError::Malformed(format!("its detail-type is `{}`", echo(&detail_type))));
        }
        let here = Place { account, region };
        here.agrees_with(&detail)?;
        let named = |watched: &&Watched| {
            watched.name == detail.event_name && watched.service.event_source() == detail.event_source
        };
        let Some(watched) = WATCHED.iter().find(named) else {
            return Err(ChangeError::Unwatched(
                echo(&format!("{} of {}", detail.event_name, detail.event_source)).into_owned(),
            ));
        };
        if source != watched.service.source() {
            return Err(ChangeError::Forged(format!("its source is `{}`", echo(&source))));
        }
        if let Some(why) = detail.of_no_consequence(&here, own) {
            return Ok(Self::Nothing(why));
        }
        let operation = format!("{}:{}", source.trim_start_matches("aws."), watched.name);
        let parameters =
            Parameters { place: &here, request: &detail.request_parameters, response: &detail.response_elements };
        Ok(match parameters.subject(watched.names)? {
            Some(subject) => {
                let event_id = detail.event_id.unwrap_or_default();
                Self::Change(Change { event_id, account: here.account, operation, subject })
            }
            None => Self::Nothing(format!("{operation} concerns nothing that a node role rests on")),
        })
    }
}

/// Where an event says that it happened.
struct Place {
    account: AccountId,
    region: Region,
}

impl Place {
    /// Whether the record tells the same account and region as the envelope, which EventBridge itself fills in.
    fn agrees_with(&self, detail: &Detail) -> Result<(), ChangeError> {
        if let Some(other) = detail.recipient_account_id.as_ref().filter(|other| **other != self.account) {
            let message = format!("its envelope names account {}, its record {other}", self.account);
            return Err(ChangeError::Forged(message));
        }
        if let Some(other) = detail.aws_region.as_ref().filter(|other| **other != self.region) {
            let message = format!("its envelope names region {}, its record {other}", self.region);
            return Err(ChangeError::Forged(message));
        }
        Ok(())
    }
}

impl Detail {
    /// Why the record tells of no change, or of one of our own.
    fn of_no_consequence(&self, here: &Place, own: Option<&str>) -> Option<String> {
        if let Some(code) = &self.error_code {
            return Some(format!("the call failed ({})", echo(code)));
        }
        if self.read_only == Some(true) {
            return Some("the call only read".to_owned());
        }
        let caller = self.user_identity.get("arn").and_then(Value::as_str).unwrap_or_default();
        // From the beginning: a user's path may hold whatever an ARN holds.
        let session_of = format!("arn:{}:sts::{}:assumed-role/", here.region.partition(), here.account);
        let role = caller.strip_prefix(&session_of).and_then(|session| session.split('/').next());
        (own.is_some() && role == own).then(|| "the call is noderole's own".to_owned())
    }
}

#[cfg(test)]
mod tests;
