//! All steps × all faults: each ends done, unchanged, or restorable from the journal, byte for byte.

use crate::failure::FailureClass;
use crate::remediate::Change;
use crate::remediate::carry_out::CarryOut;
use crate::remediate::journal::{Outcome, What};
use crate::remediate::state::{State, Subject};

use super::bench::{Bench, End, Fault};
use super::model::World;
use super::plans::{all, plan};

/// More than any plan here needs.
const MOST: usize = 200;

/// Every plan with every place at which a fault can strike.
pub(super) fn walk(fault: impl Fn(usize) -> Fault, lags: &[usize], check: impl Fn(&str, &World, Bench, End)) {
    for (name, world, steps) in all() {
        for &lag in lags {
            let mut struck = 0;
            for number in 0..MOST {
                let mut bench = Bench::new(world.clone(), plan(&world, &steps));
                bench.aws.lag = lag;
                bench.faults = vec![fault(number)];
                let end = bench.apply();
                if !bench.fired {
                    break;
                }
                struck += 1;
                check(&format!("{name}, {:?}, lag {lag}, {end:?}", bench.faults), &world, bench, end);
            }
            assert!(struck > 0, "{name}: the fault never struck");
            assert!(struck < MOST, "{name}: there is more to strike");
        }
    }
}

/// What all steps of a bench's plan lead to.
pub(super) fn done(bench: &Bench, world: &World) -> World {
    let mut bench = Bench::new(world.clone(), bench.plan.clone());
    assert_eq!(bench.apply(), End::Finished(Outcome::Applied, String::new()));
    bench.aws.truth.timeless()
}

/// Whether two worlds are the same, but for the number of a role that was created.
pub(super) fn same(one: &World, other: &World) -> bool {
    let plain = |world: &World| {
        let mut world = world.timeless();
        world.role.iter_mut().filter(|role| role.id.starts_with("AROANEW")).for_each(|role| role.id.clear());
        world
    };
    plain(one) == plain(other)
}

/// That an end is what the world shows, and that the journal leads on from it, and back.
pub(super) fn restorable(what: &str, world: &World, bench: &Bench, end: &End) {
    let truth = &bench.aws.truth;
    match end {
        End::Finished(Outcome::Applied, _) => assert!(same(truth, &done(bench, world)), "{what}: {truth:?}"),
        End::Finished(Outcome::Refused | Outcome::Unchanged, _) => {
            assert_eq!(truth, world, "{what}");
            assert_eq!(bench.calls, 0, "{what}");
        }
        End::Finished(Outcome::Restored, message) => {
            assert!(same(truth, world), "{what}: {truth:?}");
            assert!(!message.is_empty(), "{what}");
        }
        End::Finished(Outcome::Failed, message) => {
            assert!(message.contains("noderole undo JOURNAL"), "{what}: {message}");
        }
        End::Finished(Outcome::Undone, _) => panic!("{what}"),
        End::Crashed => {}
    }
    goes_on(what, world, bench, end);
    goes_back(what, world, bench);
}

fn goes_on(what: &str, world: &World, bench: &Bench, end: &End) {
    let mut resumed = bench.later();
    let again = resumed.resume();
    let truth = &resumed.aws.truth;
    match &again {
        End::Finished(Outcome::Applied, _) => {
            assert!(same(truth, &done(bench, world)), "{what}, then {again:?}: {truth:?}");
            if !matches!(end, End::Finished(Outcome::Applied, _)) {
                assert!(matches!(resumed.lines().last(), Some(What::Ended { .. })), "{what}");
            }
        }
        End::Finished(Outcome::Restored, _) => assert!(same(truth, world), "{what}, then {again:?}: {truth:?}"),
        End::Finished(Outcome::Refused, _) => assert_eq!(truth, world, "{what}, then {again:?}"),
        End::Finished(Outcome::Unchanged | Outcome::Failed | Outcome::Undone, _) | End::Crashed => {
            panic!("{what}, then {again:?}")
        }
    }
    goes_back(&format!("{what}, resumed {again:?}"), world, &resumed);
}

fn goes_back(what: &str, world: &World, bench: &Bench) {
    let mut undone = bench.later();
    let end = undone.undo(false);
    assert!(
        matches!(end, End::Finished(Outcome::Undone | Outcome::Unchanged, ref message) if message.is_empty() || message.starts_with("nothing") || message.starts_with("the journal tells of no")),
        "{what}, undone: {end:?}"
    );
    // byte for byte
    assert_eq!(undone.aws.truth.timeless(), world.timeless(), "{what}, undone");
    let mut twice = undone.later();
    let end = twice.undo(false);
    assert!(matches!(end, End::Finished(Outcome::Unchanged, _)), "{what}, undone twice: {end:?}");
    assert_eq!(twice.calls, 0, "{what}, undone twice");
    assert_eq!(twice.journal, undone.journal, "{what}, undone twice");
}

