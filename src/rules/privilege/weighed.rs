//! Which powers a role holds, may hold or nearly holds, and what that amounts to.

use std::fmt::Arguments;

use crate::finding::{Evidence, Remediation, Severity, Status};
use crate::policy::{Hinge, Outcome};
use crate::rules::Verdict;
use crate::rules::permissions::wording::{self, list};

use super::inquiry::{Answer, Inquiry};
use super::power::Power;

/// How many powers, and how many decisions, a finding shows one by one.
const SHOWN: usize = 8;

/// A power with the decisions on its steps.
#[derive(Debug, Clone)]
pub(super) struct Held<'p> {
    pub(super) power: &'p Power,
    pub(super) answers: Vec<Answer>,
}

/// What was asked of a role.
#[derive(Debug, Default)]
pub(super) struct Weighed<'p> {
    /// Every step is granted.
    pub(super) granted: Vec<Held<'p>>,
    /// No step is refused, and not every one is granted for certain.
    pub(super) open: Vec<Held<'p>>,
    /// Steps that the role's own policies may grant, and something else takes away.
    taken_away: Vec<Answer>,
}

/// How a rule puts what was found.
pub(super) struct Words<'a> {
    /// What is the case where powers are held: "`x` can become more".
    pub(super) holds: Arguments<'a>,
    /// What is not certain: "whether `x` can become more".
    pub(super) open: Arguments<'a>,
    /// What is well: "`x` cannot become more".
    pub(super) none: Arguments<'a>,
    /// What the verdict is where powers are held.
    pub(super) status: Status,
    /// How much harm is in it.
    pub(super) severity: Severity,
}

impl<'p> Weighed<'p> {
    /// Asks for each power. What follows a step that is refused is not asked.
    pub(super) fn of(inquiry: &Inquiry<'_, '_>, powers: &'p [Power]) -> Self {
        let mut weighed = Self::default();
        for power in powers {
            // What no policy of the role speaks of is refused, and was not taken away.
            if power.steps.first().is_some_and(|step| inquiry.rules_out(step)) {
                continue;
            }
            let mut answers = Vec::with_capacity(power.steps.len());
            for step in power.steps {
                let answer = inquiry.ask(step);
                let refused = !answer.granted() && !answer.open();
                answers.push(answer);
                if refused {
                    break;
                }
            }
            match answers.last() {
                Some(last) if !last.granted() && !last.open() => {
                    let known = weighed.taken_away.iter().any(|other| other.step == last.step);
                    if last.taken_away() && !known {
                        weighed.taken_away.push(last.clone());
                    }
                }
                _ if answers.iter().all(Answer::granted) => weighed.granted.push(Held { power, answers }),
                _ => weighed.open.push(Held { power, answers }),
            }
        }
        weighed
    }

    /// The verdict, with its evidence. `mend` says what would mend it where powers are held.
    pub(super) fn verdict(
        &self,
        inquiry: &Inquiry<'_, '_>,
        words: &Words<'_>,
        mend: impl FnOnce(&[&Answer]) -> Remediation,
    ) -> Verdict {
        let verdict = if let Some(first) = self.granted.first() {
            let why = reasons(&first.answers);
            let names = names(&self.granted);
            // One action that is called by its name needs no name beside it.
            let message = match first.answers.as_slice() {
                [only] if only.step.action == names => format!("{}: {why}", words.holds),
                [..] => format!("{}: {names}; {why}", words.holds),
            };
            let granted = distinct(&self.granted, Answer::granted);
            Verdict::new(words.status, words.severity, message)
                .with(self.of_granted(inquiry, &granted))
                .mend(mend(&granted))
        } else if !self.open.is_empty() {
            let open = distinct(&self.open, Answer::open);
            let on: Vec<String> = open.iter().map(|answer| wording::hinges(&answer.decision)).collect();
            let on = list(&on.iter().map(String::as_str).collect::<Vec<_>>());
            let message = format!("{} hangs on {on}: {}", words.open, names(&self.open));
            Verdict::new(Status::Unknown, words.severity, message).with(of_open(inquiry, &open))
        } else if inquiry.node_role.facts.told().tells(Status::Pass) {
            let taken = self.taken_away.iter().take(SHOWN).map(evidence);
            Verdict::new(Status::Pass, words.severity, words.none.to_string()).with(taken)
        } else {
            Verdict::new(Status::Pass, words.severity, String::new())
        };
        // What passes without them passes with them.
        let unread = if verdict.status == Status::Pass { None } else { unread_service_control(inquiry) };
        verdict.with(unread)
    }

