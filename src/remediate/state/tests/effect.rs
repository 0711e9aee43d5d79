//! What a change leads to, what it is refused for, and what takes it back.

use super::{
    CNI, NEW, OWN, PLACE, TRUST, WORKER, add_to_profile, associate, attach, create_entry, create_policy, create_role,
    delete_entry, detach, disassociate, entry, new_version, role, state, trust, version, with_role,
};
use crate::remediate::Change;
use crate::remediate::change::node_policy;
use crate::remediate::state::{EntryPolicy, EntryState, Impossible, State};

fn absent() -> State {
    State { role: None, ..state() }
}

#[test]
fn each_change_has_its_effect_and_no_other() {
    let after = |change: &Change| state().after(change).unwrap();
    assert_eq!(after(&attach(WORKER)), with_role(|role| role.attached.extend([WORKER.to_owned()])));
    assert_eq!(after(&detach(CNI)), with_role(|role| assert!(role.attached.remove(CNI))));
    assert_eq!(after(&trust("{}")), with_role(|role| role.trust = "{}".to_owned()));
    let mut expected = state();
    expected.policies.insert(NEW.to_owned(), Some(version("v1", "[]")));
    assert_eq!(after(&create_policy("[]")), expected);
    let mut expected = state();
    expected.entries.insert(PLACE.to_owned(), None);
    assert_eq!(after(&delete_entry()), expected);
    let mut expected = state();
    expected.profiles.insert("node".to_owned(), Some(role().to_string()));
    assert_eq!(after(&add_to_profile()), expected);
    let created = absent().after(&create_role()).unwrap().role.unwrap();
    assert_eq!((created.trust.as_str(), created.attached.len()), (TRUST, 0));
}