fn all_ends_are_restorable(fault: impl Fn(usize) -> Fault, lags: &[usize]) {
    walk(fault, lags, |what, world, bench, end| restorable(what, world, &bench, &end));
}

#[test]
fn without_a_fault_every_plan_is_applied_once_and_undone_byte_for_byte() {
    for (name, world, steps) in all() {
        for lag in [0, 1, 3, 5] {
            let mut bench = Bench::new(world.clone(), plan(&world, &steps));
            bench.aws.lag = lag;
            let end = bench.apply();
            assert_eq!(end, End::Finished(Outcome::Applied, String::new()), "{name}, lag {lag}");
            assert_eq!(bench.calls, steps.len(), "{name}, lag {lag}");
            restorable(name, &world, &bench, &end);
            let mut again = bench.later();
            assert_eq!(again.apply(), End::Finished(Outcome::Unchanged, String::new()), "{name}");
            assert_eq!(again.calls, 0, "{name}");
        }
    }
}

#[test]
fn killed_before_any_act_it_goes_on_or_back() {
    all_ends_are_restorable(Fault::CrashBefore, &[0, 2]);
}

#[test]
fn killed_after_any_act_it_goes_on_or_back() {
    all_ends_are_restorable(Fault::CrashAfter, &[0, 2]);
}

#[test]
fn a_denied_call_leaves_all_as_it_was() {
    walk(Fault::Denied, &[0, 2], |what, world, bench, end| {
        assert!(
            matches!(end, End::Finished(Outcome::Restored, ref message) if message.contains("AccessDenied")),
            "{what}"
        );
        restorable(what, world, &bench, &end);
    });
}

#[test]
fn a_call_that_a_quota_forbids_leaves_all_as_it_was() {
    walk(Fault::Quota, &[0, 2], |what, world, bench, end| {
        assert!(
            matches!(end, End::Finished(Outcome::Restored, ref message) if message.contains("LimitExceeded")),
            "{what}"
        );
        restorable(what, world, &bench, &end);
    });
}

#[test]
fn a_throttled_call_leaves_all_as_it_was() {
    walk(Fault::Throttled, &[0, 2], |what, world, bench, end| {
        assert!(matches!(end, End::Finished(Outcome::Restored, _)), "{what}");
        restorable(what, world, &bench, &end);
    });
}

#[test]
fn a_call_that_never_arrived_leaves_all_as_it_was() {
    walk(Fault::Dropped, &[0, 2], |what, world, bench, end| {
        // a version that cannot be seen has no number to delete it by: that there is none is found out later
        let called = bench.lines().iter().rev().find_map(|line| {
            let What::Doing { change, .. } = line else { return None };
            Some(change.clone())
        });
        let version = matches!(called, Some(Change::CreatePolicyVersion { .. }));
        let outcome = if version { Outcome::Failed } else { Outcome::Restored };
        assert!(matches!(end, End::Finished(is, _) if is == outcome), "{what}");
        restorable(what, world, &bench, &end);
    });
}

#[test]
fn a_lost_answer_does_not_matter_where_the_call_was_made() {
    for fault in [Fault::Lost, Fault::Again] {
        walk(fault, &[0, 3], |what, world, bench, end| {
            assert_eq!(end, End::Finished(Outcome::Applied, String::new()), "{what}");
            restorable(what, world, &bench, &end);
        });
    }
}

#[test]
fn where_an_answer_is_lost_and_the_effect_shows_too_late_nothing_is_called_restored_that_is_not() {
    all_ends_are_restorable(Fault::Lost, &[7, 9, 20]);
    all_ends_are_restorable(Fault::Again, &[7, 9, 20]);
}

#[test]
fn where_taking_back_is_denied_too_it_fails_and_the_journal_leads_on() {
    all_ends_are_restorable(Fault::DeniedFrom, &[0]);
}

#[test]
fn a_read_that_fails_for_a_moment_does_not_matter() {
    walk(
        |number| Fault::Unread(number, 3, FailureClass::Transient),
        &[0, 2],
        |what, world, bench, end| {
            assert_eq!(end, End::Finished(Outcome::Applied, String::new()), "{what}");
            restorable(what, world, &bench, &end);
        },
    );
}

#[test]
fn where_reads_fail_for_good_it_stops_and_the_journal_leads_on() {
    all_ends_are_restorable(|number| Fault::Unread(number, MOST, FailureClass::Throttled), &[0]);
    all_ends_are_restorable(|number| Fault::Unread(number, MOST, FailureClass::Denied), &[0]);
}

