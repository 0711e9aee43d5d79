//! Rounds: nothing is lost and nothing is sent twice, whatever a service answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use proptest::collection::vec;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::failure::FailureClass;
use crate::sinks::Sink;
use crate::sinks::settings::EventBridge;

fn failure(code: &str, class: FailureClass) -> Failure {
    Failure { class, code: code.to_owned(), message: String::new() }
}

fn throttled() -> Failure {
    failure("ThrottlingException", FailureClass::Throttled)
}

fn receipt() -> Receipt {
    Receipt::new(&Sink::Eventbridge(EventBridge::default()))
}

/// A service by a function: the number of the call and the batch in, the answer out. What it took is kept.
struct Service<F> {
    answer: F,
    calls: Mutex<Vec<Vec<usize>>>,
    taken: Mutex<BTreeMap<usize, usize>>,
}

impl<F> Service<F> {
    fn new(answer: F) -> Self {
        Self { answer, calls: Mutex::default(), taken: Mutex::default() }
    }
}

impl<F: Fn(usize, &[usize]) -> Result<Vec<Option<Failure>>, Failure> + Sync> Takes<usize> for Service<F> {
    async fn take(&self, batch: &[usize]) -> Result<Vec<Option<Failure>>, Failure> {
        let number = self.calls.lock().unwrap().len();
        self.calls.lock().unwrap().push(batch.to_vec());
        let answer = (self.answer)(number, batch)?;
        for (thing, _) in batch.iter().zip(&answer).filter(|(_, failure)| failure.is_none()) {
            *self.taken.lock().unwrap().entry(*thing).or_default() += 1;
        }
        Ok(answer)
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_was_not_taken_is_sent_again() {
    let service = Service::new(|number, batch: &[usize]| {
        Ok(batch.iter().map(|thing| (number == 0 && *thing == 2).then(throttled)).collect())
    });
    let receipt = receipt();
    let left = in_rounds(&service, vec![1, 2, 3], "run", &receipt).await;
    assert!(left.things.is_empty() && left.refused.is_none());
    assert_eq!(*service.calls.lock().unwrap(), [vec![1, 2, 3], vec![2]]);
    assert_eq!(receipt.into_delivery(None).delivered, 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_is_not_sent_again() {
    let denied = || failure("NotAuthorizedForSourceException", FailureClass::Other);
    let service = Service::new(|_, batch: &[usize]| Ok(batch.iter().map(|_| Some(denied())).collect()));
    let left = in_rounds(&service, vec![1, 2], "run", &receipt()).await;
    assert_eq!(left.things, [(1, denied()), (2, denied())]);
    assert!(left.refused.is_none(), "the next ones may be taken");
    assert_eq!(service.calls.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_down_is_asked_a_few_times_and_then_said_to_be_down() {
    let service = Service::new(|_, _: &[usize]| Err(throttled()));
    let left = in_rounds(&service, vec![1, 2], "run", &receipt()).await;
    assert_eq!(left.things.len(), 2);
    assert_eq!(left.refused, Some(throttled()));
    assert_eq!(service.calls.lock().unwrap().len(), usize::try_from(MAX_ROUNDS).unwrap());
}

#[tokio::test(start_paused = true)]
async fn one_bad_thing_does_not_cost_the_others() {
    let invalid = || failure("ValidationException", FailureClass::Other);
    let service =
        Service::new(
            |_, batch: &[usize]| {
                if batch.contains(&6) { Err(invalid()) } else { Ok(batch.iter().map(|_| None).collect()) }
            },
        );
    let receipt = receipt();
    let left = in_rounds(&service, (0..10).collect(), "run", &receipt).await;
    assert_eq!(left.things, [(6, invalid())]);
    assert!(left.refused.is_none());
    assert_eq!(receipt.into_delivery(None).delivered, 9);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_short_is_not_taken_for_a_yes_or_a_no() {
    let service = Service::new(|_, batch: &[usize]| Ok(batch.iter().take(1).map(|_| None).collect()));
    let receipt = receipt();
    let left = in_rounds(&service, vec![1, 2], "run", &receipt).await;
    assert_eq!(left.things.len(), 1);
    assert_eq!(receipt.into_delivery(None).delivered, 1);
}

/// What a service may say, by number.
fn answer(code: u8, batch: &[usize]) -> Result<Vec<Option<Failure>>, Failure> {
    let each = |of: fn(usize) -> Option<Failure>| Ok(batch.iter().map(|thing| of(*thing)).collect());
    match code {
        0 => each(|_| None),
        1 => each(|thing| thing.is_multiple_of(2).then(throttled)),
        2 => each(|thing| thing.is_multiple_of(3).then(|| failure("MalformedDetail", FailureClass::Other))),
        3 => Err(throttled()),
        4 => Err(failure("AccessDeniedException", FailureClass::Denied)),
        _ => Err(failure("ValidationException", FailureClass::Other)),
    }
}

proptest! {
    #[test]
    fn each_thing_is_taken_once_or_told_once(number in 0_usize..12, answers in vec(0_u8..6, 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let service = Service::new(|call: usize, batch: &[usize]| answer(answers[call % answers.len()], batch));
        let receipt = receipt();
        let left = runtime.block_on(in_rounds(&service, (0..number).collect(), "run", &receipt));
        let told: Vec<usize> = left.things.iter().map(|(thing, _)| *thing).collect();
        let taken = service.taken.lock().unwrap();
        prop_assert!(taken.values().all(|times| *times == 1));
        let all: BTreeSet<usize> = told.iter().chain(taken.keys()).copied().collect();
        prop_assert_eq!(all.len(), told.len() + taken.len());
        prop_assert_eq!(all, (0..number).collect());
        prop_assert_eq!(receipt.into_delivery(None).delivered, taken.len());
        prop_assert!(service.calls.lock().unwrap().len() <= 8 * number.max(1));
    }
}
