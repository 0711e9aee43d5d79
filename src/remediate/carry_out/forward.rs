//! The way forward: the check before the first call, the next step, and what a look at the role decides.

use crate::failure::{Failure, FailureClass};
use crate::remediate::Change;
use crate::remediate::journal::Outcome;
use crate::remediate::state::{State, difference, place};

use super::look::{Look, Patience, Settled, Sight};
use super::record::Record;
use super::take_back::{Opened, TakeBack};
use super::{CarryOut, Current, Phase, left, refused_for_good};

impl<V: Fn(&State) -> Result<(), String>> CarryOut<V> {
    pub(super) fn called(&mut self, failure: Option<Failure>) {
        let Phase::Calling(current) = self.phase.clone() else { return };
        let refused = failure.as_ref().is_some_and(|failure| refused_for_good(failure, &current.change));
        self.look = Look::new(if refused { Patience::Short } else { Patience::Full });
        self.phase = Phase::Looking(Current { failure, ..current });
    }

    pub(super) fn read(&mut self, result: Result<Box<State>, Failure>) {
        match self.phase.clone() {
            Phase::Checking => match self.look.read(result, |_| Sight::There) {
                None => {}
                Some(Settled::There(state) | Settled::Never(state) | Settled::Foreign(state)) => self.check(state),
                Some(Settled::Unread(failure)) => {
                    let message = format!("the role cannot be read ({failure}): nothing was called");
                    self.phase = Phase::Ended(Outcome::Refused, message);
                }
            },
            Phase::Looking(current) => {
                let (record, expected) = (&self.record, &current.expected);
                let settled = self.look.read(result, |state| sight(state, expected, Some(&current.change), record));
                if let Some(settled) = settled {
                    self.looked(current, settled);
                }
            }
            Phase::Resuming if self.record.back => {
                if let Some(settled) = self.look.read(result, |_| Sight::There) {
                    let reason = "taking back had begun, and was carried on".to_owned();
                    match settled {
                        Settled::There(state) | Settled::Never(state) | Settled::Foreign(state) => {
                            self.take_back(state, Opened::Unknown, reason);
                        }
                        Settled::Unread(failure) => self.blind(&failure),
                    }
                }
            }
            Phase::Resuming => self.resumed(result),
            Phase::Before(_)
            | Phase::Doing(_)
            | Phase::Calling(_)
            | Phase::Done(_)
            | Phase::Verified
            | Phase::Back(..)
            | Phase::Ended(..)
            | Phase::Finished(..) => {}
        }
    }

    /// The state before anything is done: refused, unchanged, or the image from before.
    fn check(&mut self, state: Box<State>) {
        let planned = self.planned(&state);
        let moved = self.plan.moved(&state.fingerprint());
        let already = planned.as_ref().is_ok_and(|planned| self.is_already(&state, planned));
        self.phase = if already {
            Phase::Ended(Outcome::Unchanged, String::new())
        } else if !moved.is_empty() {
            let parts = moved.join(", ");
            let message = format!("changed since the plan was made: {parts}; make the plan anew with `noderole plan`");
            Phase::Ended(Outcome::Refused, message)
        } else {
            match planned.and_then(|planned| (self.verify)(&planned)) {
                Ok(()) => Phase::Before(state),
                Err(why) => Phase::Ended(Outcome::Refused, why),
            }
        };
    }

    /// What all steps lead to, or which of them cannot be made, and why.
    fn planned(&self, state: &State) -> Result<State, String> {
        self.plan.steps.iter().try_fold(state.clone(), |at, step| {
            at.after(&state.completed(&step.change)).map_err(|why| format!("{}: {why}", step.change.described()))
        })
    }

    /// Whether it is done, by an earlier run or by somebody else. An entry that is to be made anew looks the same afterwards:
    /// it must at least not be the one that was seen.
    fn is_already(&self, state: &State, planned: &State) -> bool {
        let now = state.fingerprint();
        let still = |change: &Change| match change {
            Change::DeleteEntry { region, cluster, .. } => {
                let part = format!("access entry {}", place(region, cluster));
                now.get(&part) == self.plan.seen.get(&part)
            }
            Change::CreatePolicy { .. }
            | Change::DeletePolicy { .. }
            | Change::CreatePolicyVersion { .. }
            | Change::RestorePolicyVersion { .. }
            | Change::CreateRole { .. }
            | Change::DeleteRole { .. }
            | Change::UpdateTrust { .. }
            | Change::Attach { .. }
            | Change::Detach { .. }
            | Change::AddToProfile { .. }
            | Change::RemoveFromProfile { .. }
            | Change::CreateEntry { .. }
            | Change::AssociateNodePolicy { .. }
            | Change::DisassociateNodePolicy { .. } => false,
        };
        state.is(planned) && !self.plan.steps.iter().any(|step| still(&step.change)) && (self.verify)(state).is_ok()
    }

