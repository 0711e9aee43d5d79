//! Managed policies that are read one by one, each once a run: AWS's own are the same in every account.

use std::collections::{BTreeMap, BTreeSet};

use crate::collect::call::{Call, Question, Reply};
use crate::failure::{Failure, FailureClass};
use crate::ids::AccountId;
use crate::inventory::PolicyVersion;
use crate::known::{Gap, Known};

use super::place::{Place, failure};

/// The policies by ARN.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    policies: BTreeMap<String, Book>,
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

    /// The policies, and for each account what it needed and nobody could read. A policy that could be read from any
    /// account is missed by none.
    pub(super) fn finish(self) -> (BTreeMap<String, Known<PolicyVersion>>, BTreeMap<AccountId, BTreeSet<Gap>>) {
        let mut policies = BTreeMap::new();
        let mut gaps: BTreeMap<AccountId, BTreeSet<Gap>> = BTreeMap::new();
        for (arn, mut book) in self.policies {
            if let Some(version) = book.version {
                policies.insert(arn, Known::Value(version));
                continue;
            }
            let open = book.asking.into_iter().chain(book.waiting.into_values());
            for place in open {
                let gap = place.not_reached(&Question::GetPolicy { policy: arn.clone() });
                book.refused.insert(place.account, gap);
            }
            if let Some((_, last)) = book.refused.last_key_value() {
                policies.insert(arn, Known::Missing(last.clone()));
            }
            for (account, gap) in book.refused {
                gaps.entry(account).or_default().insert(gap);
            }
        }
        (policies, gaps)
    }
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
