//! Taking back what was done to a role, the last step first: each written down before, and seen after.

use crate::failure::{Failure, FailureClass};
use crate::remediate::Change;
use crate::remediate::act::{Act, Answer};
use crate::remediate::change::name;
use crate::remediate::journal::What;
use crate::remediate::state::{State, Subject, difference};

use super::look::{Look, Patience, Settled, Sight};
use super::record::{Made, Record};
use super::{DELETE_CONFLICT, exists, refused_for_good};

/// How often a call that takes back is made, should it fail for reasons that pass.
const CALLS: usize = 3;

/// What is known of a step whose effect was not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// Nothing: noderole was interrupted.
    Unknown,
    /// It was not made.
    NotMade,
    /// It failed, and may have been made; it was looked for in vain.
    Maybe,
    /// It was made; it was looked for in vain.
    Called,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Taken {
    /// No step stands any more; how the role is.
    All(Box<State>),
    /// A step cannot be taken back, and why.
    Stuck(String),
    /// A line could not be written, and why.
    Unwritten(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Looking for the effect of the open step.
    Seeking,
    /// Announcing the call that takes the last step back.
    Undoing(Change),
    Calling(Change),
    Looking(Change),
    /// Writing that the last step is taken back.
    Undone,
}

/// Taking back, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TakeBack {
    /// Also where somebody else changed what a step wrote.
    force: bool,
    at: Box<State>,
    opened: Opened,
    /// What people should know of it.
    pub(super) notes: Vec<String>,
    calls: usize,
    failure: Option<Failure>,
    look: Look,
    phase: Phase,
}

impl TakeBack {
    /// Begins, from how the role is.
    pub(super) fn begin(record: &Record, at: Box<State>, opened: Opened, force: bool) -> Result<Self, Taken> {
        let mut back = Self {
            force,
            at,
            opened,
            notes: Vec::new(),
            calls: 0,
            failure: None,
            look: Look::new(Patience::Full),
            phase: Phase::Undone,
        };
        back.choose(record).map_or(Ok(back), Err)
    }

    pub(super) fn act(&self, record: &Record, subject: &Subject) -> Act {
        let step = record.made.last().map_or(0, |made| made.step);
        let role = record.role.clone();
        match &self.phase {
            Phase::Undoing(change) => Act::Write(Box::new(What::Undoing { role, step, change: change.clone() })),
            Phase::Undone => Act::Write(Box::new(What::Undone { role, step, state: self.at.clone() })),
            Phase::Calling(change) => Act::Call(Box::new(change.clone())),
            Phase::Seeking | Phase::Looking(_) => self.look.act(subject),
        }
    }

    /// Takes in an answer; something once all is over.
    pub(super) fn answer(&mut self, record: &mut Record, subject: &Subject, answer: Answer) -> Option<Taken> {
        match (answer, self.act(record, subject)) {
            (Answer::Written(Ok(())), Act::Write(what)) => {
                record.note(&what);
                if let Phase::Undoing(change) = &self.phase {
                    self.phase = Phase::Calling(change.clone());
                    return None;
                }
                self.choose(record)
            }
            (Answer::Written(Err(error)), Act::Write(_)) => Some(Taken::Unwritten(error)),
            (Answer::Called(result), Act::Call(change)) => {
                self.failure = result.err();
                self.calls += 1;
                let refused =
                    self.failure.as_ref().is_some_and(|failure| refused_for_good(failure, &change) && !passes(failure));
                self.look = Look::new(if refused { Patience::Short } else { Patience::Full });
                self.phase = Phase::Looking(*change);
                None
            }
            (Answer::Waited, Act::Wait(_)) => {
                self.look.waited();
                None
            }
            (Answer::Read(result), Act::Read(_)) => self.read(record, result),
            // nobody asked for that
            (Answer::Written(_) | Answer::Read(_) | Answer::Called(_) | Answer::Waited, _) => None,
        }
    }

