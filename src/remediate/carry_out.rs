//! Carrying out what a plan says of one role: re-read, compare, then step by step, each written down before it is done and
//! looked at after it; taken back where it fails. No I/O: it says what is to be done next, and takes in what came of it.

mod forward;
mod look;
mod record;
mod take_back;
#[cfg(test)]
mod tests;
mod undo;

pub use undo::Undo;

use crate::failure::{Failure, FailureClass};
use crate::ids::RoleArn;

use super::Change;
use super::act::{Act, Answer};
use super::journal::{Outcome, What};
use super::plan::RolePlan;
use super::state::{State, Subject};

use look::{Look, Patience};
use record::Record;
use take_back::{TakeBack, Taken};

/// The code with which IAM says that something else uses what is to be deleted.
const DELETE_CONFLICT: &str = "DeleteConflict";

/// What comes next where something is left.
const LEFT: &str = "`noderole apply --resume JOURNAL` goes on, `noderole undo JOURNAL` takes it back";

/// A call of the plan that is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Current {
    step: usize,
    change: Change,
    /// What it is to lead to.
    expected: Box<State>,
    failure: Option<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Reading how the role is, before anything is done.
    Checking,
    /// Writing the image from before.
    Before(Box<State>),
    /// Reading where an interrupted run stopped.
    Resuming,
    Doing(Current),
    Calling(Current),
    Looking(Current),
    /// Writing that the effect of a step was seen.
    Done(Current),
    /// Writing that the rules pass.
    Verified,
    /// Taking back, and why.
    Back(Box<TakeBack>, String),
    /// Writing the last line.
    Ended(Outcome, String),
    Finished(Outcome, String),
}

/// One role's plan being carried out. Ask [`CarryOut::next`] what is to be done, do it, [`CarryOut::answer`] what came of it,
/// until it is [`Act::Finished`]. Dropped at any time, the lines written so far suffice to go on ([`CarryOut::resume`]) or to
/// take it back ([`Undo`]).
#[derive(Debug)]
pub struct CarryOut<V> {
    subject: Subject,
    plan: RolePlan,
    verify: V,
    record: Record,
    /// The step that comes next.
    next: usize,
    look: Look,
    phase: Phase,
}

impl<V: Fn(&State) -> Result<(), String>> CarryOut<V> {
    /// From the start. `verify` judges the rules on a state of the planned role, and says which would not pass or gets worse.
    /// It is asked of the planned state before anything is called, and of the state that was read in the end.
    pub fn new(plan: &RolePlan, verify: V) -> Self {
        Self::resume(plan, verify, [])
    }

