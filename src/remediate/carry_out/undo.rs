//! Undo: takes back what a journal tells of one role, wherever it ends.

use crate::failure::Failure;
use crate::ids::RoleArn;
use crate::remediate::Change;
use crate::remediate::act::{Act, Answer};
use crate::remediate::journal::{Outcome, What};
use crate::remediate::state::{State, Subject, difference};

use super::look::{Look, Patience, Settled, Sight};
use super::record::{Made, Record};
use super::take_back::{Opened, TakeBack, Taken};
use super::{Ending, no_journal, out_of_order, since, widened};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Reading how the role is.
    Reading,
    Back(Box<TakeBack>),
    /// Writing the last line.
    Ended(Outcome, String),
    Finished(Outcome, String),
}

/// One role being put back to how it was before a plan was carried out. The same seam as [`super::CarryOut`].
#[derive(Debug)]
pub struct Undo {
    subject: Subject,
    record: Record,
    force: bool,
    look: Look,
    phase: Phase,
}

impl Undo {
    /// From the lines of a journal; those of other roles are passed over. Where somebody else has changed the role since, it
    /// refuses; with `force` it takes back what is noderole's, and writes the trust policy as it was over what is there.
    pub fn new<'a>(role: &RoleArn, lines: impl IntoIterator<Item = &'a What>, force: bool) -> Self {
        let lines: Vec<&What> = lines.into_iter().collect();
        let record = Record::of(role, lines.iter().copied());
        let changes: Vec<Change> = lines.iter().filter_map(|what| what.announces(role)).cloned().collect();
        let phase = match (&record.disorder, &record.before) {
            (Some(disorder), _) => Phase::Finished(Outcome::Failed, out_of_order(disorder)),
            (None, None) => {
                Phase::Finished(Outcome::Unchanged, "the journal tells of no change to the role".to_owned())
            }
            (None, Some(_)) => Phase::Reading,
        };
        Self { subject: widened(role, &record, &changes), record, force, look: Look::new(Patience::Full), phase }
    }

    /// What is to be done next; the same until it is answered.
    pub fn next(&self) -> Act {
        match &self.phase {
            Phase::Reading => self.look.act(&self.subject),
            Phase::Back(back) => back.act(&self.record, &self.subject),
            Phase::Ended(outcome, message) => Act::Write(Box::new(What::Ended {
                role: self.record.role.clone(),
                outcome: *outcome,
                message: message.clone(),
            })),
            Phase::Finished(outcome, message) => Act::Finished { outcome: *outcome, message: message.clone() },
        }
    }

    /// Takes in what came of it. An answer to what was not asked is passed over.
    pub fn answer(&mut self, answer: Answer) {
        if let Phase::Back(back) = &mut self.phase {
            if let Some(taken) = back.answer(&mut self.record, &self.subject, answer) {
                let notes = std::mem::take(&mut back.notes);
                self.taken(taken, notes);
            }
            return;
        }
        match (answer, self.next()) {
            (Answer::Read(result), Act::Read(_)) => self.read(result),
            (Answer::Waited, Act::Wait(_)) => self.look.waited(),
            (Answer::Written(result), Act::Write(what)) => self.ended(&what, result),
            // nobody asked for that
            (Answer::Written(_) | Answer::Read(_) | Answer::Called(_) | Answer::Waited, _) => {}
        }
    }

    fn ended(&mut self, what: &What, result: Result<(), String>) {
        let Phase::Ended(outcome, message) = self.phase.clone() else { return };
        self.phase = match result {
            Ok(()) => {
                self.record.note(what);
                Phase::Finished(outcome, message)
            }
            Err(error) => Phase::Finished(Outcome::Failed, no_journal(&self.record, &error)),
        };
    }

    fn read(&mut self, result: Result<Box<State>, Failure>) {
        let (record, force) = (&self.record, self.force);
        let settled = self.look.read(result, |state| {
            let last = record.last();
            let known = || state.mixes(&last.iter().collect::<Vec<_>>());
            if force || record.made.is_empty() || known() { Sight::There } else { Sight::Foreign }
        });
        match settled {
            None => {}
            Some(Settled::There(state) | Settled::Never(state)) => self.begin(state),
            Some(Settled::Foreign(state)) => {
                let open = self.record.open().and_then(Made::result);
                let last = open.or_else(|| self.record.at.as_deref().cloned());
                let lines = last.map(|last| difference(&last, &state)).unwrap_or_default().join("\n");
                let message = format!(
                    "somebody else changed the role since, nothing was called (`--force` takes back what is \
                     noderole's):\n{lines}"
                );
                self.phase = Phase::Finished(Outcome::Refused, message);
            }
            Some(Settled::Unread(failure)) => {
                let message = format!("the role cannot be read ({failure}): nothing was called");
                self.phase = Phase::Finished(Outcome::Refused, message);
            }
        }
    }

    fn begin(&mut self, at: Box<State>) {
        let over = self.record.ended.as_ref().is_some_and(|(outcome, _)| *outcome != Outcome::Failed);
        if self.record.made.is_empty() && over {
            let since = self.record.before.as_deref().and_then(|before| since(before, &at));
            let message = since.unwrap_or_else(|| "nothing of the journal is left to take back".to_owned());
            self.phase = Phase::Finished(Outcome::Unchanged, message);
            return;
        }
        match TakeBack::begin(&self.record, at, Opened::Unknown, self.force) {
            Ok(back) => self.phase = Phase::Back(Box::new(back)),
            Err(taken) => self.taken(taken, Vec::new()),
        }
    }

    fn taken(&mut self, taken: Taken, said: Vec<String>) {
        self.phase = match Ending::of(taken, &self.record, Outcome::Undone, said) {
            Ending::ToWrite(outcome, message) => Phase::Ended(outcome, message),
            Ending::Unwritten(outcome, message) => Phase::Finished(outcome, message),
        };
    }
}
