//! The lock of the account that is being changed: taken before its first role, renewed in time, given back after its last.

use crate::aws::Sdk;
use crate::failure::{Failure, FailureClass};
use crate::ids::AccountId;
use crate::remediate::place::{Lock, LockError, Place, told};

/// The lock of one account at a time.
#[derive(Debug)]
pub(super) struct Holding<'a> {
    place: &'a Place,
    sdk: &'a Sdk,
    journal_id: &'a str,
    lock: Option<(AccountId, Lock)>,
    /// Why the account may not be changed any more.
    lost: Option<String>,
    given_back: Vec<AccountId>,
    notes: Vec<String>,
}

impl<'a> Holding<'a> {
    pub(super) fn new(place: &'a Place, sdk: &'a Sdk, journal_id: &'a str) -> Self {
        Self { place, sdk, journal_id, lock: None, lost: None, given_back: Vec::new(), notes: Vec::new() }
    }

    /// Takes the lock of an account, and gives another's back; or says why it cannot be had.
    pub(super) async fn take(&mut self, account: &AccountId) -> Result<(), String> {
        if self.lock.as_ref().is_some_and(|(held, _)| held == account) {
            return self.lost.clone().map_or(Ok(()), Err);
        }
        self.give_back().await;
        let lock = self.place.lock(account, self.journal_id, self.sdk.now()).await.map_err(|error| told(&error))?;
        self.lock = Some((account.clone(), lock));
        self.lost = None;
        Ok(())
    }

    /// Renews the lock where it is time to. A failure is one of every call from now on: what is no longer locked is not
    /// changed.
    pub(super) async fn keep(&mut self) -> Result<(), Failure> {
        if let Some((account, lock)) = &mut self.lock
            && self.lost.is_none()
            && lock.is_to_be_renewed(self.sdk.now())
            && let Err(error) = self.place.renew(lock, self.sdk.now()).await
        {
            // until it runs out, it may be renewed yet
            let lasts = matches!(error, LockError::Place { .. }) && lock.lasts(self.sdk.now());
            self.lost = (!lasts).then(|| told(&error));
            tracing::warn!(account = account.as_str(), error = told(&error), "a lock could not be renewed");
        }
        match &self.lost {
            None => Ok(()),
            Some(why) => {
                Err(Failure { class: FailureClass::Denied, code: "LockLost".to_owned(), message: why.clone() })
            }
        }
    }

    /// Gives back what is held; what went wrong on the way.
    pub(super) async fn end(&mut self) -> Vec<String> {
        self.give_back().await;
        std::mem::take(&mut self.notes)
    }

    /// The accounts whose locks were given back.
    pub(super) fn given_back(&self) -> &[AccountId] {
        &self.given_back
    }

    async fn give_back(&mut self) {
        let Some((account, lock)) = self.lock.take() else { return };
        match self.place.unlock(&lock, self.sdk.now()).await {
            Ok(()) => self.given_back.push(account),
            Err(error) => self.notes.push(told(&error)),
        }
    }
}
