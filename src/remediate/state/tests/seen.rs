//! What binds a plan to what was seen, and what makes two states the same.

use super::{CNI, NEW, OWN, PLACE, WORKER, entry, state, version, with_role};
use crate::remediate::state::{EntryState, State, difference};

/// The parts in which two fingerprints differ.
fn differ(other: &State) -> Vec<String> {
    let (one, other) = (state().fingerprint(), other.fingerprint());
    let mut parts: Vec<String> =
        one.iter().filter(|(part, hash)| other.get(*part) != Some(hash)).map(|(part, _)| part.clone()).collect();
    parts.extend(other.keys().filter(|part| !one.contains_key(*part)).cloned());
    parts
}

#[test]
fn each_part_that_a_plan_rests_on_has_its_own_mark() {
    assert_eq!(differ(&state()), Vec::<String>::new());
    assert_eq!(differ(&with_role(|role| role.id = "AROANEW".to_owned())), ["role"]);
    assert_eq!(differ(&with_role(|role| role.trust.push(' '))), ["trust policy"]);
    assert_eq!(differ(&with_role(|role| role.boundary = Some(OWN.to_owned()))), ["permissions boundary"]);
    assert_eq!(differ(&with_role(|role| role.attached.clear())), ["attached policies"]);
    let inline = with_role(|role| {
        role.inline.clear();
        role.inline.insert("more".to_owned(), "{}".to_owned());
    });
    assert_eq!(differ(&inline), ["inline policy logs", "inline policy more"]);
    let mut other = state();
    other.policies.insert(OWN.to_owned(), Some(version("v1", "{}")));
    other.entries.insert(PLACE.to_owned(), None);
    other.profiles.insert("node".to_owned(), Some("arn:aws:iam::111122223333:role/node".to_owned()));
    assert_eq!(differ(&other), ["access entry eu-west-1/prod", "instance profile node", &format!("policy {OWN}")]);
}

#[test]
fn an_entry_that_was_made_anew_is_another_one() {
    let mut other = state();
    let created_at = Some("2026-01-01T00:00:00Z".parse().unwrap());
    other.entries.insert(PLACE.to_owned(), Some(EntryState { created_at, ..entry("EC2_LINUX") }));
    assert_eq!(differ(&other), ["access entry eu-west-1/prod"]);
}

#[test]
fn a_role_that_is_gone_has_no_parts_but_that() {
    let gone = State { role: None, ..state() };
    let parts = differ(&gone);
    assert!(parts.contains(&"role".to_owned()) && parts.contains(&"trust policy".to_owned()), "{parts:?}");
    assert!(!gone.fingerprint().contains_key("trust policy"));
}

#[test]
fn what_only_aws_can_tell_does_not_count() {
    let expected = {
        let mut expected = with_role(|role| role.id.clear());
        expected.policies.insert(OWN.to_owned(), Some(version("", r#"{ "a": 1 }"#)));
        let entry = EntryState { created_at: None, username: None, groups: Vec::new(), ..entry("EC2_LINUX") };
        expected.entries.insert(PLACE.to_owned(), Some(entry));
        expected
    };
    assert!(state().is(&expected), "id, version, time, user, spaces");
    assert!(!expected.is(&state()), "an id that is expected counts");
}

#[test]
fn every_other_difference_counts() {
    let mut others = vec![
        with_role(|role| role.trust = "{}".to_owned()),
        with_role(|role| role.attached.extend([WORKER.to_owned()])),
        with_role(|role| role.boundary = Some(CNI.to_owned())),
        with_role(|role| role.inline.clear()),
        with_role(|role| role.inline.extend([("logs".to_owned(), "[]".to_owned())])),
        State { role: None, ..state() },
    ];
    for change in [
        (|state: &mut State| state.policies.insert(NEW.to_owned(), Some(version("v1", "{}"))).is_some())
            as fn(&mut State) -> bool,
        |state| state.policies.remove(NEW).is_some(),
        |state| state.entries.insert(PLACE.to_owned(), Some(entry("EC2"))).is_some(),
        |state| state.entries.insert(PLACE.to_owned(), None).is_some(),
        |state| state.profiles.insert("node".to_owned(), Some("x".to_owned())).is_some(),
    ] {
        let mut other = state();
        change(&mut other);
        others.push(other);
    }
    for other in others {
        assert!(!other.is(&state()) && !state().is(&other), "{other:?}");
        let lines = difference(&state(), &other);
        let shown = lines.iter().any(|line| line.starts_with(['+', '-']));
        assert!(shown || other.policies.len() != state().policies.len(), "{other:?}: {lines:?}");
    }
    assert_eq!(difference(&state(), &state()), Vec::<String>::new());
}
