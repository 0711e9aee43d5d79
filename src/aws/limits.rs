//! When a call may start: one limit over everything, and one for each lane that gives way to throttling. Pure: the clock
//! is a parameter.
//!
//! A lane is one account's use of one service in one region, which is what AWS counts by. Its window (calls in flight at
//! most) grows by one for each windowful of answers and is halved by a throttled one, and after that the lane pauses. The
//! lanes take turns, so that a lane that pauses or is full holds nobody up.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::collect::call::{Call, Question};
use crate::ids::{AccountId, Region};

/// The window of a lane at first, in calls. At 100 ms an answer these are 80 calls a second.
const FIRST_WINDOW: f64 = 8.0;

/// The widest window of a lane, in calls.
const WIDEST_WINDOW: f64 = 32.0;

/// The narrowest window of a lane, in calls: it always goes on.
const NARROWEST_WINDOW: f64 = 1.0;

/// How long a lane pauses after the first throttled answer; doubled by each further one that no good answer parts.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// The services that are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Service {
    /// Security Token Service.
    Sts,
    /// Organizations.
    Organizations,
    /// Account management.
    Account,
    /// Identity and Access Management.
    Iam,
    /// Elastic Kubernetes Service.
    Eks,
}

/// Whose calls AWS counts together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Lane {
    /// The account that makes the calls.
    pub(crate) account: AccountId,
    /// The service.
    pub(crate) service: Service,
    /// The region; none for the global services.
    pub(crate) region: Option<Region>,
}

impl Lane {
    /// The lane of a call. Roles are assumed by the caller's account, and count against it.
    pub(crate) fn of(call: &Call, caller: &AccountId) -> Self {
        let service = service_of(&call.question);
        let account = if service == Service::Sts { caller } else { &call.account };
        let region = if service == Service::Eks { call.region.clone() } else { None };
        Self { account: account.clone(), service, region }
    }
}

/// The service that answers a question.
pub(crate) fn service_of(question: &Question) -> Service {
    match question {
        Question::AssumeRole => Service::Sts,
        Question::ListRegions => Service::Account,
        Question::ListClusters
        | Question::DescribeCluster { .. }
        | Question::ListNodegroups { .. }
        | Question::DescribeNodegroup { .. }
        | Question::ListFargateProfiles { .. }
        | Question::DescribeFargateProfile { .. }
        | Question::ListAccessEntries { .. }
        | Question::ListClusterAdmins { .. }
        | Question::DescribeAccessEntry { .. }
        | Question::DescribeAddon { .. }
        | Question::ListPodIdentityAssociations { .. }
        | Question::DescribePodIdentityAssociation { .. } => Service::Eks,
        Question::GetAccountAuthorizationDetails
        | Question::GetRole { .. }
        | Question::ListAttachedRolePolicies { .. }
        | Question::ListRolePolicies { .. }
        | Question::GetRolePolicy { .. }
        | Question::ListInstanceProfilesForRole { .. }
        | Question::GetPolicy { .. }
        | Question::GetPolicyVersion { .. } => Service::Iam,
    }
}

/// Calls that wait, lane by lane, and those in flight, by number. Times are counted from the start of the run.
#[derive(Debug)]
pub(crate) struct Limits {
    max_in_flight: usize,
    in_flight: usize,
    lanes: HashMap<Lane, LaneState>,
    /// Lanes with waiting calls, in the order of their turns; each once.
    turns: VecDeque<Lane>,
}

/// What is known of a lane.
#[derive(Debug)]
struct LaneState {
    waiting: VecDeque<Call>,
    in_flight: usize,
    window: f64,
    pause: Duration,
    paused_until: Duration,
}

impl Default for LaneState {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            in_flight: 0,
            window: FIRST_WINDOW,
            pause: FIRST_PAUSE,
            paused_until: Duration::ZERO,
        }
    }
}

impl LaneState {
    /// Whether another call fits.
    fn has_room(&self, now: Duration) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a window is at most 32")]
        let fits = (self.in_flight as f64) + 1.0 <= self.window;
        fits && now >= self.paused_until
    }

    /// Whether nothing would be lost by forgetting it.
    fn is_like_new(&self) -> bool {
        self.waiting.is_empty() && self.in_flight == 0 && self.window >= FIRST_WINDOW
    }
}

impl Limits {
    /// At most so many calls in flight over all lanes (one at least).
    pub(crate) fn new(max_in_flight: usize) -> Self {
        Self { max_in_flight: max_in_flight.max(1), in_flight: 0, lanes: HashMap::new(), turns: VecDeque::new() }
    }

    /// Puts a call in its lane's queue.
    pub(crate) fn push(&mut self, lane: Lane, call: Call) {
        let state = self.lanes.entry(lane.clone()).or_default();
        if state.waiting.is_empty() {
            self.turns.push_back(lane);
        }
        state.waiting.push_back(call);
    }

    /// The next call that may start now. It counts as in flight until [`Limits::answered`].
    pub(crate) fn start(&mut self, now: Duration) -> Option<(Lane, Call)> {
        if self.in_flight >= self.max_in_flight {
            return None;
        }
        for _ in 0..self.turns.len() {
            let lane = self.turns.pop_front()?;
            let state = self.lanes.entry(lane.clone()).or_default();
            let call = if state.has_room(now) { state.waiting.pop_front() } else { None };
            if !state.waiting.is_empty() {
                self.turns.push_back(lane.clone());
            }
            if let Some(call) = call {
                state.in_flight += 1;
                self.in_flight += 1;
                return Some((lane, call));
            }
        }
        None
    }

    /// Takes note that a call has ended, well or not.
    pub(crate) fn answered(&mut self, lane: &Lane, throttled: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(state) = self.lanes.get_mut(lane) else { return };
        state.in_flight = state.in_flight.saturating_sub(1);
        if !throttled {
            state.window = (state.window + 1.0 / state.window).min(WIDEST_WINDOW);
            state.pause = FIRST_PAUSE;
        }
        if state.is_like_new() {
            self.lanes.remove(lane);
        }
    }

    /// Takes note of a throttled attempt: half the window, and a pause. Further ones within the pause are the same event.
    pub(crate) fn throttled(&mut self, lane: &Lane, now: Duration) {
        let state = self.lanes.entry(lane.clone()).or_default();
        if now < state.paused_until {
            return;
        }
        state.window = (state.window / 2.0).max(NARROWEST_WINDOW);
        state.paused_until = now + state.pause;
        state.pause = (state.pause * 2).min(LONGEST_PAUSE);
    }

    /// When the first of the paused lanes with waiting calls goes on; none if nobody waits for that.
    pub(crate) fn wakes_at(&self, now: Duration) -> Option<Duration> {
        if self.in_flight >= self.max_in_flight {
            return None;
        }
        let paused = self.turns.iter().filter_map(|lane| self.lanes.get(lane)).map(|state| state.paused_until);
        paused.filter(|until| *until > now).min()
    }

    /// Whether no call waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Drops all calls that wait.
    pub(crate) fn clear(&mut self) {
        self.turns.clear();
        for state in self.lanes.values_mut() {
            state.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests;