    /// From where a journal ends. Lines of other roles are passed over; a role that ended, other than as failed, is not
    /// touched.
    pub fn resume<'a>(plan: &RolePlan, verify: V, lines: impl IntoIterator<Item = &'a What>) -> Self {
        let record = Record::of(&plan.role, lines);
        let phase = match (&record.disorder, &record.ended) {
            (Some(disorder), _) => Phase::Finished(Outcome::Failed, out_of_order(disorder)),
            (None, Some((Outcome::Failed, _))) => Phase::Resuming,
            (None, Some((outcome, message))) => Phase::Finished(*outcome, message.clone()),
            (None, None) if record.before.is_some() => Phase::Resuming,
            (None, None) => Phase::Checking,
        };
        // one that failed before its image was written has done nothing
        let phase = if record.before.is_none() && phase == Phase::Resuming { Phase::Checking } else { phase };
        let resumes = phase == Phase::Resuming && !record.back;
        let look = Look::new(if resumes { Patience::Full } else { Patience::Glance });
        Self {
            subject: Subject::of(&plan.role, plan.steps.iter().map(|step| &step.change)),
            plan: plan.clone(),
            verify,
            next: record.made.last().map_or(0, |made| made.step + usize::from(made.left.is_some())),
            record,
            look,
            phase,
        }
    }

    /// What is to be done next; the same until it is answered.
    pub fn next(&self) -> Act {
        let role = self.record.role.clone();
        let what = match &self.phase {
            Phase::Checking | Phase::Resuming | Phase::Looking(_) => return self.look.act(&self.subject),
            Phase::Calling(current) => return Act::Call(Box::new(current.change.clone())),
            Phase::Back(back, _) => return back.act(&self.record, &self.subject),
            Phase::Finished(outcome, message) => {
                return Act::Finished { outcome: *outcome, message: message.clone() };
            }
            Phase::Before(state) => What::Before { role, state: state.clone() },
            Phase::Doing(Current { step, change, .. }) => What::Doing { role, step: *step, change: change.clone() },
            Phase::Done(Current { step, expected, .. }) => What::Done { role, step: *step, state: expected.clone() },
            Phase::Verified => {
                let findings = self.plan.findings.iter().map(|planned| planned.id.clone()).collect();
                What::Verified { role, findings }
            }
            Phase::Ended(outcome, message) => What::Ended { role, outcome: *outcome, message: message.clone() },
        };
        Act::Write(Box::new(what))
    }

    /// Takes in what came of it. An answer to what was not asked is passed over.
    pub fn answer(&mut self, answer: Answer) {
        if let Phase::Back(back, reason) = &mut self.phase {
            let reason = reason.clone();
            if let Some(taken) = back.answer(&mut self.record, &self.subject, answer) {
                let notes = std::mem::take(&mut back.notes);
                self.taken(taken, reason, &notes);
            }
            return;
        }
        match (answer, self.next()) {
            (Answer::Written(result), Act::Write(what)) => self.written(&what, result),
            (Answer::Called(result), Act::Call(_)) => self.called(result.err()),
            (Answer::Read(result), Act::Read(_)) => self.read(result),
            (Answer::Waited, Act::Wait(_)) => self.look.waited(),
            // nobody asked for that
            (Answer::Written(_) | Answer::Read(_) | Answer::Called(_) | Answer::Waited, _) => {}
        }
    }

    fn written(&mut self, what: &What, result: Result<(), String>) {
        if let Err(error) = result {
            self.phase = unwritten(&self.record, &self.phase, &error);
            return;
        }
        self.record.note(what);
        match self.phase.clone() {
            Phase::Before(_) => self.take_next_step(),
            Phase::Doing(current) => self.phase = Phase::Calling(current),
            Phase::Done(current) => {
                self.next = current.step + 1;
                self.take_next_step();
            }
            Phase::Verified => self.phase = Phase::Ended(Outcome::Applied, String::new()),
            Phase::Ended(outcome, message) => self.phase = Phase::Finished(outcome, message),
            Phase::Checking
            | Phase::Resuming
            | Phase::Calling(_)
            | Phase::Looking(_)
            | Phase::Back(..)
            | Phase::Finished(..) => {}
        }
    }

    fn taken(&mut self, taken: Taken, reason: String, notes: &[String]) {
        let said = [&[reason], notes].concat();
        self.phase = match Ending::of(taken, &self.record, Outcome::Restored, said) {
            Ending::ToWrite(outcome, message) => Phase::Ended(outcome, message),
            Ending::Unwritten(outcome, message) => Phase::Finished(outcome, message),
        };
    }
}

/// How the way back ended: what came of the role, and why.
enum Ending {
    /// The last line of the journal.
    ToWrite(Outcome, String),
    /// No line can be written any more.
    Unwritten(Outcome, String),
}

impl Ending {
    /// `all` is what it is called where no step stands any more, `said` what is to be said before.
    fn of(taken: Taken, record: &Record, all: Outcome, mut said: Vec<String>) -> Self {
        match taken {
            Taken::All(state) => {
                said.extend(record.before.as_deref().and_then(|before| since(before, &state)));
                Self::ToWrite(all, said.join("; "))
            }
            Taken::Stuck(why) => {
                said.extend([why, left(record)]);
                Self::ToWrite(Outcome::Failed, said.join("; "))
            }
            Taken::Unwritten(error) => {
                said.push(no_journal(record, &error));
                Self::Unwritten(Outcome::Failed, said.join("; "))
            }
        }
    }
}