    /// What the last step that stands asks for.
    fn choose(&mut self, record: &Record) -> Option<Taken> {
        let Some(made) = record.made.last() else { return Some(Taken::All(self.at.clone())) };
        (self.calls, self.failure) = (0, None);
        self.phase = Phase::Undone;
        let Some(result) = made.result() else {
            return Some(Taken::Stuck(format!("what came of \"{}\" is not known", made.change.described())));
        };
        let of_the_role = made.change.role().is_some() && made.change.entry().is_none();
        if of_the_role && self.at.role.is_none() && record.created_the_role() {
            let note = "the role is gone: somebody has deleted it, and with it what was done to it".to_owned();
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
            return None;
        }
        let open = made.left.is_none();
        let seen = self.at.agrees(&result, &made.change);
        if open && !seen && matches!(made.change, Change::CreatePolicyVersion { .. }) {
            // the number of the version to delete is AWS's to say
            match self.opened {
                Opened::Unknown => {
                    self.look = Look::new(Patience::Full);
                    self.phase = Phase::Seeking;
                    return None;
                }
                Opened::Called => {
                    let what = made.change.described();
                    return Some(Taken::Stuck(format!("\"{what}\" was made, and cannot be seen yet")));
                }
                Opened::Maybe => {
                    let what = made.change.described();
                    return Some(Taken::Stuck(format!("whether \"{what}\" was made may show later")));
                }
                Opened::NotMade => return None,
            }
        }
        if open && self.opened == Opened::NotMade {
            return None;
        }
        let left = if open && seen { &*self.at } else { &result };
        let back = made.prior.undoing(&made.change, left)?;
        let ours = record.history().into_iter().chain([&result]).any(|known| self.at.agrees(known, &made.change));
        if ours || (self.force && self.may_overwrite(&made.change)) {
            self.phase = Phase::Undoing(back);
            return None;
        }
        let what = made.change.described();
        if self.force {
            self.notes.push(format!("\"{what}\" was not taken back: what is there now is not noderole's"));
            return None;
        }
        let lines = difference(&result, &self.at).join("\n");
        Some(Taken::Stuck(format!("\"{what}\" is not taken back, somebody else changed it since:\n{lines}")))
    }

    /// Whether what was there before may be written over what somebody else wrote: as far as it is the same thing still.
    fn may_overwrite(&self, change: &Change) -> bool {
        match change {
            Change::UpdateTrust { .. } | Change::Attach { .. } | Change::Detach { .. } => self.at.role.is_some(),
            Change::CreatePolicyVersion { policy, .. } => self.at.policies.get(policy).is_some_and(Option::is_some),
            Change::CreatePolicy { .. }
            | Change::DeletePolicy { .. }
            | Change::RestorePolicyVersion { .. }
            | Change::CreateRole { .. }
            | Change::DeleteRole { .. }
            | Change::AddToProfile { .. }
            | Change::RemoveFromProfile { .. }
            | Change::CreateEntry { .. }
            | Change::DeleteEntry { .. }
            | Change::AssociateNodePolicy { .. }
            | Change::DisassociateNodePolicy { .. } => false,
        }
    }

    fn read(&mut self, record: &Record, result: Result<Box<State>, Failure>) -> Option<Taken> {
        let made = record.made.last()?;
        let force = self.force;
        let back = match &self.phase {
            Phase::Looking(back) => Some(back.clone()),
            Phase::Seeking | Phase::Undoing(_) | Phase::Calling(_) | Phase::Undone => None,
        };
        let settled = self.look.read(result, |state| match &back {
            None => sought(state, made),
            Some(_) => sight(state, made, record, force),
        })?;
        match (settled, back) {
            (Settled::Unread(failure), _) => Some(Taken::Stuck(format!("the role cannot be read ({failure})"))),
            (Settled::There(state), None) => {
                (self.at, self.opened) = (state, Opened::Maybe);
                self.choose(record)
            }
            (Settled::Never(state) | Settled::Foreign(state), None) => {
                (self.at, self.opened) = (state, Opened::NotMade);
                self.choose(record)
            }
            (Settled::There(state), Some(change)) => {
                let seen = made.left.is_some();
                self.done(state, change, seen)
            }
            (Settled::Foreign(state), Some(change)) => Some(Taken::Stuck(format!(
                "\"{}\": somebody else changed the same meanwhile:\n{}",
                change.described(),
                difference(&made.prior, &state).join("\n")
            ))),
            (Settled::Never(state), Some(change)) => self.in_vain(state, change),
        }
    }

