//! The answers to all that some nodes ask of a role, and what they amount to.

use std::fmt::Arguments;

use crate::audit::Told;
use crate::finding::{Evidence, Severity, Status};
use crate::known::Gap;
use crate::policy::{Hinge, Outcome};
use crate::rules::Verdict;
use crate::rules::effective::Permissions;
use crate::rules::requirements::Needed;

use super::ask::{Answer, Ask};
use super::{pull, wording};

/// Answers, each question once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judged {
    /// In the order in which they were asked.
    pub(crate) answers: Vec<Answer>,
    /// Whether the service control policies were read.
    service_control_known: bool,
    /// The calls that failed behind what is not known of the role's policies.
    gaps: Vec<Gap>,
}

/// What the answers amount to, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Something required is not granted.
    Lacks,
    /// Something required may or may not be granted.
    Open,
    /// Something recommended is not granted.
    Advised,
    /// Everything required is granted, and nothing recommended is denied.
    Grants,
}

impl Judged {
    /// Puts the questions. Of the same question asked twice, the stronger need counts.
    pub(crate) fn of(permissions: &Permissions, asks: impl IntoIterator<Item = Ask>) -> Self {
        let mut unique: Vec<Ask> = Vec::new();
        for ask in asks {
            match unique.iter_mut().find(|known| known.asks_the_same(&ask)) {
                Some(known) if ask.needed < known.needed => known.needed = ask.needed,
                Some(_) => {}
                None => unique.push(ask),
            }
        }
        Self {
            answers: unique.into_iter().map(|ask| pull::narrowed(permissions, ask.put(permissions))).collect(),
            service_control_known: permissions.service_control_known(),
            gaps: permissions.gaps().to_vec(),
        }
    }

    /// The calls that failed behind what is not known of the role's policies.
    pub(crate) fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// What is required and not granted.
    pub(crate) fn missing(&self) -> Vec<&Answer> {
        self.answers.iter().filter(|answer| answer.ask.needed == Needed::Required && answer.denied()).collect()
    }

    /// What is or may be required, and may or may not be granted.
    pub(crate) fn open(&self) -> Vec<&Answer> {
        let open = |answer: &&Answer| match answer.ask.needed {
            Needed::Required => answer.decision.outcome == Outcome::Conditional,
            Needed::Unsure(_) => !answer.granted(),
            Needed::Recommended | Needed::No => false,
        };
        self.answers.iter().filter(open).collect()
    }

    /// What is recommended and not granted.
    pub(crate) fn recommended(&self) -> Vec<&Answer> {
        self.answers.iter().filter(|answer| answer.ask.needed == Needed::Recommended && answer.denied()).collect()
    }

    /// What is recommended, and may or may not be granted: no harm where it is not, but nothing that was seen to be right.
    fn undecided(&self) -> Vec<&Answer> {
        let undecided = |answer: &&Answer| {
            answer.ask.needed == Needed::Recommended && answer.decision.outcome == Outcome::Conditional
        };
        self.answers.iter().filter(undecided).collect()
    }

    /// What the answers amount to.
    pub(crate) fn standing(&self) -> Standing {
        if !self.missing().is_empty() {
            Standing::Lacks
        } else if !self.open().is_empty() {
            Standing::Open
        } else if !self.recommended().is_empty() {
            Standing::Advised
        } else {
            Standing::Grants
        }
    }

    /// The answers that the standing rests on.
    pub(crate) fn decisive(&self) -> Vec<&Answer> {
        match self.standing() {
            Standing::Lacks => self.missing(),
            Standing::Open => self.open(),
            Standing::Advised => self.recommended(),
            Standing::Grants => self.undecided(),
        }
    }