#[test]
fn no_call_comes_after_a_line_that_was_not_written() {
    for fault in [Fault::Unwritten, Fault::HalfWritten, Fault::WrittenAllTheSame] {
        walk(fault, &[0], |what, world, bench, end| {
            assert!(
                matches!(end, End::Finished(Outcome::Failed | Outcome::Refused, ref message) if message.contains("no space left")),
                "{what}"
            );
            let not_undoable_yet =
                matches!(end, End::Finished(Outcome::Failed, ref message) if !message.contains("noderole undo"));
            assert!(!not_undoable_yet, "{what}");
            restorable(what, world, &bench, &end);
        });
    }
}

#[test]
fn an_effect_that_shows_too_late_is_taken_back() {
    for (name, world, steps) in all() {
        for lag in 7..30 {
            let mut bench = Bench::new(world.clone(), plan(&world, &steps));
            bench.aws.lag = lag;
            let end = bench.apply();
            restorable(&format!("{name}, lag {lag}, {end:?}"), &world, &bench, &end);
        }
    }
}

#[test]
fn where_the_rules_say_no_afterwards_all_is_taken_back() {
    for (name, world, steps) in all() {
        for lag in [0, 2] {
            let mut bench = Bench::new(world.clone(), plan(&world, &steps));
            bench.aws.lag = lag;
            let judged = std::cell::Cell::new(0);
            // the planned state passes, what came of it does not
            let verify = |_: &_| {
                judged.set(judged.get() + 1);
                if judged.get() == 1 { Ok(()) } else { Err("NR204 would fail".to_owned()) }
            };
            let mut machine = CarryOut::new(&bench.plan.clone(), verify);
            let end = bench.drive(&mut machine);
            assert_eq!(end, End::Finished(Outcome::Restored, "NR204 would fail".to_owned()), "{name}");
            assert_eq!(bench.calls, 2 * steps.len(), "{name}");
            restorable(name, &world, &bench, &end);
        }
    }
}

/// Whether all that a plan leads to, or what was before, is what AWS holds.
fn is_whole(what: &str, world: &World, bench: &Bench, end: &End) {
    let truth = &bench.aws.truth;
    match end {
        End::Finished(Outcome::Applied, _) => assert!(same(truth, &done(bench, world)), "{what}: {truth:?}"),
        End::Finished(Outcome::Restored | Outcome::Undone | Outcome::Unchanged, _) => {
            assert!(same(truth, world), "{what}: {truth:?}");
        }
        End::Finished(Outcome::Refused, _) => assert_eq!(truth, world, "{what}"),
        End::Finished(Outcome::Failed, _) | End::Crashed => panic!("{what}: {end:?}"),
    }
}

#[test]
fn readers_that_are_late_now_and_then_are_waited_for() {
    for (name, world, steps) in all() {
        for (lag, slow) in [(0, 2), (0, 5), (0, 8), (1, 7), (2, 6)] {
            let mut bench = Bench::new(world.clone(), plan(&world, &steps));
            (bench.aws.lag, bench.aws.slow) = (lag, slow);
            let end = bench.apply();
            let what = format!("{name}, lag {lag}, {slow}");
            assert_eq!(end, End::Finished(Outcome::Applied, String::new()), "{what}");
            // what was noted is what came of it, not an earlier sight of it
            let created = |state: &State| state.entries.values().flatten().filter_map(|entry| entry.created_at).max();
            let noted = bench.lines().iter().rev().find_map(|line| {
                let What::Done { state, .. } = line else { return None };
                created(state)
            });
            let subject = Subject::of(&bench.plan.role, &steps);
            assert_eq!(noted, created(&bench.aws.truth.view(&subject)), "{what}");
            restorable(&what, &world, &bench, &end);
        }
    }
}

#[test]
fn killed_at_any_act_it_goes_on_or_back_at_once_though_readers_are_late() {
    for (name, world, steps) in all() {
        for number in 0..MOST {
            let mut bench = Bench::new(world.clone(), plan(&world, &steps));
            (bench.aws.lag, bench.aws.slow) = (2, 5);
            bench.faults = vec![Fault::CrashBefore(number)];
            bench.apply();
            if !bench.fired {
                break;
            }
            for forward in [true, false] {
                let mut next = bench.at_once();
                let end = if forward { next.resume() } else { next.undo(false) };
                is_whole(&format!("{name}, killed before {number}, forward {forward}, {end:?}"), &world, &next, &end);
                goes_back(name, &world, &next);
            }
        }
    }
}
