//! Plans and histories: what is left alone is not planned for, and what cannot be read is said.

use std::fs;

use super::*;
use crate::audit::Settings;
use crate::remediate::history::History;
use crate::remediate::journal::Outcome;
use crate::remediate::plan::Reason;
use crate::remediate::planner::{Made, Wish, plan};

/// Plans for the sample as histories in a folder say; the plan of before, that of after, and the notes.
async fn left_alone(place: &Place) -> (Plan, Plan, Vec<String>) {
    let facts = crate::demo::inventory().unwrap();
    let settings = Settings::default();
    let made = Made { plan_id: "p".to_owned(), created_at: facts.finished_at, expires_at: facts.finished_at };
    let again = |part: &Inventory, left: &BTreeMap<String, String>| {
        let wish = Wish { managed_elsewhere: true, left_alone: left.clone(), ..Wish::default() };
        plan(part, &settings, &wish, made.clone())
    };
    let before = again(&facts, &BTreeMap::new());
    let mut parts = Parts::default();
    for account in &facts.accounts {
        parts.keep(&Inventory { accounts: vec![account.clone()], ..facts.clone() });
    }
    let mut after = before.clone();
    let notes = parts.leave_alone(&mut after, place, &again).await;
    (before, after, notes)
}

/// A folder with nothing in it, and the place that it is.
fn empty() -> (tempfile::TempDir, Place) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path().join("kept"));
    (folder, place)
}

/// A finding of the sample that is planned for beside another of its role.
async fn beside_another() -> String {
    let (_folder, place) = empty();
    let (before, ..) = left_alone(&place).await;
    let role = before.roles.iter().find(|role| role.findings.len() > 1).unwrap();
    role.findings.iter().find(|found| !found.rule.to_string().starts_with("NR001")).unwrap().id.clone()
}

fn ids(plan: &Plan) -> BTreeSet<String> {
    plan.roles.iter().flat_map(|role| &role.findings).map(|found| found.id.clone()).collect()
}

#[tokio::test]
async fn where_nothing_is_kept_all_is_planned_for_and_nothing_is_made() {
    let (folder, place) = empty();
    let (before, after, notes) = left_alone(&place).await;
    assert_eq!((&before, notes.len()), (&after, 0));
    assert!(!before.roles.is_empty() && fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[tokio::test]
async fn a_finding_that_failed_three_times_is_left_alone_and_the_others_of_its_role_are_not() {
    let (_folder, place) = empty();
    let finding = beside_another().await;
    let mut history = History::new(&finding);
    for number in 0..3 {
        history.note(Outcome::Restored, &format!("journal-{number}"), jiff::Timestamp::UNIX_EPOCH);
    }
    place.keep_history(&finding, &history.write().unwrap(), jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    let (before, after, notes) = left_alone(&place).await;
    assert!(notes.is_empty(), "{notes:?}");
    let mut expected = ids(&before);
    assert!(expected.remove(&finding));
    assert_eq!(ids(&after), expected);
    let left: Vec<_> = after.left.iter().filter(|left| left.id == finding).collect();
    let [one] = left.as_slice() else { panic!("once: {left:?}") };
    assert!(one.reason == Reason::LeftAlone && one.text.contains("failed 3 times in a row"), "{one:?}");
    assert_eq!(after.left.len(), before.left.len() + 1);
    assert_eq!(after.node_roles, before.node_roles, "as many as were read");
}

#[tokio::test]
async fn what_is_no_history_and_a_place_that_cannot_be_read_are_said_once_and_the_plan_is_made() {
    let (folder, place) = empty();
    let finding = beside_another().await;
    place.keep_history(&finding, b"no history", jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    let (before, after, notes) = left_alone(&place).await;
    assert_eq!(before, after);
    assert!(notes.len() == 1 && notes[0].contains(&finding) && notes[0].contains("noderole retry"), "{notes:?}");

    // a file in the place of the folder
    fs::write(folder.path().join("file"), "").unwrap();
    let (before, after, notes) = left_alone(&Place::folder(folder.path().join("file"))).await;
    assert_eq!(before, after);
    assert!(notes.len() == 1 && notes[0].contains("could not be read"), "{notes:?}");
}
