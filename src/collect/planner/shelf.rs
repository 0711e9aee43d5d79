//! Managed policies that are read one by one, each once a run: AWS's own are the same in every account.

use std::collections::BTreeMap;

use crate::collect::call::{Call, Question, Reply};
use crate::failure::{Failure, FailureClass};
use crate::ids::AccountId;
use crate::inventory::PolicyVersion;
use crate::known::Gap;

use super::place::{Place, failure};

/// The policies by ARN.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    policies: BTreeMap<String, Book>,
    /// No call is made any more.
    ended: bool,
}

/// One policy: who needs it, who could not read it.
#[derive(Debug, Default)]
struct Book {
    version: Option<PolicyVersion>,
    /// Accounts that need it and have not tried.
    waiting: BTreeMap<AccountId, Place>,
    /// The account in which it is being asked for.
    asking: Option<Place>,
    /// Accounts in which it could not be read.
    refused: BTreeMap<AccountId, Gap>,
}

impl Shelf {
    /// An account needs the policy: the call to make, if it is not read and nobody is asking.
    pub(super) fn want(&mut self, policy: &str, place: &Place) -> Option<Call> {
        let book = self.policies.entry(policy.to_owned()).or_default();
        let asking = book.asking.as_ref().is_some_and(|asking| asking.account == place.account);
        if book.version.is_some() || asking || book.refused.contains_key(&place.account) {
            return None;
        }
        book.waiting.insert(place.account.clone(), place.clone());
        book.ask_next(policy)
    }

    /// Takes an answer: the next call about that policy, if there is one.
    pub(super) fn take(&mut self, call: &Call, result: Result<Reply, Failure>) -> Option<Call> {
        let (Question::GetPolicy { policy } | Question::GetPolicyVersion { policy, .. }) = &call.question else {
            return None;
        };
        let book = self.policies.get_mut(policy)?;
        let place = book.asking.take()?;
        let failure = match (&call.question, result) {
            (Question::GetPolicy { .. }, Ok(Reply::DefaultVersion(version))) => {
                let question = Question::GetPolicyVersion { policy: policy.clone(), version };
                let next = place.call(question, None);
                book.asking = Some(place);
                return Some(next);
            }
            (Question::GetPolicyVersion { .. }, Ok(Reply::PolicyVersion(version))) => {
                book.version = Some(version);
                book.waiting.clear();
                return None;
            }
            (question, Ok(_unfit)) => {
                let message = format!("the answer is not one to {}", question.api());
                failure(FailureClass::Malformed, "UnexpectedAnswer", message)
            }
            (_, Err(failure)) => failure,
        };
        let gap = place.failed(&call.question, failure);
        book.refused.insert(place.account, gap);
        book.ask_next(policy)
    }

    /// What is known of a policy in an account that needs it.
    pub(super) fn state(&self, policy: &str, account: &AccountId) -> State<'_> {
        let Some(book) = self.policies.get(policy) else { return State::Pending };
        match (&book.version, book.refused.get(account)) {
            (Some(version), _) => State::Read(version),
            // Nobody else can read an account's own policy.
            (None, Some(gap)) if self.ended || !is_of_aws(policy) => State::Missing(gap),
            (None, Some(gap)) => State::Refused(gap),
            (None, None) => State::Pending,
        }
    }

    /// No call is made any more: what was needed and not asked was not reached.
    pub(super) fn end(&mut self) {
        self.ended = true;
        for (arn, book) in &mut self.policies {
            let waiting = std::mem::take(&mut book.waiting).into_values();
            for place in book.asking.take().into_iter().chain(waiting).filter(|_| book.version.is_none()) {
                let gap = place.not_reached(&Question::GetPolicy { policy: arn.clone() });
                book.refused.insert(place.account, gap);
            }
        }
    }

    /// The account is finished: what only it needed is not kept.
    pub(super) fn let_go(&mut self, policy: &str, account: &AccountId) {
        if !is_of_aws(policy) {
            self.policies.remove(policy);
        } else if let Some(book) = self.policies.get_mut(policy) {
            book.waiting.remove(account);
            book.refused.remove(account);
        }
    }
}

/// What is known of a policy in one account.
#[derive(Debug)]
pub(super) enum State<'a> {
    /// Its document.
    Read(&'a PolicyVersion),
    /// It is still to come.
    Pending,
    /// It could not be read here; another account may still read it.
    Refused(&'a Gap),
    /// It could not be read, and nobody will.
    Missing(&'a Gap),
}

/// Whether a managed policy is one of AWS's own, which every account of a partition sees: `arn:aws:iam::aws:policy/...`.
fn is_of_aws(policy: &str) -> bool {
    policy.split(':').nth(4) == Some("aws")
}

impl Book {
    /// Asks in the next account that needs it, unless one is asking.
    fn ask_next(&mut self, policy: &str) -> Option<Call> {
        if self.asking.is_some() {
            return None;
        }
        let (_, place) = self.waiting.pop_first()?;
        let call = place.call(Question::GetPolicy { policy: policy.to_owned() }, None);
        self.asking = Some(place);
        Some(call)
    }
}
