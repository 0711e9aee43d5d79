//! Asking Organizations: several calls at once, in one lane that gives way to throttling as every lane does.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::aws::limits::{Lane, LaneState, MAX_TRIES, Service};
use crate::aws::read::Page;
use crate::aws::{AwsError, Sessions};
use crate::failure::{Failure, FailureClass};

/// Pages of one list at most; 20 accounts a page.
pub(super) const MAX_PAGES: usize = 10_000;

/// Questions that are asked at once, at most; the lane may hold some of them up.
const AT_ONCE: usize = 32;

/// Who asks.
pub(super) struct Desk<'a> {
    pub(super) sessions: &'a Sessions,
    lane: Mutex<LaneState<()>>,
    /// Told when a call has ended: another may start.
    ended: Notify,
    start: Instant,
}

/// Why a list could not be read to its end.
#[derive(Debug, Clone)]
pub(super) enum Cut {
    /// A call failed.
    Failed(Failure),
    /// It has no end.
    Endless,
}

impl Cut {
    /// As a failure of the call.
    pub(super) fn failure(self) -> Failure {
        match self {
            Self::Failed(failure) => failure,
            Self::Endless => Failure {
                class: FailureClass::Malformed,
                code: "EndlessList".to_owned(),
                message: format!("the list has more than {MAX_PAGES} pages"),
            },
        }
    }
}

impl<'a> Desk<'a> {
    pub(super) fn new(sessions: &'a Sessions) -> Self {
        let account = sessions.caller().account.clone();
        let lane = Lane { account, service: Service::Organizations, region: None };
        Self { sessions, lane: Mutex::new(LaneState::new(&lane)), ended: Notify::new(), start: Instant::now() }
    }

    /// Makes one call in its turn, and again while it is throttled: never for ever, for the lane is given up at last.
    pub(super) async fn ask<T, F>(&self, api: &'static str, call: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        self.sessions.count(api);
        self.patiently(api, call).await
    }

    /// As [`Desk::ask`], of calls that count themselves.
    pub(super) async fn patiently<T, F>(&self, api: &'static str, call: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut tries = 0;
        loop {
            self.turn().await;
            let answer = call().await;
            let slow = answer.as_ref().is_err_and(|failure| failure.class == FailureClass::Throttled);
            tries += 1;
            let over = self.end(slow) || tries >= MAX_TRIES;
            self.ended.notify_one();
            if !slow || over {
                return answer;
            }
            self.sessions.count_again(api);
        }
    }

    /// Reads a list to its end, which is where no token comes: an empty page with a token is not the end.
    pub(super) async fn all_pages<T, F>(
        &self,
        api: &'static str,
        page: impl Fn(Option<String>) -> F,
    ) -> Result<Vec<T>, Cut>
    where
        F: Future<Output = Result<Page<T>, Failure>>,
    {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let (listed, next) = self.ask(api, || page(token.clone())).await.map_err(Cut::Failed)?;
            all.extend(listed);
            match next.filter(|next| !next.is_empty()) {
                Some(next) => token = Some(next),
                None => return Ok(all),
            }
        }
        Err(Cut::Endless)
    }

    /// Waits for the turn of a call.
    async fn turn(&self) {
        loop {
            // Registered before the lane is looked at: what ends between is not missed.
            let ended = self.ended.notified();
            let now = self.start.elapsed();
            let wakes = {
                let mut lane = self.lane();
                lane.waiting.push_back(((), 0));
                let started = lane.start(now).is_some();
                lane.waiting.clear();
                if started {
                    return;
                }
                lane.wakes_at()
            };
            match wakes {
                Some(at) => sleep_until(self.start + at.max(now + Duration::from_millis(1))).await,
                None => ended.await,
            }
        }
    }

    /// A call has ended; whether the lane is given up.
    fn end(&self, slow: bool) -> bool {
        let now = self.start.elapsed();
        let mut lane = self.lane();
        if slow {
            lane.throttled(now);
            lane.in_flight = lane.in_flight.saturating_sub(1);
        } else {
            lane.answered();
        }
        lane.is_given_up(now)
    }

    fn lane(&self) -> MutexGuard<'_, LaneState<()>> {
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does all of it, several at once; the answers are in no order. The first error ends it.
pub(super) async fn each<U, F>(what: Vec<F>) -> Result<Vec<U>, AwsError>
where
    F: Future<Output = Result<U, AwsError>>,
{
    stream::iter(what).buffer_unordered(AT_ONCE).try_collect().await
}

/// As [`each`], where nothing is an error.
pub(super) async fn all<U, F>(what: Vec<F>) -> Vec<U>
where
    F: Future<Output = U>,
{
    stream::iter(what).buffer_unordered(AT_ONCE).collect().await
}
