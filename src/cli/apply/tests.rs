//! The question, and how outcomes are counted.

use crate::remediate::planner::{Made, Wish, plan};

use super::*;

fn sample() -> Plan {
    let facts = crate::demo::inventory().unwrap();
    let wish = Wish { managed_elsewhere: true, ..Wish::default() };
    let made = Made { plan_id: "p".to_owned(), created_at: facts.finished_at, expires_at: facts.finished_at };
    plan(&facts, &crate::audit::Settings::default(), &wish, made)
}

#[test]
fn the_question_names_the_roles_the_calls_and_the_numbers_of_what_is_allowed_alone() {
    let mut plan = sample();
    let total = plan.roles.len();
    plan.roles[0].refused = Some("no".to_owned());
    let asked = question("apply", &plan).unwrap();
    assert!(asked.contains(plan.roles[1].role.as_str()) && !asked.contains(plan.roles[0].role.as_str()), "{asked}");
    let numbers = format!("apply: {} roles in ", total - 1);
    assert!(asked.contains(&numbers) && asked.ends_with("; 1 role refused. Go on? [y/N] "), "{asked}");
}

#[test]
fn where_nothing_is_allowed_nothing_is_asked_and_an_undo_says_what_is_taken_back() {
    let mut plan = sample();
    let asked = question("undo", &plan).unwrap();
    assert!(asked.starts_with("  arn:aws:iam::") && asked.contains(": take back: "), "{asked}");
    for role in &mut plan.roles {
        role.refused = Some("no".to_owned());
    }
    assert_eq!(question("apply", &plan), None);
}

#[test]
fn nothing_but_a_plain_yes_is_one() {
    for (answer, yes) in
        [("y\n", true), ("YES\n", true), ("", false), ("\n", false), ("no\n", false), ("yes please\n", false)]
    {
        assert_eq!(is_yes(answer), yes, "{answer}");
    }
}

#[test]
fn a_journal_that_is_named_says_where_it_is_kept() {
    let place = |journal| Task::Undo { journal, force: false }.place().map(|place| place.to_string());
    assert_eq!(place("s3://my-bucket/a/journals/20261124T100000Z-0a1b2c/").as_deref(), Some("s3://my-bucket/a/"));
    assert_eq!(place("journals/x.jsonl").as_deref(), Some("journals"));
    assert_eq!(place("20261124T100000Z-0a1b2c"), None);
}