    /// Every answer as evidence, what decided first.
    pub(crate) fn evidence(&self) -> Vec<Evidence> {
        let decisive = self.decisive();
        let decides = |answer: &Answer| decisive.iter().any(|other| std::ptr::eq(*other, answer));
        let rest = self.answers.iter().filter(|answer| !decides(answer));
        let mut evidence: Vec<Evidence> = decisive.iter().copied().chain(rest).map(wording::evidence).collect();
        evidence.extend(doubts(&decisive));
        let unread =
            |answer: &&&Answer| answer.decision.hinges.iter().any(|hinge| matches!(hinge, Hinge::Policy { .. }));
        if decisive.iter().find(unread).is_some() {
            evidence.extend(self.gaps.iter().map(Evidence::gap));
        }
        if !self.service_control_known {
            evidence.push(Evidence::fact(
                "the service control policies of the account were not read, and are not held against the role",
            ));
        }
        evidence
    }

    /// On which resources, where the same action is granted on others.
    fn scoped(&self, answers: &[&Answer]) -> String {
        let granted_elsewhere = |answer: &&&Answer| {
            let same = |other: &&Answer| other.ask.action == answer.ask.action && other.granted();
            self.answers.iter().find(same).is_some()
        };
        let resources: Vec<&str> =
            answers.iter().filter(granted_elsewhere).map(|answer| answer.ask.resource.as_str()).collect();
        if resources.is_empty() { String::new() } else { format!(", on {}", wording::list(&resources)) }
    }

    /// The verdict: `lacks`, such as "`x` cannot pull images", heads a failure.
    pub(crate) fn verdict(&self, severity: Severity, words: &Words<'_>) -> Verdict {
        let verdict = match self.standing() {
            Standing::Lacks => {
                let missing = self.missing();
                let symptom = missing.first().map(|answer| answer.ask.symptom.as_str()).unwrap_or_default();
                let reasons = wording::reasons(&missing);
                let where_ = self.scoped(&missing);
                Verdict::new(Status::Fail, severity, format!("{}: {reasons}{where_} ({symptom})", words.lacks))
            }
            Standing::Open => {
                let open = self.open();
                let doubt = open.iter().find_map(|answer| match &answer.ask.needed {
                    Needed::Unsure(reason) => Some(format!(", and whether that matters is open: {reason}")),
                    Needed::Required | Needed::Recommended | Needed::No => None,
                });
                let reasons = wording::reasons(&open);
                let message = format!("{}: {reasons}{}{}", words.open, self.scoped(&open), doubt.unwrap_or_default());
                Verdict::new(Status::Unknown, severity, message)
            }
            Standing::Advised => {
                let message = format!("{}: {}", words.advised, wording::reasons(&self.recommended()));
                Verdict::new(Status::Advice, Severity::Low, message)
            }
            Standing::Grants => match self.undecided().as_slice() {
                [] if !words.told.tells(Status::Pass) => return Verdict::new(Status::Pass, severity, String::new()),
                [] => Verdict::new(Status::Pass, severity, words.grants.to_string()),
                undecided => {
                    let reasons = wording::reasons(undecided);
                    let message =
                        format!("{}, but what AWS recommends beside it is not certain: {reasons}", words.grants);
                    Verdict::new(Status::Unknown, Severity::Low, message)
                }
            },
        };
        verdict.with(self.evidence())
    }
}

/// Why it is not known whether some actions are needed, once for each reason.
fn doubts(answers: &[&Answer]) -> Vec<Evidence> {
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for answer in answers {
        let Needed::Unsure(reason) = &answer.ask.needed else { continue };
        match by_reason.iter_mut().find(|(known, _)| known == reason) {
            Some((_, actions)) => actions.push(&answer.ask.action),
            None => by_reason.push((reason, vec![&answer.ask.action])),
        }
    }
    by_reason
        .into_iter()
        .map(|(reason, actions)| {
            Evidence::fact(format!("whether {} must be granted is not known: {reason}", wording::list(&actions)))
        })
        .collect()
}

/// How a rule puts each standing.
#[derive(Debug, Clone)]
pub(crate) struct Words<'a> {
    /// Which results are told: the others take no words.
    pub(crate) told: Told,
    /// What fails: "`x` cannot pull images".
    pub(crate) lacks: Arguments<'a>,
    /// What is open: "whether `x` can pull images is not certain".
    pub(crate) open: Arguments<'a>,
    /// What is recommended: "`x` could be given more".
    pub(crate) advised: Arguments<'a>,
    /// What is well: "`x` can pull images".
    pub(crate) grants: Arguments<'a>,
}
