//! One lane: what waits in it, how many of its calls may be in flight, and how fast they may follow each other.

use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use crate::collect::call::Call;

use super::Lane;

/// The window of a lane at first, in calls.
const FIRST_WINDOW: f64 = 32.0;

/// The widest window of a lane, in calls.
const WIDEST_WINDOW: f64 = 128.0;

/// The narrowest window of a lane, in calls: a few that AWS takes long to answer do not hold up the others.
const NARROWEST_WINDOW: f64 = 4.0;

/// The part of the rate at which AWS was seen to answer that is used after it has throttled ...
const STEP_DOWN: f64 = 0.8;

/// ... but never less than this part of the rate before: a short time is a bad measure.
const STEEPEST_STEP_DOWN: f64 = 0.5;

/// What each good answer adds to the rate: this part of it ...
const STEP_UP_OF_RATE: f64 = 0.005;

/// ... and so much a second, in calls a second, which matters where the rate is low.
const STEP_UP: f64 = 0.5;

/// The lowest rate, in calls a second.
const LOWEST_RATE: f64 = 0.5;

/// The rate above which a lane is no longer paced, in calls a second.
const UNPACED_RATE: f64 = 200.0;

/// The shortest time over which the rate of answers is taken: a bucket that was full gives many at once.
const SHORTEST_MEASURE: Duration = Duration::from_millis(500);

/// How long a lane pauses after a throttled answer, about; doubled by each further one that no good answer parts.
const FIRST_PAUSE: Duration = Duration::from_millis(125);

/// The longest pause, about.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How long after a throttled answer further ones tell nothing new: their calls were on their way.
const SETTLING: Duration = Duration::from_millis(250);

/// For how long AWS may answer nothing but "slow down" before calls count as failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pause of a lane after that: calls that fail are not waited for, yet the lane may recover.
const GIVEN_UP_PAUSE: Duration = Duration::from_secs(1);

/// What is known of a lane.
#[derive(Debug)]
pub(crate) struct LaneState<C = Call> {
    /// What waits, calls in most lanes, each with how often it was throttled.
    pub(crate) waiting: VecDeque<(C, u32)>,
    /// Calls that were started and have not ended.
    pub(crate) in_flight: usize,
    window: f64,
    /// Calls a second, and when the next may start; none until AWS first asked to slow down.
    pace: Option<Pace>,
    /// Good answers since the time beside.
    good: (u32, Duration),
    /// Throttled answers since the last good one, those that tell nothing new left out, and the time of the first of them.
    barren: (u32, Duration),
    settled_at: Duration,
    paused_until: Duration,
    /// The state of a small generator of random numbers: lanes that are throttled together do not go on together.
    random: u64,
}

#[derive(Debug, Clone, Copy)]
struct Pace {
    rate: f64,
    next: Duration,
}

impl<C> LaneState<C> {
    /// Nothing known yet.
    pub(crate) fn new(lane: &Lane) -> Self {
        let mut seed = DefaultHasher::new();
        lane.hash(&mut seed);
        Self {
            waiting: VecDeque::new(),
            in_flight: 0,
            window: FIRST_WINDOW,
            pace: None,
            good: (0, Duration::ZERO),
            barren: (0, Duration::ZERO),
            settled_at: Duration::ZERO,
            paused_until: Duration::ZERO,
            random: seed.finish(),
        }
    }

    /// The next call, if one may start.
    pub(crate) fn start(&mut self, now: Duration) -> Option<(C, u32)> {
        if !self.has_room() || self.wakes_at().is_some_and(|at| now < at) {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.in_flight += 1;
        if let Some(pace) = &mut self.pace {
            let between = Duration::from_secs_f64(1.0 / pace.rate);
            // What was not used is not made up for, but for one call: timers are not exact.
            pace.next = pace.next.max(now.saturating_sub(between)) + between;
        }
        Some(next)
    }

    fn has_room(&self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a window is at most 128")]
        let in_flight = self.in_flight as f64;
        in_flight + 1.0 <= self.window
    }

    /// When time alone lets the next call start; none where that is an answer's to do.
    pub(crate) fn wakes_at(&self) -> Option<Duration> {
        self.has_room().then(|| self.pace.map_or(self.paused_until, |pace| pace.next.max(self.paused_until)))
    }

    /// Whether nothing would be lost by forgetting it.
    pub(crate) fn is_like_new(&self) -> bool {
        self.waiting.is_empty() && self.in_flight == 0 && self.pace.is_none() && self.window >= FIRST_WINDOW
    }

    /// Whether AWS has answered nothing for too long.
    pub(crate) fn is_given_up(&self, now: Duration) -> bool {
        let (count, since) = self.barren;
        count > 0 && now.saturating_sub(since) > PATIENCE
    }

    /// A call has ended that was not throttled.
    pub(crate) fn answered(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.window = (self.window + 1.0).min(WIDEST_WINDOW);
        self.barren.0 = 0;
        self.good.0 += 1;
        if let Some(pace) = &mut self.pace {
            pace.rate += STEP_UP_OF_RATE * pace.rate + STEP_UP / pace.rate;
            if pace.rate > UNPACED_RATE {
                self.pace = None;
            }
        }
    }

    /// An attempt was throttled: a pause, and less from then on.
    pub(crate) fn throttled(&mut self, now: Duration) {
        if now < self.settled_at {
            return;
        }
        let (good, since) = self.good;
        let seen = f64::from(good) / now.saturating_sub(since).max(SHORTEST_MEASURE).as_secs_f64();
        let usual = self.pace.map_or(UNPACED_RATE, |pace| pace.rate);
        let rate = (seen.min(usual) * STEP_DOWN).max(usual * STEEPEST_STEP_DOWN).max(LOWEST_RATE);
        self.pace = Some(Pace { rate, next: now });
        self.good = (0, now);
        self.window = (self.window / 2.0).max(NARROWEST_WINDOW);
        self.barren = if self.barren.0 == 0 { (1, now) } else { (self.barren.0.saturating_add(1), self.barren.1) };
        self.paused_until = now + self.pause(now);
        self.settled_at = self.paused_until.max(now + SETTLING);
    }

    /// The pause after an event: three quarters to five quarters of what it is about.
    fn pause(&mut self, now: Duration) -> Duration {
        if self.is_given_up(now) {
            return GIVEN_UP_PAUSE;
        }
        // xorshift: any numbers that differ from lane to lane will do.
        self.random |= 1;
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let part = u32::try_from(self.random >> 40 & 0x7f).unwrap_or_default();
        let doublings = self.barren.0.saturating_sub(1).min(6);
        FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE) * (192 + part) / 256
    }
}
