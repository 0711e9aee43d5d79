//! The bench: drives a machine against the model, writes its journal as bytes, and makes things fail.

use crate::failure::{Failure, FailureClass};
use crate::remediate::Change;
use crate::remediate::act::{Act, Answer};
use crate::remediate::carry_out::{CarryOut, Undo};
use crate::remediate::journal::{self, Journal, Line, Outcome, What};
use crate::remediate::plan::RolePlan;
use crate::remediate::state::State;

use super::model::{Aws, World, failure};
use super::plans;

/// The most acts that a run may take: more is a loop.
const ACTS: usize = 2000;

/// What goes wrong; numbers from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Killed before an act is done.
    CrashBefore(usize),
    /// Killed when the act is done, and half of the line is written.
    CrashAfter(usize),
    /// A call is refused.
    Denied(usize),
    /// A call is refused, and all after it.
    DeniedFrom(usize),
    /// A call is throttled.
    Throttled(usize),
    /// A quota is reached.
    Quota(usize),
    /// A call is made, and the answer is lost.
    Lost(usize),
    /// A call is made, the answer is lost, and the SDK makes it again, as far as it does so.
    Again(usize),
    /// A call does not arrive.
    Dropped(usize),
    /// Some reads fail, from one on.
    Unread(usize, usize, FailureClass),
    /// A write fails, and all after it; nothing of the line is there.
    Unwritten(usize),
    /// The same, and half of the line is there.
    HalfWritten(usize),
    /// The same, and the line is there.
    WrittenAllTheSame(usize),
    /// Before an act, somebody else attaches a policy.
    Attached(usize),
    /// Before an act, somebody else writes the trust policy.
    Trust(usize),
}

/// Where a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Finished(Outcome, String),
    Crashed,
}

/// What both machines are.
pub(super) trait Machine {
    fn next(&self) -> Act;
    fn answer(&mut self, answer: Answer);
}

impl<V: Fn(&State) -> Result<(), String>> Machine for CarryOut<V> {
    fn next(&self) -> Act {
        Self::next(self)
    }
    fn answer(&mut self, answer: Answer) {
        Self::answer(self, answer);
    }
}

impl Machine for Undo {
    fn next(&self) -> Act {
        Self::next(self)
    }
    fn answer(&mut self, answer: Answer) {
        Self::answer(self, answer);
    }
}

/// AWS, the journal, and what goes wrong.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    pub(super) aws: Aws,
    pub(super) plan: RolePlan,
    pub(super) journal: Vec<u8>,
    pub(super) faults: Vec<Fault>,
    /// Whether one of the faults came about.
    pub(super) fired: bool,
    acts: usize,
    pub(super) calls: usize,
    reads: usize,
    writes: usize,
    /// The number of reads when somebody else wrote the trust policy.
    foreign_trust: Option<usize>,
    /// Somebody else's trust policy was written over, which nobody could have seen.
    pub(super) unseen: bool,
}

impl Bench {
    pub(super) fn new(world: World, plan: RolePlan) -> Self {
        let journal = line(What::Begun {
            schema: journal::SCHEMA.to_owned(),
            journal_id: "j-1".to_owned(),
            tool_version: "0.1.0".to_owned(),
            caller: "arn:aws:sts::111122223333:assumed-role/remediation/me".to_owned(),
            plan: Box::new(plans::whole(&plan)),
        });
        Self {
            aws: Aws::new(world),
            plan,
            journal,
            faults: Vec::new(),
            fired: false,
            acts: 0,
            calls: 0,
            reads: 0,
            writes: 0,
            foreign_trust: None,
            unseen: false,
        }
    }

    /// A later run on the same AWS and journal, in which nothing goes wrong and all is visible.
    pub(super) fn later(&self) -> Self {
        let mut later = self.at_once();
        later.aws.settle();
        later
    }

    /// The run that follows at once: nothing more goes wrong, and readers are still late.
    pub(super) fn at_once(&self) -> Self {
        let mut next = self.clone();
        let whole = Journal::read(&*next.journal).unwrap().bytes;
        next.journal.truncate(usize::try_from(whole).unwrap());
        let foreign_trust = None;
        Self { faults: Vec::new(), fired: false, acts: 0, calls: 0, reads: 0, writes: 0, foreign_trust, ..next }
    }

    pub(super) fn lines(&self) -> Vec<What> {
        Journal::read(&*self.journal).unwrap().lines.into_iter().map(|line| line.what).collect()
    }

    pub(super) fn apply(&mut self) -> End {
        let mut machine = CarryOut::new(&self.plan, |_| Ok(()));
        self.drive(&mut machine)
    }

    pub(super) fn resume(&mut self) -> End {
        let mut machine = CarryOut::resume(&self.plan, |_| Ok(()), &self.lines());
        self.drive(&mut machine)
    }

    pub(super) fn undo(&mut self, force: bool) -> End {
        let mut machine = Undo::new(&self.plan.role, &self.lines(), force);
        self.drive(&mut machine)
    }

    pub(super) fn drive(&mut self, machine: &mut impl Machine) -> End {
        for _ in 0..ACTS {
            if let Some(end) = self.step(machine) {
                return end;
            }
        }
        panic!("no end after {ACTS} acts: {:?}", machine.next())
    }

