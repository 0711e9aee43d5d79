//! Journals, as `noderole undo` and `apply --resume` take them.

use std::path::Path;

use noderole::remediate::act::{Act, Answer};
use noderole::remediate::carry_out::Undo;
use noderole::remediate::journal::{Journal, Line, SCHEMA, What};
use noderole::remediate::plan::Plan;
use noderole::remediate::state::{State, Subject};

use super::{plan, told};

/// How many acts are asked of an undo that nobody lets see anything; it has given up long before.
const MOST_ACTS: usize = 1_000;

/// Journals of the plans for the sample, each cut off after its first call was announced.
///
/// # Panics
/// Where the sample cannot be read.
pub fn seeds(root: &Path) -> Vec<Vec<u8>> {
    plan::seeds(root).iter().map(|text| journal(&Plan::load(text.as_slice()).unwrap())).collect()
}

fn journal(plan: &Plan) -> Vec<u8> {
    let sample = noderole::demo::inventory().unwrap();
    let mut whats = vec![What::Begun {
        schema: SCHEMA.to_owned(),
        journal_id: "j".to_owned(),
        tool_version: "0".to_owned(),
        caller: "arn:aws:iam::111122223333:user/x".to_owned(),
        plan: Box::new(plan.clone()),
    }];
    for role in &plan.roles {
        let account = sample.accounts.iter().find(|account| account.id == role.account).unwrap();
        let subject = Subject::of(&role.role, role.steps.iter().map(|step| &step.change));
        let state = Box::new(State::of(&sample, account, &subject).unwrap());
        whats.push(What::Before { role: role.role.clone(), state });
        whats.push(What::Doing { role: role.role.clone(), step: 0, change: role.steps[0].change.clone() });
    }
    let at = plan.created_at;
    whats.into_iter().flat_map(|what| Line { at, what }.write().unwrap()).collect()
}

/// A journal is read or refused by its line; taking back what it tells of ends, and calls nothing where nothing can be read.
pub fn hold(data: &[u8]) {
    let journal = match Journal::read(data) {
        Ok(journal) => journal,
        Err(error) => return told::is_clear(&error.to_string()),
    };
    let whats: Vec<&What> = journal.whats().collect();
    for role in journal.roles() {
        let mut undo = Undo::new(role, whats.iter().copied(), false);
        for asked in 0.. {
            assert!(asked < MOST_ACTS, "it does not end");
            let answer = match undo.next() {
                Act::Finished { .. } => break,
                Act::Write(_) => Answer::Written(Ok(())),
                Act::Read(_) => Answer::Read(Err(unread())),
                Act::Wait(_) => Answer::Waited,
                Act::Call(change) => panic!("called without having looked: {change:?}"),
            };
            undo.answer(answer);
        }
    }
}

fn unread() -> noderole::failure::Failure {
    noderole::failure::Failure {
        class: noderole::failure::FailureClass::Denied,
        code: "AccessDenied".to_owned(),
        message: "no".to_owned(),
    }
}
