//! Where two states agree in what a change touches, and what a late reader may see.

use super::{
    CNI, NEW, OWN, PLACE, WORKER, attach, create_policy, create_role, delete_entry, entry, state, trust, version,
    with_role,
};
use crate::remediate::state::{EntryState, State};

#[test]
fn only_what_a_change_touches_counts() {
    let other = with_role(|role| {
        role.attached.extend([WORKER.to_owned()]);
        role.inline.clear();
    });
    assert!(other.agrees(&state(), &trust("{}")) && other.agrees(&state(), &attach(CNI)));
    assert!(!other.agrees(&state(), &attach(WORKER)));
    let mut created = state();
    created.policies.insert(NEW.to_owned(), Some(version("v1", "{}")));
    assert!(created.agrees(&state(), &attach(WORKER)) && !created.agrees(&state(), &create_policy("{}")));
}

#[test]
fn another_role_of_the_name_agrees_in_nothing_of_the_role() {
    let theirs = with_role(|role| role.id = "AROATHEIRS".to_owned());
    for change in [trust("{}"), attach(CNI), create_role()] {
        assert!(!theirs.agrees(&state(), &change), "{}", change.described());
        let any = with_role(|role| role.id.clear());
        assert!(theirs.agrees(&any, &change), "{}: an id that is not known yet", change.described());
    }
}

#[test]
fn a_late_reader_sees_each_part_as_it_was_at_some_time() {
    let first = with_role(|role| role.trust = "{}".to_owned());
    let mut second = first.clone();
    second.role.as_mut().unwrap().attached.insert(WORKER.to_owned());
    second.policies.insert(OWN.to_owned(), Some(version("v2", "[]")));
    let mut mixed = state();
    mixed.role.as_mut().unwrap().attached.insert(WORKER.to_owned());
    assert!(mixed.mixes(&[&state(), &first, &second]), "the trust policy of before, the policies of the last");
    mixed.policies.insert(OWN.to_owned(), Some(version("v2", "[]")));
    assert!(mixed.mixes(&[&state(), &first, &second]));
    for foreign in [
        with_role(|role| role.attached.clear()),
        with_role(|role| role.trust = "[]".to_owned()),
        with_role(|role| role.inline.clear()),
        with_role(|role| role.boundary = Some(OWN.to_owned())),
        with_role(|role| role.id = "AROATHEIRS".to_owned()),
        State { role: None, ..state() },
        State { entries: [(PLACE.to_owned(), None)].into(), ..state() },
        State { profiles: [("node".to_owned(), Some("x".to_owned()))].into(), ..state() },
        State { policies: [(OWN.to_owned(), Some(version("v1", "3")))].into(), ..state() },
    ] {
        assert!(!foreign.mixes(&[&state(), &first, &second]), "{foreign:?}");
    }
}

#[test]
fn an_entry_is_the_very_one_by_its_time() {
    let mut anew = state();
    let created_at = Some("2026-01-01T00:00:00Z".parse().unwrap());
    anew.entries.insert(PLACE.to_owned(), Some(EntryState { created_at, ..entry("EC2_LINUX") }));
    assert!(state().has_the_entry_of(&state(), &delete_entry()));
    assert!(!anew.has_the_entry_of(&state(), &delete_entry()));
    assert!(!state().has_the_entry_of(&state(), &attach(WORKER)), "a change that is about none");
    assert!(anew.is_again(&state()) && !anew.is(&state()), "no call brings the time back");
}