    /// One act.
    pub(super) fn step(&mut self, machine: &mut impl Machine) -> Option<End> {
        let act = machine.next();
        assert_eq!(act, machine.next(), "the same until it is answered");
        if let Act::Finished { outcome, message } = act {
            return Some(End::Finished(outcome, message));
        }
        let number = self.acts;
        self.acts += 1;
        if self.is(Fault::CrashBefore(number)) {
            return Some(End::Crashed);
        }
        if self.is(Fault::Attached(number)) {
            self.aws.foreign(|world| {
                world.role.iter_mut().for_each(|role| role.attached.extend([XRAY.to_owned()]));
                world.policies.insert(XRAY.to_owned(), ([(1, "{}".to_owned())].into(), 1));
            });
        }
        if self.is(Fault::Trust(number)) {
            self.aws.foreign(|world| world.role.iter_mut().for_each(|role| role.trust = FOREIGN.to_owned()));
            self.foreign_trust = Some(self.reads);
        }
        let crash = self.is(Fault::CrashAfter(number));
        let answer = match act {
            Act::Write(what) => {
                let line = line(*what);
                if crash {
                    self.journal.extend(&line[..line.len() / 2]);
                    return Some(End::Crashed);
                }
                self.write(&line)
            }
            Act::Read(subject) => {
                let state = self.aws.read(&subject);
                let number = self.reads;
                self.reads += 1;
                let failed = self.faults.iter().find_map(|fault| {
                    let Fault::Unread(from, times, class) = fault else { return None };
                    (*from..from + times).contains(&number).then_some(*class)
                });
                self.fired |= failed.is_some();
                Answer::Read(failed.map_or(Ok(Box::new(state)), |class| Err(failure(class, "said so"))))
            }
            Act::Call(change) => {
                self.announced(&change);
                self.overwrites(&change);
                let number = self.calls;
                self.calls += 1;
                Answer::Called(self.call(number, &change))
            }
            Act::Wait(time) => {
                assert!(time.as_secs() <= 30, "{time:?}");
                Answer::Waited
            }
            Act::Finished { .. } => panic!("that is the end"),
        };
        if crash {
            return Some(End::Crashed);
        }
        machine.answer(answer);
        None
    }

    fn is(&mut self, fault: Fault) -> bool {
        let is = self.faults.contains(&fault);
        self.fired |= is;
        is
    }

    fn write(&mut self, line: &[u8]) -> Answer {
        let number = self.writes;
        self.writes += 1;
        let fault = self.faults.iter().copied().find(|fault| {
            matches!(fault, Fault::Unwritten(from) | Fault::HalfWritten(from) | Fault::WrittenAllTheSame(from)
                if *from <= number)
        });
        self.fired |= fault.is_some();
        let first = |from: usize| from == number;
        match fault {
            Some(Fault::HalfWritten(from)) if first(from) => self.journal.extend(&line[..line.len() / 2]),
            Some(Fault::WrittenAllTheSame(from)) if first(from) => self.journal.extend(line),
            Some(_) => {}
            None => {
                self.journal.extend(line);
                return Answer::Written(Ok(()));
            }
        }
        Answer::Written(Err("no space left on device".to_owned()))
    }

    /// Nobody writes over what somebody else wrote where it was seen.
    fn overwrites(&mut self, change: &Change) {
        if matches!(change, Change::UpdateTrust { .. })
            && let Some(reads) = self.foreign_trust
            && self.aws.truth.role.as_ref().is_some_and(|role| role.trust == FOREIGN)
        {
            assert_eq!(reads, self.reads, "wrote over what somebody else wrote, and knew it");
            self.unseen = true;
        }
    }

    fn call(&mut self, number: usize, change: &Change) -> Result<(), Failure> {
        let fault = self.faults.iter().copied().find(|fault| {
            let at = |at: usize| at == number;
            matches!(fault, Fault::Denied(n) | Fault::Throttled(n) | Fault::Quota(n) | Fault::Lost(n) | Fault::Again(n) | Fault::Dropped(n)
                if at(*n))
                || matches!(fault, Fault::DeniedFrom(from) if *from <= number)
        });
        self.fired |= fault.is_some();
        match fault {
            Some(Fault::Denied(_) | Fault::DeniedFrom(_)) => Err(failure(FailureClass::Denied, "AccessDenied")),
            Some(Fault::Throttled(_)) => Err(failure(FailureClass::Throttled, "Throttling")),
            Some(Fault::Quota(_)) => Err(failure(FailureClass::Other, "LimitExceeded")),
            Some(Fault::Dropped(_)) => Err(failure(FailureClass::Transient, "Timeout")),
            Some(Fault::Lost(_)) => {
                self.aws.call(change).ok();
                Err(failure(FailureClass::Transient, "Timeout"))
            }
            Some(Fault::Again(_)) => {
                self.aws.call(change).ok();
                if change.is_repeatable() {
                    self.aws.call(change)
                } else {
                    Err(failure(FailureClass::Transient, "Timeout"))
                }
            }
            Some(_) | None => self.aws.call(change),
        }
    }

    /// No call without its line, and none after a line that failed.
    fn announced(&self, called: &Change) {
        assert_eq!(self.journal.last(), Some(&b'\n'), "a call after a line that was cut off");
        let last = self.journal.split(|byte| *byte == b'\n').rev().nth(1).unwrap();
        let Line { what, .. } = serde_json::from_slice(last).unwrap();
        assert!(
            matches!(&what, What::Doing { change, .. } | What::Undoing { change, .. } if change == called),
            "{called:?} after {what:?}"
        );
    }
}

/// A policy that somebody else attaches.
pub(super) const XRAY: &str = "arn:aws:iam::aws:policy/AWSXray";

/// A trust policy that somebody else writes.
pub(super) const FOREIGN: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"mine"}]}"#;

fn line(what: What) -> Vec<u8> {
    Line { at: "2026-11-24T00:00:00Z".parse().unwrap(), what }.write().unwrap()
}