    /// A call whose effect is there, as far as can be seen. If it failed, that proves nothing where the step itself was not
    /// `seen` either; and that an earlier version is the default again can be seen, that the later one is deleted cannot.
    fn done(&mut self, state: Box<State>, change: Change, seen: bool) -> Option<Taken> {
        // that there is nothing to take away, or that it is there already, are answers
        let failure = self.failure.take().filter(|failure| failure.class != FailureClass::Gone && !exists(failure));
        if let Some(failure) = failure {
            if passes(&failure) && self.calls < CALLS {
                self.phase = Phase::Calling(change);
                return None;
            }
            if let Change::RestorePolicyVersion { policy, surplus, .. } = &change {
                self.notes
                    .push(format!("the version {surplus} of the policy {} may be left ({failure})", name(policy)));
            } else if !seen {
                let what = change.described();
                return Some(Taken::Stuck(format!(
                    "\"{what}\" failed ({failure}), and what it takes back may show later"
                )));
            }
        }
        (self.at, self.phase) = (state, Phase::Undone);
        None
    }

    /// A call that took nothing back, as far as can be seen.
    fn in_vain(&mut self, state: Box<State>, change: Change) -> Option<Taken> {
        let what = change.described();
        let Some(failure) = self.failure.take() else {
            return Some(Taken::Stuck(format!("\"{what}\" was called, and its effect cannot be seen yet")));
        };
        if passes(&failure) && self.calls < CALLS {
            self.phase = Phase::Calling(change);
            return None;
        }
        if let Change::DeletePolicy { policy } = &change
            && failure.code.starts_with(DELETE_CONFLICT)
        {
            self.notes.push(format!("the policy {} stays: something else uses it", name(policy)));
            (self.at, self.phase) = (state, Phase::Undone);
            return None;
        }
        Some(Taken::Stuck(format!("\"{what}\" failed ({failure})")))
    }
}

/// Whether the effect of the open step is there.
fn sought(state: &State, made: &Made) -> Sight {
    let there = made.result().is_some_and(|result| state.agrees(&result, &made.change));
    if there { Sight::There } else { Sight::NotYet }
}

/// Whether a step is taken back. What else differs is nobody's business here: it is not touched.
fn sight(state: &State, made: &Made, record: &Record, force: bool) -> Sight {
    let old = || record.gone.iter().any(|gone| state.has_the_entry_of(gone, &made.change));
    let mut prior = (*made.prior).clone();
    if force && let Some(role) = &mut prior.role {
        // whichever role has the name by now
        role.id.clear();
    }
    if state.agrees(&prior, &made.change) && !old() {
        return Sight::There;
    }
    let result = made.result();
    let known = || record.history().into_iter().chain(&result).any(|known| state.agrees(known, &made.change));
    if force || known() { Sight::NotYet } else { Sight::Foreign }
}

/// Whether the call may succeed a moment later.
fn passes(failure: &Failure) -> bool {
    match failure.class {
        FailureClass::Throttled | FailureClass::Transient | FailureClass::Malformed => true,
        FailureClass::Other => {
            failure.code.starts_with(DELETE_CONFLICT) || failure.code.starts_with("ConcurrentModification")
        }
        FailureClass::Denied
        | FailureClass::NotEnabled
        | FailureClass::Gone
        | FailureClass::Expired
        | FailureClass::NotReached
        | FailureClass::NotAsked => false,
    }
}
