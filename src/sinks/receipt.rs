//! What a sink has taken so far: filled while it is sent to, and whole whenever the sending ends, be it cut off.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::Failure;
use crate::report::model::{Delivery, DeliveryFailure};

use super::Sink;

/// Failures that a delivery lists at most; the others are counted.
pub(crate) const MAX_FAILURES: usize = 20;

/// A delivery in the making.
#[derive(Debug)]
pub(crate) struct Receipt(Mutex<State>);

#[derive(Debug)]
struct State {
    delivery: Delivery,
    has_ended: bool,
}

impl Receipt {
    /// Nothing offered yet.
    pub(crate) fn new(sink: &Sink) -> Self {
        let delivery = Delivery {
            sink: sink.kind(),
            target: sink.target(),
            offered: 0,
            delivered: 0,
            failures: Vec::new(),
            more_failures: 0,
        };
        Self(Mutex::new(State { delivery, has_ended: false }))
    }

    /// So many things more are to be delivered: told before the first call, so that it is known what a sink that hangs
    /// did not take.
    pub(crate) fn offer(&self, number: usize) {
        self.held().delivery.offered += number;
    }

    /// So many things more were taken.
    pub(crate) fn delivered(&self, number: usize) {
        self.held().delivery.delivered += number;
    }

    /// Something was not taken. The same failure, a second time, is counted and not listed again.
    pub(crate) fn failed(&self, what: impl Into<String>, failure: &Failure) {
        let told = DeliveryFailure {
            what: what.into(),
            error: failure.code.clone(),
            message: failure.message.clone(),
            class: failure.class,
        };
        let mut held = self.held();
        let delivery = &mut held.delivery;
        if delivery.failures.len() >= MAX_FAILURES || delivery.failures.contains(&told) {
            delivery.more_failures += 1;
        } else {
            delivery.failures.push(told);
        }
    }

    /// The sink was sent all that there is for it, or has given up.
    pub(crate) fn end(&self) {
        self.held().has_ended = true;
    }

    /// What became of it. `cut_off` is why the sending was ended from outside, if it was.
    pub(crate) fn into_delivery(self, cut_off: Option<&Failure>) -> Delivery {
        if let Some(failure) = cut_off.filter(|_| !self.held().has_ended) {
            // It may not even have begun.
            if self.held().delivery.offered == 0 {
                self.offer(1);
            }
            self.failed("what was not sent by then", failure);
        }
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).delivery
    }

    fn held(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureClass;

    #[test]
    fn failures_are_listed_up_to_a_limit_and_counted_beyond() {
        let receipt = Receipt::new(&Sink::Cloudwatch(crate::sinks::settings::CloudWatch::default()));
        receipt.offer(100);
        receipt.delivered(2);
        let failure =
            Failure { class: FailureClass::Throttled, code: "ThrottlingException".into(), message: "slow".into() };
        for number in 0..98 {
            receipt.failed(format!("line {number}"), &failure);
            receipt.failed(format!("line {number}"), &failure);
        }
        let delivery = receipt.into_delivery(None);
        assert!(!delivery.is_whole());
        assert_eq!((delivery.offered, delivery.delivered), (100, 2));
        assert_eq!((delivery.failures.len(), delivery.more_failures), (MAX_FAILURES, 2 * 98 - MAX_FAILURES));
    }

    #[test]
    fn what_is_cut_off_is_never_whole() {
        let failure = Failure { class: FailureClass::NotReached, code: "TimeUp".into(), message: "over".into() };
        let receipt = || Receipt::new(&Sink::Cloudwatch(crate::sinks::settings::CloudWatch::default()));
        let not_begun = receipt().into_delivery(Some(&failure));
        assert!(!not_begun.is_whole() && not_begun.failures[0].error == "TimeUp");
        let ended = receipt();
        ended.offer(1);
        ended.delivered(1);
        ended.end();
        let ended = ended.into_delivery(Some(&failure));
        assert!(ended.is_whole() && ended.failures.is_empty());
    }
}