    /// What is granted, by whom and what for; what denies it elsewhere only; and what else may be granted.
    fn of_granted(&self, inquiry: &Inquiry<'_, '_>, granted: &[&Answer]) -> Vec<Evidence> {
        let mut shown: Vec<Evidence> = granted.iter().copied().take(SHOWN).map(evidence).collect();
        for Power { name, gains, source, .. } in self.granted.iter().take(SHOWN).map(|held| held.power) {
            let gained = Evidence::fact(format!("{name}: {gains} ({source})"));
            if !shown.contains(&gained) {
                shown.push(gained);
            }
        }
        let others = |held: &[Held<'_>], skipped: usize| {
            held.iter().skip(skipped).map(|held| held.power.name).collect::<Vec<_>>().join(", ")
        };
        if self.granted.len() > SHOWN {
            shown.push(Evidence::fact(format!("granted too: {}", others(&self.granted, SHOWN))));
        }
        if !self.open.is_empty() {
            shown.push(Evidence::fact(format!("under conditions that are not known: {}", others(&self.open, 0))));
        }
        let mut near: Vec<String> = granted
            .iter()
            .take(SHOWN)
            .flat_map(|answer| inquiry.beside_the_point(answer.step.action))
            .map(|decider| wording::decider(&decider))
            .collect();
        near.sort();
        near.dedup();
        shown.extend(near.into_iter().map(|statement| {
            Evidence::fact(format!("{statement} denies part of it, which does not take away what is granted here"))
        }));
        shown.extend(self.taken_away.iter().take(SHOWN).map(evidence));
        shown
    }
}

/// A decision as evidence.
pub(super) fn evidence(answer: &Answer) -> Evidence {
    let decision = &answer.decision;
    let first = decision.by.first();
    let on = if answer.resource == "*" { String::new() } else { format!(" on {}", answer.resource) };
    Evidence {
        action: Some(answer.step.action.to_owned()),
        resource: Some(answer.resource.clone()),
        outcome: Some(decision.outcome),
        policy: first.and_then(|decider| decider.policy.clone()),
        statement: first.and_then(wording::statement),
        ..Evidence::fact(format!("{}{on} is {}", called(answer), wording::why(decision)))
    }
}

/// Why the steps of a power are what they are: `iam:PassRole and ec2:RunInstances are allowed by ...`.
fn reasons(answers: &[Answer]) -> String {
    let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
    for answer in answers {
        let why = wording::why(&answer.decision);
        match by_reason.iter_mut().find(|(known, _)| *known == why) {
            Some((_, actions)) => actions.push(called(answer)),
            None => by_reason.push((why, vec![called(answer)])),
        }
    }
    let clause = |(why, actions): &(String, Vec<&str>)| {
        let one = actions.iter().all(|action| Some(action) == actions.first());
        format!("{} {} {why}", list(actions), if one { "is" } else { "are" })
    };
    by_reason.iter().map(clause).collect::<Vec<_>>().join(", ")
}

/// How a message calls the action of an answer: one that stands for all of them, in words.
fn called(answer: &Answer) -> &'static str {
    match answer.step.action {
        "*:*" => "any action",
        "iam:*" => "any action of IAM",
        action => action,
    }
}

fn names(held: &[Held<'_>]) -> String {
    list(&held.iter().map(|held| held.power.name).collect::<Vec<_>>())
}

/// The answers of some powers that are so, each step once.
fn distinct<'h>(held: &'h [Held<'_>], is_so: fn(&Answer) -> bool) -> Vec<&'h Answer> {
    let mut distinct: Vec<&Answer> = Vec::new();
    for answer in held.iter().flat_map(|held| &held.answers).filter(|answer| is_so(answer)) {
        let same = |known: &&&Answer| known.step.action == answer.step.action && known.resource == answer.resource;
        if distinct.iter().find(same).is_none() {
            distinct.push(answer);
        }
    }
    distinct
}

/// What is open, and the calls that failed behind it.
fn of_open(inquiry: &Inquiry<'_, '_>, open: &[&Answer]) -> Vec<Evidence> {
    let mut shown: Vec<Evidence> = open.iter().copied().take(SHOWN).map(evidence).collect();
    let unread = |answer: &&&Answer| answer.decision.hinges.iter().any(|hinge| matches!(hinge, Hinge::Policy { .. }));
    if open.iter().find(unread).is_some() {
        shown.extend(inquiry.permissions.gaps().iter().map(Evidence::gap));
    }
    shown
}

/// Said where service control policies might have taken something away.
fn unread_service_control(inquiry: &Inquiry<'_, '_>) -> Option<Evidence> {
    (!inquiry.permissions.service_control_known()).then(|| {
        Evidence::fact("the service control policies of the account were not read, and are not held against the role")
    })
}

/// What the role may not do of all that is asked for, in words; none where it may do everything.
pub(super) fn refused(inquiry: &Inquiry<'_, '_>, power: &Power) -> Vec<&'static str> {
    let answers = power.steps.iter().map(|step| inquiry.ask(step));
    let refused =
        answers.filter(|answer| matches!(answer.decision.outcome, Outcome::ImplicitDeny | Outcome::ExplicitDeny));
    refused.map(|answer| answer.step.action).collect()
}
