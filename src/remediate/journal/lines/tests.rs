//! Tests of the saved form.

use super::{Journal, JournalError};
use crate::ids::RoleArn;
use crate::remediate::journal::{Line, Outcome, SCHEMA, What};
use crate::remediate::plan::Plan;

fn begun() -> What {
    What::Begun {
        schema: SCHEMA.to_owned(),
        journal_id: "j-1".to_owned(),
        tool_version: "0.1.0".to_owned(),
        caller: "arn:aws:sts::111122223333:assumed-role/remediation/me".to_owned(),
        plan: Box::new(Plan {
            schema: crate::remediate::plan::SCHEMA.to_owned(),
            plan_id: "p-1".to_owned(),
            tool_version: "0.1.0".to_owned(),
            run_id: "r-1".to_owned(),
            partition: crate::ids::Partition::Aws,
            created_at: "2026-11-24T00:00:00Z".parse().unwrap(),
            expires_at: "2026-11-25T00:00:00Z".parse().unwrap(),
            node_roles: 1,
            roles: Vec::new(),
            left: Vec::new(),
        }),
    }
}

fn ended(role: &str) -> What {
    let role = format!("arn:aws:iam::111122223333:role/{role}").parse().unwrap();
    What::Ended { role, outcome: Outcome::Restored, message: "two\nlines".to_owned() }
}

fn written(whats: &[What]) -> Vec<u8> {
    let at = "2026-11-24T00:00:00Z".parse().unwrap();
    whats.iter().flat_map(|what| Line { at, what: what.clone() }.write().unwrap()).collect()
}

#[test]
fn what_is_written_is_read_again() {
    let whats = [begun(), ended("a"), ended("b"), ended("a"), What::Closed { accounts: Vec::new() }];
    let bytes = written(&whats);
    let journal = Journal::read(&*bytes).unwrap();
    assert_eq!(journal.whats().cloned().collect::<Vec<_>>(), whats);
    assert_eq!(journal.bytes, u64::try_from(bytes.len()).unwrap());
    assert_eq!(journal.plan().unwrap().plan_id, "p-1");
    let names: Vec<&str> = journal.roles().into_iter().map(RoleArn::name).collect();
    assert_eq!(names, ["a", "b"], "the last one first");
}

#[test]
fn a_last_line_that_was_cut_off_anywhere_is_passed_over() {
    let whole = written(&[begun(), ended("a")]);
    let all = written(&[begun(), ended("a"), ended("b")]);
    for cut in whole.len()..all.len() {
        let journal = Journal::read(&all[..cut]).unwrap();
        assert_eq!(journal.lines.len(), 2, "cut at {cut}");
        assert_eq!(journal.bytes, u64::try_from(whole.len()).unwrap(), "cut at {cut}");
    }
}

#[test]
fn any_other_line_that_is_malformed_is_told_with_its_number() {
    let mut bytes = written(&[begun(), ended("a")]);
    bytes.extend(b"{\"at\":\"2026-11-24T00:00:00Z\",\"what\":{\"ended\":{\"role\":7}}}\n");
    bytes.extend(written(&[ended("b")]));
    let error = Journal::read(&*bytes).unwrap_err();
    assert!(matches!(&error, JournalError::Form { line: 3, path, .. } if path.starts_with("what")), "{error}");
    assert!(error.to_string().starts_with("line 3 of the journal"), "{error}");
    // two lines that ran into one
    let mut glued = written(&[begun(), ended("a")]);
    glued.pop();
    glued.extend(written(&[ended("b")]));
    let error = Journal::read(&*glued).unwrap_err();
    assert!(matches!(error, JournalError::Form { line: 2, .. }), "{error}");
}

#[test]
fn what_begins_otherwise_is_no_journal_of_this_version() {
    let other = String::from_utf8(written(&[begun()])).unwrap().replace(SCHEMA, "noderole.journal/9");
    let error = Journal::read(other.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("`noderole.journal/9`"), "{error}");
    let error = Journal::read(&*written(&[ended("a")])).unwrap_err();
    assert!(matches!(error, JournalError::Schema { found: None }), "{error}");
    let begun = written(&[begun()]);
    let error = Journal::read(&begun[..begun.len() - 1]).unwrap_err();
    assert!(matches!(error, JournalError::Empty), "{error}");
}
