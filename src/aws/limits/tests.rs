//! Lanes: windows, pauses, paces, turns; the clock by hand.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn call(cluster: usize) -> Call {
    Call {
        account: "000000000001".parse().unwrap(),
        region: "eu-west-1".parse().ok(),
        question: Question::DescribeCluster { cluster: format!("c{cluster}") },
        page: None,
    }
}

fn lane(account: u32) -> Lane {
    Lane { account: format!("{account:012}").parse().unwrap(), service: Service::Eks, region: None }
}

/// Limits with so many calls in one lane.
fn filled(calls: usize) -> Limits {
    let mut limits = Limits::new(1_000);
    (0..calls).for_each(|n| limits.push(lane(1), call(n)));
    limits
}

/// All that may start now.
fn started(limits: &mut Limits, now: Duration) -> Vec<Turn> {
    std::iter::from_fn(|| limits.start(now)).collect()
}

#[test]
fn a_window_opens_with_each_good_answer_up_to_its_widest() {
    let mut limits = filled(1_000);
    let first = started(&mut limits, SECOND).len();
    assert_eq!(first, 32);
    (0..first).for_each(|_| limits.answered(&lane(1)));
    assert_eq!(started(&mut limits, SECOND).len(), 64);
    for _ in 0..10 {
        (0..64).for_each(|_| limits.answered(&lane(1)));
        started(&mut limits, SECOND);
    }
    assert_eq!(limits.in_flight, 128);
}

#[test]
fn a_throttled_call_is_the_next_of_its_lane_after_a_pause_and_one_at_a_time() {
    let mut limits = filled(100);
    let mut turns = started(&mut limits, SECOND);
    let unlucky = turns.remove(5);
    (0..31).for_each(|_| limits.answered(&lane(1)));
    assert_eq!(limits.put_back(unlucky.clone(), SECOND), None);
    assert!(started(&mut limits, SECOND + ms(90)).is_empty());
    let wakes = limits.wakes_at(SECOND).unwrap();
    assert!((ms(90)..=ms(160)).contains(&wakes.saturating_sub(SECOND)), "{wakes:?}");
    let again = started(&mut limits, wakes);
    assert!(again.len() <= 2, "what follows is paced: {} at once", again.len());
    assert_eq!((&again[0].call, again[0].throttled), (&unlucky.call, 1));
    let next = limits.wakes_at(wakes).unwrap();
    assert!(next > wakes && next < wakes + ms(50), "{:?}", next.saturating_sub(wakes));
}

#[test]
fn what_was_on_its_way_when_a_lane_was_throttled_tells_nothing_new() {
    let (mut once, mut often) = (filled(100), filled(100));
    for limits in [&mut once, &mut often] {
        started(limits, SECOND);
        limits.throttled(&lane(1), SECOND);
    }
    (1..30).for_each(|n| often.throttled(&lane(1), SECOND + ms(n)));
    assert_eq!(once.wakes_at(SECOND + ms(40)), often.wakes_at(SECOND + ms(40)));
}

#[test]
fn pauses_double_where_no_good_answer_comes_and_differ_from_lane_to_lane() {
    let pauses = |of: u32| {
        let mut limits = Limits::new(1_000);
        limits.push(lane(of), call(0));
        let mut now = SECOND;
        let mut pauses = Vec::new();
        for _ in 0..6 {
            let Some(turn) = limits.start(now) else { panic!("it does not go on at {now:?}") };
            assert_eq!(limits.put_back(turn, now), None);
            let until = limits.wakes_at(now).unwrap();
            pauses.push(until.saturating_sub(now));
            now = until.max(now + ms(250));
        }
        pauses
    };
    let one = pauses(1);
    assert!(one[5] > ms(2_900) && one[5] < ms(5_100), "{one:?}");
    assert!(one.is_sorted(), "{one:?}");
    assert_ne!(one, pauses(2));
}

#[test]
fn a_lane_that_is_throttled_for_ever_fails_its_calls_in_the_end_and_one_good_answer_revives_it() {
    let mut limits = filled(3);
    let mut now = SECOND;
    let mut failed = Vec::new();
    while failed.len() < 2 {
        for turn in started(&mut limits, now) {
            failed.extend(limits.put_back(turn, now));
        }
        let Some(wakes) = limits.wakes_at(now) else { break };
        now = wakes;
    }
    assert!(now > Duration::from_secs(30) && now < Duration::from_mins(2), "{now:?}");
    limits.push(lane(1), call(7));
    let turn = started(&mut limits, now + SECOND * 10).remove(0);
    limits.answered(&turn.lane);
    limits.push(lane(1), call(8));
    let turn = started(&mut limits, now + SECOND * 20).remove(0);
    assert_eq!(limits.put_back(turn, now + SECOND * 20), None, "it waits again, as at first");
}

#[test]
fn a_lane_that_pauses_holds_up_no_other_and_the_limit_over_all_holds() {
    let mut limits = Limits::new(5);
    for n in 0..10 {
        limits.push(lane(1), call(n));
        limits.push(lane(2), call(n));
    }
    limits.throttled(&lane(1), SECOND);
    let turns = started(&mut limits, SECOND + ms(10));
    assert_eq!(turns.len(), 5);
    assert!(turns.iter().all(|turn| turn.lane == lane(2)));
    assert_eq!(limits.wakes_at(SECOND + ms(10)), None, "nothing can start before an answer comes");
}

#[test]
fn a_lane_whose_answers_come_well_again_is_forgotten() {
    let mut limits = filled(2_000);
    limits.throttled(&lane(1), SECOND);
    let mut now = SECOND;
    while !limits.is_empty() {
        now = limits.wakes_at(now).unwrap_or(now + ms(1)).max(now + ms(1));
        for turn in started(&mut limits, now) {
            limits.answered(&turn.lane);
        }
    }
    assert!(limits.lanes.is_empty(), "{:?}", limits.lanes);
    assert!(now < Duration::from_mins(2), "{now:?}");
}
