//! Tests of looking: how often, how long, and what is believed.

use std::time::Duration;

use super::{FAILURES, LOOKS, Look, Patience, Settled, Sight};
use crate::failure::{Failure, FailureClass};
use crate::remediate::act::Act;
use crate::remediate::state::{State, Subject};

fn state() -> Box<State> {
    Box::new(State { role: None, policies: [].into(), entries: [].into(), profiles: [].into() })
}

/// Looks until it is settled; the reads and the time that it took.
fn settle(
    patience: Patience,
    mut read: impl FnMut(usize) -> Result<Sight, FailureClass>,
) -> (Settled, usize, Duration) {
    let subject = Subject::of(&"arn:aws:iam::111122223333:role/node".parse().unwrap(), []);
    let (mut look, mut reads, mut time) = (Look::new(patience), 0, Duration::ZERO);
    loop {
        match look.act(&subject) {
            Act::Wait(pause) => {
                time += pause;
                look.waited();
            }
            Act::Read(_) => {
                let result = read(reads);
                reads += 1;
                let (result, sight) = match result {
                    Ok(sight) => (Ok(state()), sight),
                    Err(class) => {
                        (Err(Failure { class, code: "code".to_owned(), message: String::new() }), Sight::There)
                    }
                };
                if let Some(settled) = look.read(result, |_| sight) {
                    return (settled, reads, time);
                }
            }
            act @ (Act::Write(_) | Act::Call(_) | Act::Finished { .. }) => panic!("{act:?}"),
        }
    }
}

#[test]
fn two_looks_in_a_row_are_believed() {
    let (settled, reads, _) = settle(Patience::Full, |_| Ok(Sight::There));
    assert_eq!((settled, reads), (Settled::There(state()), 2));
    let (settled, reads, _) =
        settle(Patience::Full, |read| Ok([Sight::There, Sight::NotYet, Sight::There, Sight::There][read]));
    assert_eq!((settled, reads), (Settled::There(state()), 4));
    let (settled, reads, _) = settle(Patience::Full, |_| Ok(Sight::Foreign));
    assert_eq!((settled, reads), (Settled::Foreign(state()), 2));
}

#[test]
fn what_does_not_come_is_waited_for_a_minute_and_what_was_refused_a_moment() {
    let (settled, _, time) = settle(Patience::Full, |_| Ok(Sight::NotYet));
    assert_eq!((settled, time), (Settled::Never(state()), Duration::from_mins(1)));
    let (settled, reads, time) = settle(Patience::Short, |_| Ok(Sight::NotYet));
    assert_eq!((settled, reads, time), (Settled::Never(state()), 2, Duration::from_secs(1)));
    let (settled, reads, _) = settle(Patience::Glance, |_| Ok(Sight::NotYet));
    assert_eq!((settled, reads), (Settled::Never(state()), 1));
}

#[test]
fn what_goes_back_and_forth_comes_to_an_end() {
    for pair in [[Sight::There, Sight::Foreign], [Sight::There, Sight::NotYet], [Sight::NotYet, Sight::Foreign]] {
        let (_, reads, _) = settle(Patience::Full, |read| Ok(pair[read % 2]));
        assert!(reads <= LOOKS, "{pair:?}: {reads}");
    }
}

#[test]
fn a_read_that_fails_is_made_again_unless_it_cannot_succeed() {
    let (settled, reads, time) = settle(Patience::Glance, |_| Err(FailureClass::Throttled));
    assert!(matches!(settled, Settled::Unread(_)));
    assert_eq!((reads, time), (FAILURES, Duration::from_secs(1 + 2 + 4 + 8)));
    let (settled, reads, _) = settle(Patience::Full, |_| Err(FailureClass::Denied));
    assert!(matches!(settled, Settled::Unread(_)));
    assert_eq!(reads, 1);
    let flaky = |read: usize| if read.is_multiple_of(2) { Err(FailureClass::Transient) } else { Ok(Sight::There) };
    let (settled, reads, _) = settle(Patience::Full, flaky);
    assert_eq!((settled, reads), (Settled::There(state()), 4), "a failure is no sight");
}
