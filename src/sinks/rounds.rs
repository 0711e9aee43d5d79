//! A batch in rounds: what a service took is done, what it refused for the moment is sent again, the rest is told.

use crate::failure::{Failure, FailureClass};

use super::receipt::Receipt;
use super::retry::{MAX_ROUNDS, may_pass, pause};

/// Codes by which a service refuses a whole request for what is in it: one bad thing must not cost the others.
const OF_CONTENT: &[&str] = &["ValidationException", "InvalidInputException", "SerializationException", "HTTP 413"];

/// What takes batches of things, each thing for itself.
pub(super) trait Takes<T> {
    /// Sends a batch; for each thing in order: nothing where it was taken, or why it was not.
    ///
    /// # Errors
    /// Why none of it was taken.
    fn take(&self, batch: &[T]) -> impl Future<Output = Result<Vec<Option<Failure>>, Failure>> + Send;
}

/// What was not taken of a batch.
#[derive(Debug)]
pub(super) struct Remainder<T> {
    /// Each with the last reason.
    pub(super) things: Vec<(T, Failure)>,
    /// Why the service takes nothing at all: what would come next has no more to hope for.
    pub(super) refused: Option<Failure>,
}

/// Sends a batch until all of it is taken or nothing helps. `salt` parts runs that were refused together.
pub(super) async fn in_rounds<T: Send + Sync>(
    service: &(impl Takes<T> + Sync),
    batch: Vec<T>,
    salt: &str,
    receipt: &Receipt,
) -> Remainder<T> {
    let mut remainder = Remainder { things: Vec::new(), refused: None };
    // A batch is halved until what is wrong stands alone: as often as it has things, at most.
    let mut waiting = vec![batch];
    while let Some(mut batch) = waiting.pop() {
        if let Some(failure) = &remainder.refused {
            remainder.things.extend(batch.into_iter().map(|thing| (thing, failure.clone())));
            continue;
        }
        match of_one(service, &mut batch, &mut remainder.things, salt, receipt).await {
            Ok(()) => {}
            Err(failure) if is_of_content(&failure) && batch.len() > 1 => {
                waiting.push(batch.split_off(batch.len() / 2));
                waiting.push(batch);
            }
            Err(failure) => {
                remainder.things.extend(batch.into_iter().map(|thing| (thing, failure.clone())));
                remainder.refused = Some(failure).filter(|failure| !is_of_content(failure));
            }
        }
    }
    remainder
}

fn no_answer() -> Failure {
    Failure {
        class: FailureClass::Malformed,
        code: "IncompleteAnswer".to_owned(),
        message: "the answer does not say whether it was taken".to_owned(),
    }
}

/// Whether a request was refused for what is in it.
fn is_of_content(failure: &Failure) -> bool {
    OF_CONTENT.contains(&failure.code.as_str())
}

/// Sends a batch in [`MAX_ROUNDS`] at most; what is not taken for itself goes to `left`. Where the last request was refused
/// as a whole, that is the error, and `batch` is what was in it.
async fn of_one<T: Send + Sync>(
    service: &(impl Takes<T> + Sync),
    batch: &mut Vec<T>,
    left: &mut Vec<(T, Failure)>,
    salt: &str,
    receipt: &Receipt,
) -> Result<(), Failure> {
    let mut round = 0;
    loop {
        let is_last = round + 1 >= MAX_ROUNDS;
        match service.take(batch).await {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for thing in std::mem::take(batch) {
                    match answers.next().unwrap_or_else(|| Some(no_answer())) {
                        None => receipt.delivered(1),
                        Some(failure) if may_pass(failure.class) && !is_last => batch.push(thing),
                        Some(failure) => left.push((thing, failure)),
                    }
                }
                if batch.is_empty() {
                    return Ok(());
                }
            }
            Err(failure) if may_pass(failure.class) && !is_last => {}
            Err(failure) => return Err(failure),
        }
        tokio::time::sleep(pause(salt, round)).await;
        round += 1;
    }
}

#[cfg(test)]
mod tests;
