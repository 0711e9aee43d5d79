//! Looking until what was changed is visible: IAM and EKS are eventually consistent, so one look proves nothing.

use std::time::Duration;

use crate::failure::{Failure, FailureClass};
use crate::remediate::act::Act;
use crate::remediate::state::{State, Subject};

/// Seconds between looks for what is not visible yet: a minute in all, as long as AWS's own tools wait.
const WAITS: [u64; 6] = [1, 2, 4, 8, 15, 30];

/// Looks in a row that must show the same before it is believed.
const SIGHTINGS: usize = 2;

/// Seconds between two looks at what seems to be settled.
const AGAIN: u64 = 1;

/// Looks in a row that may fail.
const FAILURES: usize = 5;

/// Looks in all, should what is seen go back and forth.
const LOOKS: usize = 40;

/// What one look shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// What is looked for.
    There,
    /// What was there earlier: not yet, or not at all.
    NotYet,
    /// Something that nobody announced.
    Foreign,
}

/// How long to look for what is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// One look, whatever it shows.
    Glance,
    /// It most likely will not come: the call was refused.
    Short,
    /// It was called, or may have been.
    Full,
}

/// What came of looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    /// What was looked for, as it is.
    There(Box<State>),
    /// It did not come; as it was seen last.
    Never(Box<State>),
    /// Somebody else's change.
    Foreign(Box<State>),
    /// It cannot be read.
    Unread(Failure),
}

/// The looks at one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    patience: Patience,
    last: Option<Sight>,
    in_a_row: usize,
    looks: usize,
    waits: usize,
    failures: usize,
    pause: Option<Duration>,
}

impl Look {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, last: None, in_a_row: 0, looks: 0, waits: 0, failures: 0, pause: None }
    }

    pub(super) fn act(&self, subject: &Subject) -> Act {
        self.pause.map_or_else(|| Act::Read(Box::new(subject.clone())), Act::Wait)
    }

    pub(super) fn waited(&mut self) {
        self.pause = None;
    }

    /// Takes in what was read; something once it is settled.
    pub(super) fn read(
        &mut self,
        result: Result<Box<State>, Failure>,
        sight: impl FnOnce(&State) -> Sight,
    ) -> Option<Settled> {
        if self.pause.is_some() {
            return None;
        }
        self.looks += 1;
        let state = match result {
            Ok(state) => state,
            Err(failure) => {
                self.failures += 1;
                if !may_pass(failure.class) || self.failures >= FAILURES {
                    return Some(Settled::Unread(failure));
                }
                return self.wait(WAITS.get(self.failures - 1).copied());
            }
        };
        self.failures = 0;
        let sight = sight(&state);
        self.in_a_row = if self.last == Some(sight) { self.in_a_row + 1 } else { 1 };
        self.last = Some(sight);
        let believed = self.in_a_row >= SIGHTINGS || self.patience == Patience::Glance || self.looks >= LOOKS;
        match sight {
            Sight::There if believed => Some(Settled::There(state)),
            Sight::Foreign if believed => Some(Settled::Foreign(state)),
            Sight::There | Sight::Foreign => self.wait(Some(AGAIN)),
            Sight::NotYet => {
                let more = match self.patience {
                    Patience::Glance => None,
                    Patience::Short => WAITS.get(self.waits).copied().filter(|_| self.in_a_row < SIGHTINGS),
                    Patience::Full => WAITS.get(self.waits).copied(),
                };
                match more.filter(|_| self.looks < LOOKS) {
                    None => Some(Settled::Never(state)),
                    Some(seconds) => {
                        self.waits += 1;
                        self.wait(Some(seconds))
                    }
                }
            }
        }
    }

    fn wait(&mut self, seconds: Option<u64>) -> Option<Settled> {
        self.pause = Some(Duration::from_secs(seconds.unwrap_or(AGAIN)));
        None
    }
}

/// Whether the same look may succeed a moment later.
fn may_pass(class: FailureClass) -> bool {
    match class {
        // a thing may go between the list that names it and the question about it
        FailureClass::Throttled
        | FailureClass::Transient
        | FailureClass::Gone
        | FailureClass::Malformed
        | FailureClass::Other => true,
        FailureClass::Denied
        | FailureClass::NotEnabled
        | FailureClass::Expired
        | FailureClass::NotReached
        | FailureClass::NotAsked => false,
    }
}

#[cfg(test)]
mod tests;
