//! What a journal tells of one role: the image from before, the steps that stand, and where it stopped.

use crate::ids::RoleArn;
use crate::remediate::Change;
use crate::remediate::journal::{Outcome, What};
use crate::remediate::state::State;

/// A step that was begun and is not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    /// Its position in the plan.
    pub(super) step: usize,
    /// The call.
    pub(super) change: Change,
    /// How the role was before it.
    pub(super) prior: Box<State>,
    /// How the role was when its effect was seen; none while that is open.
    pub(super) left: Option<Box<State>>,
}

impl Made {
    /// How the role is once it is made, as far as that is known.
    pub(super) fn result(&self) -> Option<State> {
        self.left.as_deref().cloned().or_else(|| self.prior.after(&self.change).ok())
    }
}

/// All lines of one role, taken in one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) role: RoleArn,
    /// The image from before.
    pub(super) before: Option<Box<State>>,
    /// The state that the last line tells.
    pub(super) at: Option<Box<State>>,
    /// Steps that stand, the last one at the end.
    pub(super) made: Vec<Made>,
    /// What steps led to that are taken back.
    pub(super) gone: Vec<State>,
    /// Taking back has begun.
    pub(super) back: bool,
    /// The last step is about to be taken back.
    undoing: bool,
    /// The rules were judged again, and passed.
    pub(super) verified: bool,
    /// How it ended, if nothing came after that.
    pub(super) ended: Option<(Outcome, String)>,
    /// The first line that does not follow from those before it.
    pub(super) disorder: Option<&'static str>,
}

impl Record {
    pub(super) fn of<'a>(role: &RoleArn, lines: impl IntoIterator<Item = &'a What>) -> Self {
        let mut record = Self {
            role: role.clone(),
            before: None,
            at: None,
            made: Vec::new(),
            gone: Vec::new(),
            back: false,
            undoing: false,
            verified: false,
            ended: None,
            disorder: None,
        };
        for what in lines {
            record.note(what);
        }
        record
    }

    /// Takes in a line that is written; lines of other roles are passed over.
    pub(super) fn note(&mut self, what: &What) {
        match what {
            What::Before { role, state } if *role == self.role => {
                self.before = Some(state.clone());
                self.at = Some(state.clone());
            }
            What::Doing { role, step, change } if *role == self.role => self.doing(*step, change),
            What::Done { role, step, state } if *role == self.role => self.done(*step, state),
            What::Verified { role, .. } if *role == self.role => self.verified = true,
            What::Undoing { role, .. } if *role == self.role => {
                (self.back, self.undoing) = (true, true);
                self.verified = false;
                self.ended = None;
            }
            What::Undone { role, step, state } if *role == self.role => self.undone(*step, state),
            What::Ended { role, outcome, message } if *role == self.role => {
                self.ended = Some((*outcome, message.clone()));
            }
            What::Begun { .. }
            | What::Closed { .. }
            | What::Before { .. }
            | What::Doing { .. }
            | What::Done { .. }
            | What::Verified { .. }
            | What::Undoing { .. }
            | What::Undone { .. }
            | What::Ended { .. } => {}
        }
    }

    /// The states before and after each step. Not those that were seen after a step was taken back: somebody else's change
    /// may be in them.
    pub(super) fn history(&self) -> Vec<&State> {
        let made = self.made.iter().flat_map(|made| [Some(&made.prior), made.left.as_ref()]).flatten();
        self.before.iter().chain(made).map(|state| &**state).chain(&self.gone).collect()
    }

    /// Whether a step that stands created the role, and that was seen: where there is none now, somebody has deleted it.
    pub(super) fn created_the_role(&self) -> bool {
        self.made.iter().any(|made| matches!(made.change, Change::CreateRole { .. }) && made.left.is_some())
    }

    /// The states that may be seen where nobody but noderole changed anything since the last line.
    pub(super) fn last(&self) -> Vec<State> {
        let open = self.open().and_then(Made::result);
        // an entry that was about to be created again has a time of its own
        let again = self.made.last().filter(|_| self.undoing).map(|made| made.prior.anew());
        let at = self.at.as_deref().cloned();
        self.history().into_iter().cloned().chain(at).chain(open).chain(again).collect()
    }

    /// The step whose effect is not seen yet.
    pub(super) fn open(&self) -> Option<&Made> {
        self.made.last().filter(|made| made.left.is_none())
    }

    fn doing(&mut self, step: usize, change: &Change) {
        self.ended = None;
        let Some(prior) = self.at.clone() else {
            self.disorder = Some("a call without the image from before");
            return;
        };
        match self.made.last_mut() {
            Some(open) if open.left.is_none() && open.step == step => open.change = change.clone(),
            Some(_) | None => self.made.push(Made { step, change: change.clone(), prior, left: None }),
        }
    }

    fn done(&mut self, step: usize, state: &State) {
        self.at = Some(Box::new(state.clone()));
        match self.made.last_mut() {
            Some(open) if open.step == step => open.left = Some(Box::new(state.clone())),
            Some(_) | None => self.disorder = Some("an effect without its call"),
        }
    }

    fn undone(&mut self, step: usize, state: &State) {
        (self.back, self.undoing) = (true, false);
        self.verified = false;
        self.ended = None;
        self.at = Some(Box::new(state.clone()));
        match self.made.pop() {
            Some(made) if made.step == step => self.gone.extend(made.left.map(|left| *left)),
            Some(_) | None => self.disorder = Some("a step taken back that was not made last"),
        }
    }
}