    /// Announces the next step whose effect is not there, or judges the rules once there is none.
    pub(super) fn take_next_step(&mut self) {
        let (Some(before), Some(at)) = (self.record.before.clone(), self.record.at.clone()) else { return };
        while let Some(step) = self.plan.steps.get(self.next) {
            let change = before.completed(&step.change);
            match at.after(&change) {
                Ok(expected) if at.is(&expected) => self.next += 1,
                Ok(expected) => {
                    let expected = Box::new(expected);
                    self.phase = Phase::Doing(Current { step: self.next, change, expected, failure: None });
                    return;
                }
                Err(why) => {
                    let reason = format!("{}: {why}", change.described());
                    return self.take_back(at, Opened::NotMade, reason);
                }
            }
        }
        match (self.verify)(&at) {
            Ok(()) if self.record.verified => self.phase = Phase::Ended(Outcome::Applied, String::new()),
            Ok(()) => self.phase = Phase::Verified,
            Err(why) => self.take_back(at, Opened::NotMade, why),
        }
    }

    /// What the looks after a call decide.
    fn looked(&mut self, current: Current, settled: Settled) {
        let what = current.change.described();
        match settled {
            Settled::There(state) => self.phase = Phase::Done(Current { expected: state, ..current }),
            Settled::Never(state) => {
                let reason = match &current.failure {
                    Some(failure) => format!("\"{what}\" failed ({failure})"),
                    None => format!("\"{what}\" was called, and its effect did not show"),
                };
                self.take_back(state, opened(&current), reason);
            }
            Settled::Foreign(state) => {
                let opened = opened(&current);
                let lines = difference(&current.expected, &state).join("\n");
                let failure =
                    current.failure.map_or_else(String::new, |failure| format!("\"{what}\" failed ({failure}); "));
                self.take_back(state, opened, format!("{failure}somebody else changed the role meanwhile:\n{lines}"));
            }
            Settled::Unread(failure) => self.blind(&failure),
        }
    }

    /// What the looks at an interrupted run decide.
    fn resumed(&mut self, result: Result<Box<State>, Failure>) {
        let open = self.record.open().cloned();
        let target = match &open {
            Some(made) => made.result().map(Box::new),
            None => self.record.at.clone(),
        };
        let Some(target) = target else { return };
        let change = open.as_ref().map(|made| &made.change);
        let record = &self.record;
        let Some(settled) = self.look.read(result, |state| sight(state, &target, change, record)) else { return };
        let current =
            open.map(|made| Current { step: made.step, change: made.change, expected: target.clone(), failure: None });
        self.phase = match (settled, current) {
            (Settled::There(state), Some(current)) => Phase::Done(Current { expected: state, ..current }),
            (Settled::There(state), None) => {
                self.record.at = Some(state);
                return self.take_next_step();
            }
            // it was announced, and not made: it is announced again
            (Settled::Never(_), Some(current)) => Phase::Doing(current),
            (Settled::Never(state), None) | (Settled::Foreign(state), _) => {
                let lines = difference(&target, &state).join("\n");
                let message = format!("somebody else changed the role since:\n{lines}");
                if self.record.made.is_empty() {
                    Phase::Ended(Outcome::Refused, format!("{message}\nnothing was called"))
                } else {
                    Phase::Ended(Outcome::Failed, format!("{message}\n{}", left(&self.record)))
                }
            }
            (Settled::Unread(failure), _) => return self.blind(&failure),
        };
    }

    /// The role cannot be read any more: nothing is called blindly.
    fn blind(&mut self, failure: &Failure) {
        let message = format!("the role cannot be read ({failure})");
        self.phase = if self.record.made.is_empty() {
            Phase::Ended(Outcome::Refused, format!("{message}: nothing was called"))
        } else {
            Phase::Ended(Outcome::Failed, format!("{message}; {}", left(&self.record)))
        };
    }

    fn take_back(&mut self, at: Box<State>, opened: Opened, reason: String) {
        match TakeBack::begin(&self.record, at, opened, false) {
            Ok(back) => self.phase = Phase::Back(Box::new(back), reason),
            Err(taken) => self.taken(taken, reason, &[]),
        }
    }
}

/// What is known of a step whose effect did not show.
fn opened(current: &Current) -> Opened {
    match &current.failure {
        None => Opened::Called,
        Some(failure) if refused_for_good(failure, &current.change) => Opened::NotMade,
        // the other steps are taken back all the same, unseen; of a version, the number would have to be known. It is asked for
        // once, so that what AWS asks to slow down was not made
        Some(failure)
            if failure.class == FailureClass::Throttled
                && matches!(current.change, Change::CreatePolicyVersion { .. }) =>
        {
            Opened::NotMade
        }
        Some(_) => Opened::Maybe,
    }
}

/// What a look for an expected state shows.
fn sight(state: &State, expected: &State, change: Option<&Change>, record: &Record) -> Sight {
    let history = record.history();
    // an entry that takes the place of another may look like it: it must not be that one
    let old = change.is_some_and(|change| {
        matches!(change, Change::CreateEntry { .. }) && history.iter().any(|one| state.has_the_entry_of(one, change))
    });
    if state.is(expected) && !old {
        return Sight::There;
    }
    let known: Vec<&State> = history.into_iter().chain([expected]).collect();
    if state.mixes(&known) { Sight::NotYet } else { Sight::Foreign }
}
