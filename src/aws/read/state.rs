//! What a remediation may change, read as it is now: a role with all that decides what it may do, and what else is touched.
//! What does not exist is a fact; what could not be read fails the whole, for nothing is changed on half a picture.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::collect::call::{Call, Question, Reply};
use crate::failure::{Failure, FailureClass};
use crate::ids::{AccountId, Region, RoleArn};
use crate::inventory::PolicyVersion;
use crate::remediate::state::{EntryState, RoleState, State, Subject, place};

use super::super::session::Sessions;
use super::{eks, malformed};

/// Pages of one list at most.
const MAX_PAGES: usize = 100;

/// How often a call that is throttled is made, the first time included.
const MAX_TRIES: u32 = 8;

/// The pause after the first throttled answer; doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// How often a state is read anew that was changed while it was read.
const MAX_READINGS: u32 = 3;

/// Reads a state, in the sessions of the audit role.
pub(crate) async fn state(sessions: &Sessions, subject: &Subject) -> Result<State, Failure> {
    let reader = Reader { sessions, account: subject.role.account() };
    let mut last = None;
    for _ in 0..MAX_READINGS {
        match Box::pin(reader.state(subject)).await {
            // what has just been listed is gone: it is being changed
            Err(failure) if failure.class == FailureClass::Gone => last = Some(failure),
            answer => return answer,
        }
    }
    let said = last.map(|failure| failure.message).unwrap_or_default();
    Err(Failure {
        class: FailureClass::Transient,
        code: "ChangedMeanwhile".to_owned(),
        message: format!("the role was changed each time while it was read ({said}): try again later"),
    })
}

/// Reads in one account.
struct Reader<'a> {
    sessions: &'a Sessions,
    account: &'a AccountId,
}

impl Reader<'_> {
    async fn state(&self, subject: &Subject) -> Result<State, Failure> {
        let role = self.role(&subject.role).await?;
        let carried = role.iter().flat_map(|role| role.attached.iter().chain(&role.boundary));
        let arns: BTreeSet<&String> = carried.chain(&subject.policies).collect();
        let mut policies = BTreeMap::new();
        for arn in arns {
            policies.insert(arn.clone(), self.policy(arn).await?);
        }
        let mut entries = BTreeMap::new();
        for (region, cluster) in &subject.entries {
            entries.insert(place(region, cluster), self.entry(region, cluster, &subject.role).await?);
        }
        let mut profiles = BTreeMap::new();
        for profile in &subject.profiles {
            profiles.insert(profile.clone(), self.profile(profile).await?);
        }
        Ok(State { role, policies, entries, profiles })
    }

    async fn role(&self, role: &RoleArn) -> Result<Option<RoleState>, Failure> {
        let name = || role.name().to_owned();
        let found = match there(self.ask(None, Question::GetRole { role: name() }).await)? {
            Some(Reply::Role(found)) => found,
            Some(_) => return Err(malformed("not a role")),
            None => return Ok(None),
        };
        if found.arn != *role {
            let message = format!("the role {} is another one: make the plan anew", found.arn);
            return Err(Failure { class: FailureClass::Other, code: "AnotherRole".to_owned(), message });
        }
        let Reply::AttachedPolicies { policies, .. } =
            self.ask(None, Question::ListAttachedRolePolicies { role: name() }).await?
        else {
            return Err(malformed("not a list of attached policies"));
        };
        let Reply::Names { names, .. } = self.ask(None, Question::ListRolePolicies { role: name() }).await? else {
            return Err(malformed("not a list of inline policies"));
        };
        let mut inline = BTreeMap::new();
        for policy in names {
            let Reply::InlinePolicy(found) = self.ask(None, Question::GetRolePolicy { role: name(), policy }).await?
            else {
                return Err(malformed("not an inline policy"));
            };
            inline.insert(found.name, found.document);
        }
        Ok(Some(RoleState {
            id: found.id,
            trust: found.trust,
            attached: policies.into_iter().map(|policy| policy.arn).collect(),
            inline,
            boundary: found.boundary,
        }))
    }

    async fn policy(&self, arn: &str) -> Result<Option<PolicyVersion>, Failure> {
        let policy = || arn.to_owned();
        let version = match there(self.ask(None, Question::GetPolicy { policy: policy() }).await)? {
            Some(Reply::DefaultVersion(version)) => version,
            Some(_) => return Err(malformed("not a policy")),
            None => return Ok(None),
        };
        let Reply::PolicyVersion(found) =
            self.ask(None, Question::GetPolicyVersion { policy: policy(), version }).await?
        else {
            return Err(malformed("not a policy version"));
        };
        Ok(Some(found))
    }

    async fn entry(&self, region: &Region, cluster: &str, role: &RoleArn) -> Result<Option<EntryState>, Failure> {
        let principal = role.as_str();
        let ask = || eks::entry_in_full(self.sessions, self.account, region, cluster, principal);
        let Some(mut entry) = there(patiently(ask).await)? else { return Ok(None) };
        let mut page = None;
        for _ in 0..MAX_PAGES {
            let ask =
                || eks::policies_in_full(self.sessions, self.account, region, cluster, principal, page.as_deref());
            let (listed, next) = patiently(ask).await?;
            entry.policies.extend(listed);
            page = next.filter(|next| !next.is_empty());
            if page.is_none() {
                return Ok(Some(entry));
            }
        }
        Err(malformed("the list of access policies does not come to an end"))
    }

    /// The ARN of the role in an instance profile. A profile that does not exist holds none; to fill it fails.
    async fn profile(&self, profile: &str) -> Result<Option<String>, Failure> {
        match there(self.ask(None, Question::GetInstanceProfile { profile: profile.to_owned() }).await)? {
            Some(Reply::InstanceProfile(content)) => Ok(content.role),
            Some(_) => Err(malformed("not an instance profile")),
            None => Ok(None),
        }
    }

    /// The answer, all pages of it.
    async fn ask(&self, region: Option<&Region>, question: Question) -> Result<Reply, Failure> {
        let mut call = Call { account: self.account.clone(), region: region.cloned(), question, page: None };
        let mut all: Option<Reply> = None;
        for _ in 0..MAX_PAGES {
            let mut reply = patiently(|| self.sessions.perform(&call)).await?;
            call.page = reply.take_next();
            match &mut all {
                Some(all) => all.append(reply),
                None => all = Some(reply),
            }
            if call.page.is_none() {
                break;
            }
        }
        all.filter(|_| call.page.is_none()).ok_or_else(|| malformed("a list that does not come to an end"))
    }
}

/// What does not exist is a fact.
fn there<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.class == FailureClass::Gone => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Makes a call, and again while it is throttled.
async fn patiently<T, F>(call: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..MAX_TRIES {
        match call().await {
            Err(failure) if failure.class == FailureClass::Throttled => tokio::time::sleep(pause).await,
            answer => return answer,
        }
        pause = pause.saturating_mul(2);
    }
    call().await
}