/// What a line that could not be written leads to: no call comes after it.
fn unwritten(record: &Record, phase: &Phase, error: &str) -> Phase {
    let message = no_journal(record, error);
    match phase {
        // nothing was called; that this is not written down does no harm
        Phase::Ended(outcome @ (Outcome::Refused | Outcome::Unchanged), said) => {
            Phase::Finished(*outcome, [said.as_str(), &message].join("; ").trim_start_matches("; ").to_owned())
        }
        Phase::Before(_) => Phase::Finished(Outcome::Refused, message),
        Phase::Doing(_) if record.made.is_empty() => Phase::Finished(Outcome::Refused, message),
        Phase::Ended(_, said) => {
            Phase::Finished(Outcome::Failed, [said.as_str(), &message].join("; ").trim_start_matches("; ").to_owned())
        }
        Phase::Checking
        | Phase::Resuming
        | Phase::Doing(_)
        | Phase::Calling(_)
        | Phase::Looking(_)
        | Phase::Done(_)
        | Phase::Verified
        | Phase::Back(..)
        | Phase::Finished(..) => Phase::Finished(Outcome::Failed, message),
    }
}

/// Whether AWS answered that it will not make the call: it was not made then. The SDK makes calls again whose answers are lost, so
/// that the last answer may be about what an earlier one did.
fn refused_for_good(failure: &Failure, change: &Change) -> bool {
    match failure.class {
        FailureClass::Gone => !change.takes_away(),
        FailureClass::Denied
        | FailureClass::NotEnabled
        | FailureClass::Expired
        | FailureClass::NotReached
        | FailureClass::NotAsked => true,
        // a call that was made and repeated says so too
        FailureClass::Other => !exists(failure),
        FailureClass::Throttled | FailureClass::Transient | FailureClass::Malformed => false,
    }
}

/// Whether AWS answered that it is there already.
fn exists(failure: &Failure) -> bool {
    ["EntityAlreadyExists", "ResourceInUse"].iter().any(|code| failure.code.starts_with(code))
}

fn out_of_order(disorder: &str) -> String {
    format!("the journal is out of order: {disorder}; nothing was called, compare the role with the image from before")
}

fn no_journal(record: &Record, error: &str) -> String {
    let left = match (record.made.is_empty(), record.back) {
        (true, false) => "nothing was changed".to_owned(),
        (true, true) => "what was changed is taken back, `noderole undo JOURNAL` makes sure of it".to_owned(),
        (false, _) => left(record),
    };
    format!("the journal cannot be written ({error}): nothing was called after that; {left}")
}

/// The steps that stand, and what comes next.
fn left(record: &Record) -> String {
    let steps: Vec<String> = record
        .made
        .iter()
        .map(|made| {
            let open = if made.left.is_none() { " (perhaps)" } else { "" };
            format!("{}{open}", made.change.described())
        })
        .collect();
    format!("what stands: {}; {LEFT}", steps.join(", "))
}

/// What differs from before though nothing of noderole's is left.
fn since(before: &State, now: &State) -> Option<String> {
    let lines = if now.is_again(before) { Vec::new() } else { super::state::difference(before, now) };
    (!lines.is_empty()).then(|| format!("somebody else changed the role meanwhile:\n{}", lines.join("\n")))
}

/// The subject with everything that an image tells of.
fn widened(role: &RoleArn, record: &Record, changes: &[Change]) -> Subject {
    let mut subject = Subject::of(role, changes);
    if let Some(before) = &record.before {
        subject.policies.extend(before.policies.keys().cloned());
        subject.profiles.extend(before.profiles.keys().cloned());
        subject.entries.extend(before.entries.keys().filter_map(|place| {
            let (region, cluster) = place.split_once('/')?;
            Some((region.parse().ok()?, cluster.to_owned()))
        }));
    }
    subject
}