#[test]
fn a_change_that_is_made_already_changes_nothing() {
    let mut there = state();
    there.policies.insert(NEW.to_owned(), Some(version("v1", "{ }")));
    there.profiles.insert("node".to_owned(), Some(role().to_string()));
    let like_it = EntryState::for_nodes("EC2_LINUX", &role());
    for change in [
        attach(CNI),
        detach(WORKER),
        trust(TRUST),
        create_policy("{}"),
        new_version(OWN, r#"{ "a" : 1 }"#),
        create_role(),
        create_entry(like_it),
        add_to_profile(),
    ] {
        assert_eq!(there.after(&change), Ok(there.clone()), "{}", change.described());
    }
}

#[test]
fn what_aws_would_refuse_is_impossible() {
    let refused = |state: &State, change: &Change| state.after(change).unwrap_err();
    assert_eq!(refused(&absent(), &attach(WORKER)), Impossible::NoSuchRole);
    assert_eq!(refused(&absent(), &trust("{}")), Impossible::NoSuchRole);
    let role_exists = Change::CreateRole { role: role(), trust: "{}".to_owned() };
    assert_eq!(refused(&state(), &role_exists), Impossible::RoleExists);
    assert_eq!(refused(&state(), &Change::DeleteRole { role: role() }), Impossible::RoleCarries);
    assert_eq!(refused(&state(), &attach(NEW)), Impossible::NoSuchPolicy("new".to_owned()));
    assert_eq!(refused(&state(), &new_version(NEW, "{}")), Impossible::NoSuchPolicy("new".to_owned()));
    let mut there = state();
    there.policies.insert(NEW.to_owned(), Some(version("v1", "[]")));
    assert_eq!(refused(&there, &create_policy("{}")), Impossible::PolicyExists("new".to_owned()));
    let other = EntryState::for_nodes("EC2", &role());
    assert_eq!(refused(&state(), &create_entry(other)), Impossible::EntryExists("prod".to_owned()));
    let mut none = state();
    none.entries.insert(PLACE.to_owned(), None);
    assert_eq!(refused(&none, &associate()), Impossible::NoSuchEntry("prod".to_owned()));
    there.profiles.insert("node".to_owned(), Some("arn:aws:iam::111122223333:role/other".to_owned()));
    assert_eq!(refused(&there, &add_to_profile()), Impossible::ProfileHolds("node".to_owned()));
}

#[test]
fn the_quotas_hold_and_one_that_was_raised_shows() {
    let carrying =
        |count: usize| with_role(|role| role.attached = (0..count).map(|one| format!("policy/{one}")).collect());
    assert!(carrying(9).after(&attach(WORKER)).is_ok());
    assert_eq!(carrying(10).after(&attach(WORKER)), Err(Impossible::AttachedQuota(10)));
    assert!(carrying(10).after(&attach("policy/3")).is_ok(), "it is attached already");
    assert!(carrying(11).after(&attach(WORKER)).is_ok(), "more than the default: it was raised");
    assert_eq!(carrying(20).after(&attach(WORKER)), Err(Impossible::AttachedQuota(20)));
    let long = |length: usize| trust(&"x".repeat(length));
    assert!(state().after(&long(2048)).is_ok());
    assert_eq!(state().after(&long(2049)), Err(Impossible::TrustTooLong(2049)));
    let spaced = trust(&format!("{}{}", "x".repeat(2048), " ".repeat(100)));
    assert!(state().after(&spaced).is_ok(), "white space does not count");
    assert!(with_role(|role| role.trust = "x".repeat(2049)).after(&long(4000)).is_ok(), "it was raised");
}

#[test]
fn what_is_taken_back_agrees_with_before_in_what_was_touched() {
    let mut auto = state();
    auto.entries.insert(PLACE.to_owned(), Some(EntryState { policies: Vec::new(), ..entry("EC2") }));
    let mut without = state();
    without.entries.insert(PLACE.to_owned(), None);
    let cases = [
        (state(), attach(WORKER)),
        (state(), detach(CNI)),
        (state(), trust("[]")),
        (state(), create_policy("{}")),
        (absent(), create_role()),
        (state(), delete_entry()),
        (without, create_entry(EntryState::for_nodes("EC2", &role()))),
        (auto, associate()),
        (state(), add_to_profile()),
    ];
    for (before, change) in cases {
        let what = change.described();
        let after = before.after(&change).unwrap();
        assert!(!after.agrees(&before, &change), "{what}");
        let back = before.undoing(&change, &after).unwrap_or_else(|| panic!("{what}: nothing takes it back"));
        let again = after.after(&back).unwrap();
        assert!(again.agrees(&before, &change), "{what}, {}", back.described());
        assert!(again.is_again(&before), "{what}, {}", back.described());
        assert_eq!(before.undoing(&change, &before).is_some(), before.undoing(&change, &after).is_some(), "{what}");
    }
}

#[test]
fn a_new_version_is_taken_back_by_the_numbers_that_were_seen() {
    let mut after = state();
    after.policies.insert(OWN.to_owned(), Some(version("v4", "[]")));
    let back = state().undoing(&new_version(OWN, "[]"), &after);
    let (policy, version, surplus) = (OWN.to_owned(), "v1".to_owned(), "v4".to_owned());
    assert_eq!(back, Some(Change::RestorePolicyVersion { policy, version, surplus }));
    assert_eq!(state().undoing(&new_version(OWN, "[]"), &state()), None, "it was not made");
}

#[test]
fn what_was_there_before_is_never_taken_away() {
    let mut there = state();
    there.policies.insert(NEW.to_owned(), Some(version("v1", "{}")));
    there.profiles.insert("node".to_owned(), Some(role().to_string()));
    let auto = EntryState::for_nodes("EC2", &role());
    there.entries.insert(PLACE.to_owned(), Some(auto));
    for change in [attach(CNI), detach(WORKER), create_policy("{}"), add_to_profile(), associate()] {
        assert_eq!(there.undoing(&change, &there), None, "{}", change.described());
    }
    for change in [disassociate(), Change::DeleteRole { role: role() }] {
        assert_eq!(there.undoing(&change, &there), None, "{} is never taken back itself", change.described());
    }
}

#[test]
fn an_entry_that_is_deleted_comes_back_with_what_people_gave_it_alone() {
    let Some(Change::CreateEntry { entry: back, .. }) = state().undoing(&delete_entry(), &state()) else {
        panic!("no entry is created")
    };
    assert_eq!(back, EntryState { created_at: None, username: None, groups: Vec::new(), ..entry("EC2_LINUX") });
    // of one for people, user and groups are theirs
    let mut people = state();
    people.entries.insert(PLACE.to_owned(), Some(entry("STANDARD")));
    let Some(Change::CreateEntry { entry: back, .. }) = people.undoing(&delete_entry(), &people) else {
        panic!("no entry is created")
    };
    assert_eq!(back, EntryState { created_at: None, ..entry("STANDARD") });
}

#[test]
fn an_entry_in_the_place_of_another_keeps_tags_and_policies() {
    let view = EntryPolicy {
        arn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy".to_owned(),
        namespaces: Vec::new(),
    };
    let mut before = state();
    before.entries.insert(PLACE.to_owned(), Some(EntryState { policies: vec![view.clone()], ..entry("EC2") }));
    let planned = create_entry(EntryState::for_nodes("EC2", &role()));
    let Change::CreateEntry { entry: completed, .. } = before.completed(&planned) else { panic!("another change") };
    assert_eq!(completed.tags, entry("EC2").tags);
    assert_eq!(completed.username, None);
    let node = EntryPolicy { arn: node_policy(&role()), namespaces: Vec::new() };
    assert_eq!(completed.policies, [node, view]);
    assert_eq!(before.completed(&attach(WORKER)), attach(WORKER), "other changes are complete");
}
