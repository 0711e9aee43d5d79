//! When a call may start: one limit over everything, and one for each lane that gives way to throttling. Pure: the clock
//! is a parameter.
//!
//! A lane is one account's use of one service in one region, which is what AWS counts by. Until AWS first asks it to slow
//! down, a lane has a window (calls in flight at most) that grows by one with every good answer. From then on it is paced:
//! calls start at the rate at which AWS was seen to answer, a little less after each throttled answer and a little more
//! after each good one. A throttled call goes back to the head of its lane and starts in its turn: so that what is tried
//! again is paced as all else, and never comes in bursts. The lanes take turns, so that a lane that waits holds nobody up.

mod lane;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::collect::call::{Call, Question};
use crate::ids::{AccountId, Region};

pub(crate) use lane::LaneState;

/// How often a call may be throttled before it counts as failed, however well its lane goes otherwise.
pub(crate) const MAX_TRIES: u32 = 40;

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

impl Service {
    /// How IAM names it in operations: `eks` of `eks:ListClusters`.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Organizations => "organizations",
            Self::Account => "account",
            Self::Iam => "iam",
            Self::Eks => "eks",
        }
    }
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

/// A call that may start now, or that waits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    /// Whose call it is.
    pub(crate) lane: Lane,
    /// The call.
    pub(crate) call: Call,
    /// How often it was throttled before.
    pub(crate) throttled: u32,
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

impl Limits {
    /// At most so many calls in flight over all lanes (one at least).
    pub(crate) fn new(max_in_flight: usize) -> Self {
        Self { max_in_flight: max_in_flight.max(1), in_flight: 0, lanes: HashMap::new(), turns: VecDeque::new() }
    }

    /// Puts a call in its lane's queue.
    pub(crate) fn push(&mut self, lane: Lane, call: Call) {
        let state = Self::lane(&mut self.lanes, &lane);
        if state.waiting.is_empty() {
            self.turns.push_back(lane);
        }
        state.waiting.push_back((call, 0));
    }

    /// The next call that may start now. It counts as in flight until [`Limits::answered`].
    pub(crate) fn start(&mut self, now: Duration) -> Option<Turn> {
        if self.in_flight >= self.max_in_flight {
            return None;
        }
        for _ in 0..self.turns.len() {
            let lane = self.turns.pop_front()?;
            let state = Self::lane(&mut self.lanes, &lane);
            let next = state.start(now);
            if !state.waiting.is_empty() {
                self.turns.push_back(lane.clone());
            }
            if let Some((call, throttled)) = next {
                self.in_flight += 1;
                return Some(Turn { lane, call, throttled });
            }
        }
        None
    }

    /// Takes note of a call that has ended, well or not, but was not throttled.
    pub(crate) fn answered(&mut self, lane: &Lane) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(state) = self.lanes.get_mut(lane) else { return };
        state.answered();
        if state.is_like_new() {
            self.lanes.remove(lane);
        }
    }

    /// Takes note of a call that ended throttled. It waits for another turn, at the head of its lane; but if AWS has
    /// answered nothing else for long, it comes back: then it has failed.
    pub(crate) fn put_back(&mut self, turn: Turn, now: Duration) -> Option<Call> {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.throttled(&turn.lane, now);
        let Turn { lane, call, throttled } = turn;
        let state = Self::lane(&mut self.lanes, &lane);
        state.in_flight = state.in_flight.saturating_sub(1);
        if throttled + 1 >= MAX_TRIES || state.is_given_up(now) {
            return Some(call);
        }
        if state.waiting.is_empty() {
            self.turns.push_back(lane);
        }
        state.waiting.push_front((call, throttled + 1));
        None
    }

    /// Takes note of a throttled attempt.
    pub(crate) fn throttled(&mut self, lane: &Lane, now: Duration) {
        Self::lane(&mut self.lanes, lane).throttled(now);
    }

    /// When the first of the lanes that only time holds up goes on; none if nobody waits for that.
    pub(crate) fn wakes_at(&self, now: Duration) -> Option<Duration> {
        if self.in_flight >= self.max_in_flight {
            return None;
        }
        let waiting = self.turns.iter().filter_map(|lane| self.lanes.get(lane));
        waiting.filter_map(LaneState::wakes_at).filter(|at| *at > now).min()
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

    fn lane<'a>(lanes: &'a mut HashMap<Lane, LaneState>, lane: &Lane) -> &'a mut LaneState {
        lanes.entry(lane.clone()).or_insert_with(|| LaneState::new(lane))
    }
}

#[cfg(test)]
mod tests;
