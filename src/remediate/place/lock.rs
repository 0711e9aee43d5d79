//! The lock of an account: one run at a time changes it. It expires, so that a run that crashed locks nobody out for long.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::AccountId;

use super::{Content, If, Place, PlaceError};

/// How long a lock holds unless it is renewed.
const HOLDS: SignedDuration = SignedDuration::from_mins(10);

/// How long after its end a lock is still left alone: the clocks of two machines differ.
const GRACE: SignedDuration = SignedDuration::from_mins(1);

/// The largest lock, in bytes.
const MAX_BYTES: usize = 4096;

/// How often a lock is looked at again that another run took or gave back in the same moment.
const MAX_RACES: u32 = 3;

/// A lock that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    account: AccountId,
    owner: String,
    taken_at: Timestamp,
    expires_at: Timestamp,
    tag: String,
}

/// Why an account is not locked, or not any more.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another run changes the account.
    #[error(
        "account {account} is being changed by {owner}, whose lock holds until {until}: wait for its end; if it was \
         interrupted, go on with `noderole apply --resume {owner}`, or wait until the lock has expired"
    )]
    Held {
        /// The account.
        account: AccountId,
        /// The id of the other run's journal.
        owner: String,
        /// Until when (UTC).
        until: Timestamp,
    },
    /// Another run has taken it over, because it was not renewed in time.
    #[error("the lock of account {account} was taken over by {owner}: nothing more is changed there by this run")]
    Lost {
        /// The account.
        account: AccountId,
        /// The id of the other run's journal.
        owner: String,
    },
    /// It could not be read or written.
    #[error("account {account} could not be locked: nothing is changed there without a lock")]
    Place {
        /// The account.
        account: AccountId,
        /// Why.
        source: PlaceError,
    },
}

/// The saved form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    /// The id of the journal.
    owner: String,
    taken_at: Timestamp,
    expires_at: Timestamp,
    /// Whether the run is over.
    given_back: bool,
}

impl Lock {
    /// Whether it is time to renew it: half of its time is over.
    pub fn is_to_be_renewed(&self, now: Timestamp) -> bool {
        self.expires_at.duration_since(now) < HOLDS / 2
    }

    /// Whether nobody may take it over for a while yet.
    pub fn lasts(&self, now: Timestamp) -> bool {
        now + GRACE < self.expires_at
    }

    fn held(&self) -> Held {
        Held { owner: self.owner.clone(), taken_at: self.taken_at, expires_at: self.expires_at, given_back: false }
    }
}

impl Place {
    /// Locks an account for the run of a journal. One that has expired is taken over, and so is one of the same journal: who
    /// goes on with it holds the journal, to which only one writes.
    ///
    /// # Errors
    /// [`LockError`].
    pub async fn lock(&self, account: &AccountId, journal_id: &str, now: Timestamp) -> Result<Lock, LockError> {
        let failed = |source| LockError::Place { account: account.clone(), source };
        let mut lock = Lock {
            account: account.clone(),
            owner: journal_id.to_owned(),
            taken_at: now,
            expires_at: now + HOLDS,
            tag: String::new(),
        };
        let mut last = None;
        for _ in 0..MAX_RACES {
            let there = self.held(account).await.map_err(failed)?;
            if let Some((held, _)) = &there
                && !held.given_back
                && held.owner != journal_id
                && now <= held.expires_at + GRACE
            {
                return Err(taken(account, held));
            }
            let condition = there.as_ref().map_or(If::Absent, |(_, tag)| If::Unchanged(tag));
            if let Some(tag) = self.put_lock(&lock.held(), account, condition, now).await.map_err(failed)? {
                lock.tag = tag;
                return Ok(lock);
            }
            last = there;
        }
        // others are faster each time: whoever was seen last
        let unknown = || Held { owner: "another run".to_owned(), ..lock.held() };
        Err(taken(account, &last.map_or_else(unknown, |(held, _)| held)))
    }

    /// Holds a lock for as long again.
    ///
    /// # Errors
    /// [`LockError`]: with [`LockError::Lost`] nothing more may be changed.
    pub async fn renew(&self, lock: &mut Lock, now: Timestamp) -> Result<(), LockError> {
        let failed = |source| LockError::Place { account: lock.account.clone(), source };
        let expires_at = now + HOLDS;
        let held = Held { expires_at, ..lock.held() };
        let put = self.put_lock(&held, &lock.account, If::Unchanged(&lock.tag), now).await.map_err(failed)?;
        let Some(tag) = put else { return Err(self.lost(lock).await) };
        (lock.tag, lock.expires_at) = (tag, expires_at);
        Ok(())
    }

    /// Gives a lock back. One that was taken over is the other's.
    ///
    /// # Errors
    /// [`LockError`]: it expires by itself then.
    pub async fn unlock(&self, lock: &Lock, now: Timestamp) -> Result<(), LockError> {
        let failed = |source| LockError::Place { account: lock.account.clone(), source };
        let held = Held { expires_at: now, given_back: true, ..lock.held() };
        let put = self.put_lock(&held, &lock.account, If::Unchanged(&lock.tag), now).await.map_err(failed)?;
        if put.is_some() { Ok(()) } else { Err(self.lost(lock).await) }
    }

    async fn held(&self, account: &AccountId) -> Result<Option<(Held, String)>, PlaceError> {
        let key = key(account);
        let Some(Content { bytes, tag }) = self.get(&key, MAX_BYTES).await? else { return Ok(None) };
        let held = serde_json::from_slice(&bytes);
        let held = held.map_err(|source| PlaceError::NoLock { at: self.told(&key), source })?;
        Ok(Some((held, tag)))
    }

    async fn put_lock(
        &self,
        held: &Held,
        account: &AccountId,
        condition: If<'_>,
        now: Timestamp,
    ) -> Result<Option<String>, PlaceError> {
        let key = key(account);
        let bytes = serde_json::to_vec(held).map_err(|error| self.io("write", &key, error.into()))?;
        self.put(&key, &bytes, condition, now).await
    }

    /// Who has it now.
    async fn lost(&self, lock: &Lock) -> LockError {
        let owner = match self.held(&lock.account).await {
            Ok(Some((held, _))) => held.owner,
            Ok(None) | Err(_) => "another run".to_owned(),
        };
        LockError::Lost { account: lock.account.clone(), owner }
    }
}

fn taken(account: &AccountId, held: &Held) -> LockError {
    LockError::Held { account: account.clone(), owner: held.owner.clone(), until: held.expires_at }
}

fn key(account: &AccountId) -> String {
    format!("locks/{account}.json")
}
