//! One role: what its machine asks for is done, until it is finished.

use std::fmt;

use tokio::time::Instant;

use crate::aws::change::Writer;
use crate::aws::read::state;
use crate::ids::{AccountId, RoleArn};
use crate::remediate::Change;
use crate::remediate::act::{Act, Answer};
use crate::remediate::carry_out::{CarryOut, Undo};
use crate::remediate::journal::{Line, Outcome, What};
use crate::remediate::place::{OpenJournal, told};
use crate::remediate::state::State;

use super::holding::Holding;
use super::{Begun, Carried};

/// Judges the rules on a state of one role.
pub(super) type Verify<'a> = Box<dyn Fn(&State) -> Result<(), String> + Send + 'a>;

/// What says what is to be done next.
pub(super) enum Machine<'a> {
    Forward(Box<CarryOut<Verify<'a>>>),
    Back(Box<Undo>),
}

impl Machine<'_> {
    fn next(&self) -> Act {
        match self {
            Self::Forward(machine) => machine.next(),
            Self::Back(machine) => machine.next(),
        }
    }

    fn answer(&mut self, answer: Answer) {
        match self {
            Self::Forward(machine) => machine.answer(answer),
            Self::Back(machine) => machine.answer(answer),
        }
    }
}

/// A role that is to be changed, or changed back.
pub(super) struct Order<'a> {
    pub(super) account: AccountId,
    pub(super) role: RoleArn,
    /// Why it is not to be touched.
    pub(super) refused: Option<String>,
    /// Whether nothing was done to it yet.
    pub(super) is_new: bool,
    /// What may be called, and taken back.
    pub(super) changes: Vec<Change>,
    pub(super) machine: Machine<'a>,
}

impl fmt::Debug for Order<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order").field("role", &self.role).finish_non_exhaustive()
    }
}

impl Order<'_> {
    pub(super) fn told(&self, outcome: Option<Outcome>, message: String) -> Carried {
        Carried { account: self.account.clone(), role: self.role.clone(), outcome, message }
    }
}

/// Carries an order to its end, or to the end of the time.
pub(super) async fn carry(
    order: &mut Order<'_>,
    begun: &Begun<'_>,
    holding: &mut Holding<'_>,
    journal: &mut OpenJournal<'_>,
) -> Carried {
    if let Act::Finished { outcome, message } = order.machine.next() {
        return order.told(Some(outcome), message);
    }
    let ready = match order.refused.clone() {
        Some(why) => Err(why),
        None => holding.take(&order.account).await,
    };
    let writer =
        ready.and_then(|()| begun.writers.writer(&order.account, &order.changes).map_err(|error| told(&error)));
    let writer = match writer {
        Ok(writer) => writer,
        Err(why) => return refuse(order, begun, journal, why).await,
    };
    let acting = perform(order, begun, &writer, holding, journal);
    let finished = match begun.end {
        Some(end) => tokio::time::timeout_at(end, acting).await.ok(),
        None => Some(acting.await),
    };
    let (outcome, message) = finished.unwrap_or_else(|| {
        let message = format!(
            "the time was over on the way: go on with `noderole apply --resume`, or take it back with `noderole undo`; the \
             journal is {}",
            journal.told()
        );
        (Outcome::Failed, message)
    });
    order.told(Some(outcome), message)
}

/// Notes that nothing was called, and why. In a run that goes on or takes back, the role stays as open as it was.
async fn refuse(order: &Order<'_>, begun: &Begun<'_>, journal: &mut OpenJournal<'_>, why: String) -> Carried {
    let outcome = if order.is_new { Outcome::Refused } else { Outcome::Failed };
    let mut message = why;
    if order.is_new {
        let what = What::Ended { role: order.role.clone(), outcome, message: message.clone() };
        if let Err(error) = journal.write(&Line { at: begun.sdk.now(), what }).await {
            message = format!("{message}; {}", told(&error));
        }
    }
    order.told(Some(outcome), message)
}

/// Does what the machine asks for: the machine itself has a limit for everything that it asks for again.
async fn perform(
    order: &mut Order<'_>,
    begun: &Begun<'_>,
    writer: &Writer,
    holding: &mut Holding<'_>,
    journal: &mut OpenJournal<'_>,
) -> (Outcome, String) {
    loop {
        let locked = holding.keep().await;
        let answer = match order.machine.next() {
            Act::Finished { outcome, message } => return (outcome, message),
            Act::Write(what) => {
                let line = Line { at: begun.sdk.now(), what: *what };
                Answer::Written(journal.write(&line).await.map_err(|error| told(&error)))
            }
            Act::Read(subject) => Answer::Read(Box::pin(state(&begun.sessions, &subject)).await.map(Box::new)),
            Act::Call(change) => Answer::Called(match locked {
                Ok(()) => {
                    let started = Instant::now();
                    let called = Box::pin(writer.perform(&change)).await;
                    tracing::info!(
                        account = order.account.as_str(),
                        change = change.described(),
                        failure = called.as_ref().err().map(ToString::to_string),
                        milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                        "called"
                    );
                    called
                }
                Err(failure) => Err(failure),
            }),
            Act::Wait(time) => {
                tokio::time::sleep(time).await;
                Answer::Waited
            }
        };
        order.machine.answer(answer);
    }
}
